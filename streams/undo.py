"""Undoing a strike: the state becomes as if it had not been, and what is void by it is said."""

from collections.abc import Iterator

from schemas.event import Command
from streams.acts import put_mute, put_report, put_unmute, withdraw
from streams.identity import hash64
from streams.reviews import close_review
from streams.state import Strike
from streams.turn import Cause, Turn


def undo(turn: Turn, event: Command) -> None:
    """Take the member's last strike back, with its mute, its review and what waits for its hour;
    what else has no ground any more is told to whoever ordered it. The case stays answered: the
    same flood is not struck again.
    """
    strikes = turn.in_force()
    if not strikes:
        return
    strike = strikes[-1]
    turn.member.strikes = tuple(one for one in turn.member.strikes if one is not strike)
    turn.recount()
    desk = turn.group.desk
    desk.steps = [one for one in desk.steps if one[0] != strike.step]
    turn.group.desk_changed = True
    cause = Cause(
        rule="command.undo", clause=None, because="管理人员撤销上一次违规", evidence=(event.id,)
    )
    _lift(turn, cause, strike)
    voids = [*_void_review(turn, strike), *_void_rest(turn, strike)]
    if voids:
        named = [{"kind": kind, "id": action} for kind, action in voids]
        params = {"to_member": event.member_id, "voids": named}
        put_report(turn, cause, "live", params, f"一并作废由它引起的{len(voids)}项处理")


def _lift(turn: Turn, cause: Cause, strike: Strike) -> None:
    """Silence the member for as long as before the strike, if nobody has said otherwise since."""
    member = turn.member
    if not strike.muted or member.mute_until != strike.mute_after:
        return
    is_over = member.mute_until <= turn.at or strike.mute_after == strike.mute_before
    member.mute_until = 0
    if not is_over and strike.mute_before > turn.at:
        put_mute(turn, cause, "live", -(-(strike.mute_before - turn.at) // 1_000))
    elif not is_over:
        put_unmute(turn, cause)
    member.mute_until = strike.mute_before


def _void_review(turn: Turn, strike: Strike) -> Iterator[tuple[str, str]]:
    """Take what the strike added out of its review; one that rests on nothing else is closed."""
    for review in turn.member.reviews:
        if not strike.review or review.action != strike.review:
            continue
        evidence, messages = set(strike.evidence), set(strike.messages)
        review.evidence = [one for one in review.evidence if hash64(one) not in evidence]
        review.messages = [one for one in review.messages if hash64(one) not in messages]
        if not review.evidence:
            close_review(turn, review)
            yield "review", review.action


def _void_rest(turn: Turn, strike: Strike) -> Iterator[tuple[str, str]]:
    """What else the strike brought; a notice that waits for the morning is not put out."""
    for kind, action in strike.brought:
        if kind == "notice":
            withdraw(turn, action)
        yield kind, action
