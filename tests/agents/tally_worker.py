"""A worker around the stand-in core, from the environment: `python -m tests.agents.tally_worker`.

`TALLY_FAULT=N` plants an exception in the body at the N-th fetch, between judging and writing.
"""

import os
from collections.abc import Sequence
from typing import Any

from agents.judge import Judge, Piece
from agents.settings import Settings
from agents.worker import Core, run
from tests.agents.tally import Tally

CORE = Core(
    new_states=lambda _topics, _number, generation: Tally(generation),
    compile_pack=lambda content: content,
)


class Faulty(Judge):
    """Fails at a fetch of the test's choice."""

    fetches = 0

    def judged(self, pieces: Sequence[Piece]) -> list[Any]:
        verdicts = super().judged(pieces)
        self.fetches += 1
        if self.fetches == int(os.environ.get("TALLY_FAULT", "0")):
            raise RuntimeError("planted")
        return verdicts


if __name__ == "__main__":
    run(Settings.of(), CORE, Faulty)
