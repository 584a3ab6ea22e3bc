"""A worker whose recovery takes long enough to be killed in: `python -m tests.system.slow_recovery`.

It says `recovering N` when it begins to take in the states of partition N, each of which then
takes a while, and `recovered` when it owns what it was given.
"""

import sys
import time
from collections.abc import Iterable, Mapping
from typing import Final

from agents import keeper
from agents.settings import Settings
from agents.worker import Core, run, the_core
from streams.partition import Partition
from streams.topology import Topology

LOAD_S: Final = 0.02


class Slow(Partition):
    """States that are slow to recover."""

    def load(self, key: bytes, value: bytes) -> None:
        """Take in one record, after a while."""
        time.sleep(LOAD_S)
        super().load(key, value)


def slow_core(settings: Settings) -> Core:
    """The project's core, with slow states."""

    def new_states(topics: Topology, number: int, generation: int) -> Partition:
        print("recovering", number, file=sys.stderr, flush=True)
        states = core.new_states(topics, number, generation)
        states.__class__ = Slow
        return states  # type: ignore[no-any-return]

    core = the_core(settings)
    return Core(new_states, core.compile_pack)


def told_of_the_end() -> None:
    """Have the keeper say when it has taken its partitions over."""
    take = keeper.Keeper.take

    async def said(
        self: keeper.Keeper, numbers: Iterable[int], committed: Mapping[int, int | None]
    ) -> None:
        await take(self, numbers, committed)
        print("recovered", file=sys.stderr, flush=True)

    keeper.Keeper.take = said  # type: ignore[method-assign]


if __name__ == "__main__":
    # Between two states the event loop has its turn: a slow recovery is no stall.
    keeper.LOAD_RECORDS = 1  # type: ignore[misc]
    told_of_the_end()
    given = Settings.of()
    run(given, slow_core(given))
