"""Naming: names in the group, held against the roster when a member comes in or takes another."""

from collections.abc import Iterator

from schemas.event import Join, Rename
from streams.calendar import local_day
from streams.decide import answer_each
from streams.naming.patterns import fits as is_called
from streams.parts import Due
from streams.renaming import settle
from streams.rules.filters import fits, rests
from streams.rules.finding import Finding
from streams.turn import Turn


def find_names(turn: Turn, event: Join | Rename) -> Iterator[Finding]:
    """One finding a rule where the name that the member came in with, or took, is none of those
    that the pack has for the role. The same wrong name again is asked about once a day; an older
    record says nothing of the name that stands.
    """
    member, policy, prints = turn.member, turn.policy, turn.people.prints
    if event.name is None or event.sent_at < member.named_at:
        return
    name, before, before_at = prints.of_name(event.name), member.named, member.named_at
    member.named, member.named_at = name, event.sent_at
    names = policy.names.get(member.role)
    if names is None:
        return
    if is_called(event.name, names.patterns, member.own, member.child, prints.of_name):
        settle(turn)
        return
    if member.misnamed and name == before and _day(turn, before_at) == _day(turn, turn.at):
        return
    for bound in policy.about("name"):
        if fits(turn, bound) and not rests(turn.group, event, {bound.capability, bound.rule.id}):
            yield Finding(bound=bound, evidence=(event.id,), because="群昵称与群公约要求的写法不同")


def name_due(turn: Turn, due: Due) -> None:
    """The time for a right name is over: who is still there under a wrong one is a finding."""
    bound = turn.policy.by_id[due.rule]
    member = turn.about(due.about)
    if member.member.misnamed and bound.rule.when.misnamed_ms and fits(member, bound):
        because = "群昵称到期仍未改正"
        answer_each(member, [Finding(bound=bound, evidence=(), because=because)])


def _day(turn: Turn, at: int) -> int:
    return local_day(at, turn.policy.offset(at))
