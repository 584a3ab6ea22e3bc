import pytest
from aiokafka.errors import KafkaTimeoutError
from hypothesis import given
from hypothesis import strategies as st

from agents.outbox import Outbox, Parcel, Record, by_partition, size_of
from streams.place import place
from streams.topology import BATCH_BYTES_MAX
from tests.agents.fakes import TOPICS, FakeOutbox, Left, batch_of


def group(records: int, size: int) -> list[Record]:
    return [Record(b"qq:g\x1f%d" % n, bytes(size)) for n in range(records)]


def test_a_batch_is_filled_group_by_group_and_no_group_is_split() -> None:
    groups = [group(3, 1_000_000) for _ in range(5)]

    batches = FakeOutbox().fill("t.state", BATCH_BYTES_MAX, groups)

    assert [batch.records for batch in batches] == [6, 6, 3]


@given(st.lists(st.integers(1, 9), max_size=40), st.integers(2_000, 9_000))
def test_no_batch_is_larger_than_its_bound_and_all_records_are_there(
    sizes: list[int], bound: int
) -> None:
    outbox = FakeOutbox()
    groups = [group(size, 100) for size in sizes]

    batches = outbox.fill("t.state", bound, groups)

    assert sum(batch.records for batch in batches) == sum(sizes)
    for batch in batches:
        batch.builder.close()
        assert batch.builder.size() <= batch.bytes <= bound


def test_a_group_that_fits_into_no_batch_ends_the_process() -> None:
    with pytest.raises(Left, match=r"exit group_too_large: .*t.state: 9 records"):
        FakeOutbox().fill("t.state", BATCH_BYTES_MAX, [group(9, 1_000_000)])


def test_a_record_that_fits_into_no_batch_ends_the_process() -> None:
    with pytest.raises(Left, match=r"exit record_too_large: .*t.actions"):
        FakeOutbox().fill("t.actions", 1 << 20, [group(1, 2 << 20)])


def test_a_tombstone_carries_its_place_in_a_header() -> None:
    from aiokafka.record.memory_records import MemoryRecords

    record = Record(b"qq:g\x1fm", None, place(1, 7))
    [batch] = FakeOutbox().fill("t.state", BATCH_BYTES_MAX, [[record]])

    [found] = MemoryRecords(bytes(batch.builder._build())).next_batch()
    assert (found.key, found.value) == (b"qq:g\x1fm", None)
    assert list(found.headers) == [("place", place(1, 7))]
    assert len(batch.builder._build()) <= size_of(record) + 61


async def test_a_write_that_fails_ends_the_process() -> None:
    class Broken:
        async def send_batch(self, *_: object, **__: object) -> None:
            raise KafkaTimeoutError("no answer")

    outbox = Outbox("nowhere", 1.0)
    outbox.producer = Broken()

    with pytest.raises(Left, match=r"exit producer: .*t.actions: KafkaTimeoutError"):
        await outbox.deliver([Parcel("t.actions", 0, [batch_of(1)])])


def test_records_spread_as_javas_clients_do_and_those_without_a_key_stay_where_they_were() -> None:
    spread: dict[object, list[object]] = {}
    topic = TOPICS.actions._replace(partitions=8)

    by_partition(spread, topic, [(b"qq:1", b"a"), (None, b"b"), (b"qq:1", b"c")], 13)  # type: ignore[arg-type]

    from aiokafka.partitioner import DefaultPartitioner

    partitions = list(range(8))
    home = DefaultPartitioner()(b"qq:1", partitions, partitions)
    assert {key.partition: len(found) for key, found in spread.items()} == {home: 2, 5: 1}  # type: ignore[attr-defined]
