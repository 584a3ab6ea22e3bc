"""Rules that can never fire: an earlier one of the pack always has what they are about."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from streams.policy.shape import Path, Shape
from streams.policy.whom import ROLES, roles_of

_FIRST_HAS_IT: Final = ("labels", "suspected")
"""Subjects of several words, each of which belongs to the first rule that names it."""
_ONE_ANSWER: Final = ("joins", "name", "group", "policy")
"""Subjects of one word, of which a second rule with the same filters says nothing new."""


def check_reach(shape: Shape, rules: Sequence[tuple[Path, dict[str, Any]]], staff: Any) -> None:
    """Note each rule of which another one before it takes everything.

    A rule with `also` takes a label only sometimes and a draft never, so they hide no other; nor
    does a rule in shadow hide a live one, nor what is found what is suspected, nor a rule one that
    holds where its own filters do not.
    """
    takers: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for path, rule in rules:
        when, state = rule.get("when", {}), rule.get("state", "live")
        if state == "draft" or rule.get("handling") == "spare":
            continue
        for subject in (*_FIRST_HAS_IT, *_ONE_ANSWER):
            words = _words(when.get(subject))
            hiding = [
                next((one for one in known if _is_as_wide(one, rule, staff)), None)
                for known in (takers.get((subject, state, word), []) for word in words)
            ]
            if hiding and None not in hiding:
                who = ", ".join(
                    dict.fromkeys(str((one or {}).get("id", "a rule")) for one in hiding)
                )
                what = "all its labels" if subject in _FIRST_HAS_IT else f"the same `{subject}`"
                message = f"this rule can never fire: {who} before it has {what}; put it first"
                shape.faults.at(shape.mark((*path, "when", subject)), message)
            if "also" not in when:
                for word in words:
                    takers.setdefault((subject, state, word), []).append(rule)


def _words(value: Any) -> Sequence[str]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else value


def _is_as_wide(first: dict[str, Any], later: dict[str, Any], staff: Any) -> bool:
    """Whether the first rule holds wherever the later one does, by their filters."""
    hours = first.get("hours")
    return (
        _roles(first, staff) >= _roles(later, staff)
        and _is_any_of(first.get("platform"), later.get("platform"))
        and (hours is None or hours == later.get("hours"))
        and _is_as_wide_where(first.get("where", {}), later.get("where", {}))
    )


def _roles(rule: dict[str, Any], staff: Any) -> frozenset[str]:
    return roles_of(rule["by"], staff) if "by" in rule else ROLES


def _is_as_wide_where(first: Mapping[str, Any], later: Mapping[str, Any]) -> bool:
    for name, words in first.items():
        if name.startswith("not_"):
            # What the first leaves out, the later one must leave out too.
            if not set(words) <= set(later.get(name, ())):
                return False
        elif not _is_any_of(words, later.get(name)):
            return False
    return True


def _is_any_of(first: Collection[str] | None, later: Collection[str] | None) -> bool:
    """Whether a filter of any of these words lets through all that the later one does."""
    return first is None or (later is not None and set(later) <= set(first))
