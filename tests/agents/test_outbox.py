import asyncio
from typing import NamedTuple

import pytest
from aiokafka.errors import KafkaTimeoutError
from hypothesis import given
from hypothesis import strategies as st

from agents.outbox import IN_FLIGHT_BYTES_MAX, Outbox, Parcel, Record, by_partition, size_of
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


# --- what is in flight is bounded


class Answer(NamedTuple):
    offset: int = 0


class Holding:
    """A producer whose broker acknowledges a batch when the test says so; by partition."""

    def __init__(self) -> None:
        self.held: dict[int, asyncio.Future[Answer]] = {}

    async def send_batch(
        self, _builder: object, _topic: str, *, partition: int
    ) -> asyncio.Future[Answer]:
        self.held[partition] = asyncio.get_running_loop().create_future()
        return self.held[partition]


class Flight:
    """An outbox over such a producer; each partition has one batch."""

    def __init__(self) -> None:
        self.outbox = Outbox("nowhere", 1.0)
        self.outbox.producer = self.producer = Holding()
        self.writes: dict[int, asyncio.Task[list[list[int]]]] = {}

    async def write(self, partition: int, size: int) -> None:
        """Begin to write a batch of so many bytes; it is sent by now, or waits."""
        batch = batch_of(1)
        batch.bytes = size
        parcel = Parcel("t.state", partition, [batch])
        self.writes[partition] = asyncio.create_task(self.outbox.deliver([parcel]))
        await self.turns()

    async def acknowledge(self, partition: int) -> None:
        self.producer.held[partition].set_result(Answer())
        await self.writes[partition]
        await self.turns()

    async def turns(self) -> None:
        """Let everything go as far as it gets without a broker's word."""
        for _ in range(10):
            await asyncio.sleep(0)

    @property
    def sent(self) -> list[int]:
        return list(self.producer.held)


HALF = IN_FLIGHT_BYTES_MAX // 2


async def test_a_batch_for_which_there_is_no_room_in_flight_waits_until_there_is() -> None:
    flight = Flight()
    await flight.write(0, HALF)
    await flight.write(1, IN_FLIGHT_BYTES_MAX - HALF)
    await flight.write(2, 1)
    assert flight.sent == [0, 1]

    await flight.acknowledge(1)

    assert flight.sent == [0, 1, 2]


async def test_a_batch_larger_than_all_the_room_goes_when_nothing_else_is_in_flight() -> None:
    flight = Flight()
    await flight.write(0, 1)
    await flight.write(1, IN_FLIGHT_BYTES_MAX + 1)
    assert flight.sent == [0]

    await flight.acknowledge(0)
    assert flight.sent == [0, 1]
    await flight.write(2, 1)
    assert flight.sent == [0, 1]

    await flight.acknowledge(1)
    assert flight.sent == [0, 1, 2]


async def test_a_write_that_is_given_up_while_it_waits_frees_no_room_that_others_have() -> None:
    flight = Flight()
    await flight.write(0, IN_FLIGHT_BYTES_MAX)
    await flight.write(1, HALF)

    flight.writes[1].cancel()
    await flight.turns()
    assert flight.writes[1].cancelled()
    await flight.write(2, HALF)
    assert flight.sent == [0]

    await flight.acknowledge(0)
    assert flight.sent == [0, 2]
    # Nor did it keep any: all but what is in flight now is free.
    await flight.write(3, HALF)
    assert flight.sent == [0, 2, 3]
