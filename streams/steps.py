"""A review that nobody answers is handed on in time, step by step."""

from collections.abc import Iterator

from schemas.policy import Recipient
from streams.acts import put_escalate
from streams.explain import period
from streams.identity import SEPARATOR, hash64
from streams.parts import Due
from streams.policy.bound import Bound
from streams.reviews import plan_steps
from streams.rules.filters import mode_of
from streams.state import Review
from streams.turn import Turn, cause_of


def review_due(turn: Turn, due: Due) -> None:
    """A step's time has come. It is void where the review is closed, or a person has dealt with its
    member since. `turn` is the group's.
    """
    member_id, _, action = due.about.rpartition(SEPARATOR)
    bound = turn.policy.by_id[due.rule]
    step = bound.rule.when.open_review
    if step is None or member_id not in turn.group.members:
        return
    if not any(_waits(one, action) for one in turn.group.peek(member_id).reviews):
        return
    concerned = turn.about(member_id)
    review = next(one for one in concerned.member.reviews if _waits(one, action))
    review.taken.append(due.rule)
    mode = mode_of(turn, bound)
    because = f"待处理的问题已超过{period(step.for_ms)}无人处理"
    cause = cause_of(bound, because, tuple(review.evidence), ())
    for role in _told(turn, bound):
        # Two reviews about one member may rest on the same events; each is handed on by itself.
        ordinal = hash64(f"{action}{SEPARATOR}{role}")
        put_escalate(concerned, cause, mode, role, {"review": action}, ordinal)
        if mode == "live":
            plan_steps(concerned, review, role)


def _waits(review: Review, action: str) -> bool:
    return review.action == action and not review.heard


def _told(turn: Turn, bound: Bound) -> Iterator[Recipient]:
    """The roles that the step tells."""
    if "escalate" in bound.response.kinds:
        yield bound.rule.to or turn.policy.pack.review_to
    yield from bound.rule.escalate
