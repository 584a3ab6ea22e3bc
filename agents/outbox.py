"""The one producer: idempotent, hand-made record batches, each acknowledged or the process ends.

Kafka appends one record batch whole or not at all. Batches are made by hand so that what must
appear together is in one of them, and so that a whole settle waits for the broker once a step.
Faust's own producer is not used: it has no setting for idempotence, and without it one lost answer
doubled a batch.
"""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from agents import metrics
from agents.exits import leave, named
from streams.partitioner import partition_of
from streams.place import HEADER
from streams.topology import BATCH_BYTES_MAX, Topic

REQUEST_BYTES_MAX: Final = 16 << 20
IN_FLIGHT_BYTES_MAX: Final = 32 << 20
"""Batches of all partitions on one node go in one request; the broker takes 100 MiB."""
RECORD_OVERHEAD_BYTES: Final = 48
"""An upper bound on what the format adds to a record's key and value, a place header included."""
BATCH_HEADER_BYTES: Final = 61

_KNOWN_MAX: Final = 100_000
_known: dict[tuple[bytes, int], int] = {}
"""Partitions of keys: murmur2 in Python costs more than all else about an action."""


class Record(NamedTuple):
    """One record to write. `place` (12 bytes) travels in a header where `value` is None."""

    key: bytes | None
    value: bytes | None
    place: bytes = b""


Writable = tuple[bytes | None, bytes | None, bytes]
"""A `Record`, or what has its shape."""


class Batch:
    """A record batch that is being filled, and the bytes in it."""

    def __init__(self, builder: Any) -> None:
        self.builder = builder
        self.bytes = BATCH_HEADER_BYTES
        self.records = 0


class Parcel(NamedTuple):
    """The batches of one partition, in their order."""

    topic: str
    partition: int
    batches: Sequence[Batch]


class Outbox:
    """What this worker writes. Units: bytes, seconds."""

    producer: AIOKafkaProducer

    def __init__(self, bootstrap: str, request_s: float) -> None:
        self._bootstrap, self._request_s = bootstrap, request_s
        self._limit_s = 2 * request_s + 5
        self._room = _Room(IN_FLIGHT_BYTES_MAX)

    def _new_producer(self) -> AIOKafkaProducer:
        return AIOKafkaProducer(
            bootstrap_servers=self._bootstrap,
            # A retry after a lost answer must not append a batch twice.
            enable_idempotence=True,
            acks="all",
            # Latency: batches are full when they come; there is nothing to linger for.
            linger_ms=0,
            # The bound on a batch made by hand, too: the default of 16 KiB holds 49 states.
            max_batch_size=BATCH_BYTES_MAX,
            max_request_size=REQUEST_BYTES_MAX,
            # After this the outcome of a write is unknown, which is an exit.
            request_timeout_ms=int(self._request_s * 1000),
        )

    async def start(self) -> None:
        """Connect, on the running loop. Ends the process if no broker answers."""
        self.producer = self._new_producer()
        try:
            async with asyncio.timeout(self._limit_s):
                await self.producer.start()
        except (KafkaError, TimeoutError) as fault:
            leave("unready", named(fault))

    async def stop(self) -> None:
        """Close the connection; nothing may be in flight."""
        await self.producer.stop()

    async def partitions(self, topic: str) -> int:
        """How many partitions `topic` has, as the brokers say now."""
        await self.producer.client.force_metadata_update()
        return len(await self.producer.partitions_for(topic))

    def fill(self, topic: str, bytes_max: int, groups: Iterable[Sequence[Writable]]) -> list[Batch]:
        """Batches for one partition; each group's records stand in one batch."""
        limit = min(bytes_max, BATCH_BYTES_MAX)
        batches: list[Batch] = []
        batch: Batch | None = None
        for group in groups:
            size = sum(map(size_of, group))
            if batch is None or batch.bytes + size > limit:
                if BATCH_HEADER_BYTES + size > limit:
                    self._too_large(topic, group, size, limit)
                batch = Batch(self.producer.create_batch())
                batches.append(batch)
            self._append(batch, group)
            batch.bytes += size
        return batches

    @staticmethod
    def _append(batch: Batch, group: Sequence[Writable]) -> None:
        append = batch.builder.append
        for key, value, place in group:
            headers = [(HEADER, place)] if value is None else []
            if append(key=key, value=value, timestamp=None, headers=headers) is None:
                leave("group_too_large", "the batch was full before its bound")
        batch.records += len(group)

    @staticmethod
    def _too_large(topic: str, group: Sequence[Writable], size: int, limit: int) -> None:
        reason = "group_too_large" if len(group) > 1 else "record_too_large"
        leave(reason, f"{topic}: {len(group)} records, {size} bytes, {limit} allowed")

    async def deliver(self, parcels: Sequence[Parcel]) -> list[list[int]]:
        """Write all parcels side by side; the base offset of each batch, when all are acknowledged.

        Any failure ends the process: what is on the log is then unknown, and memory ahead of it.
        """
        try:
            async with asyncio.timeout(self._limit_s):
                return await asyncio.gather(*map(self._write, parcels))
        except (KafkaError, TimeoutError) as fault:
            leave("producer", f"{', '.join({parcel.topic for parcel in parcels})}: {named(fault)}")

    async def _write(self, parcel: Parcel) -> list[int]:
        answers = []
        for batch in parcel.batches:
            # Left open, the producer's own `send` could add to it.
            batch.builder.close()
            async with self._room.taken(batch.bytes):
                answer = await self.producer.send_batch(
                    batch.builder, parcel.topic, partition=parcel.partition
                )
                answers.append((await answer).offset)
            metrics.WRITTEN.labels(parcel.topic).inc(batch.records)
        return answers


def size_of(record: Writable) -> int:
    """An upper bound on a record's bytes in a batch."""
    key, value, _ = record
    return RECORD_OVERHEAD_BYTES + len(key or b"") + len(value or b"")


class _Room:
    """A bound on the bytes in flight; one batch always has room, or a large one would wait for
    ever.
    """

    def __init__(self, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._taken = 0
        self._freed = asyncio.Condition()

    def taken(self, size: int) -> "_Place":
        return _Place(self, size)

    async def take(self, size: int) -> None:
        if self._taken and self._taken + size > self._bytes_max:
            async with self._freed:
                await self._freed.wait_for(
                    lambda: not self._taken or self._taken + size <= self._bytes_max
                )
        self._taken += size
        metrics.BYTES_IN_FLIGHT.set(self._taken)

    async def free(self, size: int) -> None:
        self._taken -= size
        metrics.BYTES_IN_FLIGHT.set(self._taken)
        async with self._freed:
            self._freed.notify_all()


class _Place:
    def __init__(self, room: _Room, size: int) -> None:
        self._room, self._size = room, size

    async def __aenter__(self) -> None:
        await self._room.take(self._size)

    async def __aexit__(self, *fault: object) -> None:
        await self._room.free(self._size)


def by_partition(
    spread: dict[TopicPartition, list[Sequence[Writable]]],
    topic: Topic,
    records: Iterable[tuple[bytes | None, bytes]],
    number: int,
) -> None:
    """Add records to `spread` by their keys, as Java clients do; those without one by `number`."""
    name, count = topic.name, topic.partitions
    for key, value in records:
        partition = number % count if key is None else _partition(key, count)
        spread.setdefault(TopicPartition(name, partition), []).append(((key, value, b""),))


def _partition(key: bytes, partitions: int) -> int:
    known = _known.get((key, partitions))
    if known is None:
        if len(_known) >= _KNOWN_MAX:
            _known.clear()
        known = _known[key, partitions] = partition_of(key, partitions)
    return known
