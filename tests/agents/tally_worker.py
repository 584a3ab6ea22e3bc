"""A worker around the stand-in core, from the environment: `python -m tests.agents.tally_worker`.

`TALLY_FAULT=N` plants an exception in the body at the N-th fetch, between judging and writing.
`TALLY_LOAD_S=S` makes the recovery of each state last that long, and says when one begins.
"""

import os
import sys
import time
from collections.abc import Sequence
from typing import Any

from agents import keeper
from agents.judge import Judge, Piece
from agents.settings import Settings
from agents.worker import Core, run
from streams.topology import Topology
from tests.agents.tally import Tally

LOAD_S = float(os.environ.get("TALLY_LOAD_S", "0"))


class Slow(Tally):
    """States that are slow to recover."""

    def load(self, key: bytes, value: bytes) -> None:
        time.sleep(LOAD_S)
        super().load(key, value)


def new_states(_topics: Topology, number: int, generation: int) -> Tally:
    if not LOAD_S:
        return Tally(generation)
    print("recovering", number, file=sys.stderr, flush=True)
    return Slow(generation)


if LOAD_S:
    keeper.LOAD_RECORDS = 1  # type: ignore[misc]
CORE = Core(
    new_states=new_states,
    compile_pack=lambda content: content,
)


class Faulty(Judge):
    """Fails at a fetch of the test's choice."""

    fetches = 0

    async def judged(self, pieces: Sequence[Piece]) -> list[Any]:
        verdicts = await super().judged(pieces)
        self.fetches += 1
        if self.fetches == int(os.environ.get("TALLY_FAULT", "0")):
            raise RuntimeError("planted")
        return verdicts


if __name__ == "__main__":
    run(Settings.of(), CORE, Faulty)
