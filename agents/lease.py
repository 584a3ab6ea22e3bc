"""The lease: whoever stood still for most of a session must not write again.

The group gives a silent member's partitions to others after a session. Heartbeats run in Faust's
consumer thread, so they prove nothing about the loop that writes; the loop's own beat does.
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

    def renew(self) -> None:
        """Begin: nothing is owned yet, so silence before it means nothing."""
        self.seen = self._clock()

    def note(self) -> None:
        """One beat. Ends the process if the last one is too long ago."""
        self.check("at a beat")
        self.seen = self._clock()

    def check(self, where: str) -> None:
        """Call before each write. Ends the process if it stood still for too long."""
        gap = self.silence_s()
        if gap > self.limit_s:
            leave("stalled", f"{gap:.1f} s {where}, {self.limit_s:.1f} s allowed")

    def silence_s(self) -> float:
        """Seconds since the last beat; any thread may ask."""
        return self._clock() - self.seen

    async def beat(self) -> None:
        """Beat for ever."""
        while True:
            self.note()
            await asyncio.sleep(BEAT_S)
