"""Absence: members who did nothing in the group for so long.

Each has a time of its own, but one deadline a group is set: no later than the next of them. When it
comes, those whose time is over are found, and it is set again. Who does something in between only
moves the own time on, so nothing has to be touched then.
"""

from typing import Final

from streams.agenda import ABSENCE, plan_due
from streams.calendar import DAY_MS
from streams.decide import SOFT_MAX, answer_each
from streams.explain import period
from streams.parts import Due
from streams.people import KEEP_MS
from streams.policy.bound import Bound
from streams.policy.compile import Policy
from streams.rules.filters import TRIAL, fits, is_live
from streams.rules.finding import Finding
from streams.state import Group, Member
from streams.turn import Turn

_NAME: Final = "absent"


def plan_absences(group: Group, policy: Policy, at: int) -> None:
    """Set the deadline anew, at a time `at` (ms) up to which all is done."""
    spans = [span_ms for _, span_ms in _timed(policy)]
    if not spans:
        return
    # Nobody who comes in, or does anything, from now on is absent sooner.
    following = [at + span_ms for span_ms in spans]
    for member_id in group.members:
        member = group.peek(member_id)
        if _may_be_missed(member):
            following += [
                member.seen + (_periods(member, at, span_ms) + 1) * span_ms for span_ms in spans
            ]
    plan_due(group, Due(min(following), ABSENCE))


def absence_due(turn: Turn, due: Due) -> None:
    """Find the members who were absent for a period, each once a period; the rest of them at once
    after the group was written, where so many are that it is full.
    """
    for member_id in sorted(turn.group.members):
        if turn.group.is_full():
            plan_due(turn.group, Due(due.at, ABSENCE))
            return
        member = turn.group.peek(member_id)
        for bound, span_ms in _timed(turn.policy):
            periods = _periods(member, due.at, span_ms)
            over = member.seen + periods * span_ms
            if periods and _is_missed(turn.to(member_id), bound, over):
                _miss(turn.about(member_id), bound, span_ms, over)
    plan_absences(turn.group, turn.policy, due.at)


def keep_ms(policy: Policy) -> int:
    """How long a member is remembered of whom nothing else stands: until missed, at least."""
    return max([KEEP_MS, *(span_ms + DAY_MS for _, span_ms in _timed(policy))])


def _is_missed(turn: Turn, bound: Bound, over: int) -> bool:
    """Whether a period of absence ended at `over` that nobody has answered yet."""
    is_new = _mark(turn, bound, over) not in turn.member.soft
    return is_new and _may_be_missed(turn.member) and fits(turn, bound)


def _mark(turn: Turn, bound: Bound, over: int) -> tuple[str, int]:
    trial = "" if is_live(turn.group, turn.policy, bound) else TRIAL
    return f"{trial}{_NAME}:{bound.rule.id}", over


def _miss(turn: Turn, bound: Bound, span_ms: int, over: int) -> None:
    """Answer that a period of the member's absence is over."""
    mark = _mark(turn, bound, over)
    others = [one for one in turn.member.soft if one[0] != mark[0]]
    turn.member.soft = (*others, mark)[-SOFT_MAX:]
    because = f"已有{period(span_ms)}没有任何动静"
    answer_each(turn, [Finding(bound=bound, evidence=(), because=because)])


def _may_be_missed(member: Member) -> bool:
    """Whether the member is there, and did anything at all: who never did is not counted."""
    return member.is_present and member.seen > 0


def _periods(member: Member, at: int, span_ms: int) -> int:
    """How many full periods of the member's absence are over at `at`."""
    return max(0, at - member.seen) // span_ms


def _timed(policy: Policy) -> list[tuple[Bound, int]]:
    """The rules about absence, with their periods (ms)."""
    rules = policy.about("absent_ms")
    return [(bound, span_ms) for bound in rules if (span_ms := bound.rule.when.absent_ms)]
