"""What is due, and what then happens: the clock of one group.

Deadlines fire in the order (time, kind), each with its own time, whatever record moved the clock.
"""

import heapq
from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from schemas.action import Action, decode_action
from streams import agenda
from streams.absence import absence_due, keep_ms
from streams.agenda import next_due, take_due
from streams.clocks import clock_due
from streams.curfew import begin_due, end_due
from streams.notices import notice_due
from streams.parts import Due
from streams.people import People, plan_forgetting
from streams.policy.compile import Policy
from streams.rules.naming import name_due
from streams.silence import silence_due
from streams.state import Group, Member
from streams.steps import review_due
from streams.turn import Turn, expiry
from streams.weekly import weekly_due

_HANDLERS: Final[Mapping[int, Callable[[Turn, Due], None]]] = {
    agenda.CLOCK: clock_due,
    agenda.MUTE_ALL: begin_due,
    agenda.NOTICE: notice_due,
    agenda.SILENCE: silence_due,
    agenda.UNMUTE_ALL: end_due,
    agenda.WEEKLY: weekly_due,
    agenda.NAME: name_due,
    agenda.REVIEW: review_due,
    agenda.ABSENCE: absence_due,
}
"""What each kind of deadline does. The turn is the group's, at the deadline's own time."""


def fire(group: Group, until: int, policy: Policy, people: People, out: list[Action]) -> bool:
    """Do what is due at or before `until` (ms); False where the rest must wait until what is changed
    is written. It is taken up where it was left, as if a tick had come in between.
    """
    head = group.head
    while head.next_at and head.next_at <= until:
        due = head.next_at
        if head.forget_at == due:
            _forget(group, due, policy)
        elif group.desk.waiting and group.desk.waiting[0][0] == due:
            _post_waiting(group, due, out)
        elif next_due(group) is not None:
            _fire_one(group, policy, people, out)
        group.plan()
        people.let_go()
        if group.is_full():
            return False
    return True


def _fire_one(group: Group, policy: Policy, people: People, out: list[Action]) -> None:
    due = take_due(group)
    # A deadline of a rule that the pack in force does not have fires into nothing.
    if not due.rule or due.rule in policy.by_id:
        _HANDLERS[due.kind](Turn(group, policy, None, Member(), due.at, out, people), due)


def _post_waiting(group: Group, due: int, out: list[Action]) -> None:
    """Put out a notice that waited for the morning, with the time that it waited for."""
    _, raw = heapq.heappop(group.desk.waiting)
    group.desk_changed = True
    action = decode_action(raw)
    out.append(
        msgspec.structs.replace(
            action, decided_at=due, expires_at=expiry(action.kind, due, action.params)
        )
    )


def _forget(group: Group, due: int, policy: Policy) -> None:
    """Drop the members that are equal to unknown ones, and plan the next look: at once for those who
    are left where the group is full.
    """
    lapse, keep = policy.pack.lapse_ms, keep_ms(policy)
    oldest = None
    for member_id in list(group.members):
        if group.is_full():
            return
        member = group.peek(member_id)
        if _forgettable(member, due, lapse, keep):
            group.forget(member_id)
        elif not member.role and member.rank not in ("owner", "admin"):
            oldest = member.seen if oldest is None else min(oldest, member.seen)
    group.head.forget_at = 0
    if oldest is not None:
        plan_forgetting(group, max(oldest + keep, due))


def _forgettable(member: Member, now: int, lapse: int | None, keep: int) -> bool:
    struck = any(lapse is None or strike.at > now - lapse for strike in member.strikes)
    return not (
        struck
        or member.role
        or member.rank in ("owner", "admin")
        or member.reviews
        or member.mute_until > now
        or member.seen > now - keep
    )
