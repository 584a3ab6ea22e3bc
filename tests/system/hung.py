"""A worker that begins to hang in one of many ways: `FAULT=name python -m tests.system.hung`.

Those that are about work begin after some fetches were settled; each says `hung` on standard error
when it does. The plain worker knows nothing of it.
"""

import asyncio
import os
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from agents.judge import Judge, Piece
from agents.keeper import Keeper
from agents.packs import Packs
from agents.settings import Settings
from agents.transport import FetchConsumer, FetchThread
from agents.upkeep import Upkeep
from agents.worker import run

SETTLED_BEFORE: Final = 3
HANG_S: Final = 1_000.0
WORDS: Final = os.environ.get("FAULT_WORDS", "planted")


class Work:
    """How much was settled; the fault begins later."""

    settled = 0

    @classmethod
    def is_under_way(cls) -> bool:
        """Whether the fault may begin; says so when it does."""
        if cls.settled < SETTLED_BEFORE:
            return False
        if cls.settled < HANG_S:
            cls.settled = int(HANG_S)
            say()
        return True


def say() -> None:
    """Tell the test that the fault has begun."""
    print("hung", file=sys.stderr, flush=True)


async def for_ever(*_: object, **__: object) -> None:
    """Hang, as with an await without a timeout."""
    say()
    await asyncio.Event().wait()


class Counted(Judge):
    """Counts what it settled, and hangs where the fault is one of the judge's."""

    def confirm(self, pieces: Sequence[Piece]) -> None:
        super().confirm(pieces)
        Work.settled += 1

    async def judged(self, pieces: Sequence[Piece]) -> list[Any]:
        if FAULT in {"loop", "settle", "sender", "words"} and Work.is_under_way():
            await self.fail()
        return await super().judged(pieces)

    async def fail(self) -> None:
        if FAULT == "loop":
            time.sleep(HANG_S)  # noqa: ASYNC251 - the fault itself
        elif FAULT == "settle":
            await asyncio.Event().wait()
        elif FAULT == "words":
            raise RuntimeError(WORDS)
        else:
            self.outbox.producer._sender._sender_task.cancel()


def unread() -> None:
    """One partition is fetched and never handed on."""
    span = FetchConsumer._span

    async def lost(self: Any, tp: Any, fetched: Any) -> Any:
        if tp.partition == 3 and Work.is_under_way():
            return None
        return await span(self, tp, fetched)

    FetchConsumer._span = lost  # type: ignore[method-assign]


def untaken() -> None:
    """The group takes no commit."""
    commit = FetchThread._commit

    async def refused(self: Any, offsets: Any) -> bool:
        return False if Work.is_under_way() else await commit(self, offsets)

    FetchThread._commit = refused  # type: ignore[method-assign]


def thread_blocked() -> None:
    """The loop of the consumer's thread stands still, and with it the heartbeats."""
    fetch = FetchThread._fetch_records

    async def blocked(self: Any, *args: Any, **kwargs: Any) -> Any:
        if Work.is_under_way():
            time.sleep(HANG_S)  # noqa: ASYNC251 - the fault itself
        return await fetch(self, *args, **kwargs)

    FetchThread._fetch_records = blocked  # type: ignore[method-assign]


def thread_dead() -> None:
    """The consumer's thread ends."""
    fetch = FetchThread._fetch_records

    async def stopped(self: Any, *args: Any, **kwargs: Any) -> Any:
        if Work.is_under_way():
            self.thread_loop.stop()
        return await fetch(self, *args, **kwargs)

    FetchThread._fetch_records = stopped  # type: ignore[method-assign]


def service() -> None:
    """A service of Faust's crashes."""
    drain = FetchConsumer._drain_one

    async def crashing(self: Any) -> None:
        if Work.is_under_way():
            await self.app.topics.crash(RuntimeError(WORDS))
        await drain(self)

    FetchConsumer._drain_one = crashing  # type: ignore[method-assign]


def seek() -> None:
    """The partitions are recovered and never begun."""
    FetchConsumer.perform_seek = for_ever  # type: ignore[method-assign]


def recovery() -> None:
    """The states are read for ever."""
    Keeper._take = for_ever  # type: ignore[method-assign]


def end() -> None:
    """The end hangs."""
    Upkeep.on_stop = for_ever  # type: ignore[method-assign]


def packs() -> None:
    """The reading of the packs ends, as aiokafka's does where its consumer was stopped."""

    async def ended(*_: object) -> None:
        say()

    Packs.follow = ended  # type: ignore[assignment,method-assign]


def nothing() -> None:
    """The fault is the judge's."""


FAULTS: Final[dict[str, Callable[[], None]]] = {
    "loop": nothing,
    "settle": nothing,
    "sender": nothing,
    "words": nothing,
    "unread": unread,
    "untaken": untaken,
    "thread blocked": thread_blocked,
    "thread dead": thread_dead,
    "service": service,
    "seek": seek,
    "recovery": recovery,
    "end": end,
    "packs": packs,
}
FAULT: Final = os.environ.get("FAULT", "")

if __name__ == "__main__":
    FAULTS[FAULT]()
    run(Settings.of(), judge=Counted)
