"""Whether a rule may answer at all: whom it binds, on which platform, when, and what rests."""

from collections.abc import Collection
from typing import Final

from schemas.event import Edit, Join, Message, Rename
from schemas.policy import Hours
from streams.calendar import quiet_period
from streams.policy.compile import Bound, Policy
from streams.rules.case import Names
from streams.shown import Shown, holds
from streams.state import Group
from streams.turn import Turn

TRIAL: Final = "~"
LATE: Final = "<"
STAFF: Final = "="
"""Marks of cases, before the rule's name."""


def fits(turn: Turn, bound: Bound) -> bool:
    """Whether the rule binds the turn's member, here and at this time."""
    rule = bound.rule
    if bound.whom is not None and turn.member.role not in bound.whom:
        return False
    if rule.platform and turn.group.platform not in rule.platform:
        return False
    return rule.hours is None or in_hours(turn, turn.at, rule.hours)


def in_hours(turn: Turn, at: int, hours: Hours) -> bool:
    """Whether a time lies in such hours of such days."""
    return quiet_period(at, turn.policy.offset, hours.start, hours.end) is not None


def is_live(group: Group, policy: Policy, bound: Bound) -> bool:
    """Whether what the rule finds in this group has consequences."""
    approved = policy.pack.settings.group_approved or group.head.approved
    live = approved or bound.rule.when.group is not None
    return live and bound.rule.state == "live"


def case_names(turn: Turn, bound: Bound) -> Names:
    """The names of a rule's cases. One to which nothing follows now, a late one, or one of staff,
    has a name of its own: it must not stand for the next one, to which something would.
    """
    rule = bound.rule.id
    if not is_live(turn.group, turn.policy, bound):
        return (f"{TRIAL}{rule}",)
    if turn.is_staff and bound.whom is None:
        return (f"{STAFF}{rule}",)
    # What had its answer in time needs no late one.
    return (f"{LATE}{rule}", rule) if turn.late else (rule,)


def spared_by(turn: Turn, shown: Shown) -> frozenset[str]:
    """The labels and capabilities that the pack's own exemptions take out of a message. A trial
    takes nothing from what is live, and so spares nothing.
    """
    spared: set[str] = set()
    for bound in turn.policy.spares:
        if bound.rule.state == "live" and fits(turn, bound) and _is_spare(bound, shown):
            spared.update(bound.rule.spare)
    return frozenset(spared)


def _is_spare(bound: Bound, shown: Shown) -> bool:
    when = bound.rule.when
    return holds(bound.rule.where, shown) and (
        when.message is not None
        or _meet(when.labels, shown.said.labels)
        or _meet(when.cues, shown.said.cues)
        or _meet(when.attachments, shown.types)
        or _meet(when.mentions, shown.mentions)
    )


def _meet(wanted: Collection[str] | None, there: Collection[str]) -> bool:
    return wanted is not None and any(one in there for one in wanted)


def rests(
    group: Group, event: Message | Edit | Join | Rename, capabilities: Collection[str]
) -> bool:
    """Whether a person let a rule rest, for this member or for all, at the time of the event."""
    return any(
        e.capability in capabilities
        and e.member_id in ("", event.member_id)
        and e.since <= event.sent_at < e.until
        for e in group.desk.exemptions
    )
