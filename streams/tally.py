"""The general window: how many messages, attachments or members there were within a period, by key.

Many rules count so, over a member's records or a group's. A ring holds what one of them counts:
entries in event time, each under the key that it counts for (a text's print, a child's, the member
mentioned; 0 where all count together). **What is kept doesn't depend on the order in which records
came**: it is always the newest of all that were ever put in, by bounds that only rise. So a record
that comes late meets the same entries that it would have met in time.

What falls out isn't remembered, for a full key takes nothing older anyway; after a `take` it could
come in again, so who puts records in asks the member's own ring first (`streams.windows.admit`)
whether one is a repeat.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Final, Literal

from msgspec import Struct, field

from streams.identity import hash64
from streams.idrow import is_plain, name_of

LATENESS_MS: Final = 3_600_000
"""A record so late still meets all that it would have met in time: an hour's outage of one way in,
while another one went on. More would keep a group's every message for nothing."""
ENTRIES_MAX: Final = 256
"""Entries of a tally, over all its keys. The oldest give way, whatever their keys: a bound on the
number of keys would make what is kept depend on the order of arrival."""
KEEP_MAX: Final = 64
"""Entries of a key, and the highest `at_least` that makes sense."""
EACH_MAX: Final = 4
"""Entries of one member under a key where members are counted."""
CASES_MAX: Final = ENTRIES_MAX // 2
"""As many as windows can be full at once: the smallest has two entries."""
NAMED_MAX: Final = 16
"""How many events of a window are named as evidence."""


Of = Literal["messages", "attachments", "members"]


class Measure(Struct, frozen=True):
    """What fills a window: `at_least` of something, first and last less than `within_ms` apart.

    To be made by `measure_of`. A key keeps `keep` entries, of one member `each`, none as old as
    `reach_ms` behind the newest. Entries kept under another measure mean nothing: each measure
    has rings of its own.
    """

    of: Of
    at_least: int
    within_ms: int
    keep: int
    each: int
    reach_ms: int


class Entry(Struct, array_like=True, frozen=True, order=True, gc=False):
    """One record that counts: its time (ms), its event's name (`streams.idrow.name_of`), its key,
    its member's hash, and `n`, how many attachments it brings (from 1).

    In the order of time; at one time in that of the names, so that the order is the same
    whoever came first.
    """

    at: int
    event: str
    key: int
    who: int
    n: int = 1


class Tally(Struct, array_like=True, gc=False):
    """What one rule counts, of a member or in a group, in order. `cases` are (first, last, name,
    key), in order: when a window began and ended that the rule of that name has answered.
    """

    entries: list[Entry] = field(default_factory=list)
    cases: list[tuple[int, int, str, int]] = field(default_factory=list)


def measure_of(of: Of, at_least: int, within_ms: int) -> Measure:
    """The measure with its bounds. `at_least` is 1 to `KEEP_MAX`, `within_ms` 1 or more: the check
    of packs refuses others.

    While no window is full, fewer than `at_least` entries lie in each period, so a key that keeps
    that many for each period, and the one that fills the window, has all that a record could meet
    which is late by `LATENESS_MS`; where `KEEP_MAX` cuts them, it meets those of a shorter
    lateness. Of members as many as fill a window keep a few each: one who writes much can't push
    out the others.
    """
    reach_ms = within_ms + LATENESS_MS
    if of == "members":
        each = max(1, min(EACH_MAX, KEEP_MAX // at_least))
        return Measure(of, at_least, within_ms, at_least * each, each, reach_ms)
    periods = -(-reach_ms // within_ms)
    keep = max(at_least, min((at_least - 1) * periods + 1, KEEP_MAX))
    return Measure(of, at_least, within_ms, keep, keep, reach_ms)


def entry_of(event_id: str, sent_at: int, member_id: str, key: int = 0, n: int = 1) -> Entry:
    """The entry of a record: bounded in size whatever its ids are, and without a name in it."""
    return Entry(sent_at, name_of(event_id), key, hash64(member_id), n)


def add(ring: Tally, entry: Entry, measure: Measure) -> list[Entry] | None:
    """Put an entry in its place; the entries of its key, in order.

    None where it is not new or is older than what the ring keeps, which changes nothing. An event
    counts once under a key, whatever its time.
    """
    counted = under(ring, entry.key)
    if any(known.event == entry.event for known in counted):
        return None
    insort(counted, entry)
    surplus = _surplus(counted, entry.who, measure)
    if surplus is entry:
        return None
    entries = ring.entries
    if surplus is not None:
        counted.remove(surplus)
        del entries[bisect_left(entries, surplus)]
    insort(entries, entry)
    oldest = entries[-1].at - measure.reach_ms
    while entries[0].at <= oldest or len(entries) > ENTRIES_MAX:
        del entries[0]
    return counted[bisect_left(counted, entries[0]) :] if entries[0] <= entry else None


def take(ring: Tally, event_id: str) -> bool:
    """Take an event's entries out, under all its keys; whether there were any.

    For a recalled message, and before an edited one is put in again. Cases stay: what was
    answered was. What had fallen out doesn't come back.
    """
    name = name_of(event_id)
    left = [entry for entry in ring.entries if entry.event != name]
    if len(left) == len(ring.entries):
        return False
    ring.entries = left
    return True


def under(ring: Tally, key: int) -> list[Entry]:
    """The entries under a key, in order."""
    return [entry for entry in ring.entries if entry.key == key]


def full_windows(counted: list[Entry], entry: Entry, measure: Measure) -> Iterator[list[Entry]]:
    """The full windows of a key's entries that hold `entry`, by their ends, each in order.

    The one that ends first comes first, and of each no more than fills it: as if the records had
    come in order. A late record may fill several, of which the first has its answer. None for an
    entry that is not there.
    """
    if len(counted) < measure.at_least and measure.of != "attachments":  # nearly always
        return
    at = bisect_left(counted, entry)
    if counted[at : at + 1] != [entry]:
        return
    for end in range(at, len(counted)):
        if counted[end].at - entry.at >= measure.within_ms:
            return
        start = _start(counted, at, end, measure)
        if start is not None:
            yield counted[start : end + 1]


def answered(
    tally: Tally, names: tuple[str, ...], window: Sequence[Entry], entry: Entry, measure: Measure
) -> bool:
    """Whether the window that `entry` fills has its answer under one of the names.

    What follows within the period from a case's first moment is no other window; nor is one that
    has entries of the case, or nobody could tell for what he was struck twice.
    """
    span, since = (window[0].at, window[-1].at), entry.at - measure.within_ms
    return any(
        is_one_case((first, last), span, since)
        for first, last, name, key in tally.cases
        if key == entry.key and name in names
    )


def is_one_case(case: tuple[int, int], window: tuple[int, int], since: int) -> bool:
    """Whether a window belongs to a case, both as (first, last): the case began after `since`, or
    they share a moment.
    """
    return case[0] <= window[1] and (since < case[0] or window[0] <= case[1])


def note(tally: Tally, names: tuple[str, ...], window: Sequence[Entry], measure: Measure) -> None:
    """Remember under the first name that the window has its answer.

    Cases that no entry can fall into any more go, then the oldest.
    """
    cases, first = tally.cases, window[0]
    insort(cases, (first.at, window[-1].at, names[0], first.key))
    del cases[:-CASES_MAX]
    oldest = cases[-1][0] - measure.reach_ms - measure.within_ms
    while cases[0][0] <= oldest:
        del cases[0]


def evidence(window: Sequence[Entry], event_id: str) -> tuple[str, ...]:
    """The ids of the window's newest events, `NAMED_MAX` at most, the judged one last. Ids of
    which only a hash is known are left out.
    """
    others = [e.event for e in window if is_plain(e.event) and e.event != event_id]
    return (*others[1 - NAMED_MAX :], event_id)


def _surplus(counted: list[Entry], who: int, measure: Measure) -> Entry | None:
    """What must leave a key's entries, of which the one of `who` is new."""
    if measure.each < measure.keep:
        own = [entry for entry in counted if entry.who == who]
        if len(own) > measure.each:
            return own[0]
    return counted[0] if len(counted) > measure.keep else None


def _start(counted: list[Entry], at: int, end: int, measure: Measure) -> int | None:
    """Where the shortest full window begins that ends at index `end` and holds index `at`."""
    before = counted[end].at - measure.within_ms
    sizes = _sizes(reversed(counted[: end + 1]), measure)
    for start, size in zip(range(end, -1, -1), sizes, strict=True):
        if counted[start].at <= before:
            return None
        if start <= at and size >= measure.at_least:
            return start
    return None


def _sizes(entries: Iterable[Entry], measure: Measure) -> Iterator[int]:
    """By the measure, how much the first entry is, the first two, and so on."""
    if measure.of == "messages":
        yield from (number for number, _ in enumerate(entries, 1))
        return
    if measure.of == "attachments":
        yield from accumulate(entry.n for entry in entries)
        return
    members = set()
    for entry in entries:
        members.add(entry.who)
        yield len(members)
