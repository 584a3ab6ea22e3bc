"""Settings of a worker: one table, from the environment."""

import os
from collections.abc import Mapping
from typing import Final, NamedTuple, Self


class Setting(NamedTuple):
    """One setting. `secret` values are masked wherever they are printed."""

    name: str
    default: str
    meaning: str
    secret: bool = False


TABLE: Final[tuple[Setting, ...]] = (
    Setting("BANZHANG_KAFKA", "127.0.0.1:9092", "bootstrap servers, comma-separated"),
    Setting(
        "BANZHANG_NAMESPACE",
        "chat",
        "first word of every topic, consumer group and Redis key",
    ),
    Setting(
        "BANZHANG_SECRET",
        "",
        "key of the texts' fingerprints in the states; the same for all workers of a namespace",
        secret=True,
    ),
    Setting("BANZHANG_SESSION_S", "10", "seconds of silence after which a worker counts as dead"),
    Setting("BANZHANG_HEARTBEAT_S", "1", "seconds between a worker's heartbeats to the group"),
    Setting(
        "BANZHANG_REBALANCE_S",
        "60",
        "seconds that a worker may take to hand over; it waits for half of it, then exits",
    ),
    Setting("BANZHANG_RECOVERY_S", "25", "seconds that reading the states may take"),
    Setting("BANZHANG_COMMIT_S", "0.5", "seconds between commits"),
    Setting("BANZHANG_POLL_RECORDS", "20000", "records in one fetch, at most"),
    Setting("BANZHANG_FETCH_BYTES", "8388608", "bytes in one fetch, at most (but one record)"),
    Setting("BANZHANG_REQUEST_S", "15", "seconds after which an unanswered write is a failure"),
    Setting("BANZHANG_TICK_S", "5", "seconds of event time between ticks"),
    Setting(
        "BANZHANG_CLOCK",
        "real",
        "`real`, or ORIGIN_MS@REAL_START_MS*SCALE: event time for demonstrations",
    ),
    Setting("BANZHANG_STUCK_S", "20", "seconds after which a standing event loop ends the process"),
    Setting("BANZHANG_STARVED_S", "90", "seconds without progress of an owned partition, at most"),
    Setting("BANZHANG_SHUTDOWN_S", "20", "seconds that a clean end may take"),
    Setting("BANZHANG_REJECTS_IN_ROW", "1000", "unreadable records in a row, at most"),
    Setting("BANZHANG_REJECTS_SHARE", "0.5", "share of unreadable records, at most"),
    Setting("BANZHANG_METRICS_PORT", "0", "port of the metrics on 127.0.0.1; 0 serves none"),
    Setting("BANZHANG_LOG_LEVEL", "warning", "level of the log on standard error"),
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
    log_level: str

    @classmethod
    def of(cls, values: Mapping[str, str] | None = None) -> Self:
        """Settings from `values` (default: the environment).

        Raises ValueError with one line that names the variable, for the command line to print.
        """
        given = os.environ if values is None else values
        typed: dict[str, str | int | float] = {}
        for setting, (field, kind) in zip(TABLE, cls.__annotations__.items(), strict=True):
            text = given.get(setting.name, setting.default)
            try:
                typed[field] = kind(text)
            except ValueError:
                raise ValueError(
                    f"{setting.name} is {text!r}, which is no {kind.__name__}; "
                    f"its default is {setting.default}"
                ) from None
        return cls(**typed)  # type: ignore[arg-type]
