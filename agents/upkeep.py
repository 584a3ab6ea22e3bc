"""What runs beside the agents: the beat, the ticks, the packs, the looks after what is owned.

A service of mode's, started before Faust's app and stopped after it, so that the last settle
still finds its producer.
"""

import asyncio
import logging
from collections.abc import Awaitable
from typing import Final

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from mode import Service

from agents.clock import Clock, tick
from agents.exits import leave, named
from agents.generations import follow
from agents.keeper import Keeper
from agents.lease import Lease, running_s
from agents.ledger import Ledger
from agents.outbox import Outbox, Parcel, Record
from agents.packs import Packs
from agents.settings import Settings
from agents.succession import Succession
from agents.watchdog import Watchdog
from streams.topology import Topology

log = logging.getLogger(__name__)

LOOK_S: Final = 5.0


class Upkeep(Service):
    """Starts and stops the producer; ends the process when something stands still."""

    def __init__(
        self,
        *,
        settings: Settings,
        topics: Topology,
        clock: Clock,
        lease: Lease,
        ledger: Ledger,
        keeper: Keeper,
        outbox: Outbox,
        packs: Packs,
        succession: Succession,
    ) -> None:
        self.settings, self.topics, self.clock, self.lease = settings, topics, clock, lease
        self.ledger, self.keeper, self.outbox, self.packs = ledger, keeper, outbox, packs
        self.succession = succession
        self.watchdog = Watchdog(lease, settings.stuck_s)
        self._waiting_s: dict[int, float] = {}
        super().__init__()

    async def on_start(self) -> None:
        """Connect; from here on the loop's standing still is noticed."""
        await self.outbox.start()
        self.lease.renew()
        self.watchdog.start()

    async def on_stop(self) -> None:
        """After the app: nothing is in flight any more."""
        self.watchdog.ended.set()
        await self.keeper.stop()
        await self.outbox.stop()

    @Service.task
    async def _beat(self) -> None:
        await self.kept("upkeep", "beat", self.lease.beat())

    @Service.task
    async def _follow_packs(self) -> None:
        name = self.topics.policies.name
        await self.kept("packs", name, self.packs.follow(self.settings.kafka, name))

    @Service.task
    async def _follow_generations(self) -> None:
        name = self.topics.meta.name
        await self.kept("upkeep", name, follow(self.settings.kafka, name, self.succession.look))

    @Service.task
    async def _tick(self) -> None:
        await self.kept("upkeep", "tick", self._append_ticks())

    @Service.task
    async def _look_after(self) -> None:
        await self.kept("upkeep", "look", self._look())

    async def kept(self, reason: str, what: str, work: Awaitable[None]) -> None:
        """Do `work` for as long as the worker runs; whatever else ends it ends the process.

        A task of mode's that returns, or is cancelled, is missed by nobody.
        """
        try:
            await work
        except asyncio.CancelledError:
            if self.should_stop:
                raise
            leave(reason, f"{what}: cancelled")
        except Exception as fault:  # noqa: BLE001 — Whatever it is, nobody does the work any more.
            leave(reason, f"{what}: {named(fault)}")
        if not self.should_stop:
            leave(reason, f"{what}: ended")

    async def _append_ticks(self) -> None:
        pause_s = self.clock.pause_s(self.settings.tick_s)
        while not self.should_stop:
            await self.append_ticks()
            await asyncio.sleep(pause_s)

    async def append_ticks(self) -> None:
        """One tick to each partition that is owned and begun."""
        name = self.topics.events.name
        parcels = []
        for tp in list(self.ledger.lines):
            if tp.topic == name:
                key, value = tick(self.clock, self.settings.tick_s, self.succession.held_at)
                record = Record(key, value)
                batches = self.outbox.fill(name, self.topics.events.batch_bytes, [[record]])
                parcels.append(Parcel(name, tp.partition, batches))
        if parcels:
            self.lease.check("before the ticks")
            await self.outbox.deliver(parcels)

    async def _look(self) -> None:
        while not self.should_stop:
            await asyncio.sleep(LOOK_S)
            await self.look()

    async def look(self) -> None:
        """Ends the process if an owned partition stands still, the group has forgotten this
        worker, or somebody else writes its states.

        Ticks keep every owned partition moving, so one that does not move is not read.
        """
        limit_s, name = self.settings.starved_s, self.topics.events.name
        starved = self.ledger.starved(limit_s, name)
        if starved is not None:
            leave("starved", f"{starved.topic} {starved.partition}")
        if (number := self._not_begun(limit_s)) is not None:
            leave("starved", f"{name} {number}: not begun")
        if (behind := self.ledger.uncommitted(limit_s)) is not None:
            leave("uncommitted", f"{behind.topic} {behind.partition}")
        if (silence_s := self.lease.unanswered_s()) > limit_s + self.settings.rebalance_s:
            leave("unjoined", f"{silence_s:.0f} s")
        try:
            async with asyncio.timeout(self.settings.request_s):
                await self.keeper.look_for_foreign_writes()
        except (KafkaError, TimeoutError) as fault:
            # The brokers may be restarting; what writes will end the process if they do not
            # come back.
            log.warning("could not compare the ends of the state topic: %s", named(fault))

    def _not_begun(self, limit_s: float) -> int | None:
        """A partition that was recovered and has been waiting for its first place for longer than
        `limit_s`, if there is one: Faust has lost it on the way, and it gets no tick.
        """
        now, name = running_s(), self.topics.events.name
        waiting = {n for n in self.keeper.owned if TopicPartition(name, n) not in self.ledger.lines}
        self._waiting_s = {number: self._waiting_s.get(number, now) for number in sorted(waiting)}
        for number, since_s in self._waiting_s.items():
            if now - since_s > limit_s:
                return number
        return None
