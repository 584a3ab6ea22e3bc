"""How long actions wait while the number of partitions changes, under a steady stream.

Two workers hold a district's states; `banzhang scale` changes the partitions while messages come. An
action's delay runs from the moment at which its message was written to the broker's stamp on it.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager

import orjson

from agents.generations import group_of
from bench.contender import Trial
from bench.failover import producing
from bench.ours import FULL
from bench.scores import Growth, TrialError
from bench.steady import AD
from bench.topics import Commits
from bench.trial import Running, started
from streams.topology import topology

GENERATION = 2
_LIMIT_S = 300.0
_PAUSE_S = 0.1


def run(trial: Trial, members: int, rate: int, partitions: int, seconds: float) -> Growth:
    """Change to `partitions` a trial that `failover.prepare` has prepared, with `seconds` of the stream before and behind.

    Raises `TrialError` where a worker ends or nobody goes on.
    """
    first = trial.broker.ends(FULL.source(trial))
    with ExitStack() as stack:
        workers = [stack.enter_context(started(FULL, trial)) for _ in range(2)]
        _await(workers, lambda: _judged(trial, 1, FULL.source(trial), first))
        with producing(trial, members, rate):
            _let_run(workers, seconds)
            began_s = time.time()
            _scale(trial, partitions)
            ended_s = time.time()
            _let_run(workers, seconds)
        _await(workers, lambda: _has_all(trial))
        _await(workers, lambda: not _missing(trial, first)[0])
    return _measured(trial, members, first, partitions, began_s, ended_s)


def _scale(trial: Trial, partitions: int) -> None:
    words = ("scale", "--partitions", str(partitions))
    environment = {**os.environ, **FULL.environment(trial)}
    done = subprocess.run([sys.executable, "-m", "banzhang", *words], env=environment, check=False)
    if done.returncode:
        raise TrialError(f"`banzhang scale` ended with code {done.returncode}")


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


def _measured(
    trial: Trial,
    members: int,
    first: Mapping[int, int],
    partitions: int,
    began_s: float,
    ended_s: float,
) -> Growth:
    missing, messages = _missing(trial, first)
    calm: list[float] = []
    delays: list[float] = []
    ids: list[str] = []
    for record in trial.broker.read(FULL.actions(trial)):
        action = orjson.loads(record.value)
        ids.append(action["id"])
        said = action["evidence"][-1] if action.get("evidence") else ""
        if said.startswith("now"):
            written_s = int(said[3:]) / 1e9
            (calm if written_s < began_s - 10 else delays).append(
                record.timestamp / 1000 - written_s
            )
    if not calm or not delays:
        raise TrialError("no actions were taken before the change, or none behind it")
    return Growth(
        members=members,
        partitions=partitions,
        messages=messages,
        command_s=ended_s - began_s,
        calm_s=max(calm),
        delay_s=max(delays),
        actions=len(ids),
        missing=len(missing),
        repeated=len(ids) - len(set(ids)),
    )
