"""Sliding event-time windows over a member's newest messages: one ring serves them all.

The ring is ordered by time. A message that arrives out of order is put in its place, so that the
windows end as if it had come in time; the record that completes a finding brings it.
"""

from bisect import bisect_right
from typing import Final

from streams.identity import hash64
from streams.state import ID_KEPT_MAX, Member

DUPLICATE: Final = -1
"""Answer of `admit`: the id is known, or the message is older than all that the ring remembers."""
OUTSIDE: Final = -2
"""Answer of `admit`: new, but older than a full ring; no window holds it."""


def admit(
    member: Member, event_id: str, sent_at: int, text: int, *, ring: int, evidence_ms: int
) -> int:
    """Put a message into the ring and return its index there, or `DUPLICATE`, or `OUTSIDE`.

    `text` is the fingerprint (0: none), `ring` the number of messages remembered, `evidence_ms`
    how long an id may still be asked for as evidence. Changes nothing for a duplicate.
    """
    times, ids, named = member.times, member.ids, member.named
    count = len(times)
    if event_id in ids or sent_at <= member.dropped:
        return DUPLICATE
    long = len(event_id) > ID_KEPT_MAX
    if (long or named < count) and hash64(event_id) in ids:
        return DUPLICATE
    at = count if not count or sent_at >= times[-1] else bisect_right(times, sent_at)
    times.insert(at, sent_at)
    member.prints.insert(at, text)
    if at < count - named:
        ids.insert(at, hash64(event_id))
    else:
        ids.insert(at, hash64(event_id) if long else event_id)
        member.named = named + 1
    if count >= ring:
        at -= _shrink(member, count + 1 - ring)
    if times[-member.named or -1] < times[-1] - evidence_ms:
        _forget_names(member, times[-1] - evidence_ms)
    return at if at >= 0 else OUTSIDE


def _shrink(member: Member, surplus: int) -> int:
    """Drop the oldest; how many went."""
    member.dropped = max(member.dropped, member.times[surplus - 1])
    del member.times[:surplus], member.ids[:surplus], member.prints[:surplus]
    member.named = min(member.named, len(member.times))
    return surplus


def _forget_names(member: Member, horizon: int) -> None:
    """Keep only the hash of ids that no window can ask for any more."""
    at = len(member.ids) - member.named
    while member.named and member.times[at] < horizon:
        name = member.ids[at]
        if isinstance(name, str):
            member.ids[at] = hash64(name)
        at += 1
        member.named -= 1


def position(member: Member, event_id: str) -> int:
    """Where in the ring the message `event_id` stands, or `OUTSIDE`."""
    for name in (event_id, hash64(event_id)):
        if name in member.ids:
            return member.ids.index(name)
    return OUTSIDE


def rate_start(times: list[int], at: int, messages: int, within_ms: int) -> int | None:
    """Where a window of `messages` that holds index `at` begins, first and last less than
    `within_ms` apart; None where there is none."""
    for start in range(max(0, at - messages + 1), min(at, len(times) - messages) + 1):
        if times[start + messages - 1] - times[start] < within_ms:
            return start
    return None


def run_at(member: Member, at: int, times: int, within_ms: int) -> list[int] | None:
    """The indices of identical texts in a row around `at`, oldest first; None for a run too short.

    Messages without a text to compare (print 0) neither count nor break. Only neighbours at most
    `within_ms` away are looked at, and `times` of them must lie within that period.
    """
    run = _same_around(member, at, within_ms)
    return run if _holds(member, run, times, within_ms) else None


def run_stood_before(
    member: Member, run: list[int], at: int, times: int, within_ms: int
) -> bool:
    """Whether `run` was a run already before the message at `at` joined it."""
    return _holds(member, [i for i in run if i != at], times, within_ms)


def _same_around(member: Member, at: int, within_ms: int) -> list[int]:
    prints, clock = member.prints, member.times
    mine, now = prints[at], clock[at]
    run = [at]
    for i in range(at - 1, -1, -1):
        if prints[i] == mine and now - clock[i] <= within_ms:
            run.append(i)
        elif prints[i]:
            break
    run.reverse()
    for i in range(at + 1, len(prints)):
        if prints[i] == mine and clock[i] - now <= within_ms:
            run.append(i)
        elif prints[i]:
            break
    return run


def _holds(member: Member, run: list[int], times: int, within_ms: int) -> bool:
    clock = member.times
    return any(
        clock[run[k + times - 1]] - clock[run[k]] <= within_ms
        for k in range(len(run) - times + 1)
    )
