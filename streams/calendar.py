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


def offsets(timezone: str) -> Callable[[int], int]:
    """The zone's offset from UTC in milliseconds, as a function of a time (ms).

    Raises `zoneinfo.ZoneInfoNotFoundError` for a zone that the installed tz data does not know.
    """
    zone = ZoneInfo(timezone)

    @lru_cache(maxsize=4_096)
    def offset_of_quarter(quarter: int) -> int:
        moment = datetime.fromtimestamp(quarter * _QUARTER_MS / 1000, zone)
        offset = moment.utcoffset()
        return 0 if offset is None else round(offset.total_seconds() * 1000)

    return lambda at: offset_of_quarter(at // _QUARTER_MS)


def local_day(at: int, offset: int) -> int:
    """The number of the local day that holds `at`."""
    return (at + offset) // DAY_MS


def quiet_period(at: int, offset: int, start: int, end: int) -> tuple[int, int] | None:
    """The quiet period that holds `at`, as (begin, end) in ms, or None.

    `start` (inclusive) and `end` (exclusive) are minutes of the local day; where `end` is not
    after `start` the period crosses midnight.
    """
    midnight = local_day(at, offset) * DAY_MS - offset
    passed = at - midnight
    begin, close = start * MINUTE_MS, end * MINUTE_MS
    if start < end:
        return (midnight + begin, midnight + close) if begin <= passed < close else None
    if passed >= begin:
        return midnight + begin, midnight + close + DAY_MS
    if passed < close:
        return midnight + begin - DAY_MS, midnight + close
    return None
