"""Names made of causes, places, partitions: the same on every machine."""

import pytest

from streams.identity import action_id, fingerprint, hash64
from streams.partitioner import murmur2, partition_of
from streams.place import PLACE_BYTES, place, place_of, split

# --- identity


def test_hashes_are_the_same_at_every_run_and_on_every_machine() -> None:
    assert hash64("e1") == 2_269_290_854_245_001_967
    assert action_id("qq", "g1", "p1", 0) == "ec88fc66ccff8be80cdd7265b1635a8a"


def test_causes_do_not_run_into_each_other() -> None:
    assert action_id("a", "bc") != action_id("ab", "c")


def test_a_fingerprint_is_keyed_and_never_nothing() -> None:
    assert fingerprint("团购", b"key") == fingerprint("团购", b"key")
    assert fingerprint("团购", b"key") != fingerprint("团购", b"other")
    assert fingerprint("", b"") > 0


def test_a_lone_surrogate_has_a_fingerprint_too() -> None:
    assert fingerprint("\ud800", b"") > 0


# --- place


def test_places_compare_as_bytes() -> None:
    places = [place(1, -1), place(1, 0), place(1, 255), place(1, 256), place(2, -1), place(2, 0)]

    assert places == sorted(places)
    assert {len(one) for one in places} == {PLACE_BYTES}


@pytest.mark.parametrize(("generation", "offset"), [(1, -1), (1, 0), (3, 2**60)])
def test_a_place_is_read_back_from_what_it_begins(generation: int, offset: int) -> None:
    value = place(generation, offset) + b"more"

    assert split(value) == (generation, offset)
    assert place_of(value) == place(generation, offset)


# --- partitioner

# What `org.apache.kafka.common.utils.Utils.murmur2` answers, by Kafka's own tests.
JAVA = {
    b"21": -973932308,
    b"foobar": -790332482,
    b"a-little-bit-long-string": -985981536,
    b"a-little-bit-longer-string": -1486304829,
    b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
    b"abc": 479470107,
}


@pytest.mark.parametrize(("key", "hash_"), JAVA.items())
def test_murmur2_is_that_of_java(key: bytes, hash_: int) -> None:
    assert murmur2(key) == hash_ & 0xFFFFFFFF


def test_a_partition_is_one_of_those_there_are() -> None:
    found = {partition_of(f"qq:g{i}".encode(), 5) for i in range(200)}

    assert found == set(range(5))
