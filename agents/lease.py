"""The lease: whoever was silent for most of a session must not write again.

The group gives a silent member's partitions to others after a session. Two silences count: the
loop's that writes (heartbeats run in Faust's consumer thread and prove nothing about it), and the
group's, whose answers tell that it still knows this member.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Final

from agents.exits import leave

BEAT_S: Final = 0.1
SHARE: Final = 0.8
"""Of the session: what is left is for a write on its way to arrive."""


def running_s() -> float:
    """Seconds that also count a suspended machine, where the system can tell."""
    return time.clock_gettime(_CLOCK)


_CLOCK: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class Lease:
    """When this process was last seen running. Units: seconds of `clock`."""

    def __init__(self, session_s: float, clock: Callable[[], float] = running_s) -> None:
        self.limit_s = session_s * SHARE
        self._clock = clock
        self.seen = clock()
        self.heard: float | None = None
        self.answered = self.seen

    def renew(self) -> None:
        """Begin: nothing is owned yet, so silence before it means nothing."""
        self.seen = self.answered = self._clock()

    def note(self) -> None:
        """One beat. Ends the process if the last one is too long ago."""
        gap = self.silence_s()
        if gap > self.limit_s:
            leave("stalled", f"{gap:.1f} s at a beat, {self.limit_s:.1f} s allowed")
        self.seen = self._clock()

    def check(self, where: str) -> None:
        """Call before each write. Ends the process if others may own its partitions."""
        gap = self.silence_s()
        if gap > self.limit_s:
            leave("stalled", f"{gap:.1f} s {where}, {self.limit_s:.1f} s allowed")
        if self.heard is not None and (gap := self._clock() - self.heard) > self.limit_s:
            leave("unheard", f"{gap:.1f} s {where}, {self.limit_s:.1f} s allowed")

    def hear(self) -> None:
        """The group answered as it does to a member."""
        self.heard = self.answered = self._clock()

    def part(self) -> None:
        """Nothing is owned any more: the group's silence means nothing."""
        self.heard = None

    def silence_s(self) -> float:
        """Seconds since the last beat; any thread may ask."""
        return self._clock() - self.seen

    def unanswered_s(self) -> float:
        """Seconds since the group's last answer, whether anything was owned then or not."""
        return self._clock() - self.answered

    async def beat(self) -> None:
        """Beat for ever."""
        while True:
            self.note()
            await asyncio.sleep(BEAT_S)
