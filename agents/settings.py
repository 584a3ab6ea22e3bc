"""Settings of a worker: one table, from the environment."""

import os
from collections.abc import Mapping
from typing import Final, NamedTuple, Self

from agents.values import (
    CLOCK,
    FETCH_BYTES_MAX,
    FORMAT,
    HOST,
    LEVEL,
    NAMESPACE,
    PORT,
    SECONDS,
    SERVERS,
    SHARE,
    STANDBY_BYTES_MAX,
    TEXT,
    Reader,
    count,
)


class Setting(NamedTuple):
    """One setting. `secret` values are masked wherever they are printed."""

    name: str
    default: str
    meaning: str
    reader: Reader = TEXT
    secret: bool = False

    def fault(self, text: str, called: str = "") -> str | None:
        """What is wrong with a value and what it must be, in one line; None if nothing.

        `called` is the name by which it was given, such as a flag. A password is not repeated.
        """
        try:
            self.reader.read(text)
        except ValueError:
            _, at, address = text.rpartition("@")
            said = repr(f"…@{address}" if at and self.reader is not CLOCK else text)
            return (
                f"{called or self.name} is {said}, but it must be {self.reader.must}; "
                f"its default is {self.default}"
            )
        return None


TABLE: Final[tuple[Setting, ...]] = (
    Setting(
        "BANZHANG_KAFKA", "127.0.0.1:9092", "bootstrap servers, comma-separated", reader=SERVERS
    ),
    Setting(
        "BANZHANG_NAMESPACE",
        "chat",
        "first word of every topic, consumer group and Redis key",
        reader=NAMESPACE,
    ),
    Setting(
        "BANZHANG_SECRET",
        "",
        "key of the texts' fingerprints in the states; the same for all workers of a namespace",
        secret=True,
    ),
    Setting(
        "BANZHANG_SESSION_S",
        "10",
        "seconds of silence after which a worker counts as dead",
        reader=SECONDS,
    ),
    Setting(
        "BANZHANG_HEARTBEAT_S",
        "1",
        "seconds between a worker's heartbeats to the group",
        reader=SECONDS,
    ),
    Setting(
        "BANZHANG_REBALANCE_S",
        "60",
        "seconds that a worker may take to hand over; it waits for half of it, then exits",
        reader=SECONDS,
    ),
    Setting(
        "BANZHANG_RECOVERY_S", "25", "seconds that reading the states may take", reader=SECONDS
    ),
    Setting(
        "BANZHANG_STANDBY_BYTES",
        "268435456",
        "memory for the states of other workers' partitions, read beforehand; 0 follows none",
        reader=count(0, STANDBY_BYTES_MAX, "bytes"),
    ),
    Setting("BANZHANG_COMMIT_S", "0.5", "seconds between commits", reader=SECONDS),
    Setting(
        "BANZHANG_POLL_RECORDS",
        "20000",
        "records in one fetch, at most",
        reader=count(1, 1_000_000, "records"),
    ),
    Setting(
        "BANZHANG_FETCH_BYTES",
        "8388608",
        "bytes in one fetch, at most (but one record)",
        reader=count(1, FETCH_BYTES_MAX, "bytes"),
    ),
    Setting(
        "BANZHANG_REQUEST_S",
        "15",
        "seconds after which an unanswered write is a failure",
        reader=SECONDS,
    ),
    Setting("BANZHANG_TICK_S", "5", "seconds of event time between ticks", reader=SECONDS),
    Setting(
        "BANZHANG_CLOCK",
        "real",
        "`real`, or ORIGIN_MS@REAL_START_MS*SCALE: event time for demonstrations",
        reader=CLOCK,
    ),
    Setting(
        "BANZHANG_STUCK_S",
        "20",
        "seconds after which a standing event loop ends the process",
        reader=SECONDS,
    ),
    Setting(
        "BANZHANG_STARVED_S",
        "90",
        "seconds without progress of an owned partition, at most",
        reader=SECONDS,
    ),
    Setting("BANZHANG_SHUTDOWN_S", "20", "seconds that a clean end may take", reader=SECONDS),
    Setting(
        "BANZHANG_REJECTS_IN_ROW",
        "1000",
        "unreadable records in a row, at most",
        reader=count(0, 1_000_000_000, "records"),
    ),
    Setting("BANZHANG_REJECTS_SHARE", "0.5", "share of unreadable records, at most", reader=SHARE),
    Setting(
        "BANZHANG_METRICS_PORT",
        "0",
        "port of /metrics, /livez and /readyz; 0 serves none",
        reader=PORT,
    ),
    Setting(
        "BANZHANG_METRICS_HOST",
        "127.0.0.1",
        "address of this machine that they are served on; nobody is asked for a password",
        reader=HOST,
    ),
    Setting(
        "BANZHANG_EXITS_FILE",
        "",
        "file in which a worker counts its exits by name, for the metrics of its next start",
    ),
    Setting("BANZHANG_LOG_LEVEL", "warning", "level of the log on standard error", reader=LEVEL),
    Setting(
        "BANZHANG_LOG_FORMAT",
        "text",
        "`text`, or `json`: one object a line with the coordinates as fields",
        reader=FORMAT,
    ),
)


class Settings(NamedTuple):
    """The table above, typed. Times are seconds."""

    kafka: str
    namespace: str
    secret: str
    session_s: float
    heartbeat_s: float
    rebalance_s: float
    recovery_s: float
    standby_bytes: int
    commit_s: float
    poll_records: int
    fetch_bytes: int
    request_s: float
    tick_s: float
    clock: str
    stuck_s: float
    starved_s: float
    shutdown_s: float
    rejects_in_row: int
    rejects_share: float
    metrics_port: int
    metrics_host: str
    exits_file: str
    log_level: str
    log_format: str

    @classmethod
    def of(cls, values: Mapping[str, str] | None = None) -> Self:
        """Settings from `values` (default: the environment).

        Raises ValueError with one line that names the variable, for the command line to print.
        """
        given = os.environ if values is None else values
        texts = {setting.name: given.get(setting.name) or setting.default for setting in TABLE}
        for setting in TABLE:
            if wrong := setting.fault(texts[setting.name]):
                raise ValueError(wrong)
        if wrong := disagreement(texts):
            raise ValueError(wrong)
        return cls(*(setting.reader.read(texts[setting.name]) for setting in TABLE))  # type: ignore[arg-type]


def disagreement(texts: Mapping[str, str]) -> str | None:
    """What is wrong with values that are right each for itself; None if nothing."""
    beat, session = texts["BANZHANG_HEARTBEAT_S"], texts["BANZHANG_SESSION_S"]
    if float(beat) < float(session):
        return None
    return (
        f"BANZHANG_HEARTBEAT_S is {beat!r}, but it must be less than BANZHANG_SESSION_S, which is "
        f"{session!r}: a worker would count as dead between two heartbeats"
    )
