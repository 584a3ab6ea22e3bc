"""What the types can't say of a pack: bounds, names that must differ, rules that can never fire."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from msgspec import structs

from schemas.policy import Pack, When
from streams.policy.fault import hint, shown
from streams.policy.notation import DAY_MS, HOUR_MS, clock_minutes, period_words
from streams.policy.reach import check_reach
from streams.policy.shape import Path, Shape
from streams.text import SUSPECTS
from streams.text.lexicon import LexiconFault, read_own_words
from streams.text.match import STREAM

CONDITIONS: Final = tuple(name for name in When.__struct_fields__ if name != "also")
STAFF: Final = next(f.default for f in structs.fields(Pack) if f.name == "staff")
"""Whom a pack means by `staff` that does not say."""
NAME_MAX: Final = 64
TEXT_MAX: Final = 2_000
MIDDAY_BEFORE: Final = 18 * 60
"""A quiet time that begins before it is a midday rest, and ends when such a rest ends."""


class Bounds(NamedTuple):
    """Both ends included."""

    least: int
    most: int


_PERIODS: Final = {
    "mute_ms": Bounds(1_000, 30 * DAY_MS),
    "lapse_ms": Bounds(HOUR_MS, 3_650 * DAY_MS),
}
_WINDOW_MS: Final = Bounds(1_000, DAY_MS)
_COUNTS: Final = {"rate": ("messages", Bounds(2, 60)), "repeat": ("times", Bounds(2, 10))}
_STRIKE: Final = Bounds(0, 10)
_BY_CONDITION: Final = {
    "flood": "a condition `repeat` or `rate`",
    "quiet_hours": "a condition `quiet_hours`",
    "at_spam": "another label: this one is not found yet",
}
"""Labels that the stream sees, not a text: under `labels` they would never fire."""
_NOT_ON_SUSPICION: Final = {
    "strike": "a suspicion is no strike",
    "escalate": "a suspicion is told to who decides, and to nobody else",
    "remind": "nobody is reminded on a suspicion",
}
"""Keys of a rule that would make more of a suspicion than a question to a person."""


def check(shape: Shape, pack: dict[str, Any], labels: Collection[str]) -> None:
    """Note all that is wrong with the values of a pack whose types are right (or left out)."""
    faults = shape.faults
    for name in ("id", "version"):
        _name(shape, (name,), pack.get(name))
    _text(shape, ("title",), pack.get("title"))
    if "timezone" in pack and not _is_zone(pack["timezone"]):
        mend = hint(pack["timezone"], available_timezones())
        message = f"unknown time zone {shown(pack['timezone'])}{mend or '; such as Asia/Shanghai'}"
        faults.at(shape.mark(("timezone",)), message)
    for field, bounds in _PERIODS.items():
        if field in pack:
            _within(shape, (field,), pack[field], bounds)
    _own_words(shape, pack.get("settings", {}).get("words", ()))
    rules = list(_rules(pack))
    for path, rule in rules:
        _rule(shape, path, rule, labels)
    _ids(shape, rules)
    check_reach(shape, rules, pack.get("staff", STAFF))


def _own_words(shape: Shape, lines: Sequence[str]) -> None:
    for i, line in enumerate(lines):
        fault = words_fault((line,))
        if fault:
            shape.faults.at(shape.mark(("settings", "words", i)), fault)


def words_fault(lines: Sequence[str]) -> str:
    """What is wrong with a school's own words; empty where nothing is."""
    try:
        read_own_words(lines)
    except LexiconFault as fault:
        return str(fault)
    return ""


def _rules(pack: dict[str, Any]) -> Iterator[tuple[Path, dict[str, Any]]]:
    for i, rule in enumerate(pack.get("rules", ())):
        yield ("rules", i), rule


def _rule(shape: Shape, path: Path, rule: dict[str, Any], labels: Collection[str]) -> None:
    for name in ("id", "clause"):
        _name(shape, (*path, name), rule.get(name))
    for name in ("text", "remind"):
        _text(shape, (*path, name), rule.get(name))
    strike = rule.get("strike")
    if strike is not None and not _STRIKE.least <= strike <= _STRIKE.most:
        shape.faults.at(
            shape.mark((*path, "strike")), f"a strike weighs from {_STRIKE.least} to {_STRIKE.most}"
        )
    when = rule.get("when")
    if when is not None:
        _when(shape, (*path, "when"), when, labels)
    if _conditions(shape, (*path, "when")) == ["suspected"]:
        _suspicion(shape, path, rule)
    elif when is not None and rule.get("handling") == "look" and "suspected" not in when:
        message = "`handling: look` answers a suspicion; it goes with `suspected` only"
        shape.faults.at(shape.mark((*path, "handling")), message)


def _suspicion(shape: Shape, path: Path, rule: dict[str, Any]) -> None:
    """What the learned model suspects is ground for a person's look, and for nothing else."""
    handling = rule.get("handling", "look")
    if handling != "look":
        message = f"a suspicion is never ground for {shown(handling)}; write `handling: look`"
        shape.faults.at(shape.mark((*path, "handling")), message)
    for key, why in _NOT_ON_SUSPICION.items():
        if rule.get(key):
            shape.faults.at(shape.mark((*path, key)), f"{why}; take `{key}` out")
    for i, kind in enumerate(rule.get("do", ())):
        if kind != "review":
            message = f"a suspicion brings a review alone, never {shown(kind)}; take it out"
            shape.faults.at(shape.mark((*path, "do", i)), message)


def _conditions(shape: Shape, path: Path) -> list[str]:
    """What is given; conditions that are there but ill-typed have a mark, if no value."""
    return [name for name in CONDITIONS if (*path, name) in shape.marks]


def _when(shape: Shape, path: Path, when: dict[str, Any], labels: Collection[str]) -> None:
    given = _conditions(shape, path)
    mark = shape.mark(path)
    if not given:
        shape.faults.at(mark, "no condition; give one, such as labels, repeat or quiet_hours")
    elif len(given) > 1:
        shape.faults.at(mark, f"{' and '.join(given)} in one rule; make a rule of each")
    elif "also" in when and given != ["labels"]:
        shape.faults.at(shape.mark((*path, "also")), "`also` goes with `labels` only")
    _counts(shape, path, when)
    if "quiet_hours" in when:
        _quiet(shape, (*path, "quiet_hours"), when["quiet_hours"])
    _labels(shape, path, when, labels)


def _labels(shape: Shape, path: Path, when: dict[str, Any], labels: Collection[str]) -> None:
    for name in ("labels", "also"):
        for i, label in enumerate(when.get(name, ())):
            mark = shape.mark((*path, name, i))
            if label in _BY_CONDITION:
                message = f"no text holds {label}; write {_BY_CONDITION[label]}"
                shape.faults.at(mark, message)
            elif label not in labels:
                shape.faults.at(mark, f"unknown label {shown(label)}{hint(label, labels)}")
    for i, label in enumerate(when.get("suspected", ())):
        if label not in SUSPECTS:
            known = hint(label, SUSPECTS) or f"; it knows all but {', '.join(sorted(STREAM))}"
            message = f"the model has no opinion on {shown(label)}{known}"
            shape.faults.at(shape.mark((*path, "suspected", i)), message)


def _counts(shape: Shape, path: Path, when: dict[str, Any]) -> None:
    for name, (count, bounds) in _COUNTS.items():
        if name in when:
            number = when[name].get(count)
            if number is not None and not bounds.least <= number <= bounds.most:
                message = f"`{count}` is from {bounds.least} to {bounds.most}"
                shape.faults.at(shape.mark((*path, name, count)), message)
            if "within_ms" in when[name]:
                _within(shape, (*path, name, "within_ms"), when[name]["within_ms"], _WINDOW_MS)


def _quiet(shape: Shape, path: Path, values: dict[str, Any]) -> None:
    if "from" in values and values["from"] == values.get("to"):
        shape.faults.at(
            shape.mark((*path, "to")), "`from` and `to` are the same time; let them differ"
        )


def _within(shape: Shape, path: Path, ms: int, bounds: Bounds) -> None:
    if not bounds.least <= ms <= bounds.most:
        least, most = map(period_words, bounds)
        shape.faults.at(shape.mark(path), f"this period is from {least} to {most}")


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


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        # OSError: the name of a folder of the tz data, or one too long for a file.
        return False
    return True


def _ids(shape: Shape, rules: list[tuple[Path, dict[str, Any]]]) -> None:
    lines: dict[str, int] = {}
    for path, rule in rules:
        name = rule.get("id")
        if name is None:
            continue
        mark = shape.mark((*path, "id"))
        if name in lines:
            message = f"the rule id {shown(name)} stands in line {lines[name]} already; ids differ"
            shape.faults.at(mark, message)
        lines.setdefault(name, mark.line)


def fill_quiet_ends(pack: dict[str, Any], settings: dict[str, Any]) -> None:
    """Give each quiet time without a `to` the end that the settings name."""
    for _, rule in _rules(pack):
        quiet = rule["when"].get("quiet_hours")
        if quiet is not None and "to" not in quiet:
            key = "midday_end" if quiet["from"] < MIDDAY_BEFORE else "quiet_end"
            quiet["to"] = clock_minutes(settings[key])
