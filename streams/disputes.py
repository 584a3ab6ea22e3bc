"""Disputes: who is at odds with whom, and what waits until both sides were heard."""

from schemas.event import Edit, Message
from streams.parts import DISPUTES, Disputes
from streams.shown import Shown
from streams.turn import Turn


def is_held(turn: Turn) -> bool:
    """Whether an open dispute that holds concerns the member: the system mutes nobody of it."""
    if any(review.hold for review in turn.member.reviews):
        return True
    disputes = turn.group.look(DISPUTES, Disputes)
    if disputes is None:
        return False
    for dispute in disputes.known:
        if dispute.other == turn.member_id and dispute.writer in turn.group.members:
            open_ones = turn.group.peek(dispute.writer).reviews
            if any(one.hold and one.action == dispute.review for one in open_ones):
                return True
    return False


def other_side(turn: Turn, event: Message | Edit, shown: Shown) -> str:
    """Whom a quarrelling message is against: the member mentioned or replied to; empty for nobody,
    and then it is no quarrel.
    """
    others = [*shown.mentioned, *([shown.answers] if shown.answers else [])]
    return next((one for one in others if one != turn.member_id), "")
