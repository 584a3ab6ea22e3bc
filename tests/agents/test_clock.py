import time

import pytest

from agents.clock import Clock, tick
from schemas.event import Tick, decode_event


def clock_at(now_ms: int, scale: float = 1.0) -> Clock:
    return Clock(now_ms, 0.0, scale, lambda: 0.0)


def test_a_tick_is_dated_back_to_its_bucket_and_named_by_it() -> None:
    key, value = tick(clock_at(1_000_023_456), 5)

    assert key == b"*:*"
    assert decode_event(value) == Tick(
        id="tick-1000005000", platform="*", group_id="*", sent_at=1_000_005_000
    )


def test_two_owners_append_equal_ticks_within_a_bucket() -> None:
    assert tick(clock_at(1_000_020_001), 5) == tick(clock_at(1_000_024_999), 5)


@pytest.mark.parametrize("scale", [1.0, 600.0])
def test_a_tick_that_is_held_says_the_time_of_then(
    monkeypatch: pytest.MonkeyPatch, scale: float
) -> None:
    """Ninety seconds ago the ticks were told to stay."""
    monkeypatch.setattr(time, "time", lambda: 5_000.0)
    then, now = clock_at(1_000_000_000, scale), Clock(1_000_000_000, -90.0, scale, lambda: 0.0)

    held = tick(now, 60, 4_910_000)

    assert held == tick(then, 60) != tick(now, 60)


def test_a_scaled_clock_runs_from_its_origin_and_dates_its_ticks_further_back() -> None:
    began_ms = int(time.time() * 1000) - 2_000
    clock = Clock.of(f"1700000000000@{began_ms}*1000")

    assert 1_700_002_000_000 <= clock.now_ms() <= 1_700_003_000_000
    assert clock.back_ms() == 500_000
    assert clock.pause_s(5) == 0.1


def test_the_real_clock_is_the_machines() -> None:
    clock = Clock.of("real")

    assert abs(clock.now_ms() - time.time() * 1000) < 1_000
    assert clock.back_ms() == 15_000
    assert clock.pause_s(5) == 5


@pytest.mark.parametrize("text", ["", "soon", "1@2", "1*2", "a@b*c"])
def test_a_clock_that_is_none_says_how_to_write_one(text: str) -> None:
    with pytest.raises(ValueError, match="ORIGIN_MS@REAL_START_MS"):
        Clock.of(text)
