"""Who comes, who leaves, and under which name."""

from schemas.event import Join, Leave, Rename
from streams.decide import answer_each
from streams.on.message import take_rank
from streams.periodic import begin
from streams.renaming import settle
from streams.rules.membership import find_joins, is_let_in
from streams.rules.naming import find_names
from streams.state import LET_IN
from streams.turn import Turn


def on_join(turn: Turn, event: Join) -> None:
    """A member came in: who it is, by the roster, and under which name."""
    member = turn.member
    begin(turn)
    let_in = is_let_in(turn, event)
    if _is_newest(turn, event):
        member.is_present = True
        member.noted = member.noted | LET_IN if let_in else member.noted & ~LET_IN
        if event.platform_role is not None:
            take_rank(turn, event.platform_role)
    answer_each(turn, [*find_joins(turn, event, is_let_in=let_in), *find_names(turn, event)])


def on_leave(turn: Turn, event: Leave) -> None:
    """A member left: nothing is owed any more, and no rights are left. Strikes stay with the id."""
    if _is_newest(turn, event):
        turn.member.is_present = False
        turn.member.rank = ""
        settle(turn)


def on_rename(turn: Turn, event: Rename) -> None:
    """A member, who so is there, took another name."""
    if _is_newest(turn, event):
        turn.member.is_present = True
    answer_each(turn, list(find_names(turn, event)))


def _is_newest(turn: Turn, event: Join | Leave | Rename) -> bool:
    """Whether nothing newer of the member is known; the member was seen at the event's time. What
    came after a record stands, though the record is taken in behind it.
    """
    is_newest = event.sent_at >= turn.member.seen
    turn.member.seen = max(turn.member.seen, event.sent_at)
    return is_newest
