"""A worker that loses an action: `python -m tests.chaos.lossy`. The runner has to find it.

It takes one action out of what it was to write, as a judge would that commits before it writes and
dies in between.
"""

from collections.abc import Sequence
from typing import Any

from agents.judge import Judge, Piece
from agents.settings import Settings
from agents.worker import run


class LossyJudge(Judge):
    """Forgets the first action that it has to write."""

    lost = False

    async def deliver(self, pieces: Sequence[Piece], verdicts: Sequence[Any]) -> None:
        """Write everything but that one."""
        for verdict in verdicts:
            if verdict.actions and not self.lost:
                self.lost = True
                verdict.actions.pop()
        await super().deliver(pieces, verdicts)


if __name__ == "__main__":
    run(Settings.of(), judge=LossyJudge)
