import pytest

from agents.lease import Lease
from agents.watchdog import Watchdog
from tests.agents.fakes import Left


class Hands:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_whoever_stood_still_for_most_of_a_session_ends_before_a_write() -> None:
    clock = Hands()
    lease = Lease(10, clock)

    clock.now += 7.9
    lease.check("before a write")
    clock.now += 0.2

    with pytest.raises(Left, match=r"exit stalled: .*8\.1 s before a write, 8\.0 s allowed"):
        lease.check("before a write")


def test_a_beat_after_a_stop_does_not_renew_the_lease() -> None:
    clock = Hands()
    lease = Lease(10, clock)
    clock.now += 9

    with pytest.raises(Left, match="exit stalled"):
        lease.note()


def test_beats_keep_the_lease() -> None:
    clock = Hands()
    lease = Lease(10, clock)

    for _ in range(10):
        clock.now += 5
        lease.note()

    lease.check("before a write")


def test_a_member_that_the_group_does_not_answer_writes_nothing_more() -> None:
    clock = Hands()
    lease = Lease(10, clock)
    lease.hear()

    clock.now += 8.1
    lease.seen = clock.now

    with pytest.raises(Left, match=r"exit unheard: .*8\.1 s before a write"):
        lease.check("before a write")


def test_the_groups_silence_means_nothing_to_whom_owns_nothing() -> None:
    clock = Hands()
    lease = Lease(10, clock)
    lease.hear()
    lease.part()

    clock.now += 100
    lease.seen = clock.now

    lease.check("before a write")


def test_the_watchdog_ends_the_process_of_a_stuck_loop() -> None:
    clock = Hands()
    lease = Lease(10, clock)
    watchdog = Watchdog(lease, silence_s_max=20)

    watchdog.look()
    clock.now += 21

    with pytest.raises(Left, match="exit stuck"):
        watchdog.look()
