"""A fake platform that counts: the real egress around it, each call a line of a file.

Run as a program: `python -m tests.system.platform CALLS`, with the settings of `banzhang adapter`
in the environment. A line is written before the answer is given, as a platform does what it is
asked before it says so; it outlives the process, however that ends.
"""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

from adapters.protocol import IDEMPOTENT, Capabilities, outcome_of
from banzhang.egress import run_adapter
from banzhang.settings import values
from schemas.action import Action, Outcome
from tests.system.harness import Worker

NAME: Final = "counting"
"""Of the adapter, and so of its consumer group."""
PROGRAM: Final = ("-m", "tests.system.platform")
BACKLOG: Final = 30
MIDST: Final = 12
"""Calls into a batch: the first of each partition tend to be of the kind that comes first."""
ANSWER_S: Final = 0.03
"""As quick as a platform ever is; a fault can hit between the call and the answer."""
_HELD_S_MAX: Final = 5.0
_LOOK_S: Final = 0.002
_TRIES: Final = 10


class Call(NamedTuple):
    """One call of the platform; `at` in nanoseconds of the machine's clock."""

    at: int
    kind: str


class Span(NamedTuple):
    """A stretch of the machine's clock, nanoseconds, within which Redis forgot."""

    begin: int
    end: int


class Repeats(NamedTuple):
    """Calls under an id that had been called before, by what explains them.

    `again`: a kind that leaves the platform the same, after an answer was lost (at least once).
    `forgotten`: Redis had forgotten in between. `unexplained`: neither; there may be none.
    """

    again: int
    forgotten: int
    unexplained: int


class Moment(NamedTuple):
    """How much a group had settled of a topic, and how much there was: records."""

    committed: int
    end: int

    @property
    def in_the_middle(self) -> bool:
        """Whether there was work done and work left: else a fault proved nothing."""
        return 0 < self.committed < self.end


class Egress:
    """The egress with its counting platform, as an orchestrator sees it.

    `moment`: where its group is in the topic of actions now.
    """

    def __init__(
        self, process: Worker, calls: Path, moment: Callable[[], Awaitable[Moment]]
    ) -> None:
        self.process, self.calls, self._moment = process, calls, moment

    def called(self) -> int:
        """How often the platform was called."""
        return self.calls.read_bytes().count(b"\n") if self.calls.exists() else 0

    async def amid_performing(self, limit_s: float = 90) -> tuple[Moment, int]:
        """Return in the middle of a batch, with where the group was before it and how often the
        platform had been called: the egress is held until some actions wait for it, and let go
        until it has performed some.
        """
        async with asyncio.timeout(limit_s):
            while not self.process.is_running:
                self.process.look()
                await asyncio.sleep(_LOOK_S)  # a process can only be looked at
            self.process.send(signal.SIGSTOP)
            try:
                moment = await self._until_some_wait()
            finally:
                before = self.called()
                self.process.send(signal.SIGCONT)
            while self.called() < before + MIDST:  # noqa: ASYNC110 - so can its file
                await asyncio.sleep(_LOOK_S)
            return moment, before

    async def _until_some_wait(self) -> Moment:
        """Not for longer than the egress may be silent, or its partitions would be another's."""
        clock = asyncio.get_running_loop().time
        give_up_at = clock() + _HELD_S_MAX
        while True:
            moment = await self._moment()
            if moment.end - moment.committed >= BACKLOG or clock() > give_up_at:
                return moment

    async def kill(self) -> int:
        """SIGKILL in the middle of a batch, and a new start; how many of its calls were made and
        not committed. Done again where it came too late.
        """
        for _ in range(_TRIES):
            before, called = await self.amid_performing()
            self.process.send(signal.SIGKILL)
            self.process.end()
            calls = self.called() - called
            after = await self._moment()
            self.process.start()
            if (left := calls - (after.committed - before.committed)) > 0:
                return left
        raise TimeoutError(f"the egress was never killed in the middle, in {_TRIES} tries")


class CountingPlatform:
    """Does whatever it is asked, and writes down that it was asked."""

    def __init__(self, calls: Path, now_ms: Callable[[], int]) -> None:
        self._fd = os.open(calls, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._hurries = hurry(calls)
        self._now_ms = now_ms

    @property
    def capabilities(self) -> Capabilities:
        """Everything can be counted."""
        return Capabilities()

    async def perform(self, action: Action) -> Outcome:
        """Write the call down, in one piece, and answer after a while; at once when nothing more is
        to hit it.
        """
        os.write(self._fd, f"{action.id} {action.kind} {time.time_ns()}\n".encode())
        if not self._hurries.exists():
            await asyncio.sleep(ANSWER_S)
        return outcome_of(action, "done", self._now_ms())


def hurry(calls: Path) -> Path:
    """The file that says, where it is, that thousands of answers need not be waited for."""
    return calls.with_suffix(".hurry")


def calls_in(file: Path) -> dict[str, list[Call]]:
    """The calls of each action, in their order; none where the platform was never called."""
    calls: dict[str, list[Call]] = {}
    if file.exists():
        for line in file.read_text("ascii").splitlines():
            name, kind, at = line.split()
            calls.setdefault(name, []).append(Call(int(at), kind))
    return calls


def repeats(calls: Mapping[str, Sequence[Call]], forgot: Sequence[Span]) -> Repeats:
    """What was called again, and why. `forgot`: when Redis lost its memory."""
    again = forgotten = unexplained = 0
    for made in calls.values():
        for one, other in pairwise(made):
            if any(one.at <= span.end and span.begin <= other.at for span in forgot):
                forgotten += 1
            elif one.kind in IDEMPOTENT:
                again += 1
            else:
                unexplained += 1
    return Repeats(again, forgotten, unexplained)


def main(calls: Path) -> int:
    """Run the egress until a signal."""
    return run_adapter(NAME, values(), lambda now_ms: CountingPlatform(calls, now_ms))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
