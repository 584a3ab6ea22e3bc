"""Membership: who is in the group, held against the roster. Without a roster nobody is a stranger."""

from collections.abc import Collection, Iterator, Sequence

from schemas.event import Join, Message, Roster
from streams.naming.patterns import other_relation
from streams.policy.bound import Bound
from streams.policy.whom import STRANGERS, roles_of
from streams.rules.filters import fits, is_live, rests
from streams.rules.finding import Finding
from streams.state import LET_IN, TOLD, TRIED, Group
from streams.turn import Turn


def find_joins(turn: Turn, event: Join, *, is_let_in: bool) -> list[Finding]:
    """What follows from who came in: of a stranger a person is told, anybody else is welcome. Who
    was let in by one who may is approved by that.
    """
    if not turn.group.head.is_rostered:
        return []
    if is_let_in:
        return list(_about_join(turn, event, "rostered", "经管理人员同意入群"))
    strangers = list(_about_join(turn, event, "stranger", f"{_who(turn)}入群"))
    _note(turn, strangers)
    if _says_other_relation(turn, event):
        strangers += _about_join(turn, event, "other_relation", "入群者的昵称写的是其他亲属")
    if turn.member.role in STRANGERS or any(f.bound.rule.state == "live" for f in strangers):
        return strangers
    return [*strangers, *_about_join(turn, event, "rostered", "班级名单上的成员入群")]


def is_let_in(turn: Turn, event: Join) -> bool:
    """Whether somebody brought the joiner in who may."""
    inviter = event.inviter_id
    if inviter is None or inviter == event.member_id or inviter not in turn.group.members:
        return False
    by = turn.group.peek(inviter)
    return by.role in turn.policy.staff or by.rank in ("owner", "admin")


def find_strangers(turn: Turn, event: Message) -> list[Finding]:
    """One finding a rule, and once a member, where one wrote who is a stranger to the roster."""
    if not turn.group.head.is_rostered:
        return []
    bounds = [
        bound
        for bound in turn.policy.about("present")
        if not rests(turn.group, event, {bound.capability, bound.rule.id})
    ]
    return _present(turn, bounds, event.id, f"{_who(turn)}发言")


def find_outcasts(turn: Turn, event: Roster) -> list[Finding]:
    """One finding a rule, and once a member, where the roster made a stranger of one who is there.
    `turn` is about that member.
    """
    bounds = [
        bound for bound in turn.policy.about("present") if bound.rule.when.present == "stranger"
    ]
    return _present(turn, bounds, event.id, f"新名单上，群里有{_who(turn)}")


def find_added(turn: Turn, event: Roster, before: str) -> Iterator[Finding]:
    """One finding a rule where a later roster names somebody anew who is not there. `turn` is about
    that member, `before` the role until then.
    """
    for bound in turn.policy.about("added"):
        if before not in (bound.whom or ()) and fits(turn, bound):
            because = "新名单上有尚未入群的成员"
            yield Finding(bound=bound, evidence=(event.id,), because=because)


def _about_join(turn: Turn, event: Join, kind: str, because: str) -> Iterator[Finding]:
    inviter = event.inviter_id
    # An id that nobody in the group has would be kept as a member's.
    known = inviter is not None and inviter in turn.group.members
    for bound in turn.policy.about("joins"):
        if bound.rule.when.joins != kind or not fits(turn, bound):
            continue
        if not _invited_as(turn.group, event, bound, turn.policy.staff):
            continue
        if rests(turn.group, event, {_capability(bound), bound.rule.id}):
            continue
        beside = (("inviter", inviter),) if inviter is not None and known else ()
        yield Finding(bound=bound, evidence=(event.id,), because=because, beside=beside)


def _capability(bound: Bound) -> str:
    """The name by which an exemption lets the rule rest."""
    return "welcome_rules" if bound.rule.when.joins == "rostered" else bound.capability


def _invited_as(group: Group, event: Join, bound: Bound, staff: Collection[str]) -> bool:
    wanted, inviter = bound.rule.where.inviter, event.inviter_id
    if not wanted:
        return True
    if inviter is None:
        return False
    return group.role_of(inviter) in roles_of(wanted, staff)


def _says_other_relation(turn: Turn, event: Join) -> bool:
    """Whether the joiner's name says a relation to the child that no name of the pack may have."""
    allowed = {word for pattern in turn.policy.pack.names for word in pattern.relations}
    return event.name is not None and other_relation(event.name, sorted(allowed))


def _present(turn: Turn, bounds: Sequence[Bound], event_id: str, because: str) -> list[Finding]:
    """The findings of rules about who is in the group, each member's once: it is noted."""
    if turn.member.noted & (TOLD | LET_IN):
        return []
    tried = turn.member.noted & TRIED
    found = [
        Finding(bound=bound, evidence=(event_id,), because=because)
        for bound in bounds
        if fits(turn, bound) and not (tried and _is_trial(turn, bound))
    ]
    _note(turn, found)
    return found


def _is_trial(turn: Turn, bound: Bound) -> bool:
    return turn.late or not is_live(turn.group, turn.policy, bound)


def _note(turn: Turn, findings: Sequence[Finding]) -> None:
    for finding in findings:
        turn.member.noted |= TRIED if _is_trial(turn, finding.bound) else TOLD


def _who(turn: Turn) -> str:
    """What makes a stranger of the member."""
    words = {"": "班级名单上没有的人", "outsider": "名单注明不属于本班的人"}
    return words.get(turn.member.role, "群公约不接收的人")
