"""A worker that dies on its way into the next generation, at its moment.

`before`: it has ended, and is about to begin anew. `behind`: it has begun anew, and is to join its
group. `first`: it has joined, and what it judged there first is half written.
"""

import os
from collections.abc import Sequence
from typing import Any, Final

from agents import worker
from agents.judge import Judge, Piece
from agents.settings import Settings
from agents.succession import begin_anew
from tests.system.mortal import MOMENT, die

ANEW: Final = "BANZHANG_TEST_ANEW"
IS_ANEW: Final = ANEW in os.environ


class Mortal(Judge):
    """Dies when actions are out and states are not, if it has begun anew."""

    async def write(self, pieces: Sequence[Piece], verdicts: Sequence[Any]) -> None:
        """Write the states, or die."""
        if MOMENT == "first" and IS_ANEW and any(verdict.actions for verdict in verdicts):
            die()
        await super().write(pieces, verdicts)


def begin_or_die() -> None:
    """Begin anew, unless this is the moment."""
    if MOMENT == "before":
        die()
    os.environ[ANEW] = "1"
    begin_anew()


def new_or_dead(*given: Any) -> worker.Worker:
    """A worker that knows what is in force, and has not joined yet."""
    if MOMENT == "behind" and IS_ANEW:
        die()
    return worker_of(*given)


if __name__ == "__main__":
    worker_of = worker.new_worker
    worker.begin_anew = begin_or_die  # type: ignore[attr-defined]
    worker.new_worker = new_or_dead  # type: ignore[assignment]
    worker.run(Settings.of(), judge=Mortal)
