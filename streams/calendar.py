"""Local time: a zone's offset at a moment, periods of the local day, and the calendar's days.

A local day is known by its number: days since the local 1970-01-01.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import date, datetime
from functools import lru_cache, partial
from typing import Final, NamedTuple, get_args
from zoneinfo import ZoneInfo

from schemas.calendar import Span, Weekday, Year

DAY_MS: Final = 86_400_000
MINUTE_MS: Final = 60_000
HORIZON_DAYS: Final = 400
"""No search for a day looks further ahead: a word such as `exams` may hold on none."""
WEEKDAYS: Final[tuple[str, ...]] = get_args(Weekday)
"""From Monday, as weekdays are numbered."""

_QUARTER_MS: Final = 15 * MINUTE_MS
"""Zones change their offset at quarters of an hour only, so one answer serves a quarter."""
_LAST_QUARTER: Final = 253_402_128_000_000 // _QUARTER_MS
"""9999-12-30. A zone ahead of UTC has no later date that Python can name, but an event may."""
_EPOCH: Final = date(1970, 1, 1).toordinal()
_EPOCH_WEEKDAY: Final = date(1970, 1, 1).weekday()

Offset = Callable[[int], int]
"""A zone's offset from UTC (ms) at a time (ms)."""
Days = Callable[[int], bool]
"""Whether something holds on a local day."""


def offsets(timezone: str) -> Offset:
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


def day_number(day: date) -> int:
    """The number of a local day."""
    return day.toordinal() - _EPOCH


class Calendar:
    """Which words (`schemas.calendar.Day`) hold on a local day.

    * `mon` … `sun`, `weekdays` (Monday to Friday), `weekends`: by the week alone;
    * `holidays`: public holidays, weekends only where they are part of one;
    * `term`, `exams`: by the spans given;
    * `school_days`: Monday to Friday and days worked in exchange, but no public holidays; within a
      term, if terms are given;
    * `days_off`: all that are no `school_days`.

    Of a year that is not given, only the week is known. Total: any number is a day.
    """

    def __init__(
        self,
        years: Iterable[Year] = (),
        terms: Iterable[Span] = (),
        exams: Iterable[Span] = (),
    ) -> None:
        years = tuple(years)
        self._holidays = frozenset(_each_day(span for year in years for span in year.holidays))
        self._workdays = frozenset(day_number(day) for year in years for day in year.workdays)
        self._terms = frozenset(_each_day(terms))
        self._exams = frozenset(_each_day(exams))
        self._words: Callable[[int], frozenset[str]] = lru_cache(maxsize=4_096)(self._words_on)

    def is_on(self, day: int, words: Collection[str]) -> bool:
        """Whether one of the words holds on the day. Without words all days are meant: a rule that
        names none holds on each.
        """
        return not words or not self._words(day).isdisjoint(words)

    def days(self, words: Collection[str]) -> Days:
        """`is_on` of these words, for whoever asks about days alone."""
        return partial(self.is_on, words=tuple(words))

    def _words_on(self, day: int) -> frozenset[str]:
        weekday = (day + _EPOCH_WEEKDAY) % 7
        is_weekend = weekday >= WEEKDAYS.index("sat")
        in_term = day in self._terms
        works = day in self._workdays or (not is_weekend and day not in self._holidays)
        at_school = works and (in_term or not self._terms)
        holds = {
            "weekends" if is_weekend else "weekdays": True,
            "school_days" if at_school else "days_off": True,
            "holidays": day in self._holidays,
            "term": in_term,
            "exams": day in self._exams,
        }
        return frozenset([WEEKDAYS[weekday], *(word for word, is_so in holds.items() if is_so)])


def _each_day(spans: Iterable[Span]) -> Iterator[int]:
    for span in spans:
        yield from range(day_number(span.first), day_number(span.last) + 1)


class Boundaries(NamedTuple):
    """The next begin and the next end (ms); None where none comes within `HORIZON_DAYS`."""

    begin: int | None
    end: int | None


def quiet_period(
    at: int, offset: Offset, start: int, end: int, days: Days | None = None
) -> tuple[int, int] | None:
    """The quiet period that holds `at`, as (begin, end) in ms, or None.

    `offset` is the zone's (`offsets`); `start` (inclusive) and `end` (exclusive) are minutes of the
    local day; where `end` is not after `start` the period crosses midnight. It belongs to the local
    day on which it begins, and is none unless `days` (if given) hold on that one.

    A night in which the clocks change is one night: it begins and ends when the clocks first show
    its ends or are past them, whatever they show again in between.
    """
    steady = offset(at)
    wall = at + steady - start * MINUTE_MS
    day, passed = divmod(wall, DAY_MS)
    if offset(at - DAY_MS) == steady == offset(at + DAY_MS):
        begin, length = at - passed, _length(start, end)
        if passed >= length or not (days is None or days(day)):
            return None
        return begin, begin + length
    # The day's period has begun, and the next one's too where the clocks were put back over it.
    for near in (day, day + 1):
        begin, close = _period(near, offset, start, end)
        if begin <= at < close:
            return (begin, close) if days is None or days(near) else None
    return None


def hours_hold(at: int, offset: Offset, start: int, end: int, days: Days | None = None) -> bool:
    """Whether `at` is within hours of the local day, as `quiet_period` has them."""
    return quiet_period(at, offset, start, end, days) is not None


def next_boundary(
    at: int, offset: Offset, start: int, end: int, days: Days | None = None
) -> Boundaries:
    """When quiet periods, as `quiet_period` has them, next begin and end: the first such moments
    that are not before `at`.
    """
    ending: int | None = None
    for begin, close in _periods(at, offset, start, end, days):
        if ending is None and close >= at:
            ending = close
        if begin >= at:
            return Boundaries(begin, ending)
    return Boundaries(None, ending)


def next_moment(at: int, weekday: int, minute: int, offset: Offset) -> int:
    """The first moment after `at` when the local clocks show `minute` of a `weekday` (0: Monday).

    Once a week, also when the clocks change: a time that they show twice counts when it comes
    first, one that they leave out when they are past it.
    """
    today = local_day(at, offset(at))
    first = today + (weekday - today - _EPOCH_WEEKDAY) % 7
    moments = (_moment(day * DAY_MS + minute * MINUTE_MS, offset) for day in (first, first + 7))
    return next(moment for moment in moments if moment > at)


def active_deadline(
    at: int, within_ms: int, start: int, end: int, offset: Offset, days: Days | None = None
) -> int | None:
    """When a clock that was started at `at` has run `within_ms`, if it runs in such hours alone.

    Hours and `days` are as in `quiet_period`. None where it would not have run so long within
    `HORIZON_DAYS`.
    """
    left = within_ms
    for begin, close in _periods(at, offset, start, end, days):
        runs_from = max(at, begin)
        if close - runs_from >= left:
            return runs_from + left
        left -= max(0, close - runs_from)
    return None


def _periods(
    at: int, offset: Offset, start: int, end: int, days: Days | None
) -> Iterator[tuple[int, int]]:
    """The periods of the days from yesterday on, in order; some may be over before `at`."""
    today = local_day(at, offset(at))
    for day in range(today - 1, today + HORIZON_DAYS):
        if days is not None and not days(day):
            continue
        begin, close = _period(day, offset, start, end)
        # The clocks may leave a whole period out.
        if begin < close:
            yield begin, close


def _period(day: int, offset: Offset, start: int, end: int) -> tuple[int, int]:
    begin = day * DAY_MS + start * MINUTE_MS
    return _moment(begin, offset), _moment(begin + _length(start, end), offset)


def _length(start: int, end: int) -> int:
    """How long the clocks need from `start` to `end`: to the same time, a day."""
    return ((end - start) * MINUTE_MS - 1) % DAY_MS + 1


def _moment(wall: int, offset: Offset) -> int:
    """When the local clocks first show `wall` (ms since a local 1970), or are past it."""
    # No zone is a day from UTC, and none changes its clocks twice within two days.
    before, after = offset(wall - DAY_MS), offset(wall + DAY_MS)
    for candidate in (before, after):
        if offset(wall - candidate) == candidate:
            return wall - candidate
    # The clocks leave it out: they are put forward between the two.
    early, late = (wall - after) // _QUARTER_MS, (wall - before) // _QUARTER_MS
    while early < late:
        middle = (early + late) // 2
        if offset(middle * _QUARTER_MS) == before:
            early = middle + 1
        else:
            late = middle
    return early * _QUARTER_MS
