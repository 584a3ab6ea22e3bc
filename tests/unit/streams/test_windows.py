"""The ring of a member's newest messages, and the windows over it."""

import pytest

from streams.state import ID_KEPT_MAX, Member
from streams.windows import DUPLICATE, OUTSIDE, SLACK, admit, position, rate_start, run_at

RING = 12


def filled(*times: int, text: int = 1) -> Member:
    member = Member()
    for number, at in enumerate(times):
        admit(member, f"e{number}", at, text, RING)
    return member


def test_messages_in_order_stand_in_order() -> None:
    member = filled(10, 20, 20, 30)

    assert member.times == [10, 20, 20, 30]
    assert member.ids == ["e0", "e1", "e2", "e3"]


def test_a_message_out_of_order_is_put_in_its_place() -> None:
    member = filled(10, 30)

    assert admit(member, "between", 20, 7, RING) == 1
    assert member.times == [10, 20, 30]
    assert member.prints == [1, 7, 1]


def test_a_known_id_is_a_duplicate_whatever_its_time() -> None:
    member = filled(10, 20)

    assert admit(member, "e0", 99, 1, RING) == DUPLICATE
    assert member.times == [10, 20]


def test_the_ring_is_bounded_and_remembers_what_fell_out() -> None:
    member = filled(*range(100))

    assert RING <= len(member.times) <= RING + SLACK
    assert member.dropped == member.times[0] - 1


def test_what_is_as_old_as_what_fell_out_changes_nothing() -> None:
    member = filled(*range(100))
    before = list(member.times)

    assert admit(member, "late", member.dropped, 1, RING) == DUPLICATE
    assert member.times == before


def test_a_message_older_than_a_full_ring_is_new_but_stands_outside() -> None:
    member = filled(*range(100, 100 + RING + SLACK))

    assert admit(member, "old", 50, 1, RING) == OUTSIDE
    assert position(member, "old") == OUTSIDE
    assert admit(member, "old", 50, 1, RING) == DUPLICATE


def test_a_long_id_is_kept_as_a_hash_and_still_known() -> None:
    member = Member()
    long = "x" * (ID_KEPT_MAX + 1)

    assert admit(member, long, 1, 1, RING) == 0
    assert admit(member, long, 1, 1, RING) == DUPLICATE
    assert position(member, long) == 0
    assert isinstance(member.ids[0], int)


@pytest.mark.parametrize(("tenth", "found"), [(59_999, True), (60_000, False)])
def test_a_rate_window_ends_just_before_its_period(tenth: int, found: bool) -> None:
    times = [*range(9), tenth]

    assert (rate_start(times, 9, 10, 60_000) == 0) is found


def test_a_message_out_of_order_completes_the_window_around_it() -> None:
    times = [0, 10, 20, 30, 5_000_000]

    assert rate_start(times, 1, 4, 100) == 0
    assert rate_start(times, 4, 4, 100) is None


@pytest.mark.parametrize(("third", "found"), [(600_000, True), (600_001, False)])
def test_a_run_includes_the_last_moment_of_its_period(third: int, found: bool) -> None:
    member = filled(0, 1, third)

    assert (run_at(member, 2, 3, 600_000) == [0, 1, 2]) is found


def test_another_text_breaks_a_run_and_no_text_does_not() -> None:
    member = Member()
    for number, text in enumerate((5, 5, 0, 5)):
        admit(member, f"e{number}", number, text, RING)
    assert run_at(member, 3, 3, 600_000) == [0, 1, 3]

    member.prints[2] = 6

    assert run_at(member, 3, 3, 600_000) is None
