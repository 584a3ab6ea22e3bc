"""The play: a day's messages in at their hour, one worker killed at noon, everything read back."""

import asyncio
import signal
from collections.abc import Sequence
from typing import Final, NamedTuple

from adapters.file import Keyed
from adapters.ingress import Ingress
from banzhang.children import stop_all
from banzhang.demo.recorded import Recorded, record
from banzhang.demo.stage import Progress, Stage, names, prepare, total

KILL_AT: Final = 0.45
"""The part of the day after which a worker is killed."""
READY_S: Final = 45.0
DRAIN_S: Final = 45.0


class Due(NamedTuple):
    """A record, and the event time at which it is to be sent."""

    at: int
    record: Keyed


class Strike(NamedTuple):
    """The kill: what was committed and what the log held at that moment."""

    worker: str
    committed: int
    logged: int
    at: int

    @property
    def in_the_middle(self) -> bool:
        """Whether there was work done and work left: else the fault proved nothing."""
        return 0 < self.committed < self.logged


class Played(NamedTuple):
    """What is left of a play: the log, how far the workers judged it, the kill."""

    recorded: Recorded
    judged: dict[int, int]
    strike: Strike
    restarts: int


async def play(stage: Stage, day: Sequence[Due], end_ms: int) -> Played:
    """Play the day and read the topics back. All children have ended when it returns."""
    children = [*stage.workers, stage.adapter]
    said: list[str] = []

    def say(line: str) -> None:
        said.append(line)
        stage.say(line)

    await prepare(stage)
    keepers = [asyncio.create_task(child.keep(say)) for child in children]
    try:
        async with Progress(stage.kafka) as progress:
            async with asyncio.timeout(READY_S):
                await progress.until_ticking(stage.topics.events.name)
            stage.say(f"{names(stage.workers)} own their partitions; the day begins")
            strike = await _day(stage, progress, day, end_ms)
    finally:
        for keeper in keepers:
            keeper.cancel()
        await asyncio.gather(*keepers, return_exceptions=True)
        await stop_all(children)
    recorded = await record(stage.kafka, stage.topics)
    async with Progress(stage.kafka) as progress:
        judged = await progress.committed(_judges(stage), stage.topics.events.name)
    return Played(recorded, judged, strike, len(said))


async def _day(stage: Stage, progress: Progress, day: Sequence[Due], end_ms: int) -> Strike:
    """Play from the begin to the end, and wait until all is judged."""
    feeding = asyncio.create_task(_feed(stage, day))
    try:
        strike = await _strike(stage, progress, day[0].at, end_ms)
        await feeding
        await _until(stage, end_ms)
        await _drain(stage, progress)
    finally:
        # However the day ends, its producer ends here, while the broker and the loop are there:
        # left to the loop's own end, it is destroyed in the middle of its last flush.
        feeding.cancel()
        await asyncio.gather(feeding, return_exceptions=True)
    return strike


def _judges(stage: Stage) -> str:
    return stage.topics.events.name.removesuffix(".events") + ".judge"


def _adapters(stage: Stage) -> str:
    return stage.topics.events.name.removesuffix(".events") + ".adapter.terminal"


async def _until(stage: Stage, at: int) -> None:
    """Wait for an event time, by the demo's own clock."""
    left_s = (at - stage.clock.now_ms()) / 1000 / stage.clock.scale
    if left_s > 0:
        await asyncio.sleep(left_s)


async def _feed(stage: Stage, day: Sequence[Due]) -> None:
    """Send each record at its hour, acknowledged by all replicas."""
    async with Ingress(stage.kafka, stage.topics.events.name) as ingress:
        for due in day:
            await _until(stage, due.at)
            await ingress.put(due.record)
        await ingress.flush()


async def _strike(stage: Stage, progress: Progress, begin_ms: int, end_ms: int) -> Strike:
    """Kill the first worker in the middle of the day, while it has work before it; its keeper
    starts it again.
    """
    await _until(stage, begin_ms + int((end_ms - begin_ms) * KILL_AT))
    worker = stage.workers[0]
    while not (strike := await _now(stage, progress, worker.name)).in_the_middle:
        # Workers at rest have judged everything: the next message is a moment away.
        if stage.clock.now_ms() >= end_ms:
            break
    worker.send(signal.SIGKILL)
    committed, logged = strike.committed, strike.logged
    stage.say(f"kill -9 {worker.name}: {committed} records judged, {logged} on the log")
    return strike


async def _now(stage: Stage, progress: Progress, worker: str) -> Strike:
    """The strike that a kill at this moment would be."""
    events = stage.topics.events.name
    # What is committed first: what is logged grows, and must not seem smaller than it.
    committed = total(await progress.committed(_judges(stage), events))
    logged = total(await progress.ends(events))
    return Strike(worker, committed, logged, stage.clock.now_ms())


async def _drain(stage: Stage, progress: Progress) -> None:
    """Wait until everything sent is judged, and every action so far has its outcome."""
    topics = stage.topics
    async with asyncio.timeout(DRAIN_S):
        ends = await progress.ends(topics.events.name)
        await progress.until_read(_judges(stage), topics.events.name, ends)
        actions = await progress.ends(topics.actions.name)
        await progress.until_read(_adapters(stage), topics.actions.name, actions)
        outcomes = await progress.ends(topics.outcomes.name)
        await progress.until_read(_judges(stage), topics.outcomes.name, outcomes)
