"""How many messages a second each contender judges, at what cost, with the right results."""

from collections import Counter

from bench.contender import PARTITIONS, Contender, Trial
from bench.scores import Score, TrialError, compare
from bench.trial import findings, started
from bench.workload import Workload


def run(contender: Contender, trial: Trial, workload: Workload) -> Score:
    """Run a contender over the input, check its results, and say how fast it was.

    Raises `TrialError` where it fails or its results are wrong.
    """
    source = contender.source(trial)
    contender.prepare(trial)
    if source != trial.source:
        trial.broker.fill(source, workload)
    ends = trial.broker.ends(source)
    with started(contender, trial) as running:
        running.await_commits(source, ends)
    committed_ms = int(running.samples[-1].at_s * 1000)
    topics = [*contender.changelogs(trial), contender.actions(trial)]
    written = [trial.broker.last_before(topic, committed_ms) for topic in topics]
    states = sum(sum(trial.broker.ends(topic).values()) for topic in contender.changelogs(trial))
    if not states or None in written:
        raise TrialError("it keeps no durable state: a topic of it is empty")
    ended_ms = max(at for at in written if at is not None)
    actions = list(trial.broker.read(contender.actions(trial)))
    compare(Counter(contender.expected(workload)), Counter(findings(contender, actions)))
    began_ms = min(record.timestamp for record in actions)
    first = findings(contender, [record for record in actions if record.timestamp == began_ms])
    return Score(
        contender=contender.name,
        messages=len(workload.messages) - workload.judged_with(first, PARTITIONS),
        seconds=(ended_ms - began_ms) / 1000,
        cpu_seconds=running.cpu_at(ended_ms / 1000) - running.cpu_at(began_ms / 1000),
        rss_max_bytes=max(sample.rss for sample in running.samples),
        changelog_records=states,
    )
