"""Sliding event-time windows over a member's newest messages: one ring serves them all.

The ring is ordered by time. A message that arrives out of order is put in its place, so that the
windows end as if it had come in time; the record that completes a finding brings it.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Final

from streams import idrow
from streams.state import Group, Member

DUPLICATE: Final = -1
"""Answer of `admit`: the id is known, or the message is older than all that the ring remembers."""
SLACK: Final = 4
"""How far a ring outgrows its size before it is cut: cutting one by one costs more than judging."""
OUTSIDE: Final = -2
"""Answer of `admit`: new, but older than a full ring; no window holds it."""
SAME_TIME_MAX: Final = 64
"""How many messages of one time a ring holds. Some platforms' clocks show whole seconds, and who
floods within one would otherwise push his own messages out and be heard no more until it ends."""


def admit(member: Member, event_id: str, sent_at: int, text: int, ring: int) -> int:
    """Put a message into the ring and return its index there, or `DUPLICATE`, or `OUTSIDE`.

    `text` is the fingerprint (0: none), `ring` the number of messages remembered. Changes nothing
    for a duplicate: an id in the ring, or a message as old as what fell out of it; not so where
    the ring is full of that one time, or a flood would hide what follows within its second.
    """
    times, name = member.times, idrow.name_of(event_id)
    if idrow.index_in(member.ids, name) >= 0:
        return DUPLICATE
    if sent_at <= member.dropped and not (times and sent_at == times[-1]):
        return DUPLICATE
    at = len(times)
    if not at or sent_at >= times[-1]:
        times.append(sent_at)
        member.ids += name + idrow.SEPARATOR
        member.prints.append(text)
    else:
        at = bisect_right(times, sent_at)
        times.insert(at, sent_at)
        member.ids = idrow.inserted(member.ids, at, name)
        member.prints.insert(at, text)
    if len(times) > ring + SLACK:
        at -= shrink(member, len(times) - ring)
        return at if at >= 0 else OUTSIDE
    return at


def shrink(member: Member, surplus: int) -> int:
    """Drop the oldest, but of the newest time only what is more than `SAME_TIME_MAX`; how many
    went.
    """
    times = member.times
    if times[surplus - 1] == times[-1]:
        surplus = max(bisect_left(times, times[-1]), len(times) - SAME_TIME_MAX)
    if surplus:
        member.dropped = max(member.dropped, times[surplus - 1])
        member.ids = idrow.without_first(member.ids, surplus)
        del times[:surplus], member.prints[:surplus]
    return surplus


def position(member: Member, event_id: str) -> int:
    """Where in the ring the message `event_id` stands, or `OUTSIDE`."""
    at = idrow.index_in(member.ids, idrow.name_of(event_id))
    return at if at >= 0 else OUTSIDE


def rate_start(times: Sequence[int], at: int, messages: int, within_ms: int) -> int | None:
    """Where a window of `messages` that holds index `at` begins, first and last less than
    `within_ms` apart; None where there is none.
    """
    count = len(times)
    if at == count - 1:  # in order, as nearly always: one window ends here
        start = count - messages
        return start if start >= 0 and times[at] - times[start] < within_ms else None
    for start in range(max(0, at - messages + 1), min(at, count - messages) + 1):
        if times[start + messages - 1] - times[start] < within_ms:
            return start
    return None


def may_run(member: Member, at: int, lines: int) -> bool:
    """Whether the text at `at` can be part of a run at all: a cheap look before the careful one."""
    prints = member.prints
    if lines > 1 or at != len(prints) - 1:
        return True
    return at > 0 and (prints[at - 1] == prints[at] or not prints[at - 1])


def around(member: Member, at: int) -> list[int]:
    """The indices of the identical texts in a row around `at`, oldest first, whatever their times.

    Messages without a text to compare (print 0) neither count nor break.
    """
    prints = member.prints
    mine, row = prints[at], [at]
    for i in range(at - 1, -1, -1):
        if prints[i] == mine:
            row.append(i)
        elif prints[i]:
            break
    row.reverse()
    for i in range(at + 1, len(prints)):
        if prints[i] == mine:
            row.append(i)
        elif prints[i]:
            break
    return row


def run_of(member: Member, row: list[int], at: int, times: int, within_ms: int) -> list[int] | None:
    """Of a row `around` index `at`, what lies at most `within_ms` away; None for a run too short:
    `times` of its messages must lie within that period.
    """
    clock = member.times
    begin, end = clock[at] - within_ms, clock[at] + within_ms
    run = [i for i in row if begin <= clock[i] <= end]
    if len(run) < times:
        return None
    if clock[run[-1]] - clock[run[0]] <= within_ms:
        return run
    last = range(times - 1, len(run))
    held = any(clock[run[k]] - clock[run[k - times + 1]] <= within_ms for k in last)
    return run if held else None


def others_between(group: Group, member_id: str, begin: int, end: int) -> list[int]:
    """The times from `begin` to `end` (included) at which other members wrote, in order.

    Looks at all members, so it is for runs that are long enough already: the members' rings know
    it, and a record of the group's turns would be written for each message. One who wrote so much
    that it fell out of the ring counts as having written in between.
    """
    times: list[int] = []
    group.looked_at += len(group.members)
    for other_id in group.members:
        other = group.peek(other_id)
        if other_id == member_id or other.seen < begin:
            continue
        times += [at for at in other.times if begin <= at <= end]
        if other.dropped >= begin:
            times.append(min(other.dropped, end))
    return sorted(times)


def unbroken(member: Member, row: list[int], at: int, others: Sequence[int]) -> list[int]:
    """Of a row `around` index `at`, the part around it that no message of `others` (times, in
    order) divides.

    One of the same moment divides: which came first can't be told, and the doubt is the member's.
    """
    clock, here = member.times, row.index(at)

    def divided(i: int) -> bool:
        since, until = clock[row[i - 1]], clock[row[i]]
        return bisect_left(others, since) < bisect_right(others, until)

    first = next((i for i in range(here, 0, -1) if divided(i)), 0)
    last = next((i for i in range(here + 1, len(row)) if divided(i)), len(row))
    return row[first:last]


def chain_of(member: Member, row: list[int], at: int, within_ms: int) -> tuple[int, int]:
    """The first and the last index of the chain around `at`, of which each text is at most
    `within_ms` after the one before it: the whole of a slow flood, of which `run_of` sees only
    what is near.
    """
    clock = member.times
    first = last = at
    for i in reversed(row[: row.index(at)]):
        if clock[first] - clock[i] > within_ms:
            break
        first = i
    for i in row[row.index(at) + 1 :]:
        if clock[i] - clock[last] > within_ms:
            break
        last = i
    return first, last


MOMENTS: Final = 128
"""More than a ring holds of one time."""


def moment(member: Member, at: int) -> int:
    """The time of index `at` with its place among the messages of that time: tells two runs apart
    that a clock of whole seconds shows at once.
    """
    time = member.times[at]
    return time * MOMENTS + at - bisect_left(member.times, time)


def moment_until(member: Member, at: int) -> int:
    """The last moment before what follows index `at`."""
    times = member.times
    if at + 1 < len(times) and times[at + 1] == times[at]:
        return moment(member, at)
    return times[at] * MOMENTS + MOMENTS - 1
