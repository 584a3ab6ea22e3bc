"""Many histories, over several processes, and what is told of them."""

import multiprocessing
from collections import Counter
from collections.abc import Callable, Iterator
from typing import NamedTuple

from tests.simulation.history import Outcome, lived, simulated
from tests.simulation.plan import Cut, cut_down, plan_of
from tests.simulation.shrink import shrunk

CHUNK = 100
FAILURES_MAX = 5
SAID_EACH = 1_000


class Told(NamedTuple):
    """What came of many histories."""

    seeds: int
    failed: list[Outcome]
    hits: Counter[str]
    exits: Counter[str]
    words: Counter[str]
    actions: int

    def __str__(self) -> str:
        struck = sum(count for kind, count in self.hits.items() if not kind.startswith("("))
        return (
            f"{self.seeds} histories, {struck / max(1, self.seeds):.1f} faults struck in each, "
            f"{self.actions / max(1, self.seeds):.1f} actions; {len(self.failed)} failed\n"
            f"struck: {_listed(self.hits)}\nexits: {_listed(self.exits)}\n"
            f"verdicts: {_listed(self.words)}"
        )


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))


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


def told(first: int, count: int, jobs: int, say: Callable[[str], object] | None = None) -> Told:
    """Live through many seeds; `say` is told how far it is. Stops where too many of them fail."""
    told_ = Told(0, [], Counter(), Counter(), Counter(), 0)
    for outcome in outcomes(first, count, jobs):
        told_ = told_._replace(seeds=told_.seeds + 1, actions=told_.actions + outcome.actions)
        told_.hits.update(outcome.hits)
        told_.exits.update(outcome.exits)
        told_.words[outcome.words] += 1
        if not outcome.is_right:
            told_.failed.append(outcome)
            if len(told_.failed) == FAILURES_MAX:
                break
        if say is not None and told_.seeds % SAID_EACH == 0:
            say(f"{told_.seeds} of {count}, {len(told_.failed)} failed")
    return told_


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
