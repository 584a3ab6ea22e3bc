"""Whether a contender's state is really durable: it is stopped half-way and loses its disk."""

import shutil
from collections import Counter

from bench.contender import EVENT_TIME, PARTITIONS, Contender, Trial
from bench.scores import compare
from bench.trial import findings, started
from bench.workload import Workload


def run(contender: Contender, trial: Trial, workload: Workload) -> None:
    """Judge half the input, stop, forget all that is on this machine, start again, judge the rest.

    Raises `TrialError` if the actions are not those of one uninterrupted run.
    """
    source, half = contender.source(trial), len(workload.messages) // 2
    contender.prepare(trial)
    if source == trial.source:
        trial.broker.create([source], PARTITIONS, EVENT_TIME)
    for part in (workload.messages[:half], workload.messages[half:]):
        trial.broker.fill(source, Workload(part))
        with started(contender, trial) as running:
            running.await_commits(source, trial.broker.ends(source))
        state = contender.local_state(trial)
        if state is not None:
            shutil.rmtree(state)
    actions = list(trial.broker.read(contender.actions(trial)))
    compare(Counter(contender.expected(workload)), Counter(findings(contender, actions)))
