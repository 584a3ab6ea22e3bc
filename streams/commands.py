"""What a person may order, and what follows: each command is a function of one turn.

A command without authority, or about nothing open, changes nothing and is no error.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

import re2

from schemas.event import Command
from schemas.policy import Recipient
from streams.acts import put_delete, put_mute, put_remind
from streams.decide import add_strike
from streams.explain import sentence
from streams.notices import announce
from streams.policy.compile import Policy
from streams.reviews import LOOK, close_review, open_review
from streams.rules.filters import let_rest
from streams.state import Group, Member, Review
from streams.turn import Cause, Turn

_HASH: Final = re2.compile("[0-9a-f]{32}")
CAPABILITY_MAX: Final = 64
"""No capability's name is longer, and what is kept is bounded."""
MINUTES_MAX: Final = 30 * 24 * 60


def has_authority(member: Member | None, policy: Policy) -> bool:
    """Whether the covenant lets this member decide: by role on the roster, or by rank."""
    authority = policy.pack.authority
    return member is not None and (member.role in authority or member.rank in authority)


def policy_named(event: Command) -> str | None:
    """The hash that a `policy` command names, or None for another command or a malformed hash."""
    named = event.command.args.get("policy") if event.command.name == "policy" else None
    return named if isinstance(named, str) and is_hash(named) else None


def is_hash(name: str) -> bool:
    """Whether this can be a pack's name at all."""
    return _HASH.fullmatch(name) is not None


def obey(turn: Turn, event: Command) -> None:
    """Carry out a command. `turn` is the sender's."""
    turn.member.seen = max(turn.member.seen, event.sent_at)
    name = event.command.name
    if name == "appeal":
        _appeal(turn, event)
    elif name == "notice":
        if turn.is_staff or has_authority(turn.member, turn.policy):
            announce(turn, event, _minutes(event.command.args))
    elif has_authority(turn.member, turn.policy):
        if name == "policy":
            turn.group.head.policy = policy_named(event) or turn.group.head.policy
        elif name == "exempt":
            _exempt(turn.group, event)
        elif name == "approve" and not event.target_id:
            turn.group.head.approved = True
        elif event.target_id and name in _ABOUT_MEMBER:
            _ABOUT_MEMBER[name](turn.about(event.target_id), event)


def _ordered(event: Command, words: str) -> Cause:
    return Cause(
        rule=f"command.{event.command.name}", clause=None, because=words, evidence=(event.id,)
    )


def _warn(turn: Turn, event: Command) -> None:
    cause = _ordered(event, "管理人员提醒")
    add_strike(turn, 1, turn.id_of("remind", cause), muted=False)
    put_remind(turn, cause, "live", [])


def _mute(turn: Turn, event: Command) -> None:
    minutes = _minutes(event.command.args) or turn.policy.pack.mute_ms // 60_000
    put_mute(turn, _ordered(event, "管理人员决定"), "live", minutes * 60)


def _unmute(turn: Turn, event: Command) -> None:
    turn.member.mute_until = 0
    cause = _ordered(event, "管理人员决定")
    turn.act(
        "unmute", cause, "live", {}, explain=sentence(cause.because, "解除禁言", turn.strikes())
    )


def _remove(turn: Turn, event: Command) -> None:
    _put_remove(turn, _ordered(event, "管理人员决定"))


def _put_remove(turn: Turn, cause: Cause) -> None:
    turn.act("remove", cause, "live", {}, explain=sentence(cause.because, "移出群", turn.strikes()))


def _undo(turn: Turn, event: Command) -> None:
    """Take the last strike back, and the mute that came with it."""
    if not turn.member.strikes:
        return
    *kept, strike = turn.member.strikes
    turn.member.strikes = tuple(kept)
    turn.recount()
    if strike.muted and turn.member.mute_until > turn.at:
        _unmute(turn, event)


def _approve(turn: Turn, event: Command) -> None:
    review = _review_of(turn.member, event)
    if review is None:
        return
    close_review(turn.member, review)
    bound = turn.policy.by_id.get(review.rule)
    cause = Cause(
        rule=review.rule,
        clause=bound.clause if bound else None,
        because="管理人员已核准",
        evidence=(*review.evidence, event.id),
    )
    if review.proposal == "remove":
        _put_remove(turn, cause)
    elif review.proposal == "delete":
        add_strike(turn, 1, turn.id_of("remind", cause), muted=False)
        for ordinal, message_id in enumerate(review.messages):
            put_delete(turn, cause, "live", message_id, ordinal)
        put_remind(turn, cause, "live", [])


def _reject(turn: Turn, event: Command) -> None:
    review = _review_of(turn.member, event)
    if review is not None:
        close_review(turn.member, review)


_ABOUT_MEMBER: Final[Mapping[str, Callable[[Turn, Command], None]]] = {
    "warn": _warn,
    "mute": _mute,
    "unmute": _unmute,
    "remove": _remove,
    "undo": _undo,
    "approve": _approve,
    "reject": _reject,
}


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
    """Anyone about himself: one review, to someone other than who decided."""
    other: Recipient = (
        "school_office" if turn.policy.pack.review_to == "head_teacher" else "head_teacher"
    )
    open_review(turn, _ordered(event, "本人申诉"), "live", "appeal", other)


def _exempt(group: Group, event: Command) -> None:
    args = event.command.args
    minutes, capability = _minutes(args), args.get("capability")
    if not minutes or not isinstance(capability, str) or len(capability) > CAPABILITY_MAX:
        return
    since = event.sent_at
    let_rest(group, capability, event.target_id or "", since, since + minutes * 60_000)


def _minutes(args: Mapping[str, Any]) -> int:
    """`args.minutes` within bounds; 0 where it is no whole number of minutes."""
    minutes = args.get("minutes")
    if isinstance(minutes, int) and not isinstance(minutes, bool) and minutes > 0:
        return min(minutes, MINUTES_MAX)
    return 0
