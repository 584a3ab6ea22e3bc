"""The ring of a member's newest messages, and the windows over it."""

import pytest

from streams.idrow import ID_KEPT_MAX, ids_of
from streams.state import Group, Member, encode_member, numbers
from streams.windows import (
    DUPLICATE,
    OUTSIDE,
    SAME_TIME_MAX,
    SLACK,
    admit,
    around,
    others_between,
    position,
    rate_start,
    run_of,
    unbroken,
)

RING = 12


def filled(*times: int, text: int = 1) -> Member:
    member = Member()
    for number, at in enumerate(times):
        admit(member, f"e{number}", at, text, RING)
    return member


def test_messages_in_order_stand_in_order() -> None:
    member = filled(10, 20, 20, 30)

    assert list(member.times) == [10, 20, 20, 30]
    assert ids_of(member.ids) == ["e0", "e1", "e2", "e3"]


def test_a_message_out_of_order_is_put_in_its_place() -> None:
    member = filled(10, 30)

    assert admit(member, "between", 20, 7, RING) == 1
    assert list(member.times) == [10, 20, 30]
    assert list(member.prints) == [1, 7, 1]


def test_a_known_id_is_a_duplicate_whatever_its_time() -> None:
    member = filled(10, 20)

    assert admit(member, "e0", 99, 1, RING) == DUPLICATE
    assert list(member.times) == [10, 20]


def test_the_ring_is_bounded_and_remembers_what_fell_out() -> None:
    member = filled(*range(100))

    assert RING <= len(member.times) <= RING + SLACK
    assert member.dropped == member.times[0] - 1


def test_what_is_as_old_as_what_fell_out_changes_nothing() -> None:
    member = filled(*range(100))
    before = member.times[:]

    assert admit(member, "late", member.dropped, 1, RING) == DUPLICATE
    assert member.times == before


def test_a_message_older_than_a_full_ring_is_new_but_stands_outside() -> None:
    member = filled(*range(100, 100 + RING + SLACK))

    assert admit(member, "old", 50, 1, RING) == OUTSIDE
    assert position(member, "old") == OUTSIDE
    assert admit(member, "old", 50, 1, RING) == DUPLICATE


@pytest.mark.parametrize("odd", ["x" * (ID_KEPT_MAX + 1), "a\x1fe0", "\x1e1", "\x1f"])
def test_an_id_that_is_long_or_odd_is_kept_as_a_hash_and_still_known(odd: str) -> None:
    member = filled(1)

    assert admit(member, odd, 1, 1, RING) == 1
    assert admit(member, odd, 1, 1, RING) == DUPLICATE
    assert position(member, odd) == 1
    assert ids_of(member.ids) == ["e0", ""]


def test_a_part_of_a_known_id_is_another_id() -> None:
    member = filled(1)

    assert admit(member, "e", 2, 1, RING) == 1
    assert admit(member, "0", 3, 1, RING) == 2


def test_of_one_time_all_messages_stay_in_the_ring_up_to_a_bound() -> None:
    member = filled(*[5] * SAME_TIME_MAX)

    assert len(member.times) == SAME_TIME_MAX
    assert admit(member, "one more", 5, 1, RING) == SAME_TIME_MAX - 1
    assert member.dropped == 5


def test_what_came_before_many_messages_of_one_time_goes_first() -> None:
    member = filled(1, 2, *[5] * (RING + SLACK))

    assert list(member.times) == [5] * (RING + SLACK)
    assert member.dropped == 2


@pytest.mark.parametrize(("tenth", "found"), [(59_999, True), (60_000, False)])
def test_a_rate_window_ends_just_before_its_period(tenth: int, found: bool) -> None:
    times = numbers([*range(9), tenth])

    assert (rate_start(times, 9, 10, 60_000) == 0) is found


def test_a_message_out_of_order_completes_the_window_around_it() -> None:
    times = numbers([0, 10, 20, 30, 5_000_000])

    assert rate_start(times, 1, 4, 100) == 0
    assert rate_start(times, 4, 4, 100) is None


@pytest.mark.parametrize(("third", "found"), [(600_000, True), (600_001, False)])
def test_a_run_includes_the_last_moment_of_its_period(third: int, found: bool) -> None:
    member = filled(0, 1, third)

    assert (run_of(member, around(member, 2), 2, 3, 600_000) == [0, 1, 2]) is found


def test_another_text_breaks_a_run_and_no_text_does_not() -> None:
    member = Member()
    for number, text in enumerate((5, 5, 0, 5)):
        admit(member, f"e{number}", number, text, RING)
    assert run_of(member, around(member, 3), 3, 3, 600_000) == [0, 1, 3]

    member.prints[2] = 6

    assert run_of(member, around(member, 3), 3, 3, 600_000) is None


def group_of(**members: Member) -> Group:
    group = Group("qq", "g1", b"qq:g1")
    for member_id, member in members.items():
        member.seen = max(member.times, default=0)
        group.keep(member_id, member)
    return group


def test_the_others_messages_are_known_with_the_first_and_the_last_moment() -> None:
    group = group_of(p1=filled(11, 12), p2=filled(9, 20, 30), t1=filled(10, 31), quiet=Member())

    assert others_between(group, "p1", 10, 30) == [10, 20, 30]


def test_members_that_lie_encoded_wrote_too() -> None:
    group = group_of(p1=filled(11), p2=filled(20))
    group.members["p2"] = encode_member(group.peek("p2"))

    assert others_between(group, "p1", 10, 30) == [20]
    assert isinstance(group.members["p2"], bytes)


@pytest.mark.parametrize(
    ("dropped", "begin", "between"), [(5, 0, [5]), (5, 10, []), (95, 10, [90])]
)
def test_who_wrote_more_than_his_ring_holds_wrote_in_between(
    dropped: int, begin: int, between: list[int]
) -> None:
    busy = filled(*range(100, 200))
    busy.dropped = dropped
    group = group_of(p1=filled(0), p2=busy)

    assert others_between(group, "p1", begin, 90) == between


@pytest.mark.parametrize(
    ("others", "left"),
    [
        ([], [0, 1, 2, 3]),
        ([5], [1, 2, 3]),
        ([25], [0, 1, 2]),
        ([5, 25], [1, 2]),
        ([15], [2, 3]),
        ([20], [2]),
        ([-1, 31], [0, 1, 2, 3]),
    ],
)
def test_anothers_message_divides_a_run(others: list[int], left: list[int]) -> None:
    member = filled(0, 10, 20, 30)

    assert unbroken(member, around(member, 2), 2, others) == left
