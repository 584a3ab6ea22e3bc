"""Reply clocks: whoever is mentioned in a task, or a question, has a time to say a word.

A clock runs inside the rule's hours alone; when it has run out is known when it starts. Any word of
the member within its time stops it, the last moment included.
"""

from itertools import islice

from schemas.event import Message
from streams.agenda import CLOCK, cancel, plan_due
from streams.calendar import active_deadline
from streams.decide import answer_each
from streams.explain import unreplied_words
from streams.fingerprints import ACKNOWLEDGED
from streams.identity import SEPARATOR
from streams.parts import CLOCKS, CLOCKS_MAX, Clock, Clocks, Due
from streams.policy.bound import Bound
from streams.policy.compile import Policy
from streams.policy.whom import roles_of
from streams.rules.filters import holds_here, rests
from streams.rules.finding import Finding
from streams.shown import Shown, holds
from streams.state import Group
from streams.turn import Turn


def listen(turn: Turn, event: Message, shown: Shown) -> None:
    """Stop the clocks of who wrote, and start those of whom the message mentions."""
    if event.member_id in turn.group.asked:
        _stop(turn.group, event.member_id, event.sent_at)
    if shown.mentioned:
        for bound in turn.policy.about("unreplied"):
            if _asks(turn, event, shown, bound):
                _start(turn, event, shown, bound)


def recalled(group: Group, message_id: str) -> None:
    """Nobody has to answer what was taken back."""
    _keep(group, [clock for clock in _running(group) if clock.message != message_id])


def forget_rules_gone(group: Group, policy: Policy) -> None:
    """Stop the clocks of rules that the pack in force does not have."""
    _keep(group, [clock for clock in _running(group) if clock.rule in policy.by_id])


def clock_due(turn: Turn, due: Due) -> None:
    """A clock has run out without a word."""
    group = turn.group
    clock = next((one for one in _running(group) if _about(one) == due.about), None)
    if clock is None or clock.due != due.at or clock.rule != due.rule:
        return
    _keep(group, [one for one in _running(group) if one is not clock])
    bound = turn.policy.by_id[due.rule]
    unreplied = bound.rule.when.unreplied
    gone = clock.member not in group.members or not group.peek(clock.member).is_present
    if unreplied is None or gone:
        return
    because = unreplied_words(unreplied.within_ms)
    finding = Finding(bound=bound, evidence=(clock.message,), because=because)
    answer_each(turn.about(clock.member), [finding])


def _asks(turn: Turn, event: Message, shown: Shown, bound: Bound) -> bool:
    """Whether the message starts clocks by this rule."""
    unreplied = bound.rule.when.unreplied
    if unreplied is None or not holds_here(turn, bound.rule):
        return False
    if turn.member.role not in roles_of(unreplied.asked_by, turn.policy.staff):
        return False
    if unreplied.asks == "question" and "question" not in shown.said.cues:
        return False
    # Who thanks somebody by name gives no task.
    text, _ = turn.people.prints.of(event.text)
    return text != ACKNOWLEDGED and holds(bound.rule.where, shown)


def _start(turn: Turn, event: Message, shown: Shown, bound: Bound) -> None:
    due = _due(turn, bound)
    if due is None or due <= turn.group.head.clock:
        return
    names = {bound.capability, bound.rule.id}
    if turn.group.desk.exemptions and rests(turn.group, event, names):
        return
    asked = (
        member_id
        for member_id in shown.mentioned
        if member_id != event.member_id and _is_silent(turn, member_id, bound)
    )
    started = [
        Clock(member_id, event.id, bound.rule.id, event.sent_at, due)
        for member_id in islice(asked, CLOCKS_MAX)
    ]
    _keep(turn.group, [*_running(turn.group), *started][-CLOCKS_MAX:])
    for clock in started:
        plan_due(turn.group, Due(due, CLOCK, _about(clock), bound.rule.id))


def _due(turn: Turn, bound: Bound) -> int | None:
    """When the clock that starts now has run out; its last moment is in time."""
    unreplied = bound.rule.when.unreplied
    if unreplied is None:
        return None
    hours = unreplied.hours
    if hours is None:
        return turn.at + unreplied.within_ms + 1
    end = active_deadline(
        turn.at,
        unreplied.within_ms,
        hours.start,
        hours.end,
        turn.policy.offset,
        turn.policy.days_of(hours),
    )
    return None if end is None else end + 1


def _is_silent(turn: Turn, member_id: str, bound: Bound) -> bool:
    """Whether the rule binds the member, who has said nothing since; an answer may come before its
    task.
    """
    if member_id not in turn.group.members:
        return False
    member = turn.group.peek(member_id)
    is_bound = bound.whom is None or member.role in bound.whom
    return is_bound and not (member.times and member.times[-1] > turn.at)


def _stop(group: Group, member_id: str, at: int) -> None:
    """A word of the member was said at `at`."""
    _keep(
        group,
        [
            clock
            for clock in _running(group)
            if clock.member != member_id or not clock.at <= at < clock.due
        ],
    )


def _running(group: Group) -> list[Clock]:
    clocks = group.look(CLOCKS, Clocks)
    return clocks.running if clocks is not None else []


def _keep(group: Group, running: list[Clock]) -> None:
    """Let these clocks run on, and no other."""
    before = _running(group)
    if running == before:
        return
    for clock in before:
        if clock not in running:
            cancel(group, CLOCK, _about(clock))
    group.part(CLOCKS, Clocks).running = running
    group.recall_duties()


def _about(clock: Clock) -> str:
    return f"{clock.member}{SEPARATOR}{clock.message}"
