"""What runs while things break: brokers, Redis, workers, the egress, the district that talks."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final, NamedTuple, Self

from agents.clock import Clock
from agents.exits import MEND
from agents.topics import Pack, create
from banzhang.demo.stage import PARTITIONS
from banzhang.packs import Published, read_packs
from banzhang.settings import TABLE
from infra.local import Cluster, RedisServer
from infra.local.lifeline import Lifeline
from streams.topology import topology
from tests.chaos.log import Log
from tests.chaos.oracle import Comparison, Recorded
from tests.chaos.plan import KINDS
from tests.chaos.progress import Progress
from tests.chaos.source import Source
from tests.system import platform
from tests.system.harness import SESSION_S, WORKER, Worker
from tests.system.proxy import Proxy

NAMESPACE: Final = "chaos"
FAR: Final = "w1"
"""The worker whose network is spoilt: it comes to the brokers by their second entrance."""
SCALE: Final = 60
"""A second is a minute of event time: a run sees a night, a Sunday's end and a day's deadlines."""
BEGIN_MS: Final = 1_740_873_600_000
"""Sunday, 2 March 2025, 08:00 in Shanghai: the weekly summary and the purge are before it."""
AGAIN_MS: Final = 60_000
"""Event time goes on so far behind where the last start was seen."""
CAUGHT_UP_S: Final = 150.0
"""So long what was written may wait to be settled, all brokers and workers being there."""
_LOOK_S: Final = 0.2

KAFKA, REDIS, LOGS, CALLS = "kafka", "redis", "logs", "calls.txt"
FILES: Final = (KAFKA, REDIS, LOGS, CALLS)
"""What a run has in its folder, beside its progress."""


class Stuck(Exception):
    """The system does not go on by itself; says where it stands."""


def the_pack() -> Published:
    """The district's default pack."""
    [pack] = read_packs([TABLE["BANZHANG_POLICY"].default], {})
    return pack


class Run(NamedTuple):
    """One run: what to do, and where its files are. `worker`: the program that is tried."""

    folder: Path
    faults: int = 200
    seed: int = 1
    brokers: int = 3
    rate: int = 250
    kinds: Sequence[str] = KINDS
    worker: Sequence[str] = WORKER


class Stage:
    """All parts of a run. An async context manager; nothing outlives this process."""

    def __init__(self, run: Run, progress: Progress) -> None:
        self.run, self.progress = run, progress
        self.folder = run.folder
        self.logs = self.folder / LOGS
        self.logs.mkdir(parents=True, exist_ok=True)
        self.proxies = {number: Proxy() for number in range(1, run.brokers + 1)}
        self._doors = AsyncExitStack()
        doors = {number: proxy.port for number, proxy in self.proxies.items()}
        self.cluster = Cluster(self.folder / KAFKA, run.brokers, doors=doors)
        self.redis = RedisServer(self.folder / REDIS)
        self.lifeline = Lifeline()
        self.topics = topology(NAMESPACE, partitions=PARTITIONS, replication=run.brokers)
        self.egress_group = f"{NAMESPACE}.adapter.{platform.NAME}"
        self.calls = self.folder / CALLS
        self.pack = the_pack()
        self.workers: dict[str, Worker] = {}

    async def __aenter__(self) -> Self:
        """Start everything, and let the district talk."""
        for proxy in self.proxies.values():
            await self._doors.enter_async_context(proxy)
        await asyncio.gather(
            asyncio.to_thread(self.cluster.start), asyncio.to_thread(self.redis.start)
        )
        for number, proxy in self.proxies.items():
            proxy.broker_port = self.cluster.door(number)
        self.clock_text = f"{self.progress.event_ms}@{time.time_ns() // 1_000_000}*{SCALE}"
        self.clock = Clock.of(self.clock_text)
        self.log = Log(self.cluster.bootstrap, self.topics)
        pack = Pack(self.pack.version, self.pack.content)
        await create(self.cluster.bootstrap, self.topics, pack, self.clock)
        self.recorded = Recorded(self.log, self.pack)
        process = self._child("egress", (*platform.PROGRAM, str(self.calls)))
        self.egress = platform.Egress(process, self.calls, self._performing)
        process.start()
        self.staff(self.progress.workers)
        self.source = Source(
            self.cluster.bootstrap,
            self.topics.events.name,
            seed=self.run.seed,
            rate=self.run.rate,
            clock=self.clock,
        )
        self.source.sent = self.progress.sent
        self._tasks = [asyncio.create_task(work) for work in (self.source.run(), self._supervise())]
        return self

    async def __aexit__(self, *_: object) -> None:
        """End everything; the data stay."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for one in self._children:
            one.end()
        await self.source.close()
        await self._doors.aclose()
        self.lifeline.close()
        await asyncio.to_thread(self.redis.stop)
        await asyncio.to_thread(self.cluster.stop)
        self.remember()

    def staff(self, count: int) -> None:
        """Have so many workers at least."""
        for number in range(1, count + 1):
            name = f"w{number}"
            worker = self.workers.setdefault(name, self._child(name, self.run.worker))
            if not worker.is_running:
                worker.start()

    def _child(self, name: str, command: Sequence[str]) -> Worker:
        doors = ",".join(proxy.address for proxy in self.proxies.values())
        environment = {
            "BANZHANG_KAFKA": doors if name == FAR else self.cluster.bootstrap,
            "BANZHANG_REDIS": self.redis.url,
            "BANZHANG_NAMESPACE": NAMESPACE,
            "BANZHANG_CLOCK": self.clock_text,
            "BANZHANG_SESSION_S": str(SESSION_S),
            "BANZHANG_TICK_S": str(SCALE),
        }
        log = self.logs / f"{name}.log"
        return Worker(name, environment, log, command=command, lifeline=self.lifeline)

    @property
    def _children(self) -> list[Worker]:
        return [*self.workers.values(), self.egress.process]

    @property
    def far(self) -> Worker:
        """The worker that reaches the brokers through the proxies."""
        return self.workers[FAR]

    @property
    def at_work(self) -> list[Worker]:
        """The workers that there are now."""
        return [worker for worker in self.workers.values() if worker.is_running]

    # What goes on beside the faults.

    async def _supervise(self) -> None:
        """Start again what ended by itself, as an orchestrator does; note how far we are."""
        while True:
            for one in self._children:
                one.look()
                if one.exits[MEND]:
                    return
            self.remember()
            await asyncio.sleep(_LOOK_S)

    def remember(self) -> None:
        """Write the progress file."""
        self.progress.sent = self.source.sent
        self.progress.event_ms = self.clock.now_ms()
        self.progress.write(self.folder)

    def check_children(self) -> None:
        """Raises `Stuck` where something ended in a way that a restart does not mend."""
        for task in self._tasks:
            if task.done():
                broken = [one.name for one in self._children if one.exits[MEND]]
                fault = None if task.cancelled() else task.exception()
                raise Stuck(
                    f"{', '.join(broken) or task.get_coro()} ended: see {self.logs}"
                ) from fault

    # Waiting for conditions.

    async def whole(self) -> None:
        """Wait until every worker that there is has its share. Raises `Stuck`.

        One that has only begun to start is not frozen or ended as one at work is.
        """
        try:
            await self.log.until_shared(
                self.log.judges, lambda: len(self.at_work) or -1, CAUGHT_UP_S
            )
        except TimeoutError:
            self.check_children()
            raise Stuck(f"the workers did not find together; see {self.logs}") from None

    async def caught_up(self) -> None:
        """Wait until all that is on the log now is judged. Raises `Stuck`."""
        await self._until_read(self.log.judges, self.topics.events.name)

    async def drained(self) -> dict[int, int]:
        """Wait until all that is on the log now is judged, performed and answered; its ends."""
        ends = await self._until_read(self.log.judges, self.topics.events.name)
        await self._until_read(self.egress_group, self.topics.actions.name)
        await self._until_read(self.log.judges, self.topics.outcomes.name)
        return ends

    async def _until_read(self, group: str, topic: str) -> dict[int, int]:
        ends = await self.log.ends(topic)
        try:
            await self.log.until_read(group, topic, ends, CAUGHT_UP_S)
        except TimeoutError:
            self.check_children()
            committed = await self.log.committed(group, topic)
            behind = {n: end - committed[n] for n, end in ends.items() if committed[n] < end}
            raise Stuck(
                f"{group} did not come to the end of {topic} within {CAUGHT_UP_S:.0f} s: "
                f"records left by partition {behind}; see {self.logs}"
            ) from None
        return dict(ends)

    async def compare(self) -> Comparison:
        """Let everything come to rest but the clock, and hold the topics against the oracle."""
        self.check_children()
        await self.source.stand_still()
        try:
            return await self.recorded.compare(await self.drained())
        finally:
            self.source.flowing.set()

    async def _performing(self) -> platform.Moment:
        """Where the egress is."""
        return await self.log.moment(self.egress_group, self.topics.actions.name)
