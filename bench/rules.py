"""The two rules that every contender judges by, in plain Python: the yardstick of all results.

A finding of either rule is a strike, and is written as an action with the count of strikes.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

RATE_WINDOW_MS = 60_000
RATE_LIMIT = 10
REPEAT_WINDOW_MS = 600_000
REPEAT_LIMIT = 3

RATE = "rate"
REPEAT = "repeat"


class Finding(NamedTuple):
    """What an action says, whatever its shape: the key by which results are compared."""

    message_id: str
    rule: str
    strikes: int


@dataclass(slots=True)
class Member:
    """What the rules remember of a member. Times are event times in milliseconds."""

    times: list[int] = field(default_factory=list)
    rate_found_at: int | None = None
    text: str | None = None
    run: int = 0
    run_began_at: int = 0
    strikes: int = 0


def judge(member: Member, message_id: str, sent_at: int, text: str) -> list[Finding]:
    """Take a message into the member's state, in place, and return its findings in order.

    The tenth message within (sent_at - 60 s, sent_at] is a finding, and none follows in the 60 s
    after it. The third identical text in a row within 600 s of the first is a finding, and the
    rest of its run is none.
    """
    findings = []
    member.times = [t for t in member.times if t > sent_at - RATE_WINDOW_MS]
    member.times.append(sent_at)
    if len(member.times) >= RATE_LIMIT and (
        member.rate_found_at is None or sent_at - member.rate_found_at >= RATE_WINDOW_MS
    ):
        member.rate_found_at = sent_at
        member.strikes += 1
        findings.append(Finding(message_id, RATE, member.strikes))
    if text == member.text and sent_at - member.run_began_at < REPEAT_WINDOW_MS:
        member.run += 1
    else:
        member.text, member.run, member.run_began_at = text, 1, sent_at
    if member.run == REPEAT_LIMIT:
        member.strikes += 1
        findings.append(Finding(message_id, REPEAT, member.strikes))
    return findings
