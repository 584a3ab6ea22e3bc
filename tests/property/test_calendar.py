"""Local time and the calendar, against a walk through the clocks of 2026, minute by minute.

The walk knows the clocks from the zone's own data and keeps the latest time that they have shown:
what is past stays past when they are put back.
"""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

from schemas.calendar import Span, Year
from streams.calendar import (
    WEEKDAYS,
    Calendar,
    active_deadline,
    day_number,
    hours_hold,
    next_boundary,
    next_moment,
    offsets,
    quiet_period,
)
from streams.policy.years import read_years
from tests.strategies import MINUTE, local

FOLDER: Final = Path(__file__).parents[2] / "policies" / "calendar"
ZONES: Final = (
    "Asia/Shanghai",
    "Europe/Berlin",
    "America/New_York",
    "America/Havana",  # at midnight
    "Asia/Beirut",  # at midnight
    "Africa/Casablanca",  # in Ramadan
    "Australia/Lord_Howe",  # by half an hour
    "Pacific/Chatham",  # at quarters of an hour
)
BEGIN: Final = round(datetime(2025, 12, 28, tzinfo=UTC).timestamp()) // 60
END: Final = round(datetime(2027, 1, 8, tzinfo=UTC).timestamp()) // 60
"""The walk, in minutes: 2026 with a few days around it."""
ONE_MINUTE: Final = timedelta(minutes=1)
DAY: Final = 1_440


def china() -> tuple[Year, ...]:
    texts = {path.name: path.read_text("utf-8") for path in FOLDER.glob("china-*.yaml")}
    years = read_years(texts)
    assert isinstance(years, tuple), list(map(str, years))
    return years


TERMS: Final = (
    Span(name="春", first=date(2026, 3, 2), last=date(2026, 7, 3)),
    Span(name="秋", first=date(2026, 9, 1), last=date(2027, 1, 22)),
)
EXAMS: Final = (Span(name="期中", first=date(2026, 11, 9), last=date(2026, 11, 13)),)
YEARS: Final = china()
CALENDAR: Final = Calendar(YEARS, TERMS, EXAMS)
offsets_of = cache(offsets)
WORDS: Final = (
    *WEEKDAYS,
    *("weekdays", "weekends", "school_days", "days_off", "holidays", "term", "exams"),
)

minutes = (
    st.integers(0, DAY - 1)
    | st.sampled_from((0, 30, 90, 120, 150, 160, 180, 1_350, 1_380, 1_410))
    | st.integers(0, 200)
)
word_lists = st.lists(st.sampled_from(WORDS), max_size=3, unique=True)
zones = st.sampled_from(ZONES)


@cache
def changes() -> list[int]:
    """The minutes at which some zone changes its clocks in 2026."""
    found = set[int]()
    for zone in ZONES:
        info = ZoneInfo(zone)
        quarters = range(BEGIN + 4 * DAY, END - 20 * DAY, 15)
        walls = [datetime.fromtimestamp(minute * 60, info).utcoffset() for minute in quarters]
        found |= {
            quarter
            for quarter, before, after in zip(quarters[1:], walls, walls[1:], strict=False)
            if before != after
        }
    return sorted(found)


anywhere = st.integers(BEGIN + 4 * DAY, END - 20 * DAY)
near_a_change = st.builds(
    lambda pick, minute: changes()[pick % len(changes())] + minute,
    st.integers(0, 1_000),
    st.integers(-150, 150) | st.integers(-2 * DAY, 2 * DAY),
)
moments = st.builds(
    lambda minute, rest: minute * MINUTE + rest,
    anywhere | near_a_change | near_a_change,
    st.sampled_from((0, 0, 1, 59_999)),
)


@cache
def latest_shown(zone: str) -> Any:
    """For each minute of the walk, the latest local minute that the clocks have shown."""
    info = ZoneInfo(zone)
    quarters = range(BEGIN, END, 15)
    walls = [
        minute
        + round((datetime.fromtimestamp(minute * 60, info).utcoffset() or timedelta()) / ONE_MINUTE)
        for minute in quarters
    ]
    shown = np.repeat(np.array(walls), 15) + np.tile(np.arange(15), len(quarters))
    return np.maximum.accumulate(shown)


def dated(number: int) -> date:
    return date(1970, 1, 1) + timedelta(days=number)


def reached(zone: str, wall: int) -> int:
    """The minute at which the clocks first show a local minute, or are past it."""
    return BEGIN + int(np.searchsorted(latest_shown(zone), wall))


def walked(zone: str, at: int, start: int, end: int, words: list[str]) -> tuple[int, int] | None:
    """The period (minutes) that holds the minute `at`, by the walk."""
    length = (end - start) % DAY or DAY
    day, passed = divmod(int(latest_shown(zone)[at - BEGIN]) - start, DAY)
    if passed >= length or not CALENDAR.is_on(day, words):
        return None
    begin = day * DAY + start
    return reached(zone, begin), reached(zone, begin + length)


PAUSE: Final = 180
"""Two days' periods that leave less than this between them may touch where the clocks change, and
then it can't be said which of the two a moment is in."""


def assume_pause(start: int, end: int) -> None:
    """Leave periods out that last nearly the whole day."""
    assume(start != end and (end - start) % DAY <= DAY - PAUSE)


def assert_walked(zone: str, at: int, start: int, end: int, words: list[str]) -> None:
    walk = walked(zone, at // MINUTE, start, end, words)
    found = quiet_period(at, offsets_of(zone), start, end, CALENDAR.days(words))
    assert found == (walk and (walk[0] * MINUTE, walk[1] * MINUTE)), at


@settings(max_examples=250)
@given(zones, minutes, minutes, word_lists, moments)
def test_a_quiet_period_is_what_a_walk_finds_also_when_the_clocks_change(
    zone: str, start: int, end: int, words: list[str], at: int
) -> None:
    assume_pause(start, end)
    assert_walked(zone, at, start, end, words)


# Without shrinking: each example is a year, and the test above finds the small ones.
@settings(max_examples=8, phases=(Phase.generate,))
@given(zones, minutes, minutes, word_lists)
def test_a_quiet_period_is_what_a_walk_through_the_year_finds(
    zone: str, start: int, end: int, words: list[str]
) -> None:
    assume_pause(start, end)
    for minute in range(BEGIN + 4 * DAY, END - 7 * DAY, 13):
        assert_walked(zone, minute * MINUTE + 59_999, start, end, words)


@given(zones, minutes, minutes, word_lists, moments)
def test_hours_hold_within_their_period_alone(
    zone: str, start: int, end: int, words: list[str], at: int
) -> None:
    assume_pause(start, end)
    offset, days = offsets_of(zone), CALENDAR.days(words)
    period = quiet_period(at, offset, start, end, days)

    assert hours_hold(at, offset, start, end, days) is (period is not None)
    if period is not None:
        begin, close = period
        assert begin <= at < close
        assert quiet_period(begin, offset, start, end, days) == period
        assert quiet_period(close - 1, offset, start, end, days) == period
        for outside in (begin - 1, close):
            assert quiet_period(outside, offset, start, end, days) != period


@settings(max_examples=300)
@given(zones, st.integers(0, 6), minutes, moments)
def test_the_next_moment_is_the_least_that_the_walk_finds(
    zone: str, weekday: int, minute: int, at: int
) -> None:
    days = range(BEGIN // DAY, END // DAY)
    on = [day for day in days if dated(day).weekday() == weekday]
    walk = [reached(zone, day * DAY + minute) * MINUTE for day in on]

    found = next_moment(at, weekday, minute, offsets_of(zone))
    assert found == min(m for m in walk if m > at)
    assert next_moment(found, weekday, minute, offsets_of(zone)) == min(
        m for m in walk if m > found
    )


@settings(max_examples=300)
@given(zones, minutes, minutes, word_lists, moments)
def test_the_next_boundaries_are_the_least_that_the_walk_finds(
    zone: str, start: int, end: int, words: list[str], at: int
) -> None:
    length = (end - start) % DAY or DAY
    # The last periods' ends lie beyond the walk.
    begins = [day * DAY + start for day in range(BEGIN // DAY, END // DAY - 1)]
    on = [begin for begin in begins if CALENDAR.is_on(begin // DAY, words)]
    walk = [(reached(zone, begin), reached(zone, begin + length)) for begin in on]
    periods = [(begin * MINUTE, close * MINUTE) for begin, close in walk if begin < close]

    offset, days = offsets_of(zone), CALENDAR.days(words)

    found = next_boundary(at, offset, start, end, days)

    for boundary, side in ((found.begin, 0), (found.end, 1)):
        walk_finds = min((p[side] for p in periods if p[side] >= at), default=None)
        # What lies beyond the walk's end it can't say.
        if walk_finds is None:
            assert boundary is None or boundary >= (END - 2 * DAY) * MINUTE
        else:
            assert boundary == walk_finds
            assert next_boundary(walk_finds, offset, start, end, days)[side] == walk_finds


@settings(max_examples=200)
@given(zones, minutes, minutes, moments, st.integers(1, 5_000_000))
def test_a_clock_runs_up_when_a_walk_has_counted_its_minutes(
    zone: str, start: int, end: int, at: int, within: int
) -> None:
    offset, length = offsets_of(zone), (end - start) % DAY or DAY
    within = min(within, 5 * length * MINUTE)

    # The walk: each minute of the hours counts from its begin, the first from `at`.
    left, now = within, at
    while True:
        minute = now // MINUTE
        ends = (minute + 1) * MINUTE
        if walked(zone, minute, start, end, []) is not None:
            if left <= ends - now:
                break
            left -= ends - now
        now = ends

    deadline = active_deadline(at, within, start, end, offset)

    assert deadline == now + left


def test_each_word_holds_on_the_days_that_the_calendar_s_text_gives() -> None:
    for number in range(day_number(date(2025, 11, 1)), day_number(date(2028, 3, 1))):
        day = dated(number)
        is_holiday = any(s.first <= day <= s.last for year in YEARS for s in year.holidays)
        is_worked = any(day in year.workdays for year in YEARS)
        in_term = any(span.first <= day <= span.last for span in TERMS)
        at_work = is_worked or (day.weekday() < 5 and not is_holiday)
        expected = {
            ("mon", "tue", "wed", "thu", "fri", "sat", "sun")[day.weekday()],
            "weekdays" if day.weekday() < 5 else "weekends",
            "school_days" if in_term and at_work else "days_off",
            *(["holidays"] if is_holiday else []),
            *(["term"] if in_term else []),
            *(["exams"] if any(s.first <= day <= s.last for s in EXAMS) else []),
        }

        assert {word for word in WORDS if CALENDAR.is_on(number, [word])} == expected


@given(st.integers(-(10**12), 10**12), word_lists)
def test_any_number_is_a_day(number: int, words: list[str]) -> None:
    assert CALENDAR.is_on(number, words) is any(
        [not words, *(CALENDAR.is_on(number, [word]) for word in words)]
    )


@given(st.text())
def test_no_text_of_a_year_raises(text: str) -> None:
    assert read_years({"a.yaml": text}) is not None


LINES: Final = (
    "year: 2026",
    "year: [1]",
    "source: 通知",
    "announced: true",
    "announced: yes",
    "holidays:",
    "- {name: 元旦, from: 2026-01-01, to: 2026-01-03}",
    "- {name: 反, from: 2026-02-03, to: 2026-02-01}",
    "- {name: 远, from: 0001-01-01, to: 9999-12-31}",
    "- 2026-01-04",
    "workdays: [2026-01-04]",
    "workdays: []",
    "? [a]",
)


@given(st.lists(st.sampled_from(LINES), max_size=8))
def test_faults_stand_at_their_lines_and_years_are_whole(lines: list[str]) -> None:
    read = read_years({"a.yaml": "\n".join(lines)})

    if isinstance(read, list):
        assert read
        assert all(1 <= fault.line <= len(lines) + 1 and fault.column > 0 for fault in read)
    else:
        (year,) = read
        assert all(span.first <= span.last for span in year.holidays)
        assert all(day.weekday() >= 5 for day in year.workdays)


def test_a_walk_begins_where_the_tests_think() -> None:
    noon = local("12:00") // MINUTE

    assert int(latest_shown("Asia/Shanghai")[noon - BEGIN]) == noon + 8 * 60
