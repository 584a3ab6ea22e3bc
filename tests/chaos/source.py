"""The district that talks while things break: a steady producer, and what bad producers do."""

import asyncio
import contextlib
import random
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final, NamedTuple

import msgspec
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from agents.clock import Clock
from banzhang.demo.stage import PARTITIONS
from streams.partitioner import partition_of
from streams.simulate import simulate
from tests.chaos.oracle import PLANTED

CHUNK: Final = 50
REMEMBERED: Final = 400
_GROUPS, _MEMBERS, _MESSAGES = 200, 45, 400
_DAYS: Final = 10_000
_SEND_S: Final = 20.0
_STOP_S: Final = 5.0

POISON: Final[Mapping[str, bytes | None]] = {
    "no JSON": b"\x00\xffno json",
    "no object": b"[]",
    "no member": b'{"id":"x","kind":"message","platform":"qq","group_id":"class-00000","sent_at":1}',
    "no number": b'{"id":"x","kind":"leave","platform":"qq","group_id":"class-00000",'
    b'"member_id":"m","sent_at":"yesterday"}',
    "no value": None,
    "too deep": b'{"id":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    "ahead": b'{"id":"x","kind":"leave","platform":"qq","group_id":"class-00000",'
    b'"member_id":"m","sent_at":4000000000000}',
}


class Line(NamedTuple):
    """A record to write. `partition`: by its key where it is None."""

    key: bytes
    value: bytes | None
    partition: int | None = None
    planted: bool = False


class Source:
    """Writes the events of a made-up district at a steady rate, each acknowledged by the replicas.

    The n-th event follows from the seed, but for its time, which is the clock's. A chunk that was
    not acknowledged in full is written again, as ingress does: its events may then stand twice.
    `sent`: events that are surely on the log. `disorder`, `astray`: so many of the next chunks are
    written in any order, or to wrong partitions.
    """

    def __init__(self, bootstrap: str, topic: str, *, seed: int, rate: int, clock: Clock) -> None:
        self._bootstrap, self._topic = bootstrap, topic
        self._seed, self._rate, self._clock = seed, rate, clock
        self.sent = 0
        self.flowing = asyncio.Event()
        self.idle = asyncio.Event()
        self.disorder = self.astray = 0
        self.newest: deque[Line] = deque(maxlen=REMEMBERED)
        self._chance = random.Random(seed)
        self._producer: AIOKafkaProducer | None = None
        self._opening = asyncio.Lock()

    async def run(self) -> None:
        """Write for ever, from `sent` on; stands still while `flowing` is not set."""
        events = islice(self._events(), self.sent, None)
        loop = asyncio.get_running_loop()
        while True:
            if not self.flowing.is_set():
                self.idle.set()
                await self.flowing.wait()
                self.idle.clear()
            began_s = loop.time()
            lines = [self._line(*pair) for pair in islice(events, CHUNK)]
            self.newest.extend(lines)
            if self.disorder:
                self._chance.shuffle(lines)
            if self.astray:
                lines = [_astray(line) for line in lines]
            await self.write(lines)
            self.sent += len(lines)
            self.disorder, self.astray = max(0, self.disorder - 1), max(0, self.astray - 1)
            await asyncio.sleep(max(0.0, began_s + len(lines) / self._rate - loop.time()))

    async def stand_still(self) -> None:
        """Stop at the end of the chunk in hand, and wait for that."""
        self.flowing.clear()
        await self.idle.wait()

    async def write(self, lines: Sequence[Line]) -> None:
        """Append the lines in their order, whatever the brokers are going through."""
        while True:
            try:
                await asyncio.wait_for(self._written(lines), _SEND_S)
            except (KafkaError, OSError, TimeoutError):
                # A batch was given up: an idempotent producer can't go on behind the gap.
                await self.close()
                await asyncio.sleep(0.1)
            else:
                return

    async def close(self) -> None:
        """Let the connection go. A producer whose brokers are gone would wait for them."""
        producer, self._producer = self._producer, None
        if producer is not None:
            with contextlib.suppress(KafkaError, TimeoutError):
                await asyncio.wait_for(producer.stop(), _STOP_S)

    async def _written(self, lines: Sequence[Line]) -> None:
        producer = await self._opened()
        sent = [
            await producer.send(
                self._topic,
                value=line.value,
                key=line.key,
                partition=line.partition,
                headers=[(PLANTED, b"")] if line.planted else [],
            )
            for line in lines
        ]
        for answer in await asyncio.gather(*sent, return_exceptions=True):
            if isinstance(answer, BaseException):
                raise answer

    async def _opened(self) -> AIOKafkaProducer:
        async with self._opening:
            if self._producer is None:
                producer = AIOKafkaProducer(
                    bootstrap_servers=self._bootstrap,
                    enable_idempotence=True,
                    request_timeout_ms=10_000,
                    linger_ms=5,
                )
                try:
                    await producer.start()
                except BaseException:
                    await producer.stop()
                    raise
                self._producer = producer
            return self._producer

    def _events(self) -> Iterator[tuple[dict[str, Any], int]]:
        """Events in order of arrival, and how late each is: milliseconds."""
        newest = 0
        for event, _ in simulate(_GROUPS, _MEMBERS, _DAYS, _MESSAGES, self._seed):
            newest = max(newest, event["sent_at"])
            yield event, min(newest - event["sent_at"], 60_000)

    def _line(self, event: dict[str, Any], late_ms: int) -> Line:
        event = event | {"sent_at": self._clock.now_ms() - late_ms}
        key = f"{event['platform']}:{event['group_id']}".encode()
        return Line(key, msgspec.json.encode(event))


def _astray(line: Line) -> Line:
    """The line on the partition after the right one."""
    return line._replace(partition=(partition_of(line.key, PARTITIONS) + 1) % PARTITIONS)
