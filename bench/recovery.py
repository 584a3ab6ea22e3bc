"""How long a worker takes to recover the states of a district, and what they cost in memory."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

from bench.contender import PARTITIONS, Trial
from bench.history import Written, write
from bench.memory import rss_at_rest
from bench.meter import ports_of_meters, said_at
from bench.ours import FULL, FullPack
from bench.scores import Recovery, TrialError
from bench.trial import Running, started
from bench.week import DAY_MS, DAYS, MEMBERS_PER_GROUP, Week
from bench.workload import SEED

_START_LIMIT_S = 120.0


@dataclass(frozen=True, kw_only=True)
class Metered(FullPack):
    """The worker with its metrics on a port of the loopback interface."""

    port: int

    def environment(self, trial: Trial) -> dict[str, str]:
        """The port beside the rest."""
        return {**super().environment(trial), "BANZHANG_METRICS_PORT": str(self.port)}


@dataclass(frozen=True, kw_only=True)
class Known:
    """What a worker's metrics say of its recovery."""

    owned: int
    records: int
    seconds: float

    @classmethod
    def of(cls, values: Mapping[str, float]) -> "Known":
        """Pick it out of the metrics."""
        return cls(
            owned=int(values["banzhang_owned_partitions"]),
            records=int(values["banzhang_recovered_records_total"]),
            seconds=values["banzhang_recovery_seconds_sum"],
        )


def run(trial: Trial, members: int, runs: int, week_of: int) -> tuple[Written, list[Recovery]]:
    """Write a week of `members` up to the day of `week_of`, and have it recovered `runs` times.

    Before each recovery the same worker is started in a namespace without groups, for comparison.
    Raises `TrialError` where a worker fails or recovers less than there is.
    """
    without = replace(trial, name=f"{trial.name}-none", folder=trial.folder / "none")
    without.folder.mkdir()
    for namespace in (trial, without):
        FULL.prepare(namespace)
    groups = members // MEMBERS_PER_GROUP
    began_at = week_of - (DAYS - 1) * DAY_MS
    written = write(trial, Week(groups=groups, began_at=began_at, seed=SEED))
    if written.members != groups * MEMBERS_PER_GROUP:
        raise TrialError(f"{groups} groups came to {written.members} members")
    return written, [_one(trial, without, written) for _ in range(runs)]


def _one(trial: Trial, without: Trial, written: Written) -> Recovery:
    _, rss_without = _recovered(without)
    known, rss = _recovered(trial)
    if known.records < written.records:
        raise TrialError(f"it recovered {known.records} of {written.records} records")
    return Recovery(
        members=written.members,
        records=known.records,
        seconds=known.seconds,
        rss_bytes=rss,
        rss_without_bytes=rss_without,
    )


def _recovered(trial: Trial) -> tuple[Known, int]:
    """Start a worker, let it recover and come to rest; what it says, and its memory in bytes."""
    with _metered() as worker, started(worker, trial) as running:
        known = _await_owner(running, worker.port)
        return known, rss_at_rest(running)


@contextmanager
def _metered() -> Iterator[Metered]:
    with ports_of_meters(1) as (port,):
        yield Metered(name=FULL.name, title=FULL.title, pack=FULL.pack, port=port)


def _await_owner(running: Running, port: int) -> Known:
    """Wait until the worker owns all partitions, which it does when it has recovered them."""
    began = time.monotonic()
    while time.monotonic() - began < _START_LIMIT_S:
        known = _known(port)
        if known is not None and known.owned == PARTITIONS:
            return known
        running.pause()
    raise TrialError(f"it does not own its partitions after {_START_LIMIT_S:.0f} s")


def _known(port: int) -> Known | None:
    """What the worker says now; None while it does not answer."""
    said = said_at(port)
    return None if said is None else Known.of(said)
