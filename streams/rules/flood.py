"""Floods: too many messages in a window, the same text in a row."""

from schemas.policy import Rate, Repeat
from streams.explain import period
from streams.idrow import ids_of
from streams.policy.bound import Bound
from streams.rules.case import Names, has_case, has_window, note_case
from streams.rules.finding import Finding
from streams.state import Member
from streams.turn import Turn
from streams.windows import (
    around,
    chain_of,
    moment,
    moment_until,
    others_between,
    run_of,
    unbroken,
)


def find_rate(
    member: Member,
    start: int,
    sent_at: int,
    event_id: str,
    bound: Bound,
    rate: Rate,
    case: Names,
) -> Finding | None:
    """The finding of a window too full, which begins at ring index `start` and holds `sent_at`.

    One finding a window: what follows within the period from its first message is no other one, nor
    is one that has messages of it, or somebody would be struck twice for them.
    """
    times, last = member.times, start + rate.messages - 1
    if has_window(member, case, times[start], times[last], sent_at - rate.within_ms):
        return None
    note_case(member, case, times[start], times[start], times[last])
    return Finding(
        bound=bound,
        evidence=_named(member, range(start, last + 1), event_id),
        because=f"{period(rate.within_ms)}内发了{rate.messages}条消息"
        f"（首尾相隔{(times[last] - times[start]) / 1000:g}秒）",
        labels=("flood",),
    )


def find_repeat(
    turn: Turn,
    at: int,
    event_id: str,
    lines: int,
    bound: Bound,
    repeat: Repeat,
    case: Names,
) -> Finding | None:
    """Say whether the message at ring index `at` is one of too many identical ones in a row.

    None, too, where the run had its strike and the rule deletes nothing. `lines`: how often one
    line stands in the message itself; as many as a run make a run.
    """
    member = turn.member
    row = around(member, at)
    run = run_of(member, row, at, repeat.times, repeat.within_ms)
    if run is not None and repeat.broken_by == "anyone":
        clock = member.times
        others = others_between(turn.group, turn.member_id or "", clock[row[0]], clock[row[-1]])
        row = unbroken(member, row, at, others)
        run = run_of(member, row, at, repeat.times, repeat.within_ms)
    if run is None and lines < repeat.times:
        return None
    # A recall or an edit may have thinned the run since its strike, so its messages alone don't
    # tell whether it had one; from now on it has.
    first, last = chain_of(member, row, at, repeat.within_ms)
    text, begin = member.prints[at], moment(member, first)
    again = has_case(member, case, begin, moment_until(member, last), text)
    note_case(member, case, begin, moment(member, last), text)
    if begin < moment(member, last):
        # Both ends: a late text may divide the run, and neither part is one that nobody answered.
        note_case(member, case, begin, begin, text)
    if again and "delete" not in bound.response.kinds:
        return None
    because = f"一条消息里同一句话重复{lines}遍"
    if run is not None:
        because = f"{period(repeat.within_ms)}内连续{len(run)}条相同内容"
    return Finding(
        bound=bound,
        evidence=_named(member, run or [], event_id),
        because=because,
        labels=("flood",),
        again=again,
    )


def _named(member: Member, indices: range | list[int], event_id: str) -> tuple[str, ...]:
    """The ids of the ring's messages at `indices`, the judged one last; forgotten ones are left
    out.
    """
    ids = ids_of(member.ids)
    named = [name for i in indices if (name := ids[i]) and name != event_id]
    return (*named, event_id)
