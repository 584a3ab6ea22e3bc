"""What the types can't say of a pack: bounds, words that must be known, rules that mean nothing."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo, available_timezones

from msgspec import structs

from schemas.policy import SEVERE, Pack
from streams.policy.clauses import check_clauses
from streams.policy.fault import hint, shown
from streams.policy.notation import clock_minutes
from streams.policy.numbers import check_pack_values, check_rule_values
from streams.policy.reach import check_reach
from streams.policy.shape import Path, Shape
from streams.policy.subjects import SPARING, SUBJECTS, check_subject
from streams.policy.unused import check_unused
from streams.rules.handling import RESPONSES

STAFF: Final = next(f.default for f in structs.fields(Pack) if f.name == "staff")
"""Whom a pack means by `staff` that does not say."""
MIDDAY_BEFORE: Final = 18 * 60
"""A quiet time that begins before it is a midday rest, and ends when such a rest ends."""

_BY_CONDITION: Final = {
    "flood": "a condition `repeat` or `rate`",
    "quiet_hours": "a condition `quiet_hours`",
    "at_spam": "a condition `mentions`, or `count` with `by: mentioned`",
}
"""Labels that the stream sees, not a text: under `labels` they would never fire."""
_CAPABILITIES: Final = ("flood_rate", "flood_repeat")
"""What may be spared beside labels and rules: one kind of flood."""
_NOT_ON_SUSPICION: Final = {
    "strike": "a suspicion is no strike",
    "escalate": "a suspicion is told to who decides, and to nobody else",
    "remind": "nobody is reminded on a suspicion",
}
"""Keys of a rule that would make more of a suspicion than a question to a person."""
_CONSEQUENCES: Final = (
    "strike",
    "do",
    "escalate",
    "once",
    "to",
    "propose",
    "quorum",
    "about",
    "beside",
    "remind",
    "notice",
    "report",
    "urgent",
    "mute_ms",
    "hold",
    "package",
)
_NEEDED: Final[Mapping[str, tuple[tuple[str, ...], str]]] = {
    "to": (("review", "report", "escalate"), "nobody is asked or told here"),
    "quorum": (("review",), "nobody is asked here"),
    "hold": (("review",), "nobody is asked here"),
    "notice": (("notice",), "nothing is posted here"),
    "report": (("report",), "nothing is reported here"),
    "urgent": (("remind",), "nobody is reminded here"),
}
"""Keys of a rule, the actions that carry them, and what is said where there is none."""
_TOLD: Final = ("announce", "join", "leave")
"""What may be proposed to who is told, and not asked."""
_SLOTS: Final = ("child", "name", "relation", "subject")
RULES_MAX: Final = 200
COUNTING_MAX: Final = 8
OWN_COUNTING_MAX: Final = 16
"""As many as a member keeps (`streams.rules.count`): of more, each would push out the others' counts
with each message, and none would ever be full."""
_OF_MEMBER: Final = frozenset({"member", "mentioned"})
WEEKLY_MAX: Final = 4
PARTS_MAX: Final = 8
"""Parts of a name pattern, slots and letters between them, as `streams.naming` has it."""
_SLOT: Final = re.compile(r"\{([^{}]*)\}")


def check(shape: Shape, pack: dict[str, Any], labels: Collection[str]) -> None:
    """Note all that is wrong with the values of a pack whose types are right (or left out).

    `labels`: all that may be found in a text.
    """
    if "timezone" in pack and not _is_zone(pack["timezone"]):
        mend = hint(pack["timezone"], available_timezones())
        message = f"unknown time zone {shown(pack['timezone'])}{mend or '; such as Asia/Shanghai'}"
        shape.faults.at(shape.mark(("timezone",)), message)
    check_pack_values(shape, pack)
    _own_words(shape, pack.get("settings", {}).get("words", ()))
    for i, pattern in enumerate(pack.get("names", ())):
        _name_pattern(shape, ("names", i), pattern)
    _letters(shape, ("subjects",), pack.get("subjects", ()))
    rules = list(_rules(pack))
    named = {rule["id"]: rule.get("handling") for _, rule in rules if "id" in rule}
    spared = [*labels, *_CAPABILITIES, *named]
    severe = SEVERE.union(name for name, handling in named.items() if handling == "severe")
    for path, rule in rules:
        check_rule_values(shape, path, rule)
        _rule(shape, path, rule, labels)
        _spared(shape, path, rule, spared, severe)
    _ids(shape, rules)
    _too_many(shape, rules)
    check_reach(shape, rules, pack.get("staff", STAFF))
    check_unused(shape, pack, rules)
    check_clauses(shape, pack, rules)


def _too_many(shape: Shape, rules: Sequence[tuple[Path, dict[str, Any]]]) -> None:
    """A group, or a member, keeps something for each rule that counts there or reports weekly, and a
    group's changes must fit one record batch.
    """
    counting = [path for path, rule in rules if _counts_in_group(rule.get("when", {}))]
    own = [path for path, rule in rules if _counts_with_a_member(rule.get("when", {}))]
    weekly = [path for path, rule in rules if "weekly" in rule.get("when", {})]
    for what, paths, most in (
        ("rules", [path for path, _ in rules], RULES_MAX),
        ("rules that count in the whole group", counting, COUNTING_MAX),
        ("rules that count with each member", own, OWN_COUNTING_MAX),
        ("weekly rules", weekly, WEEKLY_MAX),
    ):
        if len(paths) > most:
            message = f"a pack has at most {most} {what}, this one {len(paths)}"
            shape.faults.at(shape.mark(paths[most]), message)


def _counts_in_group(when: Mapping[str, Any]) -> bool:
    return _counted_by(when) not in {*_OF_MEMBER, "notice", None}


def _counts_with_a_member(when: Mapping[str, Any]) -> bool:
    return _counted_by(when) in _OF_MEMBER or when.get("repeat", {}).get("of") == "files"


def _counted_by(when: Mapping[str, Any]) -> str | None:
    """For whom a rule counts apart; None for one that does not count."""
    return when["count"].get("by", "member") if "count" in when else None


def _own_words(shape: Shape, lines: Sequence[str]) -> None:
    for i, line in enumerate(lines):
        fault = words_fault((line,))
        if fault:
            shape.faults.at(shape.mark(("settings", "words", i)), fault)


def words_fault(lines: Sequence[str]) -> str:
    """What is wrong with a school's own words; empty where nothing is."""
    # Only a pack with words of its own pays for the reader of texts: it takes half a second.
    from streams.text.lexicon import LexiconFault, read_own_words  # noqa: PLC0415

    try:
        read_own_words(lines)
    except LexiconFault as fault:
        return str(fault)
    return ""


def _name_pattern(shape: Shape, path: Path, pattern: Mapping[str, Any]) -> None:
    given = [key for key in ("is", "has") if (*path, key) in shape.marks]
    if len(given) != 1:
        message = "a name either `is` or `has` something; write one of the two"
        shape.faults.at(shape.mark(path), message)
    for key in given:
        for fault in _pattern_faults(pattern.get(key, "")):
            shape.faults.at(shape.mark((*path, key)), fault)
    _letters(shape, (*path, "relations"), pattern.get("relations", ()))


def _pattern_faults(text: str) -> Iterator[str]:
    """What makes a pattern of `streams.naming` impossible, said without its lists of words."""
    pieces = _SLOT.split(text)
    slots, between = pieces[1::2], "".join(pieces[::2])
    for slot in slots:
        if slot not in _SLOTS:
            yield f"unknown slot {shown(slot)}{hint(slot, _SLOTS)}"
    if not slots:
        known = ", ".join(f"{{{slot}}}" for slot in _SLOTS)
        yield f"a name without a slot fits nobody; write one of {known}"
    if "{" in between or "}" in between:
        yield "a brace has no other; write slots as {child}"
    if sum(map(bool, pieces)) > PARTS_MAX:
        yield f"this has more than {PARTS_MAX} parts; a name is shorter"


def _letters(shape: Shape, path: Path, words: Sequence[str]) -> None:
    """Names are compared by their letters alone, so a word without one is none."""
    for i, word in enumerate(words):
        if not any(map(str.isalnum, word)):
            message = f"{shown(word)} has no letter; take it out"
            shape.faults.at(shape.mark((*path, i)), message)


def _rules(pack: dict[str, Any]) -> Iterator[tuple[Path, dict[str, Any]]]:
    for i, rule in enumerate(pack.get("rules", ())):
        yield ("rules", i), rule


def _rule(shape: Shape, path: Path, rule: dict[str, Any], labels: Collection[str]) -> None:
    when, handling = rule.get("when"), rule.get("handling")
    if when is not None:
        _when(shape, (*path, "when"), when, labels)
    _words(shape, path, rule, labels)
    given = _conditions(shape, (*path, "when"))
    if given == ["suspected"]:
        _suspicion(shape, path, rule)
        return
    if when is not None and handling == "look" and "suspected" not in when:
        message = "`handling: look` answers a suspicion; it goes with `suspected` only"
        shape.faults.at(shape.mark((*path, "handling")), message)
    if handling == "plain" and not any(rule.get(key) for key in ("do", "escalate", "beside")):
        message = "`handling: plain` brings nothing by itself; write `do`, `escalate` or `beside`"
        shape.faults.at(shape.mark((*path, "handling")), message)
    if len(given) == 1 and handling is not None:
        check_subject(shape, path, rule, given[0])
        if handling != "spare":
            _carried(shape, path, rule)


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


def _spared(
    shape: Shape,
    path: Path,
    rule: dict[str, Any],
    known: Collection[str],
    severe: Collection[str],
) -> None:
    """A rule that spares takes something out of a message, and brings nothing."""
    handling, spares = rule.get("handling"), (*path, "spare") in shape.marks
    if spares and handling not in (None, "spare"):
        message = "`spare` goes with `handling: spare` only"
        shape.faults.at(shape.mark((*path, "spare")), message)
    if handling != "spare":
        return
    if not spares:
        message = "a rule that spares names what: write `spare: [chitchat]`"
        shape.faults.at(shape.mark((*path, "handling")), message)
    for i, word in enumerate(rule.get("spare", ())):
        mark = shape.mark((*path, "spare", i))
        if word not in known:
            message = f"no label and no rule is called {shown(word)}{hint(word, known)}"
            shape.faults.at(mark, message)
        elif word in severe:
            shape.faults.at(mark, f"{word} is severe; nothing spares it, take it out")
    _brings_nothing(shape, path, rule)


def _brings_nothing(shape: Shape, path: Path, rule: dict[str, Any]) -> None:
    for key in _CONSEQUENCES:
        if key in rule:
            name = key.removesuffix("_ms")
            message = f"a rule that spares brings nothing; take `{name}` out"
            shape.faults.at(shape.mark((*path, key)), message)
    for subject in _conditions(shape, (*path, "when")):
        if subject not in SPARING:
            message = f"by `{subject}` nothing is spared; write one of {', '.join(SPARING)}"
            shape.faults.at(shape.mark((*path, "when", subject)), message)


def _carried(shape: Shape, path: Path, rule: dict[str, Any]) -> None:
    """What a rule says of an action that it does not bring is said for nothing."""
    kinds = _kinds(rule)
    for key, (carriers, why) in _NEEDED.items():
        if key in rule and not kinds.intersection(carriers):
            mend = f"write `do: [{carriers[0]}]` or take `{key}` out"
            shape.faults.at(shape.mark((*path, key)), f"{why}; {mend}")
    propose = rule.get("propose")
    if propose in _TOLD and not kinds.intersection(("review", "escalate")):
        message = f"{shown(propose)} is proposed to nobody; write `escalate`"
        shape.faults.at(shape.mark((*path, "propose")), message)
    elif propose is not None and propose not in _TOLD and "review" not in kinds:
        message = f"{shown(propose)} is proposed to nobody; write `do: [review]`"
        shape.faults.at(shape.mark((*path, "propose")), message)


def _kinds(rule: Mapping[str, Any]) -> set[str]:
    """The actions that a rule brings before the ladder."""
    kinds: set[str] = set(rule.get("do", RESPONSES[rule["handling"]].kinds))
    if rule.get("escalate"):
        kinds.add("escalate")
    if "conflict" in rule.get("when", {}).get("labels", ()):
        kinds.add("remind")
    return kinds


def _conditions(shape: Shape, path: Path) -> list[str]:
    """What is given; conditions that are there but ill-typed have a mark, if no value."""
    return [name for name in SUBJECTS if (*path, name) in shape.marks]


def _when(shape: Shape, path: Path, when: dict[str, Any], labels: Collection[str]) -> None:
    given = _conditions(shape, path)
    mark = shape.mark(path)
    if not given:
        shape.faults.at(mark, "no condition; give one, such as labels, repeat or quiet_hours")
    elif len(given) > 1:
        names = " and ".join(name.removesuffix("_ms") for name in given)
        shape.faults.at(mark, f"{names} in one rule; make a rule of each")
    elif "also" in when and given != ["labels"]:
        shape.faults.at(shape.mark((*path, "also")), "`also` goes with `labels` only")
    if "count" in when:
        _count(shape, (*path, "count"), when["count"])
    for i, label in enumerate(when.get("suspected", ())):
        suspects = [known for known in labels if known not in _BY_CONDITION]
        if label not in suspects:
            known = (
                hint(label, suspects) or f"; it knows all but {', '.join(sorted(_BY_CONDITION))}"
            )
            message = f"the model has no opinion on {shown(label)}{known}"
            shape.faults.at(shape.mark((*path, "suspected", i)), message)


def _words(shape: Shape, path: Path, rule: dict[str, Any], labels: Collection[str]) -> None:
    """Labels, wherever the rule names some, are those that there are."""
    for place, words in _lists(rule, "labels", "also", "not_labels"):
        for i, label in enumerate(words):
            mark = shape.mark((*path, *place, i))
            if label in _BY_CONDITION:
                message = f"no text holds {label}; write {_BY_CONDITION[label]}"
                shape.faults.at(mark, message)
            elif label not in labels:
                shape.faults.at(mark, f"unknown label {shown(label)}{hint(label, labels)}")


def _lists(rule: dict[str, Any], *names: str) -> Iterator[tuple[Path, Sequence[str]]]:
    for key in ("when", "where"):
        for name in names:
            yield (key, name), rule.get(key, {}).get(name, ())


def _count(shape: Shape, path: Path, count: dict[str, Any]) -> None:
    """Counts that mean nothing, or that no record could ever fill."""
    of, by = count.get("of", "messages"), count.get("by", "member")

    def fault(key: str, message: str) -> None:
        shape.faults.at(shape.mark((*path, key)), message)

    if by == "notice":
        if "within_ms" in count:
            fault("within_ms", "what follows a notice is counted without a period; take it out")
        if of != "members":
            fault("by", "under a notice members are counted; write `of: members`")
    elif (*path, "within_ms") not in shape.marks:
        fault("by", "a count needs its period; write `within: 10m`")
    if of == "attachments" and by not in ("member", "group"):
        fault("of", f"attachments are counted by member or group, not by {by}")
    if of == "members" and by in ("member", "pair", "mentioned"):
        fault("of", f"by {by} there are never more members; write `by: group` or `of: messages`")


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
