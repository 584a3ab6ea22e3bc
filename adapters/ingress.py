"""The way in: writes events to `chat.events`, each on the partition of its group's key."""

import asyncio
from types import TracebackType
from typing import Final, Self

from aiokafka import AIOKafkaProducer

from adapters.file import Keyed

LINGER_MS: Final = 5
REQUEST_MS: Final = 15_000
REQUEST_BYTES_MAX: Final = 2 << 20


class Ingress:
    """An idempotent producer with Java's partitioner (aiokafka's own). An async context manager."""

    def __init__(self, bootstrap: str, topic: str) -> None:
        self._topic = topic
        self._turn = asyncio.Lock()
        self._producer = AIOKafkaProducer(
            bootstrap_servers=bootstrap,
            acks="all",
            enable_idempotence=True,
            linger_ms=LINGER_MS,
            request_timeout_ms=REQUEST_MS,
            max_request_size=REQUEST_BYTES_MAX,
        )

    async def put(self, record: Keyed) -> None:
        """Hand a record over; `flush`, or the end of the context, says that all were taken."""
        async with self._turn:
            await self._producer.send(self._topic, record.value, key=record.key)

    async def move(self, topic: str) -> None:
        """Write to `topic` from here on; what was put before is acknowledged then, in the old one."""
        async with self._turn:
            await self._producer.flush()
            self._topic = topic

    async def flush(self) -> None:
        """Wait until every record is acknowledged by the broker."""
        await self._producer.flush()

    async def __aenter__(self) -> Self:
        try:
            await self._producer.start()
        except BaseException:
            # Half a client leaves sockets and complaints.
            await self._producer.stop()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._producer.stop()
