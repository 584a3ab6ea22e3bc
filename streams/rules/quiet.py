"""Quiet hours: one reminder a member and quiet period."""

from collections.abc import Callable

from schemas.policy import QuietHours
from streams.calendar import quiet_period
from streams.explain import clock
from streams.policy.compile import Bound
from streams.rules.finding import Finding
from streams.state import Member


def find_quiet(
    member: Member,
    sent_at: int,
    offset: Callable[[int], int],
    event_id: str,
    bound: Bound,
    quiet: QuietHours,
) -> Finding | None:
    """Say whether the message falls in quiet hours in which this member was not reminded yet.

    `offset` is the zone's, as a function of a time (ms). The period is remembered by its beginning.
    """
    period = quiet_period(sent_at, offset, quiet.start, quiet.end)
    if period is None or period[0] <= member.quiet_seen:
        return None
    member.quiet_seen = period[0]
    return Finding(
        bound=bound,
        evidence=(event_id,),
        because=f"{clock(sent_at, offset(sent_at))}发消息，安静时段是{_hours(quiet)}",
        labels=("quiet_hours",),
    )


def _hours(quiet: QuietHours) -> str:
    def words(minutes: int) -> str:
        return f"{minutes // 60}:{minutes % 60:02d}"

    return f"{words(quiet.start)}至{'次日' if quiet.end <= quiet.start else ''}{words(quiet.end)}"
