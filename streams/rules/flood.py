"""Floods: too many messages in a window, the same text in a row."""

from schemas.policy import Rate, Repeat
from streams.explain import period
from streams.idrow import ids_of
from streams.policy.compile import Bound
from streams.rules.case import has_case, note_case
from streams.rules.finding import Finding
from streams.state import Member
from streams.windows import chain_at, run_at


def find_rate(
    member: Member,
    start: int,
    sent_at: int,
    event_id: str,
    bound: Bound,
    rate: Rate,
    case: str,
) -> Finding | None:
    """The finding of a window too full, which begins at ring index `start` and holds `sent_at`.

    One finding a window: what follows within the period from its first message is no other one.
    """
    times = member.times
    if has_case(member, case, sent_at - rate.within_ms + 1, sent_at):
        return None
    note_case(member, case, times[start], times[start])
    last = start + rate.messages - 1
    return Finding(
        bound=bound,
        evidence=_named(member, range(start, last + 1), event_id),
        because=f"{period(rate.within_ms)}内发了{rate.messages}条消息"
        f"（首尾相隔{(times[last] - times[start]) / 1000:g}秒）",
        labels=("flood",),
    )


def find_repeat(
    member: Member,
    at: int,
    event_id: str,
    lines: int,
    bound: Bound,
    repeat: Repeat,
    case: str,
) -> Finding | None:
    """Say whether the message at ring index `at` is one of too many identical ones in a row.

    `lines`: how often one line stands in the message itself; as many as a run make a run.
    """
    run = run_at(member, at, repeat.times, repeat.within_ms)
    if run is None and lines < repeat.times:
        return None
    evidence, because = _named(member, run or [], event_id), f"一条消息里同一句话重复{lines}遍"
    if run is not None:
        because = f"{period(repeat.within_ms)}内连续{len(run)}条相同内容"
    return Finding(
        bound=bound,
        evidence=evidence,
        because=because,
        labels=("flood",),
        again=_struck_before(member, at, repeat, case),
    )


def _struck_before(member: Member, at: int, repeat: Repeat, case: str) -> bool:
    """Whether the run around `at` had its strike; from now on it has.

    A recall or an edit may have thinned the run since, so its messages alone don't tell.
    """
    chain = chain_at(member, at, repeat.within_ms)
    first, last = member.times[chain[0]], member.times[chain[-1]]
    struck = has_case(member, case, first, last, member.prints[at])
    note_case(member, case, first, last, member.prints[at])
    return struck


def _named(member: Member, indices: range | list[int], event_id: str) -> tuple[str, ...]:
    """The ids of the ring's messages at `indices`, the judged one last; forgotten ones are left
    out.
    """
    ids = ids_of(member.ids)
    named = [name for i in indices if (name := ids[i]) and name != event_id]
    return (*named, event_id)
