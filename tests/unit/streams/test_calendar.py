"""Local time: offsets, days, quiet periods across midnight and across a change of the clocks."""

from typing import get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest

from schemas.event import Millis
from streams.calendar import local_day, offsets, quiet_period
from tests.strategies import HOUR, MINUTE, local

SHANGHAI = offsets("Asia/Shanghai")
BERLIN = offsets("Europe/Berlin")
NIGHT = (22 * 60, 6 * 60 + 30)


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
    # On 25 October at 03:00 the clocks of Berlin go back by an hour.
    berlin = ZoneInfo("Europe/Berlin")
    begin = local("22:00", day=24, month=10, zone=berlin)
    end = local("06:30", day=25, month=10, zone=berlin)
    assert end - begin == 9 * HOUR + 30 * MINUTE

    periods = {quiet_period(at, BERLIN, *NIGHT) for at in range(begin, end, 15 * MINUTE)}

    assert periods == {(begin, end)}
    assert quiet_period(end, BERLIN, *NIGHT) is None
