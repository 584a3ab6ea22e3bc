import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from rich.console import Console

from bench import summary
from bench.meter import values
from bench.recovery import Known
from bench.scores import Recovery


def recovery(seconds: float, rss_bytes: int = 400) -> Recovery:
    return Recovery(
        members=10, records=12, seconds=seconds, rss_bytes=rss_bytes, rss_without_bytes=100
    )


def test_memory_a_member_is_what_a_worker_without_members_has_not() -> None:
    assert recovery(2.0).bytes_per_member == 30
    assert recovery(2.0).members_per_s == 5


def test_a_workers_metrics_tell_what_it_recovered_and_how_long_it_took() -> None:
    registry = CollectorRegistry()
    Gauge("banzhang_owned_partitions", "", registry=registry).set(8)
    Counter("banzhang_recovered_records", "", registry=registry).inc(510_000)
    Histogram("banzhang_recovery_seconds", "", registry=registry).observe(2.5)
    Counter("banzhang_records", "", ["topic"], registry=registry).labels("events").inc(3)

    known = Known.of(values(generate_latest(registry).decode()))

    assert known == Known(owned=8, records=510_000, seconds=2.5)


def test_metrics_of_another_program_are_no_recovery() -> None:
    with pytest.raises(KeyError):
        Known.of(values(""))


def test_recoveries_are_told_by_their_median_and_range_beside_what_was_asked() -> None:
    console = Console(width=200)

    row = summary.recovery_row([recovery(2.0), recovery(1.0), recovery(4.0, 700)], 2_000)
    with console.capture() as captured:
        console.print(summary.recovery_table(row))

    assert row["seconds"] == {"median": 2.0, "least": 1.0, "most": 4.0}
    assert row["bytes_per_member"] == {"median": 30, "least": 30, "most": 60}
    assert row["log_bytes_per_member"] == 200
    assert "≤ 600" in captured.get()
