"""The days that a pack speaks of: its own spans, and what its words need of the calendar."""

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

import msgspec

from schemas.calendar import YEAR_WORDS
from schemas.policy import Pack
from streams.policy.shape import Path, Shape
from streams.policy.years import Years, missing_years, unannounced_years, years_needed

SPAN_DAYS_MAX: Final = 400
"""A term or an exam week is shorter; all days of a span are kept in memory."""


def check_days(shape: Shape, pack: dict[str, Any], years: Years | None) -> None:
    """Note spans that are none, and words for days that the calendar at hand can't answer."""
    for name in ("terms", "exams"):
        for i, span in enumerate(pack.get(name, ())):
            _span(shape, (name, i), span)
    for path, word in _day_words(pack, ()):
        if word in YEAR_WORDS:
            _word(shape, path, word, years)
            return


def years_of(pack: dict[str, Any], years: Years | None) -> dict[str, Any]:
    """The years that the pack must carry, as its field `years`; nothing for one that needs none,
    so that its hash is the same whenever it is published.
    """
    words = {word for _, word in _day_words(pack, ())}
    if years is None or YEAR_WORDS.isdisjoint(words):
        return {}
    needed = years_needed(words, years.today)
    kept = [year for year in years.known if year.year in needed]
    return {"years": msgspec.to_builtins(kept)}


def unannounced(pack: Pack, today: date) -> list[str]:
    """Warnings of years that the pack carries and of which too little is known yet."""
    return unannounced_years(pack.calendar, pack.years, YEAR_WORDS, today)


def _span(shape: Shape, path: Path, span: dict[str, Any]) -> None:
    if "from" not in span or "to" not in span:
        return
    days = (date.fromisoformat(span["to"]) - date.fromisoformat(span["from"])).days
    mark = shape.mark((*path, "to"))
    if days < 0:
        shape.faults.at(mark, "it ends before it begins; exchange `from` and `to`")
    elif days >= SPAN_DAYS_MAX:
        shape.faults.at(mark, f"this is longer than {SPAN_DAYS_MAX} days; a span is one term")


def _word(shape: Shape, path: Path, word: str, years: Years | None) -> None:
    """One fault is enough: each later word lacks the same years."""
    if years is None:
        message = f"`{word}` needs the calendar's years, and none are at hand"
        shape.faults.at(shape.mark(path), message)
        return
    for message in missing_years("china", years.known, {word}, years.today):
        shape.faults.at(shape.mark(path), message)


def _day_words(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Each word for days that stands anywhere in the pack, with its place."""
    if isinstance(value, dict):
        for key, held in value.items():
            if key == "days":
                yield from (((*path, key, i), word) for i, word in enumerate(held))
            else:
                yield from _day_words(held, (*path, key))
    elif isinstance(value, list):
        for i, held in enumerate(value):
            yield from _day_words(held, (*path, i))
