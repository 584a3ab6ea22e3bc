"""A district's events of past school days, in order of arrival, with what is wrong in each."""

import heapq
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, Final

from streams.simulate.day import HOUR, MINUTE, OPENS, GroupDay, Record
from streams.simulate.dice import Dice
from streams.simulate.people import MEMBERS_MIN, ClassGroup, make_class
from streams.simulate.texts import load_texts

Pair = tuple[dict[str, Any], dict[str, Any]]
"""An event as the wire contract has it, and its truth: `id`, `group_id`, `wrong` (labels of the
taxonomy, `flood_repeat`, `flood_rate`, `quiet_hours`; empty where all is well) and `role`."""

FIRST_DAY: Final = date(2025, 9, 1)
"""A Monday; far enough back that a year of school days lies in the past."""
SCHOOL_DAY: Final = date(2026, 9, 8)

_DAY: Final = 24 * HOUR
_EAST: Final = 8 * HOUR
"""China has had one time and no summer time for long: a fixed distance from UTC will do."""
_TICK_EVERY: Final = MINUTE
_TICK_BACK: Final = 15_000
"""Ticks are dated back by so much, that they do not overtake messages on their way."""


def simulate(
    groups: int,
    members: int,
    days: int,
    messages: int = 20,
    seed: int = 0,
    ticks: bool = False,
    first_day: date = FIRST_DAY,
) -> Iterator[Pair]:
    """Events of `days` school days in a district, in order of arrival, each with its truth.

    Each group sends its roster on the first day and `messages` messages a day. A few events come
    twice or some seconds late. The same arguments give the same events on every machine; a
    group's own do not depend on how many others there are. One day is held in memory.

    Raises `ValueError` for fewer than MEMBERS_MIN members or a negative count.
    """
    if members < MEMBERS_MIN:
        raise ValueError(f"a group needs at least {MEMBERS_MIN} members, not {members}")
    if min(groups, days, messages) < 0:
        raise ValueError("groups, days and messages can't be negative")
    classes = [make_class(seed, number, members) for number in range(groups)]
    for day in range(days):
        midnight = _midnight(_school_day(first_day, day))
        records = _day(classes, seed, day, midnight, messages)
        beats = _ticks(midnight) if ticks else ()
        for record in heapq.merge(records, beats, key=_arrival):
            yield record.event, record.truth


def school_day(
    groups: int = 40,
    members: int = 45,
    messages: int = 100,
    seed: int = 0,
    ticks: bool = False,
) -> Iterator[Pair]:
    """One past school day, from 06:30 to 22:30 in the district's time."""
    end = _midnight(SCHOOL_DAY) + 22 * HOUR + 30 * MINUTE
    for event, truth in simulate(groups, members, 1, messages, seed, ticks, SCHOOL_DAY):
        if event["sent_at"] <= end:
            yield event, truth


def _day(
    classes: list[ClassGroup], seed: int, day: int, midnight: int, messages: int
) -> list[Record]:
    texts = load_texts()
    records: list[Record] = []
    for number, group in enumerate(classes):
        diary = GroupDay(group, texts, Dice("day", seed, number, day), midnight, f"d{day}")
        if day == 0:
            diary.roster()
        diary.write(messages)
        records += diary.records
    # Sorting is stable: what arrives in the same millisecond stays in the order of the groups.
    return sorted(records, key=_arrival)


def _ticks(midnight: int) -> Iterator[Record]:
    for at in range(midnight + OPENS, midnight + _DAY, _TICK_EVERY):
        event = {
            "id": f"tick-{at}",
            "kind": "tick",
            "platform": "*",
            "group_id": "*",
            "sent_at": at,
        }
        yield Record(
            at + _TICK_BACK, event, {"id": event["id"], "group_id": "*", "wrong": [], "role": ""}
        )


def _arrival(record: Record) -> int:
    return record.arrives_at


def _school_day(first: date, number: int) -> date:
    """The school day of this number, Saturdays and Sundays aside."""
    start = first + timedelta(days=max(0, 7 - first.weekday()) if first.weekday() > 4 else 0)
    weeks, rest = divmod(start.weekday() + number, 5)
    return start - timedelta(days=start.weekday()) + timedelta(weeks=weeks, days=rest)


def _midnight(day: date) -> int:
    return (day.toordinal() - date(1970, 1, 1).toordinal()) * _DAY - _EAST
