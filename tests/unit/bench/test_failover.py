import pytest
from rich.console import Console

from bench import summary
from bench.scores import Failover


def kill(first_s: float, last_s: float) -> Failover:
    return Failover(
        session_s=10.0,
        first_s=first_s,
        last_s=last_s,
        recovery_s=0.5,
        records=7,
        rss_bytes=200 << 20,
    )


def test_kills_are_told_by_median_and_range_for_each_way_beside_what_was_asked() -> None:
    measured = {
        "with a standby": [kill(11.0, 11.5), kill(12.0, 12.5), kill(13.0, 13.5)],
        "without": [kill(14.0, 15.0)],
    }

    row = summary.failover_row(measured, members=100_000, times=1, rate=400)
    console = Console(width=200)
    with console.capture() as told:
        console.print(summary.failover_table(row))

    assert row["ways"]["with a standby"]["last_s"] == {"median": 12.5, "least": 11.5, "most": 13.5}
    assert row["ways"]["without"]["kills"] == 1
    assert "median ≤ 13, most ≤ 16" in told.get()


def test_an_action_belongs_to_the_partition_of_its_group_and_counts_from_a_moment_on() -> None:
    failover = pytest.importorskip("bench.failover", reason="the benchmark's own packages")
    consumer = Told([("g1", 1_000), ("g1", 3_000), ("g2", 4_000)])
    actions = failover.Actions(consumer)

    actions.await_until(lambda: not consumer.told)

    number = failover.partition_of(b"qq:g1", failover.PARTITIONS)
    assert actions.first_after(number, 500) == 1_000
    assert actions.first_after(number, 1_000) == 3_000
    assert actions.first_after(number, 3_000) == 0


class Told:
    """A consumer of actions, each a group and the broker's stamp."""

    def __init__(self, told: list[tuple[str, int]]) -> None:
        self.told = told

    def consume(self, _count: int, _timeout_s: float) -> "list[Stamped]":
        told, self.told = self.told, []
        return [Stamped(group, at) for group, at in told]


class Stamped:
    def __init__(self, group: str, at: int) -> None:
        self.group, self.at = group, at

    def error(self) -> None:
        return None

    def value(self) -> bytes:
        return b'{"group_id":"%s"}' % self.group.encode()

    def timestamp(self) -> tuple[int, int]:
        return 1, self.at
