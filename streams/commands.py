"""What a person may order, and what follows: each command is a function of one turn.

A command without authority, or about nothing open, changes nothing and is no error. One of somebody
who is no guest, but may not give it, changes nothing either, and brings what the pack says of it.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from schemas.event import Command
from schemas.policy import Recipient
from streams.acts import put_delete, put_mute, put_remind, put_unmute, recipient
from streams.authority import ORDERS, has_standing, may_order
from streams.calendar import MINUTE_MS
from streams.consent import agree, order_policy, refuse
from streams.decide import add_strike, answer_each, next_step, note_brought
from streams.disputes import note_ruling, ruling_on, words_between
from streams.explain import sentence
from streams.identity import hash64
from streams.notices import announce
from streams.reports import settle
from streams.reviews import LOOK, close_review, open_review
from streams.rules.filters import fits, let_rest
from streams.rules.finding import Finding
from streams.state import EVIDENCE_MAX, Group, Member, Review
from streams.turn import Cause, Turn
from streams.undo import undo

_HEX: Final = frozenset("0123456789abcdef")
CAPABILITY_MAX: Final = 64
"""No capability's name is longer, and what is kept is bounded."""
MINUTES_MAX: Final = 30 * 24 * 60
_APPEALED_TO: Final[tuple[Recipient, ...]] = ("head_teacher", "school_office", "owner")
"""Who hears an appeal where the pack's own recipient is the one who decided."""


def policy_named(event: Command) -> str | None:
    """The hash that a `policy` command names, or None for another command or a malformed hash."""
    named = event.command.args.get("policy") if event.command.name == "policy" else None
    return named if isinstance(named, str) and is_hash(named) else None


def is_hash(name: str) -> bool:
    """Whether this can be a pack's name at all."""
    return len(name) == 32 and _HEX.issuperset(name)


def obey(turn: Turn, event: Command) -> None:
    """Carry out a command. `turn` is the sender's."""
    turn.member.seen = max(turn.member.seen, event.sent_at)
    name = event.command.name
    if name == "appeal":
        _appeal(turn, event)
    elif name == "notice":
        if turn.is_staff or may_order(turn.member, name, turn.policy):
            announce(turn, event, _minutes(event.command.args))
    elif may_order(turn.member, name, turn.policy):
        _carry_out(turn, event)
    elif name in ORDERS and has_standing(turn.member, turn.policy):
        _answer_beyond(turn, event)


def _carry_out(turn: Turn, event: Command) -> None:
    """What one with authority orders: about the group, or about a member."""
    name, target_id = event.command.name, event.target_id
    if target_id == event.member_id and name in _NOT_ONESELF:
        return
    if name == "exempt":
        _exempt(turn.group, event)
    elif name == "policy":
        _order_policy(turn, event)
    elif name == "approve" and not target_id:
        turn.group.head.approved = True
        agree(turn, event)
    elif name == "reject" and not target_id:
        refuse(turn)
    if not target_id:
        return
    about = turn.about(target_id)
    if name in _ABOUT_MEMBER:
        _ABOUT_MEMBER[name](about, event)
    if name in ORDERS:
        for review in about.member.reviews:
            review.heard = review.heard or event.sent_at


def _order_policy(turn: Turn, event: Command) -> None:
    named = policy_named(event)
    if named is not None:
        order_policy(turn, event, named)


def _answer_beyond(turn: Turn, event: Command) -> None:
    """Somebody ordered what is not theirs to order: what the pack says of that, about them."""
    name = event.command.name
    for bound in turn.policy.about("command"):
        named = bound.rule.where.commands
        if fits(turn, bound) and (not named or name in named):
            because = f"下达了无权下达的指令（{name}）"
            answer_each(turn, [Finding(bound=bound, evidence=(event.id,), because=because)])


def _ordered(event: Command, words: str) -> Cause:
    return Cause(
        rule=f"command.{event.command.name}", clause=None, because=words, evidence=(event.id,)
    )


def _sender(about: Turn, event: Command) -> Turn:
    return about.about(event.member_id)


def _warn(turn: Turn, event: Command) -> None:
    _remind_and_strike(turn, event, _ordered(event, "管理人员提醒"), ())


def _remind_and_strike(turn: Turn, event: Command, cause: Cause, messages: tuple[str, ...]) -> None:
    """A strike by a person's word. The member is reminded whatever the rung; a review that the rung
    brings follows, but for one of the staff.
    """
    step, pack = next_step(turn), turn.policy.pack
    given = add_strike(turn, 1, turn.id_of("remind", cause), muted=False)
    for ordinal, message_id in enumerate(messages):
        put_delete(turn, cause, "live", message_id, ordinal)
    put_remind(turn, cause, "live", [])
    asked = None
    if "review" in step.add and not turn.is_staff:
        quorum = pack.ladder_quorum
        asked = open_review(
            turn, cause, "live", step.proposal, step.to_role, messages=messages, quorum=quorum
        )
    note_brought(turn, given, asked)
    _note_ruling(turn, event)


def _note_ruling(turn: Turn, event: Command) -> None:
    note_ruling(turn, _sender(turn, event).member, event.id)


def _mute(turn: Turn, event: Command) -> None:
    seconds = _minutes(event.command.args) * 60 or turn.policy.pack.mute_ms // 1000
    put_mute(turn, _ordered(event, "管理人员决定"), "live", seconds)
    _note_ruling(turn, event)


def _unmute(turn: Turn, event: Command) -> None:
    put_unmute(turn, _ordered(event, "管理人员决定"))


def _remove(turn: Turn, event: Command) -> None:
    _put_remove(turn, _ordered(event, "管理人员决定"))
    _note_ruling(turn, event)


def _put_remove(turn: Turn, cause: Cause) -> None:
    turn.act("remove", cause, "live", {}, explain=sentence(cause.because, "移出群", turn.strikes()))


def _approve(turn: Turn, event: Command) -> None:
    review = _review_of(turn.member, event)
    if review is None:
        return
    sender = _sender(turn, event)
    if review.proposal == "remove" and not may_order(sender.member, "remove", turn.policy):
        _answer_beyond(sender, event)
        return
    if not _is_agreed(review, sender):
        return
    close_review(turn, review)
    settle(turn, review, rejected=False)
    bound = turn.policy.by_id.get(review.rule)
    cause = Cause(
        rule=review.rule,
        clause=bound.clause if bound else None,
        because="管理人员已核准",
        evidence=(*review.evidence, event.id),
    )
    if review.proposal == "remove":
        _put_remove(turn, cause)
        _note_ruling(turn, event)
    elif review.proposal == "delete":
        _remind_and_strike(turn, event, cause, tuple(review.messages))


def _is_agreed(review: Review, sender: Turn) -> bool:
    """Take a yes in; whether it was the last that the review asks for. Where several must agree,
    each of them must be one of those asked, and nobody counts twice.
    """
    if review.quorum <= 1:
        return True
    name = hash64(sender.member_id or "")
    is_asked = review.to in (sender.member.role, sender.member.rank)
    if is_asked and name not in review.approvals:
        review.approvals.append(name)
    return len(review.approvals) >= review.quorum


def _reject(turn: Turn, event: Command) -> None:
    review = _review_of(turn.member, event)
    if review is not None:
        close_review(turn, review)
        settle(turn, review, rejected=True)


_ABOUT_MEMBER: Final[Mapping[str, Callable[[Turn, Command], None]]] = {
    "warn": _warn,
    "mute": _mute,
    "unmute": _unmute,
    "remove": _remove,
    "undo": undo,
    "approve": _approve,
    "reject": _reject,
}
_NOT_ONESELF: Final = frozenset({"approve", "reject", "undo", "unmute", "exempt"})
"""Nobody decides what others ask about them, nor forgives or excuses themselves."""


def _review_of(member: Member, event: Command) -> Review | None:
    """The open review that the command means: `args.review`, else the newest; a suspicion's only
    where no other is open, so that it stands in nobody's way.
    """
    named = event.command.args.get("review")
    newest = reversed(member.reviews)
    if named is None:
        newest = iter(sorted(newest, key=lambda review: review.proposal == LOOK))
    return next((one for one in newest if named is None or one.action == named), None)


def _appeal(turn: Turn, event: Command) -> None:
    """Anyone about himself: one review, to someone other than who decided, with the decision and
    the words of both sides as evidence.
    """
    ruling = ruling_on(turn)
    deciders = () if ruling is None else (ruling.role, ruling.rank)
    asked = (turn.policy.pack.review_to, *_APPEALED_TO)
    to_role = next(one for one in asked if recipient(turn, one) not in deciders)
    decided = () if ruling is None else (ruling.event,)
    cause = Cause(
        rule="command.appeal",
        clause=None,
        because="本人申诉",
        evidence=(*words_between(turn)[2 - EVIDENCE_MAX :], *decided, event.id),
    )
    open_review(turn, cause, "live", "appeal", to_role, hold=turn.policy.holds_disputes)


def _exempt(group: Group, event: Command) -> None:
    args = event.command.args
    minutes, capability = _minutes(args), args.get("capability")
    if not minutes or not isinstance(capability, str) or len(capability) > CAPABILITY_MAX:
        return
    since = event.sent_at
    let_rest(group, capability, event.target_id or "", since, since + minutes * MINUTE_MS)


def _minutes(args: Mapping[str, Any]) -> int:
    """`args.minutes` within bounds; 0 where it is no whole number of minutes."""
    minutes = args.get("minutes")
    if isinstance(minutes, int) and not isinstance(minutes, bool) and minutes > 0:
        return min(minutes, MINUTES_MAX)
    return 0
