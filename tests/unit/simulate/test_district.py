"""The simulated district: the same everywhere, in order, true to the wire contract."""

import hashlib
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import msgspec
import pytest

from schemas.event import Rejected, decode_event
from streams.simulate import Pair, school_day, simulate
from streams.simulate.dice import Dice
from streams.text import LABELS, fold

SEEN = {"flood_repeat", "flood_rate", "quiet_hours"}


@pytest.fixture(scope="module")
def day() -> list[Pair]:
    return list(simulate(groups=60, members=30, days=1, messages=60, seed=7))


def digest(pairs: list[Pair]) -> str:
    return hashlib.sha256(b"\n".join(map(msgspec.json.encode, pairs))).hexdigest()


def messages(pairs: list[Pair]) -> dict[tuple[str, str], Pair]:
    """The messages, each once."""
    return {
        (event["group_id"], event["id"]): (event, truth)
        for event, truth in pairs
        if event["kind"] == "message"
    }


def test_the_same_seed_gives_the_same_bytes_and_another_gives_others() -> None:
    first, again, other = (list(simulate(3, 20, 2, seed=seed)) for seed in (1, 1, 2))

    assert digest(first) == digest(again)
    assert digest(first) != digest(other)


def test_the_throws_are_the_same_on_every_python() -> None:
    dice = Dice("day", 7, "x")

    assert [dice.below(1000) for _ in range(6)] == [921, 759, 186, 475, 449, 176]


def test_a_group_s_events_do_not_depend_on_how_many_groups_there_are() -> None:
    alone = [event for event, _ in simulate(1, 20, 1)]
    among = [event for event, _ in simulate(5, 20, 1) if event["group_id"] == "class-00000"]

    assert alone == among


def test_every_event_is_one_of_the_wire_contract(day: list[Pair]) -> None:
    for event, _ in day:
        decoded = decode_event(msgspec.json.encode(event))

        assert not isinstance(decoded, Rejected), decoded
        assert msgspec.to_builtins(decoded).keys() <= event.keys()


def test_events_arrive_by_the_clock_but_for_a_few_late_by_seconds(day: list[Pair]) -> None:
    times = [event["sent_at"] for event, _ in day]
    steps = [later - earlier for earlier, later in pairwise(times)]

    assert all(step > -15_000 for step in steps)
    assert 0 < sum(step < 0 for step in steps) < len(steps) * 0.1


def test_every_group_begins_with_its_roster_and_writes_what_was_asked_for(day: list[Pair]) -> None:
    first: dict[str, Any] = {}
    for event, _ in day:
        first.setdefault(event["group_id"], event)
    counts = Counter(group for group, _ in messages(day))

    assert {event["kind"] for event in first.values()} == {"roster"}
    assert [line["role"] for line in first["class-00000"]["roster"]][:2] == [
        "head_teacher",
        "teacher",
    ]
    assert len(first["class-00000"]["roster"]) == 30
    assert set(counts.values()) == {60}
    assert len(counts) == 60


def test_an_id_is_used_again_for_the_same_event_alone(day: list[Pair]) -> None:
    known: dict[tuple[str, str], dict[str, object]] = {}
    twice = 0
    for event, _ in day:
        key = (event["group_id"], event["id"])
        twice += key in known
        assert known.setdefault(key, event) == event

    assert 0 < twice < len(day) * 0.05


def test_the_truth_names_its_event_and_only_labels_that_there_are(day: list[Pair]) -> None:
    for event, truth in day:
        assert truth["id"] == event["id"]
        assert truth["group_id"] == event["group_id"]
        assert set(truth["wrong"]) <= set(LABELS) | SEEN
        assert not truth["wrong"] or event["kind"] in ("message", "edit")


def test_a_day_has_trouble_of_every_sort_at_a_modest_rate(day: list[Pair]) -> None:
    found = messages(day)
    wrong = Counter(label for _, truth in found.values() for label in truth["wrong"])
    kinds = Counter(event["kind"] for event, _ in day)

    assert wrong.keys() >= SEEN | {"ad", "red_packet", "vote_canvass", "abuse", "link_external"}
    assert wrong.keys() & {"porn", "gambling", "fraud", "illegal"}
    assert 0.02 < sum(1 for _, truth in found.values() if truth["wrong"]) / len(found) < 0.15
    assert kinds.keys() == {"roster", "message", "edit", "recall", "join", "rename"}


def test_a_flood_is_what_the_covenants_call_one(day: list[Pair]) -> None:
    mine: dict[tuple[str, str], list[Pair]] = {}
    for event, truth in messages(day).values():
        mine.setdefault((event["group_id"], event["member_id"]), []).append((event, truth))
    for said in mine.values():
        said.sort(key=lambda pair: pair[0]["sent_at"])
        for place, (event, truth) in enumerate(said):
            if "flood_repeat" in truth["wrong"]:
                three = [earlier for earlier, _ in said[place - 2 : place + 1]]
                assert len({fold(each["text"]) for each in three}) == 1
                assert three[2]["sent_at"] - three[0]["sent_at"] < 60_000
            if "flood_rate" in truth["wrong"]:
                assert event["sent_at"] - said[place - 9][0]["sent_at"] < 60_000


def test_quiet_hours_are_broken_by_those_who_write_after_ten_and_are_no_staff(
    day: list[Pair],
) -> None:
    for event, truth in messages(day).values():
        local = datetime.fromtimestamp(event["sent_at"] / 1000, UTC) + timedelta(hours=8)
        late = local.hour >= 22 and truth["role"] not in ("head_teacher", "teacher")
        assert ("quiet_hours" in truth["wrong"]) == late
        assert (local.hour, local.minute) >= (6, 30)


def test_thanks_follow_a_notice_from_different_members_and_are_no_trouble(day: list[Pair]) -> None:
    thanked = Counter(
        (event["group_id"], event["reply_to"], event["member_id"])
        for event, truth in messages(day).values()
        if "reply_to" in event
    )

    assert thanked
    assert set(thanked.values()) == {1}


def test_school_days_skip_the_weekend() -> None:
    friday = date(2026, 9, 4)
    days = {
        (datetime.fromtimestamp(event["sent_at"] / 1000, UTC) + timedelta(hours=8)).date()
        for event, _ in simulate(1, 20, 3, first_day=friday)
    }

    assert days == {date(2026, 9, 4), date(2026, 9, 7), date(2026, 9, 8)}


def test_ticks_come_once_a_minute_fifteen_seconds_behind() -> None:
    arrived = list(simulate(2, 20, 1, ticks=True))
    ticks = [event for event, _ in arrived if event["kind"] == "tick"]
    gaps = {later["sent_at"] - earlier["sent_at"] for earlier, later in pairwise(ticks)}

    assert gaps == {60_000}
    assert {event["group_id"] for event in ticks} == {"*"}
    assert not any(event["kind"] == "tick" for event, _ in simulate(2, 20, 1))


def test_the_school_day_ends_at_half_past_ten() -> None:
    day = list(school_day(groups=3, members=20, messages=200))
    times = [
        datetime.fromtimestamp(event["sent_at"] / 1000, UTC) + timedelta(hours=8)
        for event, _ in day
    ]

    assert {at.date() for at in times} == {date(2026, 9, 8)}
    assert min(times).strftime("%H:%M") == "06:30"
    assert max(times).strftime("%H:%M") <= "22:30"


def test_too_small_a_group_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 8 members, not 4"):
        next(simulate(1, 4, 1))
    with pytest.raises(ValueError, match="negative"):
        next(simulate(-1, 20, 1))


def test_nothing_is_asked_for_and_nothing_comes() -> None:
    assert list(simulate(0, 20, 3)) == []
    assert [event["kind"] for event, _ in simulate(1, 20, 1, messages=0)] == ["roster"]
