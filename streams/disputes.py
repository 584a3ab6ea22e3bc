"""Disputes: who is at odds with whom, and what waits until both sides were heard."""

from bisect import insort
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from schemas.event import Edit, Message
from schemas.policy import Where
from streams.childnames import named_parents
from streams.parts import DISPUTES, DISPUTES_MAX, RULINGS_MAX, Dispute, Disputes, Ruling
from streams.policy.whom import roles_of
from streams.rules.filters import is_live
from streams.rules.finding import Finding
from streams.shown import Shown
from streams.state import Member, Review
from streams.turn import Turn

CONFLICT: Final = "conflict"
QUARRELLING: Final = frozenset({CONFLICT, "abuse"})
"""What makes an answer to it, within `ANSWER_MS`, a word against its writer."""
ANSWER_MS: Final = 600_000


def is_held(turn: Turn) -> bool:
    """Whether an open dispute that holds concerns the member: the system mutes nobody of it."""
    if any(review.hold for review in turn.member.reviews):
        return True
    disputes = turn.group.look(DISPUTES, Disputes)
    if disputes is None:
        return False
    for dispute in disputes.held:
        if dispute.other == turn.member_id and dispute.writer in turn.group.members:
            open_ones = turn.group.peek(dispute.writer).reviews
            if any(one.hold and one.action == dispute.review for one in open_ones):
                return True
    return False


def hold_both(turn: Turn, review: Review, sides: Iterable[str]) -> None:
    """Let an open review hold for these too, as it does for the member that it is about."""
    disputes = turn.group.part(DISPUTES, Disputes)
    writer = turn.member_id or ""
    disputes.held += [Dispute(turn.at, writer, side, review.action) for side in sides]
    del disputes.held[:-DISPUTES_MAX]


def let_go(turn: Turn, review: Review) -> None:
    """The review is decided: it holds nobody any more."""
    disputes = turn.group.look(DISPUTES, Disputes)
    if disputes is not None and any(one.review == review.action for one in disputes.held):
        disputes = turn.group.part(DISPUTES, Disputes)
        disputes.held = [one for one in disputes.held if one.review != review.action]


def note_ruling(about: Turn, by: Member, event_id: str) -> None:
    """Keep who decided last about the member, so that an appeal goes to somebody else."""
    disputes = about.group.part(DISPUTES, Disputes)
    mine = about.member_id or ""
    kept = [one for one in disputes.rulings if one.member != mine]
    disputes.rulings = [*kept, Ruling(mine, by.role, by.rank, event_id)][-RULINGS_MAX:]


def ruling_on(turn: Turn) -> Ruling | None:
    """The last decision of a person about the member, as far as it is remembered."""
    disputes = turn.group.look(DISPUTES, Disputes)
    rulings = disputes.rulings if disputes is not None else []
    return next((one for one in rulings if one.member == turn.member_id), None)


def words_between(turn: Turn) -> tuple[str, ...]:
    """The quarrelling messages of the member, and those against them, that are remembered."""
    disputes = turn.group.look(DISPUTES, Disputes)
    known = disputes.known if disputes is not None else []
    mine = [one.message for one in known if turn.member_id in (one.writer, one.other)]
    return tuple(dict.fromkeys(mine))


def other_side(turn: Turn, event: Message | Edit, shown: Shown) -> str:
    """Whom a quarrelling message is against: the member mentioned, replied to or named; else who
    quarrelled with its writer in the last minutes. Empty for nobody, and then it is no quarrel.
    """
    others = _addressed(turn, event, shown)
    if others:
        return others[0]
    attack = _attack_on(turn)
    return attack.writer if attack is not None else ""


def _addressed(turn: Turn, event: Message | Edit, shown: Shown) -> list[str]:
    answers = (shown.answers,) if shown.answers else ()
    others = (*shown.mentioned, *answers, *named_parents(turn, event.text))
    return [one for one in dict.fromkeys(others) if one != turn.member_id]


def _attack_on(turn: Turn) -> Dispute | None:
    """The newest quarrelling words against the member in the last minutes before this one."""
    disputes = turn.group.look(DISPUTES, Disputes)
    known: Sequence[Dispute] = disputes.known if disputes is not None else ()
    against = [one for one in known if one.other == turn.member_id]
    recent = [one for one in against if turn.at - ANSWER_MS <= one.at <= turn.at]
    return recent[-1] if recent else None


def remember(turn: Turn, event: Message | Edit, shown: Shown, findings: Iterable[Finding]) -> None:
    """Keep who quarrelled with whom, so that an answer that names nobody finds its other side. What
    is a trial leaves no trace.
    """
    live = [one for one in findings if is_live(turn.group, turn.policy, one.bound)]
    if QUARRELLING.isdisjoint(label for one in live for label in one.labels):
        return
    others = _addressed(turn, event, shown)
    disputes = turn.group.part(DISPUTES, Disputes) if others else Disputes()
    for other in others:
        # By time, and the oldest give way: what is kept does not depend on the order of arrival.
        insort(
            disputes.known,
            Dispute(turn.at, turn.member_id or "", other, "", event.id),
            key=lambda one: (one.at, one.message, one.other),
        )
    del disputes.known[:-DISPUTES_MAX]


def with_sides(turn: Turn, finding: Finding, other: str) -> Finding:
    """A quarrel's finding names both sides, and shows the words that it answers."""
    if CONFLICT not in finding.labels:
        return finding
    attack = _attack_on(turn)
    answered = (attack.message,) if attack is not None and attack.writer == other else ()
    return msgspec.structs.replace(
        finding,
        other=other,
        beside=(*finding.beside, ("other_side", other)),
        evidence=(*[one for one in answered if one not in finding.evidence], *finding.evidence),
    )


def is_against(turn: Turn, where: Where, other: str) -> bool:
    """Whether the other side of the dispute is one of those whom a rule means."""
    if not where.other_side:
        return True
    role = turn.group.role_of(other)
    return bool(other) and role in roles_of(where.other_side, turn.policy.pack.staff)
