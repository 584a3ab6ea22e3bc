"""Silences: a side of the group wrote nothing for so long. One report a silence.

Who writes plans nothing, for most messages are taken in by the quick look: the deadline looks, when
it comes, how long the silence is, and sets itself anew.
"""

from typing import Any, Final

from schemas.policy import Silence
from streams.acts import put_report
from streams.agenda import SILENCE, plan_due
from streams.explain import silence_words
from streams.parts import Due
from streams.policy.bound import Bound
from streams.rules.filters import holds_here, mode_of
from streams.state import Head
from streams.turn import Turn, cause_of

_NONE: Final = -1


def plan_silences(turn: Turn) -> None:
    """Set for each rule when a silence would be long enough; one that was is told from here on."""
    for bound in turn.policy.about("silence"):
        silence = bound.rule.when.silence
        if silence is not None:
            ends = _last(turn.group.head, silence) + silence.for_ms
            _plan(turn, bound, max(ends, turn.at + 1), _NONE)


def silence_due(turn: Turn, due: Due) -> None:
    """Look whether the silence is long enough, and when to look again. `due.about` is the message's
    time since which a silence was told.
    """
    bound = turn.policy.by_id[due.rule]
    silence = bound.rule.when.silence
    if silence is None:
        return
    last = _last(turn.group.head, silence)
    ends = last + silence.for_ms
    if ends > due.at:
        _plan(turn, bound, ends, int(due.about))
        return
    if due.about != str(last) and holds_here(turn, bound.rule):
        _report(turn, bound, silence, last)
    # No silence that begins from here on is long enough before.
    _plan(turn, bound, due.at + silence.for_ms, last)


def _plan(turn: Turn, bound: Bound, at: int, told: int) -> None:
    plan_due(turn.group, Due(at, SILENCE, str(told), bound.rule.id))


def _last(head: Head, silence: Silence) -> int:
    """The time of the side's newest message; before the first one, the group's beginning."""
    said = {
        "staff": head.staff_at,
        "others": head.others_at,
        "anyone": max(head.staff_at, head.others_at),
    }
    return max(said[silence.of], head.began)


def _report(turn: Turn, bound: Bound, silence: Silence, last: int) -> None:
    rule = bound.rule
    params: dict[str, Any] = {
        "to_role": rule.to or turn.policy.pack.review_to,
        "silent": silence.of,
        "since": last,
    }
    if rule.report is not None:
        params["text"] = rule.report
    cause = cause_of(bound, silence_words(silence.of, silence.for_ms), (), ())
    put_report(turn, cause, mode_of(turn, bound), params, rule.report or "请留意")
