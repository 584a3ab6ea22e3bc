"""What a rule about each subject may filter by and bring: a message, a member, or the group."""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Final

from schemas.policy import When
from streams.policy.fault import shown
from streams.policy.shape import Path, Shape

SUBJECTS: Final = tuple(name for name in When.__struct_fields__ if name != "also")
"""What a rule may be about: exactly one of them is given."""

OF_SIGNS: Final = frozenset(
    {"labels", "suspected", "cues", "attachments", "mentions", "message", "count"}
)
"""About what a message shows, so that `where` can be held against it."""
OF_MESSAGES: Final = OF_SIGNS | {"rate", "repeat", "quiet_hours"}
OF_GROUPS: Final = frozenset({"unanswered", "silence", "weekly", "policy", "group"})
"""About no member of whom a question could be asked."""
BY_TIME: Final = frozenset({"misnamed_ms", "absent_ms", "unreplied", "open_review"}) | {
    "unanswered",
    "silence",
    "weekly",
}
"""What comes when its time has come, whatever the hour."""
OF_MEMBERS: Final = frozenset(SUBJECTS) - OF_GROUPS
WITH_ROLES: Final = OF_MEMBERS - {"added", "unreplied", "open_review"}
"""What `by` can narrow; the others name their roles themselves."""
SPARING: Final = ("labels", "cues", "attachments", "mentions", "message")
"""What a rule that spares may look at."""

_BRINGS: Final[Mapping[str, tuple[frozenset[str], str]]] = {
    "delete": (OF_MESSAGES, "there is no message to delete"),
    "mute": (OF_MEMBERS - {"reported"}, "there is nobody to mute"),
    "remind": (OF_MEMBERS | {"unanswered"}, "there is nobody to remind"),
    "review": (OF_MEMBERS, "a review is about a member; write `escalate` or `report`"),
    "rename_request": (frozenset({"name", "misnamed_ms", "joins"}), "no name is judged here"),
    "welcome": (frozenset({"joins"}), "nobody comes in here"),
    "purge": (frozenset({"weekly"}), "write it into a rule with `weekly`"),
    "mute_all": (frozenset({"quiet_hours"}), "write it into a rule with `quiet_hours`"),
}
"""Where an action has its object, and what is said where it has none."""
_ANSWERS: Final[Mapping[str, frozenset[str]]] = {
    "unanswered": frozenset({"remind", "report"}),
    "unreplied": frozenset({"remind", "escalate"}),
    "silence": frozenset({"report", "escalate"}),
    "open_review": frozenset({"escalate"}),
    "weekly": frozenset({"report", "purge"}),
    "policy": frozenset({"notice"}),
    "group": frozenset({"escalate"}),
}
"""All that can follow where it is the time, or the group, that is asked."""
_NEVER: Final = {
    "remove": "no rule removes anybody; write `do: [review]` and `propose: remove`",
    "unmute": "only a person's command unmutes; take it out",
    "unmute_all": "it comes by itself when the quiet ends; take it out",
}
_NOT_OF_GROUP: Final = frozenset(
    {"delete", "mute", "remind", "review", "rename_request", "welcome"}
)
_WHERE: Final[Mapping[str, Collection[str]]] = {
    "found_in": ("labels", "suspected"),
    "inviter": ("joins",),
    "commands": ("command",),
}
"""Filters of few subjects; all others are held against what a message shows."""


def check_subject(shape: Shape, path: Path, rule: Mapping[str, Any], subject: str) -> None:
    """Note what the rule filters by or brings that its subject does not have."""

    def fault(key: Path, message: str) -> None:
        shape.faults.at(shape.mark((*path, *key)), message)

    _filters(rule, subject, fault)
    _handling(rule, subject, fault)
    _actions(rule, subject, fault)
    _concerned(rule, subject, fault)


Fault = Callable[[Path, str], None]


def _filters(rule: Mapping[str, Any], subject: str, fault: Fault) -> None:
    name = subject.removesuffix("_ms")
    if "by" in rule and subject not in WITH_ROLES:
        fault(("by",), f"`{name}` is about no member with a role; take `by` out")
    if "hours" in rule and subject in BY_TIME:
        fault(("hours",), f"`{name}` comes when its time has come; take `hours` out")
    for key in rule.get("where", {}):
        if subject not in _WHERE.get(key, OF_SIGNS):
            fault(("where", key), f"`{name}` shows nothing of `{key}`; take it out")
    if "other_side" in rule.get("where", {}) and "conflict" not in _labels(rule):
        fault(("where", "other_side"), "only a `conflict` has another side; take it out")


def _labels(rule: Mapping[str, Any]) -> Collection[str]:
    """All labels of which the rule wants one."""
    return (*rule.get("when", {}).get("labels", ()), *rule.get("where", {}).get("labels", ()))


def _handling(rule: Mapping[str, Any], subject: str, fault: Fault) -> None:
    """A class brings what it brings of a message; about all else a rule says itself what follows."""
    handling = rule.get("handling", "plain")
    if handling in ("plain", "spare"):
        return
    name = subject.removesuffix("_ms")
    if subject == "reported" and handling != "judgement":
        fault(("handling",), "a report alone is for a person to judge; write `handling: judgement`")
    elif subject not in OF_MESSAGES | {"reported"}:
        fault(("handling",), f"`{name}` is about no message; write `handling: plain` and `do`")
    elif rule.get("about") == "group":
        fault(("handling",), "this rule is about the group; write `handling: plain` and `do`")


def _actions(rule: Mapping[str, Any], subject: str, fault: Fault) -> None:
    for i, kind in enumerate(rule.get("do", ())):
        have, why = _BRINGS.get(kind, (frozenset(SUBJECTS), ""))
        if kind in _NEVER:
            fault(("do", i), _NEVER[kind])
        elif subject == "reported" and kind in ("delete", "mute"):
            fault(("do", i), "a report alone punishes nobody; write `do: [review]`")
        elif subject not in have:
            fault(("do", i), f"`{kind}` with `{subject.removesuffix('_ms')}`: {why}")
        elif kind not in _ANSWERS.get(subject, (kind,)):
            known = ", ".join(sorted(_ANSWERS[subject]))
            fault(("do", i), f"`{subject}` brings no `{kind}`; it can bring {known}")
        elif rule.get("about") == "group" and kind in _NOT_OF_GROUP:
            fault(("do", i), f"`{kind}` needs a member, and this rule is about the group")


def _concerned(rule: Mapping[str, Any], subject: str, fault: Fault) -> None:
    when = rule.get("when", {})
    if subject == "reported" and rule.get("propose") == "remove":
        fault(("propose",), "a report alone is no ground to remove anybody; take it out")
    by_child = when.get("count", {}).get("by") == "child"
    if rule.get("about") == "staff_or_family" and not by_child:
        fault(("about",), "a family is known only with `count` and `by: child`; take it out")
    if rule.get("about") is not None and "beside" in rule:
        fault(("beside",), "with `about` nobody else is told; make a rule of each")
    for i, beside in enumerate(rule.get("beside", ())):
        about = beside.get("about")
        if about is not None and about not in _others(rule, subject):
            known = ", ".join(_others(rule, subject))
            mend = f"; known here: {known}" if known else "; take it out"
            fault(("beside", i, "about"), f"this rule knows nobody as {shown(about)}{mend}")


def _others(rule: Mapping[str, Any], subject: str) -> list[str]:
    """Whom else a finding of the rule can concern."""
    return list(_known_others(rule, subject))


def _known_others(rule: Mapping[str, Any], subject: str) -> Iterator[str]:
    if subject == "joins":
        yield "inviter"
    if subject == "reported" or "conflict" in _labels(rule):
        yield "other_side"
    if subject == "unanswered":
        yield "owed"
    if subject in ("unreplied", "mentions"):
        yield "mentioned"
