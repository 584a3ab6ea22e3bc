"""Whether a rule may answer at all: whom it binds, on which platform, when, and what rests."""

from collections.abc import Collection
from itertools import accumulate
from typing import Final

from schemas.action import Mode
from schemas.event import Edit, Join, Message, Rename
from schemas.policy import SEVERE, Hours, Rule
from streams.policy.bound import Bound
from streams.policy.compile import Policy
from streams.rules.case import Names
from streams.shown import Shown, holds
from streams.state import EXEMPTIONS_BYTES_MAX, EXEMPTIONS_MAX, Exemption, Group
from streams.turn import Turn

TRIAL: Final = "~"
LATE: Final = "<"
STAFF: Final = "="
"""Marks of cases, before the rule's name."""
CONTENT: Final = "content:"
"""Before a label in an exemption's capability."""


def fits(turn: Turn, bound: Bound) -> bool:
    """Whether the rule binds the turn's member, here and at this time."""
    if bound.whom is not None and turn.member.role not in bound.whom:
        return False
    return holds_here(turn, bound.rule)


def holds_here(turn: Turn, rule: Rule) -> bool:
    """Whether the rule holds on this platform and at this time, whomever it binds."""
    if rule.platform and turn.group.platform not in rule.platform:
        return False
    return rule.hours is None or in_hours(turn, turn.at, rule.hours)


def in_hours(turn: Turn, at: int, hours: Hours) -> bool:
    """Whether a time lies in such hours of such days."""
    return turn.policy.period_of(at, hours) is not None


def is_live(group: Group, policy: Policy, bound: Bound) -> bool:
    """Whether what the rule finds in this group has consequences."""
    approved = policy.pack.settings.group_approved or group.head.approved
    live = approved or bound.rule.when.group is not None
    return live and bound.rule.state == "live"


def mode_of(turn: Turn, bound: Bound) -> Mode:
    """In which mode the rule acts in this turn."""
    if not is_live(turn.group, turn.policy, bound):
        return "shadow"
    return "late" if turn.late else "live"


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
    return rests_for(group, event.member_id, event.sent_at, capabilities)


def rests_for(group: Group, member_id: str, at: int, capabilities: Collection[str]) -> bool:
    """Whether a person let a rule rest at that time, for that member or for all."""
    return any(
        e.capability in capabilities and e.member_id in ("", member_id) and e.since <= at < e.until
        for e in group.desk.exemptions
    )


def resting_labels(group: Group, event: Message | Edit) -> frozenset[str]:
    """The labels that a person let rest, for this member or for all, at the time of the event."""
    named = {e.capability for e in group.desk.exemptions if e.capability.startswith(CONTENT)}
    # What the law forbids nobody can let rest.
    named -= {f"{CONTENT}{label}" for label in SEVERE}
    return frozenset(name.removeprefix(CONTENT) for name in named if rests(group, event, {name}))


def let_rest(group: Group, capability: str, member_id: str, since: int, until: int) -> None:
    """Let a rule rest in a period, for a member or (`""`) for all."""
    kept = [e for e in group.desk.exemptions if e.until > since]
    kept.append(Exemption(capability, member_id, since, until))
    kept = kept[-EXEMPTIONS_MAX:]
    sizes = accumulate(len(f"{e.capability}{e.member_id}".encode()) + 24 for e in reversed(kept))
    newest = sum(size <= EXEMPTIONS_BYTES_MAX for size in sizes)
    group.desk.exemptions = kept[len(kept) - newest :]
    group.desk_changed = True
