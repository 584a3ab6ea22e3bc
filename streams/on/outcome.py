"""What became of an action: a step that did not reach the member is taken again by the next
strike.
"""

from schemas.action import UNDELIVERED
from schemas.event import OutcomeSeen
from streams.identity import hash64
from streams.people import People
from streams.state import Group


def on_outcome(group: Group, event: OutcomeSeen, people: People) -> None:
    """To hear it twice changes nothing, so outcomes, which are many, use up no ring of ids."""
    if event.status not in UNDELIVERED:
        return
    step = hash64(event.action_id)
    for known, member_id in group.desk.steps:
        if known == step and member_id in group.members:
            for strike in people.member(group, member_id).strikes:
                strike.told = strike.told and strike.step != step
