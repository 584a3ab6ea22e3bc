"""How long it takes from writing a message to reading the action that it led to."""

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from statistics import quantiles

import orjson
from confluent_kafka import Consumer, KafkaException, TopicPartition

from bench.contender import EVENT_TIME, PARTITIONS, Contender, Trial
from bench.rules import Finding
from bench.scores import Latency, TrialError, compare
from bench.trial import started
from bench.workload import Workload

# Before the clock runs, a contender judges this much as fast as it can: imports, assignment, first
# fetches and the broker's compiler are not what is asked here.
WARM_UP_MESSAGES = 10_000
# No action for so long after the last message is written: the rest is lost, and `compare` says so.
_SILENCE_S = 10.0


def run(contender: Contender, trial: Trial, began_at: int, rate: int, seconds: int) -> Latency:
    """Warm a contender up, give it `rate` messages a second for `seconds`, and time its actions.

    Raises `TrialError` where it fails or its results are wrong.
    """
    count = rate * seconds
    workload = Workload.make(WARM_UP_MESSAGES + count, began_at)
    source, warm_up = contender.source(trial), workload.first(WARM_UP_MESSAGES)
    contender.prepare(trial)
    if source == trial.source:
        trial.broker.create([source], PARTITIONS, EVENT_TIME)
    trial.broker.fill(source, warm_up)
    with started(contender, trial) as running:
        running.await_commits(source, trial.broker.ends(source))
        arrivals = _arrivals(contender, trial, began_at, count, rate)
    later = contender.expected(workload)[len(contender.expected(warm_up)) :]
    compare(Counter(later), Counter(finding for finding, _ in arrivals))
    moments = orjson.loads((trial.folder / "moments.json").read_bytes())
    written = moments["written"]
    acknowledged_ms = [
        (at - began) * 1000 for began, at in zip(written, moments["acknowledged"], strict=True)
    ]
    places = {m.id: n for n, m in enumerate(workload.messages[WARM_UP_MESSAGES:])}
    waits_ms = sorted((at - written[places[f.message_id]]) * 1000 for f, at in arrivals)
    return Latency(
        contender=contender.name,
        rate_per_s=rate,
        actions=len(waits_ms),
        p50_ms=_percentile(waits_ms, 50),
        p99_ms=_percentile(waits_ms, 99),
        max_ms=waits_ms[-1],
        acknowledged_p50_ms=_percentile(acknowledged_ms, 50),
        acknowledged_p99_ms=_percentile(acknowledged_ms, 99),
    )


def _percentile(values: Sequence[float], percent: int) -> float:
    return quantiles(values, n=100, method="inclusive")[percent - 1]


def _arrivals(
    contender: Contender, trial: Trial, began_at: int, count: int, rate: int
) -> list[tuple[Finding, float]]:
    """The findings told from now on, each with the wall clock's seconds at its arrival."""
    topic = contender.actions(trial)
    consumer = Consumer({"bootstrap.servers": trial.broker.bootstrap, "group.id": "bench-reader"})
    ends = trial.broker.ends(topic)
    consumer.assign([TopicPartition(topic, partition, end) for partition, end in ends.items()])
    arrivals: list[tuple[Finding, float]] = []
    with _producing(contender, trial, began_at, count, rate) as producer:
        heard = time.monotonic()
        while producer.poll() is None or time.monotonic() - heard < _SILENCE_S:
            record = consumer.poll(0.1)
            at = time.time()
            if record is None:
                continue
            if record.error():
                raise KafkaException(record.error())
            heard = time.monotonic()
            finding = contender.finding(orjson.loads(record.value() or b""))
            if finding is not None:
                arrivals.append((finding, at))
    consumer.close()
    if producer.returncode:
        raise TrialError(f"the process that writes the messages ended with {producer.returncode}")
    return arrivals


def _producing(
    contender: Contender, trial: Trial, began_at: int, count: int, rate: int
) -> subprocess.Popen[bytes]:
    words = (
        trial.broker.bootstrap,
        contender.source(trial),
        began_at,
        WARM_UP_MESSAGES,
        count,
        rate,
        trial.folder / "moments.json",
    )
    return subprocess.Popen([sys.executable, "-m", "bench.producing", *map(str, words)])
