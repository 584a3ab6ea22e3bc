"""What runs beside the agents: the beat, the ticks, the packs, the looks after what is owned.

A service of mode's, started before Faust's app and stopped after it, so that the last settle
still finds its producer.
"""

import asyncio
import logging
from typing import Final

from aiokafka.errors import KafkaError
from mode import Service

from agents.clock import Clock, tick
from agents.exits import leave, named
from agents.generations import follow
from agents.keeper import Keeper
from agents.lease import Lease
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
        self._watchdog = Watchdog(lease, settings.stuck_s)
        super().__init__()

    async def on_start(self) -> None:
        """Connect; from here on the loop's standing still is noticed."""
        await self.outbox.start()
        self.lease.renew()
        self._watchdog.start()

    async def on_stop(self) -> None:
        """After the app: nothing is in flight any more."""
        self._watchdog.ended.set()
        await self.keeper.stop()
        await self.outbox.stop()

    @Service.task
    async def _beat(self) -> None:
        await self.lease.beat()

    @Service.task
    async def _follow_packs(self) -> None:
        try:
            await self.packs.follow(self.settings.kafka, self.topics.policies.name)
        except KafkaError as fault:
            leave("recovery", f"{self.topics.policies.name}: {named(fault)}")

    @Service.task
    async def _follow_generations(self) -> None:
        try:
            await follow(self.settings.kafka, self.topics.meta.name, self.succession.look)
        except KafkaError as fault:
            leave("recovery", f"{self.topics.meta.name}: {named(fault)}")

    @Service.task
    async def _tick(self) -> None:
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
                key, value = tick(self.clock, self.settings.tick_s)
                record = Record(key, value)
                batches = self.outbox.fill(name, self.topics.events.batch_bytes, [[record]])
                parcels.append(Parcel(name, tp.partition, batches))
        if parcels:
            self.lease.check("before the ticks")
            await self.outbox.deliver(parcels)

    @Service.task
    async def _look_after(self) -> None:
        while not self.should_stop:
            await asyncio.sleep(LOOK_S)
            await self.look()

    async def look(self) -> None:
        """Ends the process if an owned partition stands still or somebody else writes its states.

        Ticks keep every owned partition moving, so one that does not move is not read.
        """
        starved = self.ledger.starved(self.settings.starved_s, self.topics.events.name)
        if starved is not None:
            leave("starved", f"{starved.topic} {starved.partition}")
        try:
            async with asyncio.timeout(self.settings.request_s):
                await self.keeper.look_for_foreign_writes()
        except (KafkaError, TimeoutError) as fault:
            # The brokers may be restarting; what writes will end the process if they do not
            # come back.
            log.warning("could not compare the ends of the state topic: %s", named(fault))
