"""Open reviews: questions that wait for a person, one a member and proposal."""

from collections.abc import Iterable
from typing import Any, Final

from schemas.action import Mode
from schemas.policy import Recipient
from streams.acts import ROLE_WORDS, recipient
from streams.agenda import REVIEW, after, plan_due
from streams.explain import sentence
from streams.parts import Due
from streams.state import EVIDENCE_MAX, REVIEWS_MAX, Member, Review
from streams.turn import Cause, Turn

LOOK: Final = "look"
"""The proposal of a review that rests on a suspicion: approval closes it and carries out nothing."""

_ASKS: Final = {
    "remove": "处理，建议移出群",
    "delete": "处理，建议删除并提醒",
    LOOK: "亲自看过再定",
}


def open_review(
    turn: Turn,
    cause: Cause,
    mode: Mode,
    proposal: str,
    to_role: Recipient | None = None,
    *,
    messages: Iterable[str] = (),
    quorum: int = 1,
    other: str = "",
    hold: bool = False,
) -> None:
    """Ask a person. An open review of the same proposal takes the evidence in instead, unless the
    finding is late or a trial: what a person approves then must not reach its message.

    `other`: the other side of a dispute, which has one review for the pair; see `Review`.
    """
    standing = _standing(turn, proposal, other)
    if standing is not None and mode != "shadow":
        if mode == "live":
            _join(standing.evidence, cause.evidence)
            _join(standing.messages, messages)
        return
    role = recipient(turn, to_role or turn.policy.pack.review_to)
    params: dict[str, Any] = {"to_role": role}
    if proposal:
        params["proposal"] = proposal
    if quorum > 1:
        params["quorum"] = quorum
    if other:
        params["other_side"] = other
    explain = sentence(
        cause.because, f"请{ROLE_WORDS[role]}{_ASKS.get(proposal, '处理')}", turn.strikes()
    )
    action = turn.act("review", cause, mode, params, explain=explain)
    if mode != "live":
        return
    evidence = list(cause.evidence[-EVIDENCE_MAX:])
    review = Review(
        action.id, proposal, cause.rule, turn.at, evidence, list(messages), role, quorum
    )
    review.other, review.hold = other, hold
    turn.member.reviews = (*turn.member.reviews, review)[-REVIEWS_MAX:]
    _plan_steps(turn, review)


def _standing(turn: Turn, proposal: str, other: str) -> Review | None:
    """The open review that takes the finding in: of a dispute, whichever of the two it is about."""
    if not other:
        return next(
            (one for one in turn.member.reviews if one.proposal == proposal and not one.other), None
        )
    mine = next((one for one in turn.member.reviews if one.other == other), None)
    if mine is not None or turn.member_id is None or other not in turn.group.members:
        return mine
    theirs = turn.group.peek(other).reviews
    if not any(one.other == turn.member_id for one in theirs):
        return None
    held = turn.people.member(turn.group, other).reviews
    return next(one for one in held if one.other == turn.member_id)


def _plan_steps(turn: Turn, review: Review) -> None:
    """Set the times at which a review without an answer is handed on."""
    for bound in turn.policy.about("open_review"):
        step = bound.rule.when.open_review
        if step is not None and step.to == review.to and turn.member_id is not None:
            about = f"{turn.member_id}\x1f{review.action}"
            plan_due(turn.group, Due(after(turn.at, step.for_ms), REVIEW, about, bound.rule.id))


def _join(known: list[str], more: Iterable[str]) -> None:
    """Add what is new; the oldest gives way."""
    known.extend(dict.fromkeys([one for one in more if one not in known]))
    del known[:-EVIDENCE_MAX]


def close_review(member: Member, review: Review) -> None:
    """The question has its answer."""
    member.reviews = tuple(other for other in member.reviews if other is not review)
