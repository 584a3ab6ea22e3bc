"""The general window: how many messages, attachments or members there were within a period, by key.

Many rules count so, over a member's records or a group's. A tally holds what one of them counts:
entries in event time, each under the key that it counts for (a text's print, a child's, the member
mentioned; 0 where all count together). **What is kept doesn't depend on the order in which records
came**: it is always the newest of all that were ever put in, by bounds that only rise. So a record
that comes late meets the same entries that it would have met in time.

Bounds: `Measure.keep` entries a key, `ENTRIES_MAX` in all, nothing as old as `Measure.reach_ms`
behind the newest. What falls out isn't remembered, for a full key takes nothing older anyway;
after a `take` it could come in again, so who puts records in asks the member's own ring first
(`streams.windows.admit`) whether one is a repeat.
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


class Measure(Struct, frozen=True):
    """What fills a window: `at_least` (1 to `KEEP_MAX`) of something, first and last less than
    `within_ms` (from 1) apart.

    Entries kept under another measure mean nothing: each measure has a tally of its own.
    """

    of: Literal["messages", "attachments", "members"]
    at_least: int
    within_ms: int

    @property
    def reach_ms(self) -> int:
        """How far behind the newest entry one is kept."""
        return self.within_ms + LATENESS_MS

    @property
    def keep(self) -> int:
        """How many entries a key keeps.

        While no window is full, fewer than `at_least` lie in each period, so these are all that a
        record could meet which is late by `LATENESS_MS`, unless `KEEP_MAX` cuts them: then it meets
        those of a shorter lateness. Of members, `each` of as many members as fill a window: one
        who writes much can't push out the others.
        """
        if self.of == "members":
            return max(self.at_least * self.each, 1)
        periods = 1 - (-LATENESS_MS // self.within_ms)
        return max(self.at_least, min(self.at_least * periods, KEEP_MAX), 1)

    @property
    def each(self) -> int:
        """How many entries of one member a key keeps."""
        if self.of == "members":
            return max(1, min(EACH_MAX, KEEP_MAX // max(self.at_least, 1)))
        return self.keep


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
    """What one rule counts. `entries` are in order; `cases`, too, are (time, name, key): when a
    window began that the rule of that name has answered.
    """

    entries: list[Entry] = field(default_factory=list)
    cases: list[tuple[int, str, int]] = field(default_factory=list)


def entry_of(event_id: str, sent_at: int, member_id: str, key: int = 0, n: int = 1) -> Entry:
    """The entry of a record: bounded in size whatever its ids are, and without a name in it."""
    return Entry(sent_at, name_of(event_id), key, hash64(member_id), n)


def add(tally: Tally, entry: Entry, measure: Measure) -> bool:
    """Put an entry in its place; whether it is new and no older than what the tally keeps.

    Changes nothing where it is not. An event counts once under a key, whatever its time.
    """
    entries = tally.entries
    if entries and entry.at <= entries[-1].at - measure.reach_ms:
        return False
    ring = _ring(tally, entry.key)
    if any(known.event == entry.event for known in ring):
        return False
    insort(ring, entry)
    surplus = _surplus(ring, entry.who, measure)
    if surplus is entry:
        return False
    if surplus is not None:
        del entries[bisect_left(entries, surplus)]
    insort(entries, entry)
    _forget(tally, measure)
    return entries[0] <= entry


def take(tally: Tally, event_id: str) -> bool:
    """Take an event's entries out, under all its keys; whether there were any.

    For a recalled message, and before an edited one is put in again. Cases stay: what was
    answered was. What had fallen out doesn't come back.
    """
    name = name_of(event_id)
    left = [entry for entry in tally.entries if entry.event != name]
    if len(left) == len(tally.entries):
        return False
    tally.entries = left
    return True


def full(tally: Tally, entry: Entry, measure: Measure) -> list[Entry] | None:
    """The full window that holds `entry`, in order; None where none is full.

    Of several the one that ends first, and of that no more than fills it: as if the records had
    come in order. None, too, for an entry that is not in the tally.
    """
    ring = _ring(tally, entry.key)
    at = bisect_left(ring, entry)
    if ring[at : at + 1] != [entry]:
        return None
    for end in range(at, len(ring)):
        if ring[end].at - entry.at >= measure.within_ms:
            break
        start = _start(ring, at, end, measure)
        if start is not None:
            return ring[start : end + 1]
    return None


def answered(
    tally: Tally, names: tuple[str, ...], window: Sequence[Entry], entry: Entry, ms: int
) -> bool:
    """Whether the window that `entry` fills has its answer under one of the names.

    What follows less than `ms` after a case's first moment is no other window, as with rates; nor
    is one that a late record fills and that reaches into the case, or its entries counted twice.
    """
    begin, end = entry.at - ms + 1, window[-1].at
    return any(
        begin <= at <= end and key == entry.key and name in names for at, name, key in tally.cases
    )


def note(tally: Tally, names: tuple[str, ...], window: Sequence[Entry]) -> None:
    """Remember under the first name that the window has its answer. The oldest give way."""
    first = window[0]
    insort(tally.cases, (first.at, names[0], first.key))
    del tally.cases[:-CASES_MAX]


def evidence(window: Sequence[Entry], event_id: str) -> tuple[str, ...]:
    """The ids of the window's newest events, `NAMED_MAX` at most, the judged one last. Ids of
    which only a hash is known are left out.
    """
    others = [e.event for e in window if is_plain(e.event) and e.event != event_id]
    return (*others[1 - NAMED_MAX :], event_id)


def _ring(tally: Tally, key: int) -> list[Entry]:
    """The entries of a key, in order."""
    return [entry for entry in tally.entries if entry.key == key]


def _surplus(ring: list[Entry], who: int, measure: Measure) -> Entry | None:
    """What must leave a key's entries, of which the one of `who` is new."""
    if measure.each < measure.keep:
        own = [entry for entry in ring if entry.who == who]
        if len(own) > measure.each:
            return own[0]
    return ring[0] if len(ring) > measure.keep else None


def _forget(tally: Tally, measure: Measure) -> None:
    """Drop what is too old or too much, and the cases that no entry can fall into any more."""
    entries, cases = tally.entries, tally.cases
    oldest = entries[-1].at - measure.reach_ms
    while entries[0].at <= oldest or len(entries) > ENTRIES_MAX:
        del entries[0]
    while cases and cases[0][0] <= oldest - measure.within_ms:
        del cases[0]


def _start(ring: list[Entry], at: int, end: int, measure: Measure) -> int | None:
    """Where the shortest full window begins that ends at index `end` and holds index `at`."""
    before = ring[end].at - measure.within_ms
    sizes = _sizes(reversed(ring[: end + 1]), measure)
    for start, size in zip(range(end, -1, -1), sizes, strict=True):
        if ring[start].at <= before:
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
