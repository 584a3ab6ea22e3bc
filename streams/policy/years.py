"""The calendar's years, a file a year: read strictly, and what a pack lacks of them.

Only texts come in and only the caller knows today's date, so that a pack is checked alike on every
machine. The years that a pack needs become part of it: a corrected calendar is another pack.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from typing import Final, NamedTuple

import yaml

from schemas.calendar import YEAR_WORDS, Span, Year
from streams.policy.fault import FAULTS_MAX, Enough, Fault, Faults, Mark, hint, shown
from streams.policy.nodes import compose, mark_of

NAME_MAX: Final = 64
SOURCE_MAX: Final = 200

_KEYS: Final = ("year", "source", "announced", "holidays", "workdays")
_SPAN_KEYS: Final = ("name", "from", "to")
_TAG: Final = "tag:yaml.org,2002:"
_YEAR: Final = re.compile(r"(?:19[7-9]|2[0-9]{2})[0-9]")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")


class Years(NamedTuple):
    """The years of the calendar that are at hand, and the day on which a pack is read."""

    today: date
    known: tuple[Year, ...]


def read_years(texts: Mapping[str, str]) -> tuple[Year, ...] | list[Fault]:
    """The years that YAML texts describe, in their order, or all that is wrong with them.

    `texts`: the text of each file by its name, which the faults begin with. Total: no text raises.
    At most `FAULTS_MAX` faults are given, in the order of the names and of the texts.
    """
    years: dict[int, Year] = {}
    sources: dict[int, str] = {}
    found: list[Fault] = []
    for source in sorted(texts):
        reading = _Reading(source, sources)
        year = reading.read(texts[source])
        if year is None:
            found += sorted(reading.faults.found, key=lambda fault: (fault.line, fault.column))
        else:
            years[year.year] = year
    return found[:FAULTS_MAX] if found else tuple(years[number] for number in sorted(years))


def years_needed(words: Collection[str], today: date) -> tuple[int, ...]:
    """The years that a pack with these words for days must carry: this one and the next."""
    return () if YEAR_WORDS.isdisjoint(words) else (today.year, today.year + 1)


def missing_years(
    calendar: str, years: Iterable[Year], words: Collection[str], today: date
) -> list[str]:
    """A fault's words for each year that the words need and the calendar (`china`) lacks."""
    known = {year.year for year in years}
    word = min(YEAR_WORDS.intersection(words), default="")
    return [
        f"`{word}` needs {number}, which the calendar {calendar} lacks; write "
        f"policies/calendar/{calendar}-{number}.yaml as docs/calendar.md says"
        for number in years_needed(words, today)
        if number not in known
    ]


def unannounced_years(
    calendar: str, years: Iterable[Year], words: Collection[str], today: date
) -> list[str]:
    """A warning's words for each year that the words need and of which too little is known yet."""
    needed = years_needed(words, today)
    return [
        f"{year.year} is not announced in the calendar {calendar}: days worked in exchange and "
        f"further days off are unknown; complete policies/calendar/{calendar}-{year.year}.yaml "
        "when the arrangement is published"
        for year in sorted(years, key=lambda each: each.year)
        if year.year in needed and not year.announced
    ]


class _Reading:
    """The reading of one file. Each part gives None for what is wrong and is noted."""

    def __init__(self, source: str, sources: dict[int, str]) -> None:
        self.faults = Faults(source)
        self._source = source
        self._sources = sources
        self._year: int | None = None
        self._taken: dict[date, Mark] = {}

    def read(self, text: str) -> Year | None:
        try:
            year = self._file(text)
        except Enough:
            return None
        return None if self.faults.found else year

    def _file(self, text: str) -> Year | None:
        root = compose(text, self.faults)
        if root is None:
            return None
        nodes = self._mapping(root, _KEYS)
        # First of all, wherever it stands: the days are held against it.
        self._year = self._number(nodes["year"]) if "year" in nodes else None
        if "source" in nodes:
            self._text(nodes["source"], SOURCE_MAX)
        announced = self._switch(nodes["announced"]) if "announced" in nodes else None
        holidays = self._holidays(nodes["holidays"]) if "holidays" in nodes else []
        workdays = self._workdays(nodes["workdays"]) if "workdays" in nodes else []
        if self._year is None or announced is None:
            return None
        return Year(
            year=self._year,
            announced=announced,
            holidays=tuple(sorted(holidays, key=lambda span: span.first)),
            workdays=tuple(sorted(workdays)),
        )

    def _mapping(self, node: yaml.Node, known: Collection[str]) -> dict[str, yaml.Node]:
        """The values by their keys; strange, repeated and missing keys are noted."""
        mark = mark_of(node.start_mark)
        if not isinstance(node, yaml.MappingNode):
            self.faults.at(mark, f"here belongs a mapping with the keys {', '.join(known)}")
            return {}
        values: dict[str, yaml.Node] = {}
        for key_node, value in node.value:
            key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else ""
            place = mark_of(key_node.start_mark)
            if key not in known:
                self.faults.at(place, f"unknown key {shown(key)}{hint(key, known)}")
            elif key in values:
                self.faults.at(place, f"the key {shown(key)} stands here already; keep one")
            else:
                values[key] = value
        for key in known:
            if key not in values:
                self.faults.at(mark, f"the key `{key}` is missing")
        return values

    def _items(self, node: yaml.Node) -> list[yaml.Node]:
        if isinstance(node, yaml.SequenceNode):
            return list(node.value)
        message = "here belongs a list: [a, b], or a line with `- ` for each"
        self.faults.at(mark_of(node.start_mark), message)
        return []

    def _scalar(self, node: yaml.Node, what: str, *tags: str) -> str | None:
        """The text of a scalar with one of the tags (`str`, `int`, …)."""
        if not isinstance(node, yaml.ScalarNode):
            message = f"here belongs {what}, not a list or mapping"
            self.faults.at(mark_of(node.start_mark), message)
            return None
        text = str(node.value)
        if str(node.tag).removeprefix(_TAG) in tags:
            return text
        self._refuse(node, what)
        return None

    def _refuse(self, node: yaml.Node, what: str) -> None:
        self.faults.at(
            mark_of(node.start_mark), f"here belongs {what}, not {shown(str(node.value))}"
        )

    def _number(self, node: yaml.Node) -> int | None:
        what = "a year such as 2026"
        text = self._scalar(node, what, "int")
        if text is None:
            return None
        if not _YEAR.fullmatch(text):
            self._refuse(node, what)
            return None
        year = int(text)
        first = self._sources.setdefault(year, self._source)
        if first != self._source:
            message = f"{year} stands in {shown(first)} already; a year has one file"
            self.faults.at(mark_of(node.start_mark), message)
        return year

    def _text(self, node: yaml.Node, most: int) -> str | None:
        what = f"a text of 1 to {most} characters"
        text = self._scalar(node, what, "str")
        if text is None or (text.strip() and len(text) <= most):
            return text
        self._refuse(node, what)
        return None

    def _switch(self, node: yaml.Node) -> bool | None:
        what = "true or false"
        text = self._scalar(node, what, "bool")
        if text in {None, "true", "false"}:
            return None if text is None else text == "true"
        self._refuse(node, what)
        return None

    def _day(self, node: yaml.Node) -> date | None:
        what = "a day such as 2026-10-01"
        text = self._scalar(node, what, "timestamp", "str")
        day = None if text is None else day_of(text)
        if day is None:
            if text is not None:
                self._refuse(node, what)
            return None
        if self._year is not None and day.year != self._year:
            message = f"{day} is no day of {self._year}; write it in the file of its own year"
            self.faults.at(mark_of(node.start_mark), message)
            return None
        return day

    def _holidays(self, node: yaml.Node) -> list[Span]:
        items = self._items(node)
        if isinstance(node, yaml.SequenceNode) and not items:
            message = "no year is without holidays; write the statutory ones at least"
            self.faults.at(mark_of(node.start_mark), message)
        spans = [self._span(item) for item in items]
        return [span for span in spans if span is not None]

    def _span(self, node: yaml.Node) -> Span | None:
        nodes = self._mapping(node, _SPAN_KEYS)
        name = self._text(nodes["name"], NAME_MAX) if "name" in nodes else None
        first = self._day(nodes["from"]) if "from" in nodes else None
        last = self._day(nodes["to"]) if "to" in nodes else None
        if name is None or first is None or last is None:
            return None
        if last < first:
            message = f"it ends ({last}) before it begins ({first}); exchange `from` and `to`"
            self.faults.at(mark_of(nodes["to"].start_mark), message)
            return None
        if self._year is None:
            # Nothing bounds the span then, and all of its days would be gone through.
            return None
        self._take(first, last, mark_of(node.start_mark))
        return Span(name=name, first=first, last=last)

    def _workdays(self, node: yaml.Node) -> list[date]:
        days = []
        for item in self._items(node):
            day = self._day(item)
            if day is None:
                continue
            mark = mark_of(item.start_mark)
            if day.weekday() < len(_WEEKDAYS):
                message = f"{day} is a {_WEEKDAYS[day.weekday()]} and worked anyway; "
                self.faults.at(mark, message + "a day worked in exchange is a Saturday or Sunday")
            self._take(day, day, mark)
            days.append(day)
        return days

    def _take(self, first: date, last: date, mark: Mark) -> None:
        """Note the first day of these that stands elsewhere in the file; one fault is enough."""
        for number in range((last - first).days + 1):
            day = first + timedelta(days=number)
            before = self._taken.setdefault(day, mark)
            if before != mark:
                message = f"{day} stands in line {before.line} already; a day stands once"
                self.faults.at(mark, message)
                return


def day_of(text: str) -> date | None:
    """The day that `2026-10-01` names; None for what names none, such as `2026-02-30`."""
    if not _DATE.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
