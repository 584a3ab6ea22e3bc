from hypothesis import given
from hypothesis import strategies as st

from agents.survivors import Survivors
from streams.place import HEADER, place
from tests.agents.fakes import Logged


def value(key: bytes, offset: int, payload: bytes = b"x", generation: int = 1) -> Logged:
    return Logged(key, place(generation, offset) + payload)


def tombstone(key: bytes, offset: int) -> Logged:
    return Logged(key, None, headers=((HEADER, place(1, offset)),))


def read(*records: Logged) -> Survivors:
    survivors = Survivors()
    survivors.add(records)
    return survivors


def test_the_last_record_of_a_key_survives_where_places_rise() -> None:
    survivors = read(value(b"k", 1, b"old"), value(b"k", 2, b"new"))

    assert survivors.values == {b"k": place(1, 2) + b"new"}
    assert survivors.rewrites() == []


def test_the_higher_place_survives_a_stalled_owners_later_write_and_is_written_again() -> None:
    survivors = read(value(b"k", 9, b"heir"), value(b"k", 3, b"zombie"))

    assert survivors.values == {b"k": place(1, 9) + b"heir"}
    assert survivors.rewrites() == [(b"k", place(1, 9) + b"heir", place(1, 9))]


def test_what_was_mended_by_a_later_write_is_not_written_again() -> None:
    survivors = read(value(b"k", 9), value(b"k", 3), value(b"k", 12, b"healed"))

    assert survivors.rewrites() == []
    assert survivors.values == {b"k": place(1, 12) + b"healed"}


def test_a_tombstone_is_compared_by_its_header() -> None:
    assert read(value(b"k", 5), tombstone(b"k", 8)).values == {}
    assert read(tombstone(b"k", 8), value(b"k", 5)).rewrites() == [(b"k", None, place(1, 8))]
    assert read(value(b"k", 8), tombstone(b"k", 5)).rewrites() == [
        (b"k", place(1, 8) + b"x", place(1, 8))
    ]
    assert read(tombstone(b"k", 5), value(b"k", 8)).values == {b"k": place(1, 8) + b"x"}


def test_a_tombstone_without_a_place_was_not_written_by_an_owner_and_loses() -> None:
    survivors = read(value(b"k", 0), Logged(b"k", None))

    assert survivors.values == {b"k": place(1, 0) + b"x"}
    assert [key for key, _, _ in survivors.rewrites()] == [b"k"]


def test_a_later_generation_is_a_higher_place() -> None:
    survivors = read(value(b"k", 999), value(b"k", -1, b"carried", generation=2))

    assert survivors.values == {b"k": place(2, -1) + b"carried"}


def test_at_the_same_place_the_later_record_survives() -> None:
    assert read(value(b"k", 4, b"a"), value(b"k", 4, b"b")).values == {b"k": place(1, 4) + b"b"}


@given(
    st.lists(
        st.tuples(st.sampled_from([b"a", b"b"]), st.integers(0, 5), st.booleans()), max_size=30
    )
)
def test_the_survivor_is_the_last_of_the_highest_place_whatever_the_order(
    entries: list[tuple[bytes, int, bool]],
) -> None:
    records = [
        tombstone(key, at) if gone else value(key, at, b"%d" % n)
        for n, (key, at, gone) in enumerate(entries)
    ]
    survivors = read(*records)

    for name in {key for key, _, _ in entries}:
        mine = [
            (at, n, record)
            for n, ((key, at, _), record) in enumerate(zip(entries, records, strict=True))
            if key == name
        ]
        best = max(mine)[2]
        assert survivors.values.get(name) == best.value
        assert (name in survivors.lost) == (max(mine)[0] > mine[-1][0])
