"""Open reviews: questions that wait for a person, one a member and proposal."""

from collections.abc import Iterable
from typing import Any, Final

from msgspec import Struct

from schemas.action import Mode
from schemas.policy import Recipient
from streams.acts import ROLE_WORDS, recipient
from streams.agenda import REVIEW, after, cancel, plan_due
from streams.disputes import hold_both, is_held, let_go
from streams.explain import sentence
from streams.identity import SEPARATOR
from streams.parts import Due
from streams.state import EVIDENCE_MAX, REVIEWS_MAX, Review
from streams.turn import Cause, Turn

LOOK: Final = "look"
"""The proposal of a review that rests on a suspicion: approval closes it and carries out nothing."""

_ASKS: Final = {
    "remove": "处理，建议移出群",
    "delete": "处理，建议删除并提醒",
    LOOK: "亲自看过再定",
}


class Asked(Struct, frozen=True, kw_only=True):
    """The open review that a finding is in now: whether it opened it, and the ids that it added."""

    review: Review
    opened: bool
    evidence: tuple[str, ...]
    messages: tuple[str, ...]


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
    sides: Iterable[str] = (),
) -> Asked | None:
    """Ask a person. An open review of the same proposal takes the evidence in instead, unless the
    finding is late or a trial: what a person approves then must not reach its message. None where
    no review stands after it.

    `other`: the other side of a dispute, which has one review for the pair; `hold`: until it is
    decided nobody of the `sides` is muted by the system or proposed for removal.
    """
    if proposal == "remove" and is_held(turn):
        proposal = ""
    standing = _standing(turn, proposal, other)
    if standing is not None and mode != "shadow":
        return join_review(turn, standing, cause.evidence, messages) if mode == "live" else None
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
        return None
    evidence, gone = list(cause.evidence[-EVIDENCE_MAX:]), list(messages)
    review = Review(action.id, proposal, cause.rule, turn.at, evidence, gone, role, quorum)
    review.other, review.hold = other, hold
    turn.member.reviews = (*turn.member.reviews, review)[-REVIEWS_MAX:]
    if hold:
        hold_both(turn, review, sides)
    plan_steps(turn, review, role)
    return Asked(review=review, opened=True, evidence=tuple(evidence), messages=tuple(gone))


def join_review(
    turn: Turn, review: Review, evidence: Iterable[str], messages: Iterable[str]
) -> Asked:
    """Let an open review take more evidence in. What it proposes to delete are messages of the
    member that it is about: the other side of a dispute loses none by it.
    """
    is_its_own = any(one is review for one in turn.member.reviews)
    return Asked(
        review=review,
        opened=False,
        evidence=_join(review.evidence, evidence),
        messages=_join(review.messages, messages) if is_its_own else (),
    )


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


def plan_steps(turn: Turn, review: Review, role: str) -> None:
    """Set the times at which a review that `role` was asked now, and has no answer, is handed on:
    once by each rule, so that two rules can't hand it to and fro.
    """
    for bound in turn.policy.about("open_review"):
        step = bound.rule.when.open_review
        if step is None or step.to != role or turn.member_id is None:
            continue
        if bound.rule.id not in review.taken:
            at = after(turn.at, step.for_ms)
            plan_due(turn.group, Due(at, REVIEW, _about(turn, review), bound.rule.id))


def _about(turn: Turn, review: Review) -> str:
    return f"{turn.member_id}{SEPARATOR}{review.action}"


def _join(known: list[str], more: Iterable[str]) -> tuple[str, ...]:
    """Add what is new, and say what that was. The oldest gives way, but for the one that opened the
    review: it must not seem empty when a later one is taken out again.
    """
    new = tuple(dict.fromkeys([one for one in more if one not in known]))
    known.extend(new)
    del known[1 : 1 + max(0, len(known) - EVIDENCE_MAX)]
    return new


def close_review(turn: Turn, review: Review) -> None:
    """The question has its answer, or is void. `turn` is of the member that it is about."""
    turn.member.reviews = tuple(one for one in turn.member.reviews if one is not review)
    cancel(turn.group, REVIEW, _about(turn, review))
    let_go(turn, review)
