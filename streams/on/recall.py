"""A recall: the message counts in no run any more; strikes given stand."""

from schemas.event import Recall
from streams import clocks, notices, weekly
from streams.people import People
from streams.rules.count import forget_counted
from streams.state import Group
from streams.windows import position


def on_recall(group: Group, event: Recall, people: People) -> None:
    """Take the recalled message's text out of its writer's runs."""
    writer_id = event.target_id or event.member_id
    if writer_id not in group.members:
        return
    notices.recalled(group, writer_id, event.message_id)
    clocks.recalled(group, event.message_id)
    weekly.recalled(group, event.message_id)
    member = people.member(group, writer_id)
    forget_counted(group, member, event.message_id)
    at = position(member, event.message_id)
    if at >= 0:
        member.prints[at] = 0
