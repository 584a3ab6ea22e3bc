"""Metrics, declared once, in base units. Labels are small fixed sets, never a member or a group.

`DECLARED` lists them for the documentation; what a partition is asked for is read when it is asked
for, so that a series ends with the ownership and a lag grows where nothing is settled.
"""

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from prometheus_client import REGISTRY, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

# When a counter began is known from the process' start; the series would double the answer.
disable_created_metrics()  # type: ignore[no-untyped-call]


class Declared(NamedTuple):
    """One metric as it is declared; `name` is the one that is served."""

    name: str
    kind: str
    labels: tuple[str, ...]
    about: str

    @property
    def unit(self) -> str:
        """What it counts or measures, by its name."""
        base = self.name.removesuffix("_total")
        return next((unit for unit in ("seconds", "bytes") if base.endswith(unit)), "count")


DECLARED: Final[list[Declared]] = []
"""Every metric of this module, in the order of the declarations."""


def _counter(name: str, about: str, *labels: str) -> Counter:
    DECLARED.append(Declared(f"{name}_total", "counter", labels, about))
    return Counter(name, about, labels)


def _gauge(name: str, about: str) -> Gauge:
    DECLARED.append(Declared(name, "gauge", (), about))
    return Gauge(name, about)


def _histogram(name: str, about: str, buckets: tuple[float, ...]) -> Histogram:
    DECLARED.append(Declared(name, "histogram", (), about))
    return Histogram(name, about, buckets=buckets)


_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_RECORDS: Final = (1, 10, 100, 1_000, 5_000, 10_000, 20_000, 50_000, 100_000)
_BYTES: Final = tuple(1 << power for power in range(10, 26, 3))

RECORDS: Final = _counter("banzhang_records", "Records settled.", "topic")
REJECTS: Final = _counter("banzhang_rejects", "Records sent to the dead letters.", "reason")
ACTIONS: Final = _counter("banzhang_actions", "Actions written and acknowledged.", "kind", "mode")
WRITTEN: Final = _counter("banzhang_written", "Records written and acknowledged.", "topic")
SETTLE_SECONDS: Final = _histogram(
    "banzhang_settle_seconds", "Time of one settle, from its turn to confirm.", buckets=_SECONDS
)
JUDGE_SECONDS: Final = _histogram(
    "banzhang_judge_seconds", "Time of the pure part of one settle.", buckets=_SECONDS
)
BATCH_RECORDS: Final = _histogram(
    "banzhang_batch_records", "Records of one fetch that an agent was handed.", buckets=_RECORDS
)
BATCH_BYTES: Final = _histogram(
    "banzhang_batch_bytes", "Bytes of the values of one fetch.", buckets=_BYTES
)
BYTES_IN_FLIGHT: Final = _gauge(
    "banzhang_in_flight_bytes", "Bytes handed to the producer and not acknowledged yet."
)
RECOVERY_SECONDS: Final = _histogram(
    "banzhang_recovery_seconds", "Time of one recovery of states.", buckets=(*_SECONDS, 30.0, 60.0)
)
RECOVERED: Final = _counter("banzhang_recovered_records", "Changelog records read at recovery.")
REWRITTEN: Final = _counter(
    "banzhang_rewritten_records", "Changelog records of a higher place, written again."
)
OWNED: Final = _gauge("banzhang_owned_partitions", "Source partitions that this worker owns.")
CHANGING: Final = _gauge(
    "banzhang_partition_change",
    "1 while a change of partitions is under way: messages wait until `banzhang scale` has ended.",
)
WAITING_PACKS: Final = _gauge(
    "banzhang_waiting_packs", "Policy packs that were ordered and that nobody published yet."
)
STANDBY_PARTITIONS: Final = _gauge(
    "banzhang_standby_partitions", "Partitions of others whose states are followed."
)
STANDBY_LEFT_OUT: Final = _gauge(
    "banzhang_standby_left_out_partitions",
    "Partitions of others that are not followed: BANZHANG_STANDBY_BYTES does not reach for them.",
)
STANDBY_BYTES: Final = _gauge(
    "banzhang_standby_bytes", "Memory of the states that are followed, at most, about."
)
STANDBY_BEHIND: Final = _gauge(
    "banzhang_standby_behind_records", "Changelog records that the standby has yet to read."
)
STANDBY_RECORDS: Final = _counter(
    "banzhang_standby_records", "Changelog records that the standby has read."
)
STANDBY_REFUTED: Final = _counter(
    "banzhang_standby_refuted",
    "Changelogs read from the start again: another log stood where they had been followed.",
)
STANDBY_FAULTS: Final = _counter(
    "banzhang_standby_faults", "Faults of the standby; it goes on after a pause."
)
COMMIT_FAILURES: Final = _counter(
    "banzhang_commit_failures", "Commits that the group did not take; the next one does."
)
DROPPED: Final = _counter(
    "banzhang_dropped_fetches", "Fetches of an older assignment, dropped before they were judged."
)
OFFSETS_ABSENT: Final = _counter(
    "banzhang_absent_offsets",
    "Offsets that hold no record: transaction markers, or records lost to retention.",
)
BELOW_START: Final = _counter(
    "banzhang_committed_below_start",
    "Assignments whose committed offset lay below the log's start: records were lost to retention.",
)
EXITS: Final = _counter(
    "banzhang_exits", "Exits by name of the workers that counted in this one's file.", "name"
)


class Progress(NamedTuple):
    """How far an owned partition is settled, when it is asked for.

    `lag_s`: seconds of event time; `unsettled`: records up to the log's end as last heard of, or
    None where nothing was heard yet.
    """

    partition: int
    lag_s: float
    unsettled: int | None


class Partitions(Collector):
    """The gauges with a partition as their label: bounded by the partitions of the topic, and
    without those that this worker does not own any more.
    """

    LAG: Final = (
        "banzhang_lag_seconds",
        "Event time now minus the newest `sent_at` settled; ticks keep it small without traffic.",
    )
    UNSETTLED: Final = (
        "banzhang_unsettled_records",
        "Records between what is settled and the log's end.",
    )

    def __init__(self) -> None:
        self.source: Callable[[], Iterable[Progress]] = lambda: ()

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Both gauges as they stand now; any thread may ask."""
        lag = GaugeMetricFamily(*self.LAG, labels=["partition"])
        unsettled = GaugeMetricFamily(*self.UNSETTLED, labels=["partition"])
        for progress in self.source():
            lag.add_metric([str(progress.partition)], progress.lag_s)
            if progress.unsettled is not None:
                unsettled.add_metric([str(progress.partition)], progress.unsettled)
        return lag, unsettled


PARTITIONS: Final = Partitions()
REGISTRY.register(PARTITIONS)
DECLARED.extend(
    Declared(name, "gauge", ("partition",), about)
    for name, about in (Partitions.LAG, Partitions.UNSETTLED)
)
