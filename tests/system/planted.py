"""A worker with an exception planted in the body of its judge, between actions and states.

Run as a program by the system tests: `python -m tests.system.planted`. The plain worker knows
nothing of it.
"""

from collections.abc import Sequence
from typing import Any

from agents.judge import Judge, Piece
from agents.settings import Settings
from agents.worker import run


class PlantedFault(RuntimeError):
    """The planted exception."""


class FaultyJudge(Judge):
    """Fails once it has settled some fetches, when the actions are out and the states are not."""

    settled = 0

    async def write(self, pieces: Sequence[Piece], verdicts: Sequence[Any]) -> None:
        """Write the states, or fail."""
        FaultyJudge.settled += 1
        if FaultyJudge.settled > 2 and any(verdict.actions for verdict in verdicts):
            raise PlantedFault
        await super().write(pieces, verdicts)


if __name__ == "__main__":
    run(Settings.of(), judge=FaultyJudge)
