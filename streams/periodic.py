"""What comes by time alone: set when a pack begins to judge a group, set again whenever it fires.

Nothing of it is planned before a group has begun: with its first message or join.
"""

from typing import Final

from schemas.action import Action
from streams import agenda, clocks, notices, weekly
from streams.absence import plan_absences
from streams.agenda import keep_dues
from streams.curfew import plan_curfews
from streams.decide import answer_each
from streams.people import People
from streams.policy.compile import Policy
from streams.rules.count import forget_counts_gone
from streams.rules.filters import holds_here
from streams.rules.finding import Finding
from streams.silence import plan_silences
from streams.state import Group, Member
from streams.turn import Turn
from streams.weekly import plan_weekly

PERIODIC: Final = frozenset({agenda.MUTE_ALL, agenda.SILENCE, agenda.WEEKLY})
"""Kinds of deadlines that are set anew for each pack."""


def go_over(group: Group, policy: Policy, people: People, out: list[Action]) -> None:
    """The first new record that a pack judges in a group: from here on it judges the group."""
    head = group.head
    if head.judged_by == policy.ref.version:
        return
    before, head.judged_by = head.judged_by, policy.ref.version
    turn = Turn(group, policy, None, Member(), head.clock, out, people)
    if before:
        _forget_before(group, policy)
        _tell(turn)
    if head.began >= 0:
        _plan(turn)
    plan_absences(group, policy, head.clock)


def begin(turn: Turn) -> None:
    """The group's first message or join: what comes by time is counted from here."""
    head = turn.group.head
    if head.began < 0:
        head.began = turn.at
        _plan(turn.about_group())


def _plan(turn: Turn) -> None:
    plan_weekly(turn)
    plan_silences(turn)
    plan_curfews(turn)


def _forget_before(group: Group, policy: Policy) -> None:
    """Drop what an earlier pack had set and this one does not know."""
    keep_dues(
        group,
        lambda due: due.kind not in PERIODIC and (not due.rule or due.rule in policy.by_id),
    )
    notices.forget_rules_gone(group, policy)
    clocks.forget_rules_gone(group, policy)
    weekly.forget_rules_gone(group, policy)
    forget_counts_gone(group, policy)
    group.recall_duties()


def _tell(turn: Turn) -> None:
    """Say that the rules are others now, where the pack in force wants it said."""
    bounds = [b for b in turn.policy.about("policy") if holds_here(turn, b.rule)]
    findings = [Finding(bound=bound, evidence=(), because="群规则有更新") for bound in bounds]
    answer_each(turn, findings)
