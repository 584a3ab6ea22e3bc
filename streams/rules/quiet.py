"""Quiet hours: one reminder a member and quiet period."""

from schemas.event import Edit, Message
from schemas.policy import QuietHours
from streams.explain import clock
from streams.policy.bound import Bound
from streams.rules.case import Names, has_case, note_case
from streams.rules.finding import Finding
from streams.state import Member


def find_quiet(
    member: Member,
    event: Message | Edit,
    begin: int,
    offset: int,
    bound: Bound,
    quiet: QuietHours,
    case: Names,
) -> Finding | None:
    """The finding of a message in the quiet period that begins at `begin` (ms), if this member was
    not reminded in it yet. `offset` is the local zone's, in milliseconds.
    """
    if has_case(member, case, begin, begin):
        return None
    note_case(member, case, begin, begin)
    return Finding(
        bound=bound,
        evidence=(event.id,),
        because=f"{clock(event.sent_at, offset)}发消息，安静时段是{_hours(quiet)}",
        labels=("quiet_hours",),
    )


def _hours(quiet: QuietHours) -> str:
    def words(minutes: int) -> str:
        return f"{minutes // 60}:{minutes % 60:02d}"

    return f"{words(quiet.start)}至{'次日' if quiet.end <= quiet.start else ''}{words(quiet.end)}"
