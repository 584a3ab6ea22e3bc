"""A member reports another: a person is asked, once for all who report the same."""

from collections.abc import Iterator

from schemas.event import Report
from streams.decide import decide
from streams.policy.bound import Bound
from streams.reports import of_member, of_message, take_in
from streams.reviews import join_review
from streams.rules.filters import fits, is_live
from streams.rules.finding import Finding
from streams.state import Review
from streams.turn import Turn


def on_report(turn: Turn, event: Report) -> None:
    """A report asks a person, and punishes nobody. One about oneself is none."""
    turn.member.seen = max(turn.member.seen, event.sent_at)
    if event.target_id == event.member_id or not turn.policy.about("reported"):
        return
    # Whom nobody ever saw can't be reported, or a reporter could fill the group with such.
    if event.target_id not in turn.group.members:
        return
    message_id = _message_of(turn, event)
    about = turn.about(event.target_id)
    bounds = list(_asked(about, message_id))
    if not bounds:
        return
    name = of_message(message_id) if message_id else of_member(event.target_id)
    count = take_in(turn, name)
    for bound in bounds:
        reported = bound.rule.when.reported
        if reported is not None and count >= reported.reporters:
            is_more = count > reported.reporters
            _answer(about, bound, event, message_id, count, is_more=is_more)


def _message_of(turn: Turn, event: Report) -> str:
    """The reported message; empty for none, and for one that another member is known to have
    written: nobody shall lose a message by a report about somebody else.
    """
    message_id = event.message_id or ""
    writer = turn.group.writer_of(message_id) if message_id else None
    return message_id if writer in (None, event.target_id) else ""


def _asked(about: Turn, message_id: str) -> Iterator[Bound]:
    """The rules that answer: of several for the same number of reporters the first. A rule in
    shadow takes nothing from a live one.
    """
    taken: set[tuple[int, str]] = set()
    for bound in about.policy.about("reported"):
        reported = bound.rule.when.reported
        if reported is None or (reported.what == "message" and not message_id):
            continue
        key = (reported.reporters, bound.rule.state)
        if key not in taken and fits(about, bound):
            taken.add(key)
            yield bound


def _answer(
    about: Turn, bound: Bound, event: Report, message_id: str, count: int, *, is_more: bool
) -> None:
    messages = (message_id,) if message_id else ()
    evidence = (*messages, event.id)
    standing = _standing(about, bound, message_id) if is_more else None
    if standing is not None and is_live(about.group, about.policy, bound):
        # A further reporter of the same: the question stands already.
        if not about.late:
            join_review(about, standing, evidence, messages)
        return
    finding = Finding(
        bound=bound,
        evidence=evidence,
        because=f"有{count}名成员举报",
        beside=(("other_side", event.member_id),),
    )
    decide(about, [finding], message_id)


def _standing(about: Turn, bound: Bound, message_id: str) -> Review | None:
    """The open review in which what is reported stands already."""
    for review in about.member.reviews:
        of_rule = review.rule == bound.rule.id and not message_id
        if of_rule or (message_id and message_id in review.messages):
            return review
    return None
