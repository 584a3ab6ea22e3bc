"""Who is who, as the school says."""

from schemas.event import Roster, RosterLine
from streams.decide import answer_each
from streams.naming.roster import roster_prints
from streams.renaming import settle
from streams.rules.membership import find_added, find_outcasts
from streams.state import LET_IN
from streams.turn import Turn


def on_roster(turn: Turn, event: Roster) -> None:
    """Take a roster in: roles, and names as prints alone. The members of the first one are there,
    but for who is known to have left; those of a later one when they come in or write.
    """
    head = turn.group.head
    is_first, head.is_rostered = not head.is_rostered, True
    turn.group.named_children = None
    for line in event.roster:
        member = turn.about(line.member_id)
        before, was_present = member.member.role, member.member.is_present
        _take_in(member, line)
        if is_first and not member.member.seen:
            member.member.is_present = True
        if before == line.role:
            continue
        if was_present:
            answer_each(member, find_outcasts(member, event))
        elif not is_first:
            answer_each(member, list(find_added(member, event, before)))


def _take_in(turn: Turn, line: RosterLine) -> None:
    """Put the line in place of what was known of the member."""
    member = turn.member
    child = line.name if line.role == "student" else line.student
    found = roster_prints(line.name, child, turn.people.prints.of_name)
    if (member.role, member.own, member.child) != (line.role, found.own, found.child):
        # The name that was asked for is another one now, and the present one was never held
        # against it.
        settle(turn)
    if member.role != line.role:
        member.noted = member.noted & ~LET_IN if line.role == "outsider" else 0
    member.role = line.role
    member.own, member.child, member.given = found
