"""The general window: its edges and its bounds."""

from typing import Literal

import msgspec
import pytest

from streams.idrow import ID_KEPT_MAX
from streams.tally import (
    CASES_MAX,
    ENTRIES_MAX,
    KEEP_MAX,
    LATENESS_MS,
    NAMED_MAX,
    Entry,
    Measure,
    Tally,
    add,
    answered,
    entry_of,
    evidence,
    full_windows,
    measure_of,
    note,
    take,
    under,
)

OF = ("messages", "attachments", "members")
MINUTE = 60_000
THREE = measure_of("messages", 3, 10 * MINUTE)
PICTURES = measure_of("attachments", 3, 10 * MINUTE)
PEOPLE = measure_of("members", 3, 10 * MINUTE)


def entry(at: int, who: str = "p1", key: int = 0, n: int = 1, name: str = "") -> Entry:
    return entry_of(name or f"e{at}-{who}-{key}", at, who, key, n)


def window_of(tally: Tally, entry: Entry, measure: Measure) -> list[Entry] | None:
    return next(full_windows(under(tally, entry.key), entry, measure), None)


def filled(measure: Measure, *entries: Entry) -> Tally:
    tally = Tally()
    for each in entries:
        add(tally, each, measure)
    return tally


@pytest.mark.parametrize(("third", "found"), [(10 * MINUTE - 1, True), (10 * MINUTE, False)])
def test_a_window_ends_just_before_its_period(third: int, found: bool) -> None:
    last = entry(third)
    tally = filled(THREE, entry(0), entry(1), last)

    assert (window_of(tally, last, THREE) is not None) is found


def test_attachments_count_by_their_number() -> None:
    two, one = entry(0, n=2), entry(1, n=1)
    tally = filled(PICTURES, two, one)

    assert window_of(tally, two, PICTURES) == window_of(tally, one, PICTURES) == [two, one]
    assert window_of(tally, one, THREE) is None


def test_one_message_with_many_pictures_fills_a_window_alone() -> None:
    album = entry(5, n=9)
    tally = filled(PICTURES, entry(0), album)

    assert window_of(tally, album, PICTURES) == [album]


def test_a_window_holds_the_record_in_question_though_another_fills_it_alone() -> None:
    one, album = entry(0), entry(5, n=9)
    tally = filled(PICTURES, one, album)

    assert window_of(tally, one, PICTURES) == [one, album]


def test_members_count_once_each() -> None:
    log = [entry(0, "p1"), entry(1, "p2"), entry(2, "p1"), entry(3, "p2"), entry(4, "p3")]
    tally = filled(PEOPLE, *log)

    assert window_of(tally, log[3], PEOPLE) == log[2:]
    assert window_of(filled(PEOPLE, *log[:4]), log[3], PEOPLE) is None


def test_keys_count_apart() -> None:
    last = entry(2, key=8)
    tally = filled(THREE, entry(0, key=7), entry(1, key=7), last)

    assert window_of(tally, last, THREE) is None


def test_an_event_counts_once_under_each_of_its_keys() -> None:
    to_both = [entry(0, key=key, name="e") for key in (7, 8)]
    tally = filled(THREE, *to_both)

    assert tally.entries == to_both
    assert not add(tally, entry(9, key=7, name="e"), THREE)
    assert tally.entries == to_both


def test_a_record_out_of_order_fills_the_window_around_it() -> None:
    late, log = entry(5), [entry(0), entry(9), entry(50 * MINUTE)]
    tally = filled(THREE, *log, late)

    assert window_of(tally, late, THREE) == [log[0], late, log[1]]


def test_of_several_full_windows_the_first_to_end_counts_and_no_more_of_it_than_fills_it() -> None:
    log = [entry(at) for at in range(6)]
    tally = filled(THREE, *log)

    assert window_of(tally, log[5], THREE) == log[3:]
    assert window_of(tally, log[3], THREE) == log[1:4]
    assert window_of(tally, log[0], THREE) == log[:3]


def test_an_entry_that_the_tally_does_not_hold_fills_nothing() -> None:
    tally = filled(THREE, entry(0), entry(1), entry(2))

    assert window_of(tally, entry(3), THREE) is None


def test_what_is_taken_out_counts_no_more_under_any_key() -> None:
    left = entry(1, key=7)
    tally = filled(THREE, entry(0, key=7, name="e"), entry(0, key=8, name="e"), left)

    assert take(tally, "e")
    assert tally.entries == [left]
    assert not take(tally, "e")


def test_who_writes_much_does_not_push_out_the_others() -> None:
    log = [entry(0, "p1"), entry(1, "p2"), *(entry(2 + i, "p3") for i in range(200))]
    tally = filled(PEOPLE, *log)

    assert window_of(tally, log[-1], PEOPLE) == [log[0], log[1], *log[-PEOPLE.each :]]


def test_a_full_key_takes_nothing_older() -> None:
    tally = filled(THREE, *(entry(at) for at in range(100, 200)))
    before = list(tally.entries)

    assert len(before) == THREE.keep <= KEEP_MAX
    assert not add(tally, entry(50), THREE)
    assert tally.entries == before


def test_a_full_tally_drops_its_oldest_whatever_the_key() -> None:
    tally = filled(THREE, *(entry(at, key=at) for at in range(ENTRIES_MAX + 3)))

    assert [e.key for e in tally.entries] == list(range(3, ENTRIES_MAX + 3))
    assert not add(tally, entry(2), THREE)


def test_a_record_is_taken_in_that_is_late_by_no_more_than_the_bound() -> None:
    newest = 99 * LATENESS_MS
    oldest = newest - LATENESS_MS - THREE.within_ms
    tally = filled(THREE, entry(newest))

    assert not add(tally, entry(oldest), THREE)
    assert add(tally, entry(oldest + 1), THREE)
    assert add(tally, entry(newest + 1), THREE)
    assert [e.at for e in tally.entries] == [newest, newest + 1]


@pytest.mark.parametrize("of", OF)
@pytest.mark.parametrize("at_least", [1, 2, 3, 5, 10, 33, KEEP_MAX])
@pytest.mark.parametrize("within_ms", [1, 1_000, MINUTE, 24 * 60 * MINUTE])
def test_a_key_keeps_enough_to_fill_a_window_and_is_bounded(
    of: Literal["messages", "attachments", "members"], at_least: int, within_ms: int
) -> None:
    measure = measure_of(of, at_least, within_ms)

    assert at_least <= measure.keep <= KEEP_MAX
    assert 1 <= measure.each <= measure.keep


def test_the_latest_record_meets_all_though_every_period_since_was_nearly_full() -> None:
    measure = measure_of("messages", 3, 25 * MINUTE)
    pairs = [entry(at * MINUTE, name=f"{at}{twin}") for at in (0, 25, 50, 75) for twin in "ab"]
    late = entry(1)
    tally = filled(measure, *pairs, late)

    assert window_of(tally, late, measure) == [*pairs[:2], late]
    assert window_of(tally, pairs[-1], measure) is None


def test_a_window_has_one_answer_until_its_period_is_over() -> None:
    log = [entry(at) for at in (0, 1, 2, 3, 10 * MINUTE - 1, 10 * MINUTE)]
    tally, found = Tally(), []
    for each in log:
        add(tally, each, THREE)
        window = window_of(tally, each, THREE)
        if window and not answered(tally, ("r",), window, each, THREE):
            note(tally, ("r",), window, THREE)
            found.append(each.at)

    # The window from 3 on holds the three last: the period that began at 0 is over with the last.
    assert found == [2, 10 * MINUTE]


def test_a_late_record_brings_no_second_answer_for_the_same_entries() -> None:
    log = [entry(at) for at in (10, 11, 12)]
    tally = filled(THREE, *log)
    note(tally, ("r",), log, THREE)
    late = entry(9)
    add(tally, late, THREE)
    window = window_of(tally, late, THREE)

    assert window is not None
    assert answered(tally, ("r",), window, late, THREE)


def test_answers_are_told_apart_by_rule_and_key() -> None:
    log = [entry(at, key=7) for at in (0, 1, 2)]
    other = [entry(at, key=8) for at in (0, 1, 2)]
    tally = filled(THREE, *log, *other)
    note(tally, ("~trial",), log, THREE)

    assert answered(tally, ("r", "~trial"), log, log[-1], THREE)
    assert not answered(tally, ("r",), log, log[-1], THREE)
    assert not answered(tally, ("~trial",), other, other[-1], THREE)


def test_cases_are_bounded_and_those_of_old_windows_go() -> None:
    tally = Tally()
    for at in range(CASES_MAX + 5):
        note(tally, ("r",), [entry(at)], THREE)
    assert [case[0] for case in tally.cases] == list(range(5, CASES_MAX + 5))

    much_later = entry(CASES_MAX + 4 + THREE.reach_ms + THREE.within_ms)
    note(tally, ("r",), [much_later], THREE)

    assert tally.cases == [(much_later.at, much_later.at, "r", 0)]


def test_a_case_stays_that_a_late_record_may_still_fall_into() -> None:
    tally = Tally()
    for at in (0, THREE.reach_ms + THREE.within_ms - 1):
        note(tally, ("r",), [entry(at)], THREE)

    assert len(tally.cases) == 2


def test_a_window_that_has_entries_of_an_answered_one_brings_nothing() -> None:
    late, found = 10 * MINUTE - 1, []
    tally = Tally()
    for at in (0, late - 1, late, 10 * MINUTE + 1, 10 * MINUTE + 2, 10 * MINUTE + 3):
        counted = add(tally, entry(at), THREE) or []
        window = next(full_windows(counted, entry(at), THREE), None)
        if window and not answered(tally, ("r",), window, entry(at), THREE):
            note(tally, ("r",), window, THREE)
            found.append(at)

    assert found == [late, 10 * MINUTE + 3]


def test_evidence_names_the_newest_events_and_the_judged_one_last() -> None:
    log = [entry(at, name=f"e{at}") for at in range(40)]

    assert evidence(log[:3], "e1") == ("e0", "e2", "e1")
    assert evidence(log, "e39") == tuple(f"e{at}" for at in range(40 - NAMED_MAX, 40))


def test_evidence_leaves_out_ids_of_which_a_hash_is_known() -> None:
    long = "x" * (ID_KEPT_MAX + 1)
    log = [entry(0, name=long), entry(1, name="e1")]

    assert evidence(log, "e1") == ("e1",)
    assert evidence(log, long) == ("e1", long)


def test_the_fullest_tally_is_small() -> None:
    newest = 4_000_000_000_000
    tally = Tally()
    for at in range(newest, newest + 2 * ENTRIES_MAX):
        one = entry_of(f"{at:0>{ID_KEPT_MAX}}", at, f"p{at}", key=2**64 - at, n=100)
        add(tally, one, THREE)
        note(tally, ("=" + "r" * 40,), [one], THREE)

    assert len(msgspec.msgpack.encode(tally)) < 40_000
