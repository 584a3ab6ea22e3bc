"""Floods: too many messages in a window, the same text in a row."""

from schemas.policy import Rate, Repeat
from streams.explain import period
from streams.policy.compile import Bound
from streams.rules.finding import Finding
from streams.state import Member
from streams.windows import run_at, run_stood_before


def find_rate(member: Member, start: int, event_id: str, bound: Bound, rate: Rate) -> Finding:
    """The finding of a window too full, which begins at ring index `start`.

    One finding a window: the caller does not look before `rate_until`, which is set here.
    """
    times = member.times
    member.rate_until = times[start] + rate.within_ms
    last = start + rate.messages - 1
    return Finding(
        bound=bound,
        evidence=_named(member, range(start, last + 1), event_id),
        because=f"{period(rate.within_ms)}内发了{rate.messages}条消息"
        f"（首尾相隔{(times[last] - times[start]) / 1000:g}秒）",
        labels=("flood",),
    )


def find_repeat(
    member: Member, at: int, event_id: str, lines: int, bound: Bound, repeat: Repeat
) -> Finding | None:
    """Say whether the message at ring index `at` is one of too many identical ones in a row.

    `lines`: how often one line stands in the message itself; as many as a run make a run.
    """
    run = run_at(member, at, repeat.times, repeat.within_ms)
    if run is not None:
        again = run_stood_before(member, run, at, repeat.times, repeat.within_ms)
        return Finding(
            bound=bound,
            evidence=_named(member, run, event_id),
            because=f"{period(repeat.within_ms)}内连续{len(run)}条相同内容",
            labels=("flood",),
            again=again,
        )
    if lines >= repeat.times:
        return Finding(
            bound=bound,
            evidence=(event_id,),
            because=f"一条消息里同一句话重复{lines}遍",
            labels=("flood",),
            again=run_at(member, at, 2, repeat.within_ms) is not None,
        )
    return None


def _named(member: Member, indices: range | list[int], event_id: str) -> tuple[str, ...]:
    """The ids of the ring's messages at `indices`, the judged one last; forgotten ones are left
    out.
    """
    ids = member.ids
    named = [name for i in indices if isinstance(name := ids[i], str) and name != event_id]
    return (*named, event_id)
