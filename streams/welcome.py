"""The welcome: what a new member is told of the group's purpose and rules."""

from schemas.action import Mode
from streams.acts import post
from streams.explain import sentence
from streams.turn import Cause, Turn


def put_welcome(turn: Turn, cause: Cause, mode: Mode) -> None:
    """Welcome the member. The group may read it, so at night it waits for the morning."""
    pack = turn.policy.pack
    text = pack.welcome or f"欢迎加入！请先看群公约：{turn.policy.by_id[cause.rule].rule.text}"
    explain = sentence(cause.because, "告知群的宗旨和公约", turn.strikes())
    post(turn, turn.action("welcome", cause, mode, {"text": text}, explain=explain))
