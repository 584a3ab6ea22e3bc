"""Policy packs by their hash, as they travel in the compacted topic of policies.

A worker that lacks a pack waits for it and says so; it never guesses, because another worker that
has it would judge otherwise.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Any, Final

from aiokafka import AIOKafkaConsumer

from agents import metrics
from agents.exits import leave, named
from agents.fetching import while_it_fetches

log = logging.getLogger(__name__)

VOID: Final = b"void"
"""Published under a hash in place of a pack: there is none, and who ordered it ordered nothing."""
SAY_S: Final = 10.0
"""Seconds between two lines about a pack that is waited for."""
LOOK_S: Final = 0.2


class Packs:
    """Packs seen on the topic, compiled when first needed. `known` maps a hash to its pack, or to
    None where it was declared void.
    """

    def __init__(self, compile_pack: Callable[[bytes], Any]) -> None:
        self.known: dict[str, Any] = {}
        self.waiting: frozenset[str] = frozenset()
        self._bytes: dict[str, bytes] = {}
        self._compile = compile_pack
        self._came = asyncio.Event()

    def add(self, name: str, content: bytes) -> None:
        """A pack came. What is known by a hash never changes."""
        self._bytes.setdefault(name, content)
        self._came.set()

    async def follow(self, bootstrap: str, topic: str) -> None:
        """Read the topic from its beginning, until the reading fails or is cancelled."""
        consumer = AIOKafkaConsumer(
            topic,
            bootstrap_servers=bootstrap,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=8 << 20,
        )
        await consumer.start()
        try:
            await while_it_fetches(consumer, self._read(consumer))
        finally:
            await consumer.stop()

    async def _read(self, consumer: AIOKafkaConsumer) -> None:
        async for record in consumer:
            if record.key is not None and record.value is not None:
                self.add(record.key.decode("utf-8", "replace"), record.value)

    async def ready(self, names: Iterable[str], still: Callable[[], bool]) -> bool:
        """Wait until all of `names` are known; False when `still()` became false before.

        Ends the process if a pack can't be read.
        """
        try:
            return await self._ready(names, still)
        finally:
            self._note_waiting(())

    async def _ready(self, names: Iterable[str], still: Callable[[], bool]) -> bool:
        missing = [name for name in names if name not in self.known]
        waited_s = 0.0
        while missing:
            await self._compile_all([name for name in missing if name in self._bytes])
            missing = [name for name in missing if name not in self.known]
            if not missing:
                break
            self._note_waiting(missing)
            if waited_s % SAY_S < LOOK_S:
                log.warning(
                    "waiting for policy packs: %s; publish each with `banzhang policy apply`, or, "
                    "if no such pack exists, let it go with `banzhang policy void HASH`",
                    ", ".join(sorted(missing)),
                )
            self._came.clear()
            try:
                await asyncio.wait_for(self._came.wait(), LOOK_S)
            except TimeoutError:
                waited_s += LOOK_S
            if not still():
                return False
        return True

    def _note_waiting(self, names: Iterable[str]) -> None:
        self.waiting = frozenset(names)
        metrics.WAITING_PACKS.set(len(self.waiting))

    async def _compile_all(self, names: Iterable[str]) -> None:
        for name in names:
            if self._bytes[name] == VOID:
                self.known[name] = None
                continue
            try:
                # In a thread: the automata of a large word list take longer than a beat.
                self.known[name] = await asyncio.to_thread(self._compile, self._bytes[name])
            except Exception as fault:  # noqa: BLE001 — Whatever a foreign pack does to the compiler.
                leave("pack", f"{name}: {named(fault)}")
