"""The watchdog: a thread of its own that ends the process when the event loop stands still.

Heartbeats go on in Faust's consumer thread, so without it a stuck loop keeps its partitions for
ever and nobody judges them.
"""

import threading

from agents.exits import leave
from agents.lease import Lease


class Watchdog(threading.Thread):
    """Looks at the lease once a second."""

    def __init__(self, lease: Lease, silence_s_max: float, pause_s: float = 1.0) -> None:
        super().__init__(name="watchdog", daemon=True)
        self.lease = lease
        self.silence_s_max = silence_s_max
        self.pause_s = pause_s
        self.ended = threading.Event()

    def run(self) -> None:
        """Look until the worker ends."""
        while not self.ended.wait(self.pause_s):
            self.look()

    def look(self) -> None:
        """One look. Ends the process if the loop has been silent for too long."""
        silence_s = self.lease.silence_s()
        if silence_s > self.silence_s_max:
            leave("stuck", f"{silence_s:.1f} s, {self.silence_s_max:.1f} s allowed")
