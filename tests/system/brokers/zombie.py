"""A worker that stalls before it writes its states, and writes them all the same when it wakes.

Run as a program: `python -m tests.system.brokers.zombie`. Its lease is off, so what a lease
prevents does happen. It tells on standard error where it stopped, and the process is to be woken
by SIGCONT.
"""

import os
import signal
import sys
from collections.abc import Sequence
from typing import Any

from agents.judge import Judge, Piece
from agents.lease import Lease
from agents.settings import Settings
from agents.worker import run

SETTLED_BEFORE = 10


class Stalling(Judge):
    """Stalls once, when the actions are out and the states are not."""

    settled = 0

    async def write(self, pieces: Sequence[Piece], verdicts: Sequence[Any]) -> None:
        """Write the states, in one settle after a long sleep."""
        Stalling.settled += 1
        if Stalling.settled > SETTLED_BEFORE and all(verdict.changes for verdict in verdicts):
            Stalling.settled = -1_000_000
            print("stalled", file=sys.stderr, flush=True)
            os.kill(os.getpid(), signal.SIGSTOP)
        await super().write(pieces, verdicts)


def _never(*_: object) -> None:
    """In the place of what ends a worker that was silent."""


if __name__ == "__main__":
    Lease.check = Lease.note = _never  # type: ignore[method-assign,assignment]
    run(Settings.of(), judge=Stalling)
