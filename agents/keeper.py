"""The keeper of states: the partitions that this worker owns, and the only writer of their changelog.

In place of Faust's tables, which flush for 0.1 s before a commit and then give up, only log a
failed changelog write, and take 80 s where this takes two (500,000 states). The keeper moves
bytes: what a state means is known to `streams.partition` alone.
"""

import asyncio
import gc
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, Final, Protocol

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from agents import identity, metrics
from agents.changelog import OpenReader, Taking, read_to_ends, records_at
from agents.exits import leave, named
from agents.outbox import Outbox, Parcel, Record, Writable
from agents.standby import Standby
from agents.survivors import Survivors
from schemas.record import Record as Logged
from streams.topology import Topic

LOAD_RECORDS: Final = 5_000
"""States handed over between two turns of the event loop."""


class States(Protocol):
    """What the keeper asks of `streams.partition.Partition`."""

    def load(self, key: bytes, value: bytes) -> None: ...  # noqa: D102
    def highest(self) -> int: ...  # noqa: D102
    def committed(self, following: int) -> None: ...  # noqa: D102


class Owned:
    """One owned partition: its states, and the next offset of its changelog.

    `judging` is true while memory may be ahead of the changelog.
    """

    def __init__(self, number: int, states: Any, end: int) -> None:
        self.number = number
        self.states = states
        self.end = end
        self.mark: bytes | None = None
        self.start = 0
        self.judging = False


class Keeper:
    """Takes partitions over, writes their changes, lets them go. Keyed by partition number."""

    def __init__(
        self,
        *,
        open_reader: OpenReader,
        events: Topic,
        state: Topic,
        generation: int,
        outbox: Outbox,
        new_states: Callable[[int], Any],
        deadline_s: float,
        standby: Standby | None = None,
    ) -> None:
        self.events, self.state, self.generation = events, state, generation
        self.owned: dict[int, Owned] = {}
        self._parked: dict[int, Owned] = {}
        self._open_reader, self._outbox, self._new_states = open_reader, outbox, new_states
        self._deadline_s, self._standby = deadline_s, standby
        self._watcher: Any = None

    # Taking over.

    async def take(self, numbers: Iterable[int], committed: Mapping[int, int | None]) -> None:
        """Own these partitions: recover their states, and prove that the log is the one they know.

        `committed`: the group's offsets. What was let go and not touched by anybody since is taken
        back as it is. Ends the process at the deadline.
        """
        wanted = sorted(set(numbers) - set(self.owned))
        try:
            async with asyncio.timeout(self._deadline_s):
                if wanted:
                    await self._take(wanted, committed)
        except TimeoutError:
            leave("recovery_deadline", f"{self._deadline_s:.0f} s, {len(wanted)} partitions")
        except KafkaError as fault:
            leave("recovery", named(fault))
        self._parked.clear()
        if self._standby is not None:
            self._standby.follow_all_but(self.owned)
        metrics.OWNED.set(len(self.owned))

    async def _take(self, wanted: Sequence[int], committed: Mapping[int, int | None]) -> None:
        began_s = time.monotonic()
        consumer = await self._open_reader()
        try:
            await self._check_partitions()
            taken = await self._taken_back(consumer, wanted)
            rest = [number for number in wanted if number not in taken]
            taken |= await self._recovered(consumer, rest)
            await self._check_log(consumer, taken, committed)
        finally:
            await consumer.stop()
        self.owned |= taken
        # The states just read live long; without this each full collection walks them.
        gc.freeze()
        metrics.RECOVERY_SECONDS.observe(time.monotonic() - began_s)

    async def _check_partitions(self) -> None:
        """The counts, at each assignment: with others, groups would be judged on two partitions."""
        for topic in (self.events, self.state):
            found = await self._outbox.partitions(topic.name)
            if found != topic.partitions:
                leave("topics", f"{topic.name} has {found} partitions, not {topic.partitions}")

    async def _taken_back(self, consumer: Any, wanted: Sequence[int]) -> dict[int, Owned]:
        back = {number: self._parked[number] for number in wanted if number in self._parked}
        ends = await consumer.end_offsets([self._log(number) for number in back])
        return {
            number: owned for number, owned in back.items() if ends[self._log(number)] == owned.end
        }

    async def _recovered(self, consumer: Any, numbers: Sequence[int]) -> dict[int, Owned]:
        """Read the changelogs of `numbers` side by side, from where the standby stands in them."""
        if not numbers:
            return {}
        ends = await consumer.end_offsets(list(map(self._log, numbers)))
        # After the ends: what it knows beyond them is of another log.
        handed = {} if self._standby is None else self._standby.hand_over(numbers)
        resumed = {log: it for log, it in handed.items() if it.first < ends[log]}
        await _read(consumer, resumed, {log: it.first for log, it in resumed.items()}, ends)
        logs = {log: it.survivors for log, it in resumed.items() if it.known}
        metrics.STANDBY_REFUTED.inc(len(handed) - len(logs))
        cold = {log: Survivors() for log in ends if log not in logs}
        await _read(consumer, cold, {}, ends)
        logs |= cold
        taken = {}
        for log, survivors in logs.items():
            owned = Owned(log.partition, self._new_states(log.partition), ends[log])
            await self._mend(owned, survivors)
            await _load(owned, survivors)
            taken[log.partition] = owned
        return taken

    async def _mend(self, owned: Owned, survivors: Survivors) -> None:
        """Write the survivors of a foreign write again, before anything is judged.

        Were it left out, compaction would keep the lower place for good.
        """
        rewrites = survivors.rewrites()
        if not rewrites:
            return
        groups = [
            list(part) for _, part in groupby(rewrites, lambda item: item[0].partition(b"\x1f")[0])
        ]
        await self._append([(owned, groups)])
        metrics.REWRITTEN.inc(len(rewrites))

    async def _check_log(
        self,
        consumer: Any,
        taken: Mapping[int, Owned],
        committed: Mapping[int, int | None],
    ) -> None:
        """Is the events topic the one that the states know? Else records would be skipped."""
        sources = {number: TopicPartition(self.events.name, number) for number in taken}
        starts = await consumer.beginning_offsets(list(sources.values()))
        ends = await consumer.end_offsets(list(sources.values()))
        for number, tp in sources.items():
            owned, end = taken[number], ends[tp]
            owned.start = starts[tp]
            known = max(owned.states.highest(), (committed.get(number) or 0) - 1)
            if known >= end:
                leave("fence_beyond_log", f"{tp.topic} {number}: knows {known}, ends at {end}")
            if (at := committed.get(number)) is not None and at < owned.start:
                metrics.BELOW_START.inc()
        await self._check_marks(consumer, {sources[n]: o for n, o in taken.items()}, ends)

    async def _check_marks(
        self,
        consumer: Any,
        taken: Mapping[TopicPartition, Owned],
        ends: Mapping[TopicPartition, int],
    ) -> None:
        marked = {
            tp: (offset, owned.mark)
            for tp, owned in taken.items()
            if owned.mark is not None and (offset := identity.offset_of(owned.mark)) >= owned.start
        }
        for tp, (offset, _) in marked.items():
            if offset >= ends[tp]:
                leave("fence_beyond_log", f"{tp.topic} {tp.partition}: knows {offset}")
        for tp, record in (await records_at(consumer, marked)).items():
            offset, mark = marked[tp]
            if record.offset == offset and not identity.same(mark, record):
                leave("log_replaced", f"{tp.topic} {tp.partition} {offset}")

    # Writing.

    async def write(
        self, work: Sequence[tuple[Owned, Sequence[Sequence[Writable]], Logged | None]]
    ) -> None:
        """Write changes, each group's in one record batch, and the mark of the last record, if one was
        judged.

        Returns when all is acknowledged. Ends the process if an answer shows that somebody else
        wrote in between.
        """
        marks = [
            None if last is None else identity.mark(self.generation, last) for *_, last in work
        ]
        await self._append(
            [
                (owned, changes if mark is None else [*changes, [Record(identity.KEY, mark)]])
                for (owned, changes, _), mark in zip(work, marks, strict=True)
            ]
        )
        # What is let go and taken back was not read again: it must know the log that it has judged
        # by then, not the one of its recovery, or a log made anew meanwhile would be passed over.
        for (owned, _, _), mark in zip(work, marks, strict=True):
            owned.mark = mark or owned.mark

    async def _append(self, work: Sequence[tuple[Owned, Sequence[Sequence[Writable]]]]) -> None:
        name, size = self.state.name, self.state.batch_bytes
        parcels = [
            Parcel(name, owned.number, self._outbox.fill(name, size, groups))
            for owned, groups in work
        ]
        answers = await self._outbox.deliver(parcels)
        for (owned, _), parcel, bases in zip(work, parcels, answers, strict=True):
            for batch, base in zip(parcel.batches, bases, strict=True):
                if base != owned.end:
                    leave("foreign_write", f"{name} {owned.number}: {base}, not {owned.end}")
                owned.end = base + batch.records

    # Letting go, and looking after.

    def release(self) -> None:
        """Own nothing any more. What was written in full is parked, in case it comes back."""
        self._parked |= {n: owned for n, owned in self.owned.items() if not owned.judging}
        self.owned.clear()
        metrics.OWNED.set(0)

    def committed(self, offsets: Iterable[tuple[int, int]]) -> None:
        """The group took these offsets: what a replay from before them needs may be forgotten."""
        for number, offset in offsets:
            if (owned := self.owned.get(number)) is not None:
                owned.states.committed(offset)

    async def look_for_foreign_writes(self) -> None:
        """Compare the ends of the owned changelogs with what was written; ends the process on a
        difference.

        An idle partition learns of a foreign write in no other way, and compaction would keep it.
        """
        before = {n: owned.end for n, owned in self.owned.items() if not owned.judging}
        if not before:
            return
        if self._watcher is None:
            self._watcher = await self._open_reader()
        found = await self._watcher.end_offsets([self._log(number) for number in before])
        for number, end in before.items():
            owned = self.owned.get(number)
            if owned is None or owned.judging or owned.end != end:
                continue
            if found[self._log(number)] != end:
                leave(
                    "foreign_write",
                    f"{self.state.name} {number}: ends at {found[self._log(number)]}, not {end}",
                )

    async def look_for_another_log(self) -> None:
        """Compare the log with what the owned states know of it, as at an assignment; ends the
        process if it is another one.
        """
        reader = await self._open_reader()
        try:
            await self._check_log(reader, dict(self.owned), {})
        finally:
            await reader.stop()

    async def stop(self) -> None:
        """Close the connections."""
        if self._watcher is not None:
            await self._watcher.stop()

    def _log(self, number: int) -> TopicPartition:
        return TopicPartition(self.state.name, number)


async def _read(
    consumer: Any,
    logs: Mapping[TopicPartition, Taking],
    firsts: Mapping[TopicPartition, int],
    ends: Mapping[TopicPartition, int],
) -> None:
    """Read logs to their ends, those in `firsts` from an offset, the others from their start."""
    unread = {log: taking for log, taking in logs.items() if ends[log]}
    if not unread:
        return
    consumer.assign(list(unread))
    if begun := [log for log in unread if log not in firsts]:
        await consumer.seek_to_beginning(*begun)
    for log in unread:
        if log in firsts:
            consumer.seek(log, firsts[log])
    await read_to_ends(consumer, unread, ends)


async def _load(owned: Owned, survivors: Survivors) -> None:
    """Hand the survivors to the states, freeing them on the way."""
    load, values = owned.states.load, survivors.values
    owned.mark = values.pop(identity.KEY, None)
    while values:
        for _ in range(min(len(values), LOAD_RECORDS)):
            load(*values.popitem())
        await asyncio.sleep(0)
