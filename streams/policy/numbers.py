"""Bounds of every number, period and text of a pack."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from streams.policy.fault import shown
from streams.policy.notation import DAY_MS, HOUR_MS, MINUTE_MS, period_words
from streams.policy.shape import Path, Shape

NAME_MAX: Final = 64
TEXT_MAX: Final = 2_000


class Bounds(NamedTuple):
    """Both ends included."""

    least: float
    most: float


_STRIKE: Final = Bounds(0, 10)
_QUORUM: Final = Bounds(1, 20)
_MUTE_MS: Final = Bounds(1_000, 30 * DAY_MS)
_SHORT_MS: Final = Bounds(1_000, DAY_MS)
_LONG_MS: Final = Bounds(HOUR_MS, 365 * DAY_MS)
_ANSWER_MS: Final = Bounds(MINUTE_MS, 30 * DAY_MS)

_OF_PACK: Final[Mapping[tuple[str, ...], Bounds]] = {
    ("mute_ms",): _MUTE_MS,
    ("lapse_ms",): Bounds(HOUR_MS, 3_650 * DAY_MS),
    ("ladder_quorum",): _QUORUM,
    ("reports", "a_day"): Bounds(1, 100),
    ("reports", "rejected"): Bounds(1, 100),
    ("reports", "within_ms"): _LONG_MS,
}
_OF_RULE: Final[Mapping[tuple[str, ...], Bounds]] = {
    ("strike",): _STRIKE,
    ("quorum",): _QUORUM,
    ("mute_ms",): _MUTE_MS,
    ("when", "rate", "messages"): Bounds(2, 60),
    ("when", "rate", "within_ms"): _SHORT_MS,
    ("when", "repeat", "times"): Bounds(2, 10),
    ("when", "repeat", "within_ms"): _SHORT_MS,
    ("when", "count", "at_least"): Bounds(2, 64),
    ("when", "count", "within_ms"): Bounds(1_000, 30 * DAY_MS),
    ("when", "reported", "reporters"): Bounds(1, 20),
    ("when", "misnamed_ms"): _LONG_MS,
    ("when", "absent_ms"): Bounds(DAY_MS, 730 * DAY_MS),
    ("when", "unanswered", "within_ms"): _ANSWER_MS,
    ("when", "unreplied", "within_ms"): _ANSWER_MS,
    ("when", "silence", "for_ms"): _LONG_MS,
    ("when", "open_review", "for_ms"): Bounds(MINUTE_MS, 90 * DAY_MS),
}
_NAMES: Final = ("id", "clause")
_TEXTS: Final = ("text", "remind", "notice", "report")


def check_pack_values(shape: Shape, pack: Mapping[str, Any]) -> None:
    """Note each number, name and text of a pack, but for its rules, that is out of bounds."""
    for name in ("id", "version"):
        _name(shape, (name,), pack.get(name))
    for name in ("title", "welcome"):
        _text(shape, (name,), pack.get(name))
    _numbers(shape, (), pack, _OF_PACK)
    for i, clause in enumerate(pack.get("clauses", ())):
        _name(shape, ("clauses", i, "id"), clause.get("id"))
        for name in ("text", "help"):
            _text(shape, ("clauses", i, name), clause.get(name))


def check_rule_values(shape: Shape, path: Path, rule: Mapping[str, Any]) -> None:
    """Note each number, name and text of a rule that is out of bounds."""
    for name in _NAMES:
        _name(shape, (*path, name), rule.get(name))
    for name in _TEXTS:
        _text(shape, (*path, name), rule.get(name))
    _numbers(shape, path, rule, _OF_RULE)
    for i, beside in enumerate(rule.get("beside", ())):
        _text(shape, (*path, "beside", i, "remind"), beside.get("remind"))
        _numbers(shape, (*path, "beside", i), beside, {("strike",): _STRIKE})
    for place, hours in hours_of(rule):
        if "from" in hours and hours["from"] == hours.get("to"):
            message = "`from` and `to` are the same time; let them differ"
            shape.faults.at(shape.mark((*path, *place, "to")), message)


def hours_of(rule: Mapping[str, Any]) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """All hours that a rule names, and their places in it."""
    if "hours" in rule:
        yield ("hours",), rule["hours"]
    when = rule.get("when", {})
    if "quiet_hours" in when:
        yield ("when", "quiet_hours"), when["quiet_hours"]
    if "hours" in when.get("unreplied", {}):
        yield ("when", "unreplied", "hours"), when["unreplied"]["hours"]


def _numbers(
    shape: Shape,
    path: Path,
    values: Mapping[str, Any],
    bounds_by: Mapping[tuple[str, ...], Bounds],
) -> None:
    for key, bounds in bounds_by.items():
        value: Any = values
        for name in key:
            value = value.get(name) if isinstance(value, Mapping) else None
        if value is not None and not bounds.least <= value <= bounds.most:
            shape.faults.at(shape.mark((*path, *key)), _out_of(key[-1], bounds))


def _out_of(name: str, bounds: Bounds) -> str:
    if name.endswith("_ms"):
        return f"this period is from {' to '.join(period_words(int(ms)) for ms in bounds)}"
    if name == "strike":
        return f"a strike weighs from {bounds.least} to {bounds.most}"
    return f"`{name}` is from {bounds.least} to {bounds.most}"


def _name(shape: Shape, path: Path, name: str | None) -> None:
    """A name goes into clauses (`COVENANT#CLAUSE`), ids and table columns."""
    if name is None:
        return
    if not name or len(name) > NAME_MAX or "#" in name or any(c.isspace() for c in name):
        message = f"a name has 1 to {NAME_MAX} characters, no spaces and no #; not {shown(name)}"
        shape.faults.at(shape.mark(path), message)


def _text(shape: Shape, path: Path, text: str | None) -> None:
    if text is not None and not 0 < len(text.strip()) <= TEXT_MAX:
        shape.faults.at(shape.mark(path), f"this text has 1 to {TEXT_MAX} characters")
