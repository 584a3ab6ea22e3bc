"""Who comes, who leaves, and under which name."""

from schemas.event import Join, Leave, Rename
from streams.on.message import rank_of
from streams.turn import Turn


def on_join(turn: Turn, event: Join) -> None:
    """A member came in."""
    member = turn.member
    is_newest = event.sent_at >= member.seen
    member.seen = max(member.seen, event.sent_at)
    if is_newest and event.platform_role is not None:
        member.rank = rank_of(event.platform_role)


def on_leave(turn: Turn, event: Leave) -> None:
    """A member left; strikes stay with the id."""
    turn.member.seen = max(turn.member.seen, event.sent_at)


def on_rename(turn: Turn, event: Rename) -> None:
    """A member took another name."""
    turn.member.seen = max(turn.member.seen, event.sent_at)
