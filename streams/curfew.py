"""Quiet hours in which the whole group is muted, where a pack says so."""

from schemas.action import Mode
from streams.agenda import MUTE_ALL, UNMUTE_ALL, plan_due
from streams.calendar import next_boundary
from streams.explain import sentence
from streams.parts import Due
from streams.policy.bound import Bound
from streams.rules.filters import holds_here, mode_of
from streams.turn import Turn, cause_of


def plan_curfews(turn: Turn) -> None:
    """Set the next begin of each rule's quiet hours."""
    for bound, _ in turn.policy.quiets:
        if "mute_all" in bound.response.kinds:
            _plan(turn, bound, turn.at)


def begin_due(turn: Turn, due: Due) -> None:
    """Quiet hours begin: the group is muted until they end."""
    bound = turn.policy.by_id[due.rule]
    quiet = bound.rule.when.quiet_hours
    if quiet is None or "mute_all" not in bound.response.kinds:
        return
    night = turn.policy.period_of(due.at, quiet)
    if night is not None and holds_here(turn, bound.rule):
        cause, mode = cause_of(bound, "安静时段开始", (), ()), mode_of(turn, bound)
        duration_s = (night[1] - due.at) // 1_000
        explain = sentence(cause.because, "全员禁言到安静时段结束", turn.strikes())
        turn.act("mute_all", cause, mode, {"duration_s": duration_s}, explain=explain)
        plan_due(turn.group, Due(night[1], UNMUTE_ALL, mode, bound.rule.id))
    _plan(turn, bound, due.at + 1)


def end_due(turn: Turn, due: Due) -> None:
    """Quiet hours end. `due.about` is the mode in which the group was muted."""
    bound = turn.policy.by_id[due.rule]
    mode: Mode = "live" if due.about == "live" else "shadow"
    cause = cause_of(bound, "安静时段结束", (), ())
    explain = sentence(cause.because, "解除全员禁言", turn.strikes())
    turn.act("unmute_all", cause, mode, {}, explain=explain)


def _plan(turn: Turn, bound: Bound, at: int) -> None:
    quiet = bound.rule.when.quiet_hours
    if quiet is None:
        return
    days = turn.policy.days_of(quiet)
    begin = next_boundary(at, turn.policy.offset, quiet.start, quiet.end, days).begin
    if begin is not None:
        plan_due(turn.group, Due(begin, MUTE_ALL, "", bound.rule.id))
