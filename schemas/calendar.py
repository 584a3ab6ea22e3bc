"""What a calendar is: years of public holidays, and spans of days such as terms and exam weeks.

Days are written as ISO dates, in YAML and in a published pack alike: a person reads them, and the
same day has one spelling only, so equal calendars are equal bytes.
"""

from datetime import date
from typing import Final, Literal

from msgspec import Struct, field

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Day = Literal[
    Weekday, "weekdays", "weekends", "school_days", "days_off", "holidays", "term", "exams"
]
"""A word for days; `streams.calendar.Calendar` says which days each one holds on."""

YEAR_WORDS: Final = frozenset({"school_days", "days_off", "holidays"})
"""The words that mean nothing without the years' data; the others follow from the week or the
pack's own spans.
"""


class Span(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Local days from `first` to `last`, both included."""

    name: str
    first: date = field(name="from")
    last: date = field(name="to")


class Year(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One year's public holidays, and the Saturdays and Sundays that are worked in exchange.

    `announced`: the arrangement is published. Until it is, only the statutory days are known:
    neither what is worked in exchange nor which days between are free. Both lists are in the
    order of their days and hold no day twice.
    """

    year: int
    announced: bool
    holidays: tuple[Span, ...]
    workdays: tuple[date, ...] = ()
