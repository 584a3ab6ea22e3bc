"""Parts that stand in for Kafka where a test is about the order of things."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

import orjson
from aiokafka import TopicPartition
from aiokafka.producer.message_accumulator import BatchBuilder

from agents.carry import Carrier
from agents.fetch import Fetch, Span
from agents.keeper import Keeper
from agents.outbox import Batch, Outbox, Parcel
from streams.seal import Seal
from streams.topology import BATCH_BYTES_MAX, topology
from tests.agents.tally import Tally

TOPICS = topology("t", partitions=2)
EVENTS = TOPICS.events.name


class Left(BaseException):
    """The process has ended; its words are the line on standard error."""


class Logged(NamedTuple):
    """A record, as a consumer gives it."""

    key: bytes | None
    value: bytes | None
    offset: int = 0
    timestamp: int = 1
    timestamp_type: int = 0
    headers: tuple[tuple[str, bytes | None], ...] = ()
    topic: str = EVENTS
    partition: int = 0


class FakeOutbox(Outbox):
    """Real batches, and a log of what was delivered in place of brokers.

    `before` is awaited before each delivery, with its topics: there a test fails, cancels or waits.
    """

    def __init__(self, before: Callable[[set[str]], Awaitable[None]] | None = None) -> None:
        super().__init__("nowhere", 1.0)
        self.producer = _Producer()
        self.logs: dict[TopicPartition, list[Any]] = {}
        self.calls: list[set[str]] = []
        self._before = before

    async def partitions(self, topic: str) -> int:
        return TOPICS.events.partitions

    async def deliver(self, parcels: Sequence[Parcel]) -> list[list[int]]:
        topics = {parcel.topic for parcel in parcels}
        self.calls.append(topics)
        await asyncio.sleep(0)
        if self._before is not None:
            await self._before(topics)
        return [self._log(parcel) for parcel in parcels]

    def _log(self, parcel: Parcel) -> list[int]:
        log = self.logs.setdefault(TopicPartition(parcel.topic, parcel.partition), [])
        bases = []
        for batch in parcel.batches:
            bases.append(len(log))
            log.extend([batch] * batch.records)
        return bases


class _Producer:
    def create_batch(self) -> BatchBuilder:
        return BatchBuilder(BATCH_BYTES_MAX, 0)


def batch_of(records: int) -> Batch:
    """A batch that says it holds so many records."""
    batch = Batch(BatchBuilder(BATCH_BYTES_MAX, 0))
    batch.records = records
    return batch


def fetch_of(
    *values: bytes | None, first: int = 0, epoch: int = 0, number: int = 0, topic: str = EVENTS
) -> Fetch:
    """A fetch of one partition's records, each of the group `qq:g`."""
    records = [
        Logged(b"qq:g", value, offset, topic=topic, partition=number)
        for offset, value in enumerate(values, first)
    ]
    span = Span(first, first + len(records), records)
    return Fetch(topic, epoch, {TopicPartition(topic, number): span})


def message(number: int, **more: Any) -> bytes:
    """A message that the stand-in core strikes for: it says the same each time."""
    return orjson.dumps(
        {"id": str(number), "group_id": "g", "member_id": "m", "sent_at": number, "text": "a"}
        | more
    )


class NoCarrier(Carrier):
    """Carries nothing over; `asked` is what it was to carry."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, Seal]] = []

    async def carry(self, number: int, states: Any, seal: Seal) -> None:
        self.asked.append((number, seal))


async def no_reader() -> Any:
    """Opens no log: there is none."""
    raise AssertionError("nothing is to be read here")


def keeper_of(
    outbox: Outbox | None = None, kind: type[Keeper] = Keeper, deadline_s: float = 1
) -> Keeper:
    """A keeper of the stand-in core's states, that has no log to read."""
    return kind(
        open_reader=no_reader,
        events=TOPICS.events,
        state=TOPICS.state,
        generation=1,
        outbox=outbox or FakeOutbox(),
        new_states=lambda number: Tally(),
        deadline_s=deadline_s,
    )
