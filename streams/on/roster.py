"""Who is who, as the school says."""

from typing import Final

from schemas.event import Event, Rejected, Roster, RosterLine
from streams.decide import answer_each
from streams.naming.roster import roster_prints
from streams.renaming import settle
from streams.rules.membership import find_added, find_outcasts
from streams.state import LET_IN, STEP_MEMBERS_MAX
from streams.topology import BATCH_BYTES_MAX
from streams.turn import Turn

ANSWERS_BYTES_MAX: Final = 3 << 19
"""What a roster's answers may add to the group's own records: steps, deadlines, waiting notices."""


def is_wide(event: Event) -> bool:
    """Whether it is a roster of so many that it must begin with nothing unwritten: how much of it has
    room follows from the log alone then, and not from where a fetch began.
    """
    return isinstance(event, Roster) and len(event.roster) > STEP_MEMBERS_MAX


def on_roster(turn: Turn, event: Roster) -> Rejected | None:
    """Take a roster in: roles, and names as prints alone. The members of the first one are there,
    but for who is known to have left; those of a later one when they come in or write.

    All whom it names are changed at once and written at once. Where they are too many or know too
    much for that, the lines behind are refused: a roster in several records has room.
    """
    head = turn.group.head
    room = BATCH_BYTES_MAX - ANSWERS_BYTES_MAX - turn.group.parts_bytes()
    is_first, head.is_rostered = not head.is_rostered, True
    turn.group.named_children = None
    for taken, line in enumerate(event.roster):
        if is_wide(event) and turn.group.is_full(room):
            words = (
                f"{taken} of {len(event.roster)} lines were taken in: send the others by themselves"
            )
            return Rejected("roster_too_large", "$.roster", words)
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
        turn.people.let_go()
    return None


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
