"""Metrics, declared once, in base units. Labels are small fixed sets, never a member or a group."""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

RECORDS: Final = Counter("banzhang_records", "Records settled.", ["topic"])
REJECTS: Final = Counter("banzhang_rejects", "Records sent to the dead letters.", ["reason"])
WRITTEN: Final = Counter("banzhang_written", "Records written and acknowledged.", ["topic"])
SETTLE_SECONDS: Final = Histogram(
    "banzhang_settle_seconds", "Time of one settle, from its turn to confirm.", buckets=_SECONDS
)
JUDGE_SECONDS: Final = Histogram(
    "banzhang_judge_seconds", "Time of the pure part of one settle.", buckets=_SECONDS
)
RECOVERY_SECONDS: Final = Histogram(
    "banzhang_recovery_seconds", "Time of one recovery of states.", buckets=(*_SECONDS, 30.0, 60.0)
)
RECOVERED: Final = Counter("banzhang_recovered_records", "Changelog records read at recovery.")
REWRITTEN: Final = Counter(
    "banzhang_rewritten_records", "Changelog records of a higher place, written again."
)
OWNED: Final = Gauge("banzhang_owned_partitions", "Source partitions that this worker owns.")
COMMIT_FAILURES: Final = Counter(
    "banzhang_commit_failures", "Commits that the group did not take; the next one does."
)
DROPPED: Final = Counter(
    "banzhang_dropped_fetches", "Fetches of an older assignment, dropped before they were judged."
)
OFFSETS_ABSENT: Final = Counter(
    "banzhang_absent_offsets",
    "Offsets that hold no record: transaction markers, or records lost to retention.",
)
BELOW_START: Final = Counter(
    "banzhang_committed_below_start",
    "Assignments whose committed offset lay below the log's start: records were lost to retention.",
)
LAG_SECONDS: Final = Gauge(
    "banzhang_lag_seconds", "Wall clock minus the timestamp of the newest record settled."
)
