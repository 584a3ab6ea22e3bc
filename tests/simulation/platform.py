"""The platform's side: the real performer over a platform that counts, and outcomes on the log.

The order is the egress's: read, perform, outcome on the log, commit. The register outlives the
process, as Redis does.
"""

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

from aiokafka import TopicPartition

from adapters.performer import Performer
from adapters.protocol import IDEMPOTENT, Capabilities, NotSent, Unavailable, outcome_of
from adapters.register import MemoryRegister
from schemas.action import Action, Outcome, decode_action, encode_outcome
from streams.partitioner import partition_of
from tests.simulation.loop import Host

if TYPE_CHECKING:
    from tests.simulation.history import World

RESTART_S = 0.5


class Platform:
    """A platform, the adapter in front of it, and what outlives the adapter's process."""

    capabilities = Capabilities()

    def __init__(self, world: "World") -> None:
        self.world = world
        self.calls: Counter[str] = Counter()
        self.idempotent: set[str] = set()
        self.at: dict[TopicPartition, int] = {}
        self._register = MemoryRegister()
        self._host = Host()

    def start(self) -> None:
        """Begin to perform."""
        self._host = self.world.hosted(Host())
        self.world.loop.begin(self._host, self._run())

    async def _point(self, name: str) -> str:
        fault = self.world.struck_at(f"platform.{name}")
        if fault is None:
            return ""
        if fault.kind == "crash":
            self._host.is_dead = True
            self.world.loop.outside(RESTART_S, self.start)
            # No step of a dead host runs, so this never returns.
            await asyncio.sleep(0)
        return fault.kind

    async def _run(self) -> None:
        performer = Performer(
            self,
            self._register,
            now_ms=self.world.clock.now_ms,
        )
        logs = [
            (TopicPartition(self.world.topics.actions.name, number))
            for number in range(self.world.plan.partitions)
        ]
        while True:
            found = False
            for tp in logs:
                records = self.world.cluster.logs[tp].read(self.at.get(tp, 0), 20)
                if records:
                    found = True
                    await self._point("read")
                    for record in records:
                        await self._settle(performer, decode_action(record.value or b""))
                    await self._point("told")
                    self.at[tp] = records[-1].offset + 1
            if not found:
                await self.world.cluster.news(self.world.topics.actions.name)
                await asyncio.sleep(self.world.latency_s())

    async def _settle(self, performer: Performer, action: Action) -> None:
        outcome = await performer.settle(action)
        if outcome is not None:
            key = f"{outcome.platform}:{outcome.group_id}".encode()
            topic = self.world.topics.outcomes
            tp = TopicPartition(topic.name, partition_of(key, topic.partitions))
            self.world.cluster.append(tp, [(key, encode_outcome(outcome), ())])

    async def perform(self, action: Action) -> Outcome:
        """Do it, and count."""
        if await self._point("call") == "unsent":
            raise NotSent
        self.calls[action.id] += 1
        if action.kind in IDEMPOTENT:
            self.idempotent.add(action.id)
        if await self._point("done") == "unanswered":
            raise Unavailable
        return outcome_of(action, "done", self.world.clock.now_ms())

    def done_twice(self) -> list[str]:
        """The actions that were done more than once though that shows."""
        return [
            action_id
            for action_id, times in sorted(self.calls.items())
            if times > 1 and action_id not in self.idempotent
        ]

    def is_drained(self) -> bool:
        """Whether all actions were seen to."""
        logs = self.world.cluster.of(self.world.topics.actions.name)
        return all(self.at.get(tp, 0) == log.end for tp, log in logs.items())
