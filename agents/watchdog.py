"""The watchdog: a thread of its own that ends the process when the event loop stands still.

Heartbeats go on in Faust's consumer thread, so without it a stuck loop keeps its partitions for
ever and nobody judges them. Native code that holds the interpreter stops this thread too; then a
timer of the system's, which each look winds up again, ends the process with exit code 1.
"""

import faulthandler
import sys
import threading
from typing import Final

from agents.exits import leave
from agents.lease import Lease

HELD_S_MORE: Final = 60.0
"""How much longer than the loop's silence the interpreter may be held: an exit with a name comes
first, also when a process goes on that was stopped for long."""


class Watchdog(threading.Thread):
    """Looks at the lease once a second."""

    def __init__(
        self,
        lease: Lease,
        silence_s_max: float,
        pause_s: float = 1.0,
        held_s_more: float = HELD_S_MORE,
    ) -> None:
        super().__init__(name="watchdog", daemon=True)
        self.lease = lease
        self.silence_s_max = silence_s_max
        self.pause_s = pause_s
        self.held_s_max = silence_s_max + held_s_more
        self.ended = threading.Event()

    @property
    def begun(self) -> bool:
        """Whether it was started, ended or not."""
        return self.ident is not None

    def run(self) -> None:
        """Look until the worker ends."""
        while not self.ended.wait(self.pause_s):
            self.look()
            self._wind_up()
        faulthandler.cancel_dump_traceback_later()

    def look(self) -> None:
        """One look. Ends the process if the loop has been silent for too long."""
        silence_s = self.lease.silence_s()
        if silence_s > self.silence_s_max:
            leave("stuck", f"{silence_s:.1f} s, {self.silence_s_max:.1f} s allowed")

    def _wind_up(self) -> None:
        if sys.__stderr__ is not None:
            faulthandler.dump_traceback_later(self.held_s_max, exit=True, file=sys.__stderr__)
