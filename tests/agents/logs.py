"""A log in memory, and a reader of it that behaves as aiokafka's does without a group."""

from collections.abc import Sequence
from typing import Any

from aiokafka import TopicPartition

from tests.agents.fakes import Logged


class Log:
    """Partitions of one topic; offsets stay what they were when records are taken away."""

    def __init__(self, topic: str, partitions: int) -> None:
        self.topic = topic
        self.records: list[list[Logged]] = [[] for _ in range(partitions)]
        self.ends = [0] * partitions

    def append(self, number: int, record: Logged, timestamp: int = 1) -> Logged:
        """Put a record at the end; as it stands there."""
        there = record._replace(
            offset=self.ends[number], timestamp=timestamp, topic=self.topic, partition=number
        )
        self.records[number].append(there)
        self.ends[number] += 1
        return there

    def cut(self, number: int, end: int) -> None:
        """Forget what stands at `end` and above, as a broker that lost it."""
        self.records[number] = [it for it in self.records[number] if it.offset < end]
        self.ends[number] = min(end, self.ends[number])


class LogReader:
    """Reads a `Log`. `fault` is raised by the next `getmany`."""

    def __init__(self, log: Log) -> None:
        self.log = log
        self.at: dict[TopicPartition, int] = {}
        self.assigned: list[list[int]] = []
        self.fault: Exception | None = None
        self.stopped = False

    def assign(self, tps: Sequence[TopicPartition]) -> None:
        self.at = dict.fromkeys(tps, 0)
        self.assigned.append([tp.partition for tp in tps])

    def seek(self, tp: TopicPartition, offset: int) -> None:
        assert tp in self.at, "a seek needs an assigned partition"
        self.at[tp] = offset

    async def seek_to_beginning(self, *tps: TopicPartition) -> None:
        assert tps, "without partitions it would be all of them"
        for tp in tps:
            self.seek(tp, 0)

    async def end_offsets(self, tps: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        return {tp: self.log.ends[tp.partition] for tp in tps}

    async def beginning_offsets(self, tps: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(tps, 0)

    async def position(self, tp: TopicPartition) -> int:
        return self._next(tp)

    def _next(self, tp: TopicPartition) -> int:
        if self.at[tp] > self.log.ends[tp.partition]:
            self.at[tp] = 0  # as `auto_offset_reset="earliest"` has it
        return self.at[tp]

    def highwater(self, tp: TopicPartition) -> int:
        assert tp in self.at, "only an assigned partition has one"
        end: int = self.log.ends[tp.partition]
        return end

    async def getmany(
        self, *tps: TopicPartition, timeout_ms: int = 0, max_records: int = 500
    ) -> dict[TopicPartition, list[Any]]:
        if self.fault is not None:
            fault, self.fault = self.fault, None
            raise fault
        found = {}
        for tp in tps or tuple(self.at):
            at = self._next(tp)
            ahead = [it for it in self.log.records[tp.partition] if it.offset >= at]
            if taken := ahead[:max_records]:
                found[tp] = taken
                self.at[tp] = taken[-1].offset + 1
            elif not ahead:
                self.at[tp] = self.log.ends[tp.partition]
            max_records -= len(taken)
        return found

    async def stop(self) -> None:
        self.stopped = True
