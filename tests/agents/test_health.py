"""Alive and ready: each thing that is missing has its word."""

from typing import Any

import pytest
from aiokafka import TopicPartition
from prometheus_client import CollectorRegistry, generate_latest

from agents.clock import Clock
from agents.health import REASONS, Health, Parts
from agents.keeper import Owned
from agents.lease import Lease
from agents.ledger import Ledger
from agents.metrics import Partitions
from agents.packs import Packs
from agents.watchdog import Watchdog
from tests.agents.fakes import EVENTS, TOPICS, keeper_of
from tests.agents.tally import Tally

P0, P1 = TopicPartition(EVENTS, 0), TopicPartition(EVENTS, 1)
OUTCOMES = TopicPartition(TOPICS.outcomes.name, 0)
NOW_MS = 1_000_000_000


class Looking(Watchdog):
    """A watchdog that looks, or has died."""

    looks = True

    @property
    def begun(self) -> bool:
        return True

    def is_alive(self) -> bool:
        return self.looks


class Rig:
    """A worker that owns two partitions and is ready."""

    def __init__(self) -> None:
        self.now_s = 500.0
        self.given = frozenset({0, 1})
        self.lease = Lease(10, lambda: self.now_s)
        self.ledger = Ledger()
        self.packs = Packs(lambda content: content)
        self.keeper = keeper_of()
        self.watchdog = Looking(self.lease, 20)
        self.ends: dict[TopicPartition, int] = {P0: 5}
        self.lease.hear()
        for tp in (P0, P1):
            self.keeper.owned[tp.partition] = Owned(tp.partition, Tally(), 0)
            self.ledger.begin(tp, 0, None)
        self.ledger.begin(OUTCOMES, 0, None)
        self.health = Health()
        self.health.parts = Parts(
            events=EVENTS,
            clock=Clock(NOW_MS, 0.0, 1.0, lambda: 0.0),
            lease=self.lease,
            ledger=self.ledger,
            keeper=self.keeper,
            packs=self.packs,
            watchdog=self.watchdog,
            assigned=lambda: self.given,
            end=self.ends.get,
        )

    def refused(self) -> dict[str, Any]:
        """Why it is not ready."""
        answer = self.health.ready()
        assert not answer.yes
        assert answer.said.pop("ready") is False
        assert answer.said["reason"] in REASONS
        return answer.said


def test_a_worker_that_judges_all_that_it_was_given_is_ready() -> None:
    assert Rig().health.ready() == (True, {"ready": True, "partitions": 2})


def test_one_that_the_group_gave_nothing_stands_by_and_is_ready() -> None:
    rig = Rig()
    rig.given = frozenset()
    rig.keeper.release()
    rig.ledger.lines.clear()

    assert rig.health.ready() == (True, {"ready": True, "partitions": 0})


def test_before_it_has_parts_it_is_alive_and_not_ready() -> None:
    health = Health()

    assert health.live().yes
    assert health.ready().said == {"ready": False, "reason": "starting"}
    assert list(health.progress()) == []


def test_before_its_loop_runs_its_silence_means_nothing() -> None:
    rig = Rig()
    assert rig.health.parts is not None
    rig.health.parts = rig.health.parts._replace(watchdog=Watchdog(rig.lease, 20))
    rig.now_s += 1_000

    assert rig.health.live().yes


def test_one_that_the_group_has_not_answered_is_not_ready() -> None:
    rig = Rig()
    rig.lease.part()

    assert rig.refused() == {"reason": "unassigned"}


def test_one_that_recovers_is_not_ready() -> None:
    rig = Rig()
    del rig.keeper.owned[1]

    assert rig.refused() == {"reason": "recovering", "assigned": 2, "owned": 1}


def test_one_that_still_owns_what_was_assigned_to_others_is_not_ready() -> None:
    rig = Rig()
    rig.given = frozenset({0})

    assert rig.refused()["reason"] == "recovering"


def test_one_that_has_not_begun_a_partition_is_not_ready() -> None:
    rig = Rig()
    del rig.ledger.lines[P1]

    assert rig.refused() == {"reason": "beginning", "assigned": 2, "begun": 1}


def test_one_that_waits_for_a_pack_is_not_ready() -> None:
    rig = Rig()
    rig.packs.waiting = frozenset({"feed"})

    assert rig.refused() == {"reason": "packs", "waiting": 1}


def test_one_whose_loop_stands_still_is_neither_alive_nor_ready() -> None:
    rig = Rig()
    rig.now_s += 8.1  # 0.8 of a session: from here on it must not write

    assert rig.health.live() == (False, {"live": False, "reason": "standing", "seconds": 8.1})
    assert rig.refused() == {"reason": "standing"}


def test_one_whose_watchdog_has_ended_is_not_alive() -> None:
    rig = Rig()
    rig.watchdog.looks = False

    assert rig.health.live() == (False, {"live": False, "reason": "unwatched"})


def test_the_lag_is_the_clock_minus_the_newest_event_settled() -> None:
    rig = Rig()
    rig.ledger.confirm(P0, 0, 3)
    rig.ledger.lines[P0].newest_ms = NOW_MS - 17_500

    [first, _] = rig.health.progress()

    assert first == (0, 17.5, 2)


def test_a_partition_without_a_settle_lags_for_as_long_as_it_was_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from agents import health

    rig = Rig()
    began_s = rig.ledger.lines[P1].moved_s
    monkeypatch.setattr(health, "running_s", lambda: began_s + 42)

    [_, second] = rig.health.progress()

    assert second == (1, 42.0, None)


def test_series_of_partitions_end_with_the_ownership() -> None:
    rig, registry, gauges = Rig(), CollectorRegistry(), Partitions()
    gauges.source = rig.health.progress
    registry.register(gauges)

    assert b'banzhang_lag_seconds{partition="1"}' in generate_latest(registry)
    del rig.ledger.lines[P1]

    served = generate_latest(registry)
    assert b'banzhang_lag_seconds{partition="0"}' in served
    assert b'partition="1"' not in served
    assert TOPICS.outcomes.name.encode() not in served
