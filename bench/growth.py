"""How long actions wait while the number of partitions changes, under a steady stream.

Two workers hold a district's states; `banzhang scale` changes the partitions while messages come. An
action's delay runs from the moment at which its message was written to the broker's stamp on it.
What `--dry-run` says beforehand of the time is held against it.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import pairwise
from typing import NamedTuple

import orjson

from agents.generations import group_of
from bench.contender import PARTITIONS, Trial
from bench.failover import Group, producing
from bench.ours import FULL
from bench.scores import Growth, TrialError
from bench.steady import AD
from bench.topics import Commits
from bench.trial import Running, started
from streams.topology import topology

GENERATION = 2
_LIMIT_S = 300.0
_PAUSE_S = 0.1
_ABREAST_S = 1.0
# Of the last messages before the command some are judged behind it.
_BEFORE_S = 10.0


def run(trial: Trial, members: int, rate: int, partitions: int, seconds: float) -> Growth:
    """Change to `partitions` a trial that `failover.prepare` has prepared, with `seconds` of the stream before and behind.

    Raises `TrialError` where a worker ends or nobody goes on.
    """
    first = trial.broker.ends(FULL.source(trial))
    with ExitStack() as stack:
        workers = [stack.enter_context(started(FULL, trial)) for _ in range(2)]
        group = Group(trial)
        _await(workers, lambda: _is_halved(group))
        with producing(trial, members, rate):
            abreast = partial(_is_abreast, trial, workers, sum(first.values()) + rate)
            _await(workers, abreast)
            estimate_s = _estimate_s(trial, partitions)
            _await(workers, abreast)
            spans_s = [time.time()]
            _let_run(workers, seconds)
            spans_s.append(time.time())
            _scale(trial, partitions)
            spans_s.append(time.time())
            _let_run(workers, seconds)
        _await(workers, lambda: _has_all(trial))
    return _measured(trial, first, Run(members, partitions, estimate_s, *spans_s))


class Run(NamedTuple):
    """What was asked and estimated; since when the workers were abreast, and when the command ran."""

    members: int
    partitions: int
    estimate_s: float
    calm_s: float
    began_s: float
    ended_s: float


def _is_halved(group: Group) -> bool:
    """Whether each of the two has its half: one that joins later makes all wait for it."""
    return sorted(map(len, group.shares().values())) == [PARTITIONS // 2] * 2


def _is_abreast(trial: Trial, workers: list[Running], least: int) -> bool:
    """Whether the stream is under way, with `least` records in all, and what stood there a second ago
    is judged.
    """
    ends = trial.broker.ends(FULL.source(trial))
    _let_run(workers, _ABREAST_S)
    return sum(ends.values()) > least and _judged(trial, 1, FULL.source(trial), ends)


def _estimate_s(trial: Trial, partitions: int) -> float:
    said = _command(trial, "--partitions", str(partitions), "--dry-run", "--json")
    return float(json.loads(said)["pause_s"])


def _scale(trial: Trial, partitions: int) -> None:
    print(_command(trial, "--partitions", str(partitions)), end="")


def _command(trial: Trial, *words: str) -> str:
    """What `banzhang scale` says to these words."""
    done = subprocess.run(
        [sys.executable, "-m", "banzhang", "scale", *words],
        env={**os.environ, **FULL.environment(trial)},
        check=False,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    if done.returncode:
        raise TrialError(f"`banzhang scale` ended with code {done.returncode}")
    return done.stdout


def _let_run(workers: list[Running], seconds: float) -> None:
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s:
        for worker in workers:
            worker.pause()


def _await(workers: list[Running], is_so: Callable[[], bool]) -> None:
    end_s = time.monotonic() + _LIMIT_S
    while not is_so():
        if time.monotonic() > end_s:
            raise TrialError(f"the workers did not go on within {_LIMIT_S:.0f} s")
        _let_run(workers, _PAUSE_S)


def _has_all(trial: Trial) -> bool:
    """Whether the generation has judged its topic, and what was forwarded to it."""
    names = [topology(trial.name, generation=number).events.name for number in (1, GENERATION)]
    return all(_judged(trial, GENERATION, name, trial.broker.ends(name)) for name in names)


def _judged(trial: Trial, generation: int, topic: str, ends: Mapping[int, int]) -> bool:
    with _commits(trial, generation) as commits:
        done = commits.of(topic, list(ends))
    return all(done[number] >= end for number, end in ends.items())


@contextmanager
def _commits(trial: Trial, generation: int) -> Iterator[Commits]:
    commits = Commits(trial.broker.bootstrap, group_of(trial.name, generation))
    try:
        yield commits
    finally:
        commits.close()


def _missing(trial: Trial, first: Mapping[int, int]) -> tuple[set[str], int]:
    """The ads that nobody deleted, and how many messages were written in all."""
    said = [
        orjson.loads(record.value)
        for record in trial.broker.read(FULL.source(trial))
        if record.offset >= first[record.partition]
    ]
    messages = [one for one in said if one.get("kind") == "message"]
    ads = {one["id"] for one in messages if one["text"] == AD}
    return ads - set(_deleted(trial)), len(messages)


def _deleted(trial: Trial) -> list[str]:
    actions = [orjson.loads(record.value) for record in trial.broker.read(FULL.actions(trial))]
    return [one["evidence"][-1] for one in actions if one["kind"] == "delete"]


def _measured(trial: Trial, first: Mapping[int, int], run: Run) -> Growth:
    missing, messages = _missing(trial, first)
    calm: list[float] = []
    delays: list[float] = []
    stamps = [run.began_s]
    ids: list[str] = []
    for record in trial.broker.read(FULL.actions(trial)):
        action = orjson.loads(record.value)
        ids.append(action["id"])
        said = action["evidence"][-1] if action.get("evidence") else ""
        written_s = int(said[3:]) / 1e9 if said.startswith("now") else 0.0
        if written_s >= run.calm_s:
            kind = calm if written_s < run.began_s - _BEFORE_S else delays
            kind.append(record.timestamp / 1000 - written_s)
        if record.timestamp / 1000 >= run.began_s:
            stamps.append(record.timestamp / 1000)
    if not calm or not delays:
        raise TrialError("no actions were taken before the change, or none behind it")
    return Growth(
        members=run.members,
        partitions=run.partitions,
        messages=messages,
        estimate_s=run.estimate_s,
        command_s=run.ended_s - run.began_s,
        calm_s=max(calm),
        still_s=max(after - before for before, after in pairwise(sorted(stamps))),
        delay_s=max(delays),
        actions=len(ids),
        missing=len(missing),
        repeated=len(ids) - len(set(ids)),
    )
