"""What a pack defines and no rule uses, and what a rule uses and no pack defines."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from streams.policy.numbers import hours_of
from streams.policy.shape import Path, Shape

Rules = Sequence[tuple[Path, dict[str, Any]]]

_BY_TERMS: Final = frozenset({"school_days", "days_off"})
"""Words for days that are others where a pack names terms."""
_SPANS: Final = {"terms": "term", "exams": "exams"}
"""Keys of the pack, and the word for their days."""


def check_unused(shape: Shape, pack: Mapping[str, Any], rules: Rules) -> None:
    """Note each list and text without a rule for it, and each rule that lacks one."""
    _names(shape, pack, rules)
    _welcome(shape, pack, rules)
    _spans(shape, pack, rules)
    posts = any("notice" in rule.get("do", ()) for _, rule in rules)
    if "posting" in pack and not posts and pack.get("ladder") != "three_steps":
        _note(shape, ("posting",), "`posting` is not used: no rule posts a `notice`; take it out")


def _note(shape: Shape, path: Path, message: str) -> None:
    shape.faults.at(shape.mark(path), message)


def _about(rules: Rules, *subjects: str) -> list[Path]:
    """Where the rules stand that are about one of these subjects."""
    return [
        (*path, "when", subject)
        for path, rule in rules
        for subject in subjects
        if subject in rule.get("when", {})
    ]


def _names(shape: Shape, pack: Mapping[str, Any], rules: Rules) -> None:
    judged = _about(rules, "name", "misnamed_ms")
    if "names" in pack and not judged:
        _note(shape, ("names",), "`names` is not used: no rule is about `name`; write one")
    if judged and "names" not in pack:
        _note(shape, judged[0], "no name is wrong without `names`; write the patterns")
    patterns = [f"{one.get('is', '')}{one.get('has', '')}" for one in pack.get("names", ())]
    if "subjects" in pack and not any("{subject}" in pattern for pattern in patterns):
        _note(shape, ("subjects",), "`subjects` is not used: no name pattern has {subject}")
    for i, pattern in enumerate(patterns):
        if "relations" in pack["names"][i] and "{relation}" not in pattern:
            place = ("names", i, "relations")
            _note(shape, place, "`relations` is not used: the pattern has no {relation}")


def _welcome(shape: Shape, pack: Mapping[str, Any], rules: Rules) -> None:
    welcomes = [
        (*path, "do", rule["do"].index("welcome"))
        for path, rule in rules
        if "welcome" in rule.get("do", ())
    ]
    if "welcome" in pack and not welcomes:
        message = "`welcome` is not used: write a rule with `joins` and `do: [welcome]`"
        _note(shape, ("welcome",), message)
    if welcomes and "welcome" not in pack:
        _note(shape, welcomes[0], "the pack has no `welcome`; write the text that is read")


def _spans(shape: Shape, pack: Mapping[str, Any], rules: Rules) -> None:
    used: dict[str, Path] = {}
    for path, rule in rules:
        for place, hours in hours_of(rule):
            for i, day in enumerate(hours.get("days", ())):
                used.setdefault(day, (*path, *place, "days", i))
    for key, word in _SPANS.items():
        if (
            key in pack
            and word not in used
            and not (key == "terms" and _BY_TERMS.intersection(used))
        ):
            _note(shape, (key,), f"`{key}` is not used: no rule has `days: [{word}]`")
        if word in used and key not in pack:
            _note(shape, used[word], f"the pack has no `{key}`; write when they are")
