"""What comes by time alone: set when a pack begins to judge a group, set again whenever it fires."""

from schemas.action import Action
from streams.absence import plan_absences
from streams.people import People
from streams.policy.compile import Policy
from streams.state import Group


def go_over(group: Group, policy: Policy, people: People, out: list[Action]) -> None:
    """The first new record that a pack judges in a group: from here on it judges the group."""
    if group.head.judged_by == policy.ref.version:
        return
    group.head.judged_by = policy.ref.version
    plan_absences(group, policy, group.head.clock)
