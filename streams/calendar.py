"""Local time: a zone's offset at a moment, minutes of the local day, quiet periods."""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

DAY_MS: Final = 86_400_000
MINUTE_MS: Final = 60_000
_QUARTER_MS: Final = 15 * MINUTE_MS
"""Zones change their offset at quarters of an hour only, so one answer serves a quarter."""
_LAST_QUARTER: Final = 253_402_128_000_000 // _QUARTER_MS
"""9999-12-30. A zone ahead of UTC has no later date that Python can name, but an event may."""


def offsets(timezone: str) -> Callable[[int], int]:
    """The zone's offset from UTC in milliseconds, as a function of a time (ms).

    Raises `zoneinfo.ZoneInfoNotFoundError` for a zone that the installed tz data does not know.
    """
    zone = ZoneInfo(timezone)

    @lru_cache(maxsize=4_096)
    def offset_of_quarter(quarter: int) -> int:
        seconds = min(quarter, _LAST_QUARTER) * _QUARTER_MS / 1000
        moment = datetime.fromtimestamp(seconds, zone)
        offset = moment.utcoffset()
        return 0 if offset is None else round(offset.total_seconds() * 1000)

    return lambda at: offset_of_quarter(at // _QUARTER_MS)


def local_day(at: int, offset: int) -> int:
    """The number of the local day that holds `at`."""
    return (at + offset) // DAY_MS


def quiet_period(
    at: int, offset: Callable[[int], int], start: int, end: int
) -> tuple[int, int] | None:
    """The quiet period that holds `at`, as (begin, end) in ms, or None.

    `offset` is the zone's (`offsets`); `start` (inclusive) and `end` (exclusive) are minutes of the
    local day; where `end` is not after `start` the period crosses midnight. A night in which the
    clocks change is one night: both ends are the wall clock's.
    """
    day, passed = divmod(at + offset(at), DAY_MS)
    begin, close = start * MINUTE_MS, end * MINUTE_MS
    if start < end:
        if not begin <= passed < close:
            return None
    elif passed >= begin:
        close += DAY_MS
    elif passed < close:
        begin -= DAY_MS
    else:
        return None
    return _moment(day * DAY_MS + begin, offset), _moment(day * DAY_MS + close, offset)


def _moment(wall: int, offset: Callable[[int], int]) -> int:
    """When the local clocks show `wall` (ms since a local 1970)."""
    return wall - offset(wall - offset(wall))
