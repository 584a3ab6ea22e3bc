"""An ingress that follows the generations: it writes to the one that is to get events, and says so
on the cluster, so that `banzhang scale` can wait for it.
"""

import asyncio
import contextlib
import time
import uuid
from collections.abc import AsyncIterator, Mapping
from typing import Final

import msgspec
from aiokafka.errors import KafkaError

from adapters.ingress import Ingress
from agents.generations import Generations, follow, ingress_key
from agents.generations import Ingress as Lease
from agents.topics import append, generations
from streams.topology import topology

LEASE_MS: Final = 30_000
"""One that died is waited for so long."""
RENEW_S: Final = 10.0


@contextlib.asynccontextmanager
async def following(given: Mapping[str, str], name: str) -> AsyncIterator[Ingress]:
    """An ingress under way, on the running loop; `name` says what it is, in the plan's words."""
    bootstrap, namespace = given["BANZHANG_KAFKA"], given["BANZHANG_NAMESPACE"]
    presence = _Presence(bootstrap, namespace, f"{name}-{uuid.uuid4().hex[:8]}")
    known = await generations(bootstrap, namespace)
    async with Ingress(bootstrap, presence.topic(known)) as ingress:
        await presence.say(known.of_ingress)
        # Looked again when it is said: a change that began in between has not seen this one, and
        # seals without waiting for it. Its first records would be judged behind its later ones.
        known = await generations(bootstrap, namespace)
        if presence.is_behind(known):
            await ingress.move(presence.topic(known))
            await presence.say(known.of_ingress)
        keeping = asyncio.create_task(presence.keep(ingress))
        try:
            yield ingress
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)
            await ingress.flush()
            await presence.leave()


class _Presence:
    """What an ingress says of itself in `meta`, and what it is told there."""

    def __init__(self, bootstrap: str, namespace: str, name: str) -> None:
        self._bootstrap, self._namespace, self._name = bootstrap, namespace, name
        self._meta = topology(namespace).meta.name
        self._generation = 0
        self._moved = asyncio.Event()
        self._wanted = 0

    def topic(self, known: Generations) -> str:
        """Where events go now."""
        return topology(self._namespace, generation=known.of_ingress).events.name

    def is_behind(self, known: Generations) -> bool:
        """Whether events go elsewhere by now than this one has said."""
        return known.of_ingress > self._generation

    async def say(self, generation: int) -> None:
        """Tell for which generation this one brings events, for the time of a lease."""
        self._generation = generation
        until = time.time_ns() // 1_000_000 + LEASE_MS
        await self._append(msgspec.json.encode(Lease(generation=generation, until=until)))

    async def leave(self) -> None:
        """Nobody need wait for this one any more."""
        with contextlib.suppress(KafkaError):  # Then its lease ends by itself.
            await self._append(None)

    async def keep(self, ingress: Ingress) -> None:
        """Move when told to, and renew the lease, for ever."""
        hearing = asyncio.create_task(self._follow())
        try:
            while True:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._moved.wait(), RENEW_S)
                self._moved.clear()
                if self._wanted > self._generation:
                    wanted = topology(self._namespace, generation=self._wanted)
                    await ingress.move(wanted.events.name)
                with contextlib.suppress(KafkaError):  # It is said again before the lease ends.
                    await self.say(max(self._wanted, self._generation))
        finally:
            hearing.cancel()

    async def _follow(self) -> None:
        while True:
            with contextlib.suppress(KafkaError):
                await follow(self._bootstrap, self._meta, self._hear)
            await asyncio.sleep(1)

    def _hear(self, known: Generations) -> None:
        if known.of_ingress > max(self._generation, self._wanted):
            self._wanted = known.of_ingress
            self._moved.set()

    async def _append(self, value: bytes | None) -> None:
        await append(self._bootstrap, self._meta, [(0, ingress_key(self._name), value)])
