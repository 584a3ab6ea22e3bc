"""Many histories, over several processes, and what is told of them."""

import multiprocessing
from collections.abc import Callable, Iterator

from tests.simulation.history import Outcome, lived, simulated
from tests.simulation.plan import Cut, cut_down, plan_of
from tests.simulation.shrink import shrunk
from tests.simulation.told import Told

CHUNK = 100
FAILURES_MAX = 5
SAID_EACH = 1_000


def _some(seeds: range) -> list[Outcome]:
    with simulated() as loop:
        return [lived(plan_of(seed), loop) for seed in seeds]


def outcomes(first: int, count: int, jobs: int) -> Iterator[Outcome]:
    """The outcomes of these seeds, in their order."""
    chunks = [
        range(at, min(at + CHUNK, first + count)) for at in range(first, first + count, CHUNK)
    ]
    if jobs == 1:
        for chunk in chunks:
            yield from _some(chunk)
        return
    # Spawned: a fork would take along whatever threads the one who asks has.
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        for found in pool.imap(_some, chunks):
            yield from found


def told(
    first: int, count: int, jobs: int, say: Callable[[str], object] | None = None
) -> tuple[Told, list[Outcome]]:
    """Live through many seeds: the counts, and what failed. Stops where too many of them fail.

    `say` is told how far it is.
    """
    counts, failed = Told.nothing(), list[Outcome]()
    for outcome in outcomes(first, count, jobs):
        counts = counts.plus(Told.of(outcome))
        if not outcome.is_right:
            failed.append(outcome)
            if len(failed) == FAILURES_MAX:
                break
        if say is not None and counts.seeds % SAID_EACH == 0:
            say(f"{counts.seeds} of {count}, {len(failed)} failed")
    return counts, failed


def replayed(seed: int, cut: Cut | None) -> Outcome:
    """One history again, or what a cut leaves of it."""
    plan = plan_of(seed)
    with simulated() as loop:
        return lived(cut_down(plan, cut) if cut is not None else plan, loop)


def explained(failed: Outcome) -> str:
    """What is wrong with a seed, its shortest history, and the commands that bring both back."""
    plan = plan_of(failed.seed)
    with simulated() as loop:
        cut = shrunk(plan, loop, failed)
        short = cut_down(plan, cut)
        outcome = lived(short, loop)
    command = f"python -m tests.simulation --seed {failed.seed}"
    left = f"{len(short.records)} records, {len(short.faults)} faults, {short.workers} workers"
    rows = [
        f"seed {failed.seed}: {'; '.join(failed.faults)}",
        f"  again: {command}",
        f"  shrunk to {left}: {'; '.join(outcome.faults)}",
        f"  again: {command} --shrunk {cut}",
        *(f"    {planned}" for planned in short.records),
        *(f"    {fault}" for fault in short.faults),
    ]
    return "\n".join(rows)
