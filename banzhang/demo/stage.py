"""The demo's stage: what runs where, the clock that all share, and how far everybody is."""

import asyncio
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from agents.clock import Clock
from agents.settings import TABLE as OF_WORKERS
from agents.topics import Pack, create
from banzhang.children import Child, Say
from banzhang.packs import Published
from infra.local.lifeline import Lifeline
from streams.topology import Topology

PARTITIONS: Final = 8
WORKERS: Final = 2
LEAD_S: Final = 6.0
"""Real seconds from the clock's making to the day's begin: what two workers need to be there."""
SESSION_S: Final = 3.0
"""A killed worker is missed for so long: 50 minutes of the simulated day."""
LOOK_S: Final = 0.1
TICKING: Final = 2


class Stage(NamedTuple):
    """The parts of the demo, made and not yet started."""

    topics: Topology
    clock: Clock
    begins_s: float
    kafka: str
    pack: Published
    workers: list[Child]
    adapter: Child
    say: Say


def new_stage(
    *,
    topics: Topology,
    servers: Mapping[str, str],
    pack: Published,
    begin_ms: int,
    speed: float,
    folder: Path,
    lifeline: Lifeline,
    say: Say,
    shows: bool,
) -> Stage:
    """Make the stage. `begin_ms` is the event time at which the day begins, `LEAD_S` from now."""
    real_ms = int((time.time() + LEAD_S) * 1000)
    text = f"{begin_ms}@{real_ms}*{speed}"
    # The demo is the same in every environment: what is set for a real system is not for it.
    defaults = {setting.name: setting.default for setting in OF_WORKERS}
    environ = {
        **defaults,
        **servers,
        "BANZHANG_CLOCK": text,
        "BANZHANG_SESSION_S": str(SESSION_S),
        "BANZHANG_HEARTBEAT_S": "0.3",
    }

    def child(name: str, words: list[str], *, shows: bool = False) -> Child:
        log = folder / "logs" / f"{name}.log"
        return Child(name, words, environ=environ, log=log, lifeline=lifeline, shows=shows)

    return Stage(
        topics=topics,
        clock=Clock.of(text),
        begins_s=time.monotonic() + LEAD_S,
        kafka=servers["BANZHANG_KAFKA"],
        pack=pack,
        workers=[child(f"worker-{n}", ["worker"]) for n in range(1, WORKERS + 1)],
        adapter=child("adapter", ["adapter", "terminal", *_colour(shows)], shows=shows),
        say=say,
    )


def _colour(shows: bool) -> list[str]:
    return [] if shows else ["--colour", "never"]


async def prepare(stage: Stage) -> None:
    """Make the topics, publish the pack, write the first policy."""
    pack = Pack(stage.pack.version, stage.pack.content)
    await create(stage.kafka, stage.topics, pack, stage.clock)


class Progress:
    """How far the log has come, and who has read how much of it. An async context manager."""

    def __init__(self, kafka: str) -> None:
        self._kafka = kafka

    async def __aenter__(self) -> "Progress":
        self._consumer = AIOKafkaConsumer(bootstrap_servers=self._kafka, group_id=None)
        self._admin = AIOKafkaAdminClient(bootstrap_servers=self._kafka)
        await self._consumer.start()
        await self._admin.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._consumer.stop()
        await self._admin.close()

    async def ends(self, topic: str) -> dict[int, int]:
        """The end of each partition."""
        tps = [TopicPartition(topic, number) for number in range(PARTITIONS)]
        ends = await self._consumer.end_offsets(tps)
        return {tp.partition: end for tp, end in ends.items()}

    async def committed(self, group: str, topic: str) -> dict[int, int]:
        """What a consumer group has committed of each partition; 0 where it has nothing, or where
        its coordinator, which may be starting, does not tell.
        """
        tps = [TopicPartition(topic, number) for number in range(PARTITIONS)]
        found = await self._admin.list_consumer_group_offsets(group, partitions=tps)
        return {tp.partition: max(0, found[tp].offset) if tp in found else 0 for tp in tps}

    async def until_read(self, group: str, topic: str, ends: Mapping[int, int]) -> None:
        """Wait until the group has committed the topic up to `ends`."""
        while True:
            done = await self.committed(group, topic)
            if all(done[number] >= end for number, end in ends.items()):
                return
            await asyncio.sleep(LOOK_S)

    async def until_ticking(self, topic: str) -> None:
        """Wait until each partition holds more than its first policy: its owner's first tick."""
        while True:
            ends = await self.ends(topic)
            if min(ends.values()) >= TICKING:
                return
            await asyncio.sleep(LOOK_S)


def total(offsets: Mapping[int, int]) -> int:
    """Records up to these offsets, of all partitions."""
    return sum(offsets.values())


def names(children: Iterable[Child]) -> str:
    """Who they are, for a line."""
    return " and ".join(child.name for child in children)
