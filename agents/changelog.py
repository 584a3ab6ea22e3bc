"""Reading logs from end to end, in bulk, as a recovery does.

What is asked of Kafka's consumer is little, and one opener makes it, so that another log can stand
in the place of Kafka's.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, Protocol

from aiokafka import AIOKafkaConsumer, TopicPartition

from agents import metrics
from agents.arrivals import lighten

READ_RECORDS: Final = 5_000
"""Between two turns of the event loop: some 20 ms, or a long recovery looks like a stall."""
READ_BYTES: Final = 16 << 20
RETRY_MS: Final = 20

OpenReader = Callable[[], Awaitable[Any]]
"""Opens what reads as an `AIOKafkaConsumer` without a group does; its user stops it."""


def opener(bootstrap: str, light: str, fetch_bytes: int = READ_BYTES) -> OpenReader:
    """Readers of Kafka's logs, `fetch_bytes` at a time, of each partition and of all; the records
    of the topic `light` come without their envelope.
    """

    async def opened() -> AIOKafkaConsumer:
        reader = AIOKafkaConsumer(
            bootstrap_servers=bootstrap,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_bytes=fetch_bytes,
            max_partition_fetch_bytes=fetch_bytes,
            fetch_max_wait_ms=100,
            # A reader looks for the leaders of each topic that it is new to, and waits so long
            # before it asks them. At aiokafka's 100 ms a takeover stood still for half a second.
            retry_backoff_ms=RETRY_MS,
        )
        await reader.start()
        lighten(reader, light.__eq__)
        return reader

    return opened


class Taking(Protocol):
    """What takes in a log's records, in their order."""

    def add(self, records: Sequence[Any], /) -> None: ...  # noqa: D102


async def read_to_ends(
    reader: Any,
    logs: Mapping[TopicPartition, Taking],
    ends: Mapping[TopicPartition, int],
) -> None:
    """Read all logs to their ends, side by side."""
    unread = set(logs)
    while unread:
        for log, records in (
            await reader.getmany(timeout_ms=200, max_records=READ_RECORDS)
        ).items():
            logs[log].add(records)
            metrics.RECOVERED.inc(len(records))
        await asyncio.sleep(0)
        for log in list(unread):
            if await reader.position(log) >= ends[log]:
                unread.discard(log)


async def records_at(
    reader: Any, wanted: Mapping[TopicPartition, tuple[int, object]]
) -> dict[TopicPartition, Any]:
    """The record at, or the first one after, an offset of each partition; all lie below the end."""
    found: dict[TopicPartition, Any] = {}
    if not wanted:
        return found
    reader.assign(list(wanted))
    for tp, (offset, _) in wanted.items():
        reader.seek(tp, offset)
    while len(found) < len(wanted):
        rest = [tp for tp in wanted if tp not in found]
        for tp, records in (await reader.getmany(*rest, timeout_ms=200, max_records=100)).items():
            if records:
                found[tp] = records[0]
    return found
