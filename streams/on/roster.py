"""Who is who, as the school says."""

from schemas.event import Roster
from streams.turn import Turn


def on_roster(turn: Turn, event: Roster) -> None:
    """Take a roster in: roles, and names as prints alone."""
    group, people = turn.group, turn.people
    for line in event.roster:
        member = people.member(group, line.member_id)
        member.role = line.role
        child = line.name if line.role == "student" else line.student
        member.child = people.prints.of_name(child) if child else 0
