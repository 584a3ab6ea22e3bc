"""The way out: reads `chat.actions`, has each performed, writes `chat.outcomes`, then commits.

The order is the contract: an action whose outcome is not yet on the log is read again after a
crash, and the register keeps it from being performed twice.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from typing import Final

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError
from msgspec import Struct

from schemas.action import Action, Outcome, decode_action, encode_outcome

log = logging.getLogger(__name__)

POLL_MS: Final = 200
RECORDS_MAX: Final = 500
REQUEST_MS: Final = 15_000


class Route(Struct, frozen=True, kw_only=True):
    """Where an adapter reads and writes: bootstrap servers, topics, consumer group."""

    bootstrap: str
    actions: str
    outcomes: str
    group: str


async def run_egress(
    route: Route,
    settle: Callable[[Action], Awaitable[Outcome | None]],
    stopping: asyncio.Event,
) -> None:
    """Read actions and settle them until `stopping` is set; the batch in hand is finished.

    Raises what Kafka's client raises when the brokers stay away, and what `settle` raises.
    """
    consumer = AIOKafkaConsumer(
        bootstrap_servers=route.bootstrap,
        group_id=route.group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    consumer.subscribe([route.actions])
    producer = AIOKafkaProducer(
        bootstrap_servers=route.bootstrap,
        acks="all",
        enable_idempotence=True,
        request_timeout_ms=REQUEST_MS,
    )
    async with AsyncExitStack() as stack:
        # Stopped even if a start fails: half a client leaves sockets and complaints.
        stack.push_async_callback(producer.stop)
        stack.push_async_callback(consumer.stop)
        await producer.start()
        await consumer.start()
        while not stopping.is_set():
            batch = await consumer.getmany(timeout_ms=POLL_MS, max_records=RECORDS_MAX)
            if batch:
                await _settle_batch(batch, producer, route.outcomes, settle)
                await _commit(consumer, batch)


async def _settle_batch(
    batch: Mapping[TopicPartition, list[ConsumerRecord]],
    producer: AIOKafkaProducer,
    outcomes: str,
    settle: Callable[[Action], Awaitable[Outcome | None]],
) -> None:
    """Partitions side by side, each in its order; all outcomes acknowledged at the end."""

    async def one(records: list[ConsumerRecord]) -> list[asyncio.Future[object]]:
        sent = []
        for record in records:
            action = _read(record)
            outcome = None if action is None else await settle(action)
            if outcome is not None:
                value = encode_outcome(outcome)
                sent.append(await producer.send(outcomes, value, key=record.key))
        return sent

    sent = await asyncio.gather(*(one(records) for records in batch.values()))
    await asyncio.gather(*(future for futures in sent for future in futures))


def _read(record: ConsumerRecord) -> Action | None:
    try:
        return decode_action(record.value or b"")
    except (msgspec.DecodeError, UnicodeDecodeError):
        # Only our own judge writes here, so it is a newer one's or a stranger's.
        place = f"{record.topic} {record.partition} {record.offset}"
        log.warning("the record at %s is no action of this version; it is passed over", place)
        return None


async def _commit(
    consumer: AIOKafkaConsumer, batch: Mapping[TopicPartition, list[ConsumerRecord]]
) -> None:
    try:
        await consumer.commit({tp: records[-1].offset + 1 for tp, records in batch.items()})
    except (CommitFailedError, IllegalStateError):
        # The partitions went to another adapter meanwhile: it reads the same again, and the
        # register says what was done.
        log.info("a commit came after the partitions were taken away")
