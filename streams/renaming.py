"""Asking a member for another name, and how long it has time for it."""

from schemas.action import Mode
from streams.agenda import NAME, after, plan_due
from streams.explain import sentence
from streams.parts import Due
from streams.policy.names import ANY_NAME
from streams.turn import Cause, Turn


def put_rename_request(turn: Turn, cause: Cause, mode: Mode) -> None:
    """Tell the member privately how the name should look. From the first time on the clock runs."""
    names = turn.policy.names.get(turn.member.role, ANY_NAME)
    turn.act(
        "rename_request",
        cause,
        mode,
        {"text": names.asks, "pattern": " | ".join(names.written)},
        explain=sentence(cause.because, "私下请其改群昵称", turn.strikes()),
    )
    if mode == "live":
        _wait(turn)


def settle(turn: Turn) -> None:
    """Nothing is asked of the member any more: the name is right, or the member has gone. What was
    set for it comes and does nothing.
    """
    turn.member.misnamed = 0


def _wait(turn: Turn) -> None:
    """Set the times at which the name is looked at again. Who takes one wrong name after the other
    wins no time by it; once all is over, the next one begins anew.
    """
    member, about = turn.member, turn.member_id
    spans = {b.rule.id: b.rule.when.misnamed_ms or 0 for b in turn.policy.about("misnamed_ms")}
    over = after(member.misnamed, max(spans.values(), default=0))
    if about is None or (member.misnamed and turn.at < over):
        return
    member.misnamed = turn.at
    for rule, span_ms in spans.items():
        plan_due(turn.group, Due(after(turn.at, span_ms), NAME, about, rule))
