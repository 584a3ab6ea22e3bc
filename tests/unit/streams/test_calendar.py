"""Local time: offsets, days, quiet periods across midnight and across a change of the clocks."""

from datetime import date
from typing import get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest

from schemas.calendar import Day, Span, Year
from schemas.event import Millis
from streams.calendar import (
    WEEKDAYS,
    Calendar,
    active_deadline,
    day_number,
    hours_hold,
    local_day,
    next_boundary,
    next_moment,
    offsets,
    quiet_period,
)
from tests.strategies import DAY, HOUR, MINUTE, local

SHANGHAI = offsets("Asia/Shanghai")
BERLIN = offsets("Europe/Berlin")
NIGHT = (22 * 60, 6 * 60 + 30)
ZONE = ZoneInfo("Europe/Berlin")
"""On 29 March at 02:00 the clocks are put forward by an hour, on 25 October at 03:00 back."""
AUTUMN = Year(
    year=2026,
    announced=True,
    holidays=(Span(name="国庆节", first=date(2026, 10, 1), last=date(2026, 10, 7)),),
    workdays=(date(2026, 10, 10),),
)
TERM = Span(name="秋", first=date(2026, 9, 1), last=date(2027, 1, 22))


def test_a_zone_has_its_offset() -> None:
    assert SHANGHAI(local("12:00")) == 8 * HOUR


def test_an_unknown_zone_is_told() -> None:
    with pytest.raises(ZoneInfoNotFoundError):
        offsets("Mars/Olympus")


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Pacific/Kiritimati", "America/New_York"])
def test_every_time_that_an_event_may_have_has_an_offset(zone: str) -> None:
    bounds = get_args(Millis)[1]

    assert isinstance(offsets(zone)(bounds.le), int)
    assert isinstance(offsets(zone)(bounds.ge), int)


def test_a_local_day_begins_at_local_midnight() -> None:
    midnight = local("00:00", day=8)

    assert local_day(midnight, 8 * HOUR) == local_day(midnight - 1, 8 * HOUR) + 1


@pytest.mark.parametrize(
    ("clock", "inside"),
    [
        ("21:59:59.999", False),
        ("22:00:00.000", True),
        ("23:59:59.999", True),
        ("00:00", True),
        ("06:29:59.999", True),
        ("06:30:00.000", False),
        ("12:00", False),
    ],
)
def test_a_night_begins_with_its_first_moment_and_ends_before_its_last(
    clock: str, inside: bool
) -> None:
    assert (quiet_period(local(clock), SHANGHAI, *NIGHT) is not None) is inside


def test_both_sides_of_midnight_are_one_night() -> None:
    evening = quiet_period(local("23:00", day=7), SHANGHAI, *NIGHT)
    morning = quiet_period(local("05:00", day=8), SHANGHAI, *NIGHT)

    assert evening == morning == (local("22:00", day=7), local("06:30", day=8))


def test_a_midday_rest_does_not_cross_midnight() -> None:
    rest = (13 * 60, 14 * 60 + 30)

    assert quiet_period(local("13:00"), SHANGHAI, *rest) == (local("13:00"), local("14:30"))
    assert quiet_period(local("14:30"), SHANGHAI, *rest) is None
    assert quiet_period(local("02:00"), SHANGHAI, *rest) is None


def test_a_night_in_which_the_clocks_change_is_one_night() -> None:
    begin = local("22:00", day=24, month=10, zone=ZONE)
    end = local("06:30", day=25, month=10, zone=ZONE)
    assert end - begin == 9 * HOUR + 30 * MINUTE

    periods = {quiet_period(at, BERLIN, *NIGHT) for at in range(begin, end, 15 * MINUTE)}

    assert periods == {(begin, end)}
    assert quiet_period(end, BERLIN, *NIGHT) is None


def test_a_night_that_has_begun_goes_on_when_the_clocks_are_put_back_before_its_begin() -> None:
    begin = local("02:30", day=25, month=10, zone=ZONE)
    again = begin + 40 * MINUTE  # 02:10 for the second time

    for days in (None, lambda day: day == day_number(date(2026, 10, 25))):
        period = quiet_period(again, BERLIN, 150, 300, days)
        assert period == (begin, begin + 3 * HOUR + 30 * MINUTE)
    assert quiet_period(again, BERLIN, 150, 300, lambda day: day % 7 == 2) is None


def test_a_night_that_is_over_stays_over_when_the_clocks_are_put_back_before_its_end() -> None:
    end = local("02:30", day=25, month=10, zone=ZONE)

    assert quiet_period(end - 1, BERLIN, 22 * 60, 150) is not None
    assert quiet_period(end + 40 * MINUTE, BERLIN, 22 * 60, 150) is None


def test_a_rest_that_the_clocks_leave_out_is_none() -> None:
    forward = local("03:00", day=29, month=3, zone=ZONE)

    assert quiet_period(forward, BERLIN, 130, 160) is None
    boundary = next_boundary(forward - HOUR, BERLIN, 130, 160)
    assert boundary.begin == local("02:10", day=30, month=3, zone=ZONE)
    assert quiet_period(forward, BERLIN, 130, 190) == (forward, forward + 10 * MINUTE)


def test_a_day_that_a_zone_left_out_is_none() -> None:
    # Samoa went from Thursday, 29 December 2011, straight to Saturday.
    apia, saturday = offsets("Pacific/Apia"), 1_325_239_200_000

    assert quiet_period(saturday, apia, *NIGHT) == (saturday, saturday + 6 * HOUR + 30 * MINUTE)
    assert next_moment(saturday - HOUR, WEEKDAYS.index("fri"), 20 * 60, apia) == saturday
    assert next_moment(saturday, WEEKDAYS.index("fri"), 20 * 60, apia) > saturday + 6 * DAY


def test_a_night_belongs_to_the_day_on_which_it_begins() -> None:
    # 11 September 2026 is a Friday.
    fridays = Calendar().days(["fri"])

    night = (local("22:00", day=11), local("06:30", day=12))
    assert quiet_period(local("23:00", day=11), SHANGHAI, *NIGHT, fridays) == night
    assert quiet_period(local("05:00", day=12), SHANGHAI, *NIGHT, fridays) == night
    assert quiet_period(local("05:00", day=11), SHANGHAI, *NIGHT, fridays) is None
    assert quiet_period(local("23:00", day=12), SHANGHAI, *NIGHT, fridays) is None


def test_hours_of_weekdays_begin_with_their_first_moment_and_end_before_their_last() -> None:
    weekdays = Calendar().days(["weekdays"])

    def at_work(clock: str, day: int) -> bool:
        return hours_hold(local(clock, day=day), SHANGHAI, 8 * 60, 17 * 60, weekdays)

    assert at_work("08:00:00.000", 11)
    assert not at_work("07:59:59.999", 11)
    assert at_work("16:59:59.999", 11)
    assert not at_work("17:00:00.000", 11)
    assert not at_work("12:00", 12)


def test_every_word_for_days_holds_on_some_day() -> None:
    exams = Span(name="期末", first=date(2027, 1, 11), last=date(2027, 1, 15))
    calendar = Calendar([AUTUMN], [TERM], [exams])
    days = range(day_number(TERM.first), day_number(TERM.last) + 1)

    assert {word for word in get_args(Day) if any(calendar.is_on(day, [word]) for day in days)} == {
        *get_args(Day)
    }


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 9, 30), {"wed", "weekdays", "school_days", "term"}),
        (date(2026, 10, 1), {"thu", "weekdays", "days_off", "holidays", "term"}),
        (date(2026, 10, 4), {"sun", "weekends", "days_off", "holidays", "term"}),
        (date(2026, 10, 10), {"sat", "weekends", "school_days", "term"}),
        (date(2026, 10, 11), {"sun", "weekends", "days_off", "term"}),
        (date(2027, 1, 22), {"fri", "weekdays", "school_days", "term"}),
        (date(2027, 1, 25), {"mon", "weekdays", "days_off"}),
    ],
)
def test_a_day_has_its_words(day: date, words: set[str]) -> None:
    calendar, number = Calendar([AUTUMN], [TERM]), day_number(day)

    assert {word for word in get_args(Day) if calendar.is_on(number, [word])} == words


def test_a_school_without_terms_goes_by_the_week_and_the_holidays() -> None:
    calendar = Calendar([AUTUMN])

    assert calendar.is_on(day_number(date(2026, 8, 3)), ["school_days"])
    assert calendar.is_on(day_number(date(2026, 10, 10)), ["school_days"])
    assert calendar.is_on(day_number(date(2026, 10, 2)), ["days_off"])


def test_of_a_year_that_is_not_given_only_the_week_is_known() -> None:
    calendar = Calendar([AUTUMN])

    assert calendar.is_on(day_number(date(2031, 10, 1)), ["school_days"])
    assert not calendar.is_on(day_number(date(2031, 10, 1)), ["holidays"])


def test_one_of_several_words_is_enough_and_none_means_every_day() -> None:
    calendar, saturday = Calendar(), day_number(date(2026, 9, 12))

    assert calendar.is_on(saturday, ["mon", "sat"])
    assert not calendar.is_on(saturday, ["mon", "sun"])
    assert calendar.is_on(saturday, [])


def test_the_week_s_report_comes_each_sunday_at_its_time() -> None:
    sunday = local("20:00", day=13)

    assert next_moment(local("20:00", day=7), WEEKDAYS.index("sun"), 20 * 60, SHANGHAI) == sunday
    assert next_moment(sunday - 1, WEEKDAYS.index("sun"), 20 * 60, SHANGHAI) == sunday
    assert next_moment(sunday, WEEKDAYS.index("sun"), 20 * 60, SHANGHAI) == sunday + 7 * DAY


def test_the_week_s_report_comes_once_when_the_clocks_show_its_time_twice() -> None:
    first = local("02:30", day=25, month=10, zone=ZONE)
    sunday = WEEKDAYS.index("sun")

    assert next_moment(first - 1, sunday, 150, BERLIN) == first
    assert next_moment(first, sunday, 150, BERLIN) == first + 7 * DAY + HOUR


def test_a_group_s_mute_begins_and_ends_with_the_night() -> None:
    begin, end = local("22:00", day=7), local("06:30", day=8)

    assert next_boundary(local("12:00"), SHANGHAI, *NIGHT) == (begin, end)
    assert next_boundary(begin, SHANGHAI, *NIGHT) == (begin, end)
    assert next_boundary(begin + 1, SHANGHAI, *NIGHT) == (begin + DAY, end)
    assert next_boundary(end, SHANGHAI, *NIGHT) == (begin + DAY, end)
    assert next_boundary(end + 1, SHANGHAI, *NIGHT) == (begin + DAY, end + DAY)


def test_no_boundary_is_searched_for_ever() -> None:
    exams = Calendar().days(["exams"])

    assert next_boundary(local("12:00"), SHANGHAI, *NIGHT, exams) == (None, None)
    assert active_deadline(local("12:00"), 1, *NIGHT, SHANGHAI, exams) is None


@pytest.mark.parametrize(
    ("started", "up"),
    [
        ("12:00", ("12:20", 7)),
        ("22:40", ("23:00", 7)),
        ("22:50", ("06:10", 8)),
        ("23:30", ("06:20", 8)),
        ("05:59:59.999", ("06:20", 7)),
    ],
)
def test_a_clock_of_twenty_minutes_stands_still_at_night(started: str, up: tuple[str, int]) -> None:
    deadline = active_deadline(local(started), 20 * MINUTE, 6 * 60, 23 * 60, SHANGHAI)

    assert deadline == local(up[0], day=up[1])


def test_a_clock_may_run_on_some_days_alone() -> None:
    weekdays = Calendar().days(["weekdays"])
    friday = local("16:50", day=11)

    deadline = active_deadline(friday, 20 * MINUTE, 8 * 60, 17 * 60, SHANGHAI, weekdays)

    assert deadline == local("08:10", day=14)


@pytest.mark.parametrize("at", [0, get_args(Millis)[1].le])
def test_every_time_that_an_event_may_have_has_its_periods(at: int) -> None:
    for zone in (SHANGHAI, BERLIN, offsets("Pacific/Kiritimati")):
        assert hours_hold(at, zone, 0, 0)
        assert next_moment(at, 6, 0, zone) > at
        assert next_boundary(at, zone, *NIGHT).begin is not None
        assert active_deadline(at, HOUR, *NIGHT, zone) is not None
