"""A sealed partition's states go over into the generation that goes on behind its seal.

Before anything is judged there: each owner writes the states of its partition to where the new
partitions' owners will recover them from, at the place before the first record, and says so in
`meta`. A repeat, after a crash, writes the same.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator
from itertools import islice
from typing import Any

import msgspec
from aiokafka import TopicPartition
from aiokafka.errors import UnknownTopicOrPartitionError

from agents.exits import leave
from agents.generations import Carried, Generations, carried_key
from agents.lease import Lease
from agents.outbox import Outbox, Parcel, Record, Writable
from streams.partitioner import partition_of
from streams.seal import Seal
from streams.topology import Topic, topology

log = logging.getLogger(__name__)

GROUPS = 50
"""Gathered between two turns of the event loop: some ten milliseconds."""


class Carrier:
    """Carries the states of partitions over. `look` reads what `meta` says now."""

    def __init__(
        self,
        *,
        namespace: str,
        meta: Topic,
        outbox: Outbox,
        lease: Lease,
        look: Callable[[], Awaitable[Generations]],
    ) -> None:
        self._namespace, self._meta, self._outbox = namespace, meta, outbox
        self._lease, self._look = lease, look
        self._done: set[tuple[int, int]] = set()

    async def carry(self, number: int, states: Any, seal: Seal) -> None:
        """Carry partition `number` over, unless that was done. Ends the process if it can't be."""
        if (seal.generation, number) in self._done:
            return
        known = await self._look()
        if number not in known.carried.get(seal.generation, {}):
            await self._write(await self._target(seal), states.carried(seal.generation))
            await self._say(number, seal)
        self._done.add((seal.generation, number))

    async def _target(self, seal: Seal) -> Topic:
        state = topology(
            self._namespace, partitions=seal.partitions, generation=seal.generation
        ).state
        try:
            found = await self._outbox.partitions(state.name)
        except UnknownTopicOrPartitionError:
            # Somebody else than `banzhang scale` wrote the seal; that command can still follow it.
            way = f"run `banzhang scale --partitions {seal.partitions}`"
            leave("topics", f"{state.name}, which a seal names, is missing: {way}")
        if found != seal.partitions:
            leave("topics", f"{state.name} has {found} partitions, not {seal.partitions}")
        return state

    async def _write(self, state: Topic, groups: Iterator[tuple[bytes, list[Writable]]]) -> None:
        while some := list(islice(groups, GROUPS)):
            spread: dict[TopicPartition, list[list[Writable]]] = {}
            for key, records in some:
                tp = TopicPartition(state.name, partition_of(key, state.partitions))
                # Each record by itself: all of a large group's are more than one batch takes, and
                # nobody looks at them before all partitions have said that they are carried over.
                spread.setdefault(tp, []).extend([record] for record in records)
            parcels = [
                Parcel(tp.topic, tp.partition, self._outbox.fill(tp.topic, state.batch_bytes, one))
                for tp, one in spread.items()
            ]
            await self._deliver(parcels)

    async def _say(self, number: int, seal: Seal) -> None:
        value = msgspec.json.encode(Carried(seal.offset))
        record = Record(carried_key(seal.generation, number), value)
        batches = self._outbox.fill(self._meta.name, self._meta.batch_bytes, [[record]])
        await self._deliver([Parcel(self._meta.name, 0, batches)])
        log.warning("partition %s went over into generation %s", number, seal.generation)

    async def _deliver(self, parcels: Iterable[Parcel]) -> None:
        await asyncio.sleep(0)
        self._lease.check("before the states that go over")
        await self._outbox.deliver(list(parcels))
