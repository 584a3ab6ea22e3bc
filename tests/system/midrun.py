"""Faults in the middle of a running stream: one after another, each between settled work.

Before each deed the workers have settled something since the last one, and have work in hand; after
it they settle what was written after its end. So a fault that hit a stream at rest, or one from
which nothing came back, fails the test by itself.
"""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from tests.system.harness import PARTITIONS, Stream, Verdict
from tests.system.platform import Moment

COUNT_MAX: Final = 1_000_000
SETTLED_MIN: Final = 3_000
"""Records that are settled between two faults, at least."""

WORK_COMES_S: Final = 10.0
"""A stream that flows has work in hand many times within it."""

TICKS_MAX: Final = 2 * PARTITIONS
"""Records that wait at a stream at rest, at most: a tick a second on each partition."""

PIECE: Final = 100

Deed = Callable[[], Awaitable[None]]
Line = tuple[bytes, bytes]
"""Key and value of a record."""


async def through(
    stream: Stream, deeds: Sequence[Deed], *, rate: int = 2_000, seed: int = 3, limit_s: float = 120
) -> Verdict:
    """Do the deeds while messages flow at `rate` a second; then settle all, and compare.

    `limit_s`: how long the stream may take to go on after a deed.
    """
    enough = asyncio.Event()
    producing = asyncio.create_task(stream.produce(COUNT_MAX, rate, seed, _nothing, enough))
    try:
        await _goes_on(stream, producing, limit_s)
        for deed in deeds:
            await deed()
            await _goes_on(stream, producing, limit_s)
    finally:
        enough.set()
        await producing
    await stream.drained()
    return await stream.compared()


async def write(
    stream: Stream,
    lines: Sequence[Line],
    rate: int,
    *,
    partitioner: Callable[[bytes], int] | None = None,
    deed: Deed | None = None,
) -> None:
    """Write these records, `rate` a second at most; do the deed when half of them are written."""
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    async with AIOKafkaProducer(
        bootstrap_servers=stream.bootstrap, enable_idempotence=True, linger_ms=5
    ) as producer:
        for at in range(0, len(lines), PIECE):
            sent = [
                await producer.send(
                    stream.topics.events.name,
                    key=key,
                    value=value,
                    partition=None if partitioner is None else partitioner(key),
                )
                for key, value in lines[at : at + PIECE]
            ]
            await asyncio.gather(*sent)
            if deed is not None and at <= len(lines) // 2 < at + PIECE:
                await deed()
            await asyncio.sleep(max(0.0, began_s + at / rate - loop.time()))


async def amid_work(stream: Stream, limit_s: float = WORK_COMES_S) -> None:
    """Return when some of what stood on the log is settled, and some is not, and that is more than
    ticks; fails at a stream that is at rest.
    """
    loop = asyncio.get_running_loop()
    until_s = loop.time() + limit_s
    while True:
        moment = await _moment(stream)
        if moment.in_the_middle and moment.end - moment.committed > TICKS_MAX:
            break
        assert loop.time() < until_s, f"the stream is at rest: {moment}"


async def _moment(stream: Stream) -> Moment:
    """Where the workers are. The ends are asked first: what is written after that is no work yet."""
    ends = await _answered(lambda: stream.ends(stream.topics.events.name))
    settled = await _answered(stream.committed)
    return Moment(
        sum(min(end, settled.get(number, 0)) for number, end in ends.items()), sum(ends.values())
    )


def kill(stream: Stream, *names: str) -> Deed:
    """SIGKILL to all of them at once; then all are started again."""

    async def deed() -> None:
        for name in names:
            stream.worker(name).send(signal.SIGKILL)
        for name in names:
            stream.worker(name).end()
            stream.worker(name).start()

    return deed


def restart(stream: Stream, name: str, workers: int) -> Deed:
    """SIGTERM, a clean end, a new start, and the group is whole again."""

    async def deed() -> None:
        stream.worker(name).send(signal.SIGTERM)
        assert await stream.worker(name).ended() == 0
        stream.worker(name).start()
        await stream.ready(workers)

    return deed


async def kill_in_the_middle(stream: Stream, name: str) -> None:
    """Kill a worker in the middle of its work, and start it again."""
    await amid_work(stream)
    await kill(stream, name)()


async def _nothing(_share: float) -> None:
    """The producer's progress is not asked for."""


async def _goes_on(stream: Stream, producing: asyncio.Task[None], limit_s: float) -> None:
    """Wait until all is settled that is written by now, and more on top, and work is in hand."""
    events = stream.topics.events.name
    async with asyncio.timeout(limit_s):
        written = await _answered(lambda: stream.ends(events))
        while True:
            assert not producing.done(), "the producer ended before the faults did"
            for worker in stream.workers.values():
                worker.look()
            settled = await _answered(stream.committed)
            if (
                all(settled.get(number, 0) >= end for number, end in written.items())
                and sum(settled.values()) > sum(written.values()) + SETTLED_MIN
            ):
                break
            await asyncio.sleep(0.1)  # the group's offsets can only be asked for
    await amid_work(stream)


async def _answered(ask: Callable[[], Awaitable[dict[int, int]]]) -> dict[int, int]:
    """Ask again while brokers that have just come back know of nothing."""
    while True:
        try:
            return await ask()
        except KafkaError:
            await asyncio.sleep(0.2)
