"""The warm standby: the changelogs of partitions that this worker may inherit, read beforehand.

A keeper that follows without owning: it writes nothing, and no state is made of what it reads. At
a takeover it hands over what it has, and the keeper reads on from there to the end, so a death
costs the records of the last second and not a recovery. It must never cost the judge much: few
records a turn, pauses between them, a bound on its memory, and no fault of it ends the worker.
"""

import logging
import time
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from mode import Service

from agents import identity, metrics
from agents.changelog import OpenReader
from agents.exits import named
from agents.lease import running_s
from agents.survivors import Survivors
from streams.topology import Topic

log = logging.getLogger(__name__)

TURN_S: Final = 0.005
"""Of one turn, about: the judge waits for it. How many records that are is found by trying: a machine
under load takes ten times as long for one as another that is idle (1.7 µs)."""
FETCH_BYTES: Final = 1 << 20
"""In one answer: what is large arrives at once, and leaves holes in the memory that stay."""
RECORDS_MIN: Final = 20
RECORDS_MAX: Final = 2_000
SHARE: Final = 0.2
"""Of the event loop's time, at most: a backlog is judged first, and followed later."""
PAUSE_S: Final = 0.1
"""The pause at the logs' ends: what a takeover has to read on is what came in it."""
AGAIN_S: Final = 5.0
"""The pause after a fault."""
STALE_S: Final = 12 * 3600.0
"""Half of the time that a tombstone stays on the log. Who was away for longer may have missed one,
and would hand over a state that was dropped."""
ENTRY_BYTES: Final = 144
"""What Python adds to a key and its value in a dictionary, about."""
TOMBSTONES_MIN: Final = 10_000
"""Fewer are never worth reading a log again for."""


class Followed:
    """What is known of one changelog partition: its survivors up to `position` (an offset).

    `mark`: the identity of the last record read, by which the log is known again; None before the
    first. `bytes`: at most an eighth more than the memory that the survivors take.
    """

    def __init__(self) -> None:
        self.survivors = Survivors()
        self.position = 0
        self.mark: bytes | None = None
        self.current_s = running_s()
        self.bytes = 0
        self._counted = 0
        self._tombstones_max: int | None = None

    def add(self, records: Sequence[Any]) -> None:
        """Take in the records that come next on the log."""
        self.survivors.add(records)
        last = records[-1]
        self.position, self.mark = last.offset + 1, identity.mark(0, last)
        # A record may replace another or add one; which it was is not asked for each.
        self.bytes += sum(
            ENTRY_BYTES + len(record.key or b"") + len(record.value or b"") for record in records
        )
        if self.bytes - self._counted > self._counted // 8:
            self.bytes = self._counted = _bytes_of(self.survivors)

    def reached(self, end: int) -> None:
        """Note where the log ended at the last look."""
        if self.position < end:
            return
        self.current_s = running_s()
        if self._tombstones_max is None:
            # So many are on the log itself, and reading it again would not be rid of them.
            self._tombstones_max = max(TOMBSTONES_MIN, 2 * len(self.survivors.tombstones))

    @property
    def outworn(self) -> bool:
        """Whether it is to be read from the start again.

        Tombstones that compaction took long ago would pile up here; and see `STALE_S`.
        """
        many = self._tombstones_max
        return (
            many is not None and len(self.survivors.tombstones) > many
        ) or running_s() - self.current_s > STALE_S


class Resumed:
    """A log that is read on from one record before where the standby stood in it (`first`).

    That record shows whether it is the log that was followed: one that was made anew, or cut, has
    another there, or none. `survivors` are good only if it was `known` again.
    """

    def __init__(self, survivors: Survivors, first: int, mark: bytes) -> None:
        self.survivors, self.first, self.known = survivors, first, False
        self._mark = mark

    def add(self, records: Sequence[Any]) -> None:
        """Take in the records from `first` on; nothing of a log that is not known again."""
        if self.known:
            self.survivors.add(records)
        elif records[0].offset == self.first and identity.same(self._mark, records[0]):
            self.known = True
            self.survivors.add(records[1:])


class Standby(Service):
    """Follows the state topic's partitions that others own. Keyed by partition number."""

    def __init__(self, *, open_reader: OpenReader, topic: Topic, bytes_max: int) -> None:
        self.topic, self.bytes_max = topic, bytes_max
        self._open_reader = open_reader
        self._wanted: list[int] = []
        self._followed: dict[int, Followed] = {}
        self._read: dict[int, Followed] = {}
        self._records_max = RECORDS_MIN
        super().__init__()

    # What the keeper asks for.

    def follow_all_but(self, owned: Collection[int]) -> None:
        """Follow what others own from now on; what is followed already goes on as it is.

        Nearest first, in a ring from each owned partition onwards: where memory does not reach
        for all, workers that own different partitions follow different ones.
        """
        count = self.topic.partitions
        others = [number for number in range(count) if number not in owned]
        others.sort(key=lambda number: min(((number - own) % count for own in owned), default=0))
        self._wanted = others if self.bytes_max else []
        self._followed = {
            number: self._followed.get(number) or Followed() for number in self._wanted
        }
        self._tell()

    def hand_over(self, numbers: Collection[int]) -> dict[TopicPartition, "Resumed"]:
        """Give away what is known of these partitions; they are followed no longer."""
        return {
            self._log(number): Resumed(followed.survivors, followed.position - 1, followed.mark)
            for number in numbers
            if (followed := self._followed.pop(number, None)) is not None
            and followed.mark is not None
            and not followed.outworn
        }

    # Following.

    @Service.task
    async def _follow(self) -> None:
        while not self.should_stop:
            pause_s = AGAIN_S
            try:
                await self._follow_by_one_reader()
                pause_s = PAUSE_S
            except KafkaError as fault:
                metrics.STANDBY_FAULTS.inc()
                log.warning("the standby could not read %s: %s", self.topic.name, named(fault))
            except Exception as fault:  # noqa: BLE001 — Nothing here is worth the end of a judge.
                metrics.STANDBY_FAULTS.inc()
                # What it was in the middle of may be half done; each is begun anew.
                self._followed = {number: Followed() for number in self._followed}
                log.warning("the standby begins anew: %s", named(fault))
            await self.sleep(pause_s)

    async def _follow_by_one_reader(self) -> None:
        """Follow until there is nothing to follow: a reader without partitions would go on asking."""
        if not self._followed:
            return
        reader = await self._open_reader()
        self._read = {}
        try:
            while self._followed and not self.should_stop:
                await self.sleep(await self.turn(reader))
        finally:
            metrics.STANDBY_BEHIND.set(0)
            await reader.stop()

    async def turn(self, reader: Any) -> float:
        """Take in some records; returns the seconds to let the loop be before the next turn."""
        await self._begin_anew_what_was_cut(reader)
        if self._read != self._followed:
            self._reassign(reader)
        began_s = time.monotonic()
        # What has arrived, without a wait: so it is known how long the loop stood still for it.
        fetched = await reader.getmany(timeout_ms=0, max_records=self._records_max)
        for tp, records in fetched.items():
            if records:
                self._take_in(tp.partition, records)
        worked_s = time.monotonic() - began_s
        ends = {number: reader.highwater(self._log(number)) for number in self._read}
        behind = sum(max(0, (ends[n] or 0) - it.position) for n, it in self._read.items())
        metrics.STANDBY_BEHIND.set(behind)
        self._look(ends)
        self._pace(worked_s)
        return worked_s / SHARE if behind and fetched else PAUSE_S

    def _pace(self, worked_s: float) -> None:
        if worked_s > TURN_S:
            self._records_max = max(RECORDS_MIN, self._records_max // 2)
        else:
            self._records_max = min(RECORDS_MAX, self._records_max * 2)

    async def _begin_anew_what_was_cut(self, reader: Any) -> None:
        """A log that ended below what was read of it: the reader goes back to its start by itself.

        What it brings from there does not tell: compaction may have left only what is further on.
        """
        for number, followed in list(self._read.items()):
            if followed.mark is None:
                continue
            position = await reader.position(self._log(number))
            # It may have been handed over meanwhile.
            if self._followed.get(number) is followed and position < followed.position:
                self._followed[number] = Followed()
                metrics.STANDBY_REFUTED.inc()

    def _reassign(self, reader: Any) -> None:
        """Have the reader read what is followed now, each from where it stands."""
        self._read = dict(self._followed)
        logs = {self._log(number): followed for number, followed in self._read.items()}
        reader.assign(list(logs))
        for tp, followed in logs.items():
            # One that was not begun is read from where its log starts, as the reader does.
            if followed.mark is not None:
                reader.seek(tp, followed.position)

    def _take_in(self, number: int, records: Sequence[Any]) -> None:
        followed = self._read[number]
        # Handed over, or begun anew, while these records were on their way.
        if self._followed.get(number) is not followed:
            return
        followed.add(records)
        metrics.STANDBY_RECORDS.inc(len(records))

    def _look(self, ends: Mapping[int, int | None]) -> None:
        """Keep within the bounds; tell what is followed. `ends`: of the logs, where known."""
        for number, followed in list(self._followed.items()):
            if (end := ends.get(number)) is not None:
                followed.reached(end)
            if followed.outworn:
                self._followed[number] = Followed()
        while self._followed and sum(it.bytes for it in self._followed.values()) > self.bytes_max:
            # The furthest; it is tried again at the next assignment.
            del self._followed[list(self._followed)[-1]]
        self._tell()

    def _tell(self) -> None:
        metrics.STANDBY_PARTITIONS.set(len(self._followed))
        metrics.STANDBY_LEFT_OUT.set(len(self._wanted) - len(self._followed))
        metrics.STANDBY_BYTES.set(sum(it.bytes for it in self._followed.values()))

    def _log(self, number: int) -> TopicPartition:
        return TopicPartition(self.topic.name, number)


def _bytes_of(survivors: Survivors) -> int:
    return sum(
        ENTRY_BYTES * len(kept) + sum(map(len, kept)) + sum(map(len, kept.values()))
        for kept in (survivors.values, survivors.tombstones)
    )
