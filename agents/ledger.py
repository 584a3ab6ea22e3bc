"""What is settled: contiguous confirms, whose turn it is, and the handover of partitions.

Faust's own acks are not used: an exception or a cancel in the body acknowledges an event there,
and a commit may pass a record in work. Here an offset is due only when all before it is settled.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager

from aiokafka import TopicPartition

from agents.exits import leave
from agents.lease import running_s


class Line:
    """One partition's confirms: where the next settle must begin, and what the group knows.

    `moved_s` and `taken_s`: when it last moved, and when the group last took a commit of it or
    there was none to take (seconds of `running_s`). `newest_ms`: the newest event time settled,
    milliseconds; 0 before the first.
    """

    def __init__(self, first: int, committed: int | None) -> None:
        self.next = first
        self.committed = committed
        self.moved_s = self.taken_s = running_s()
        self.newest_ms = 0


class Ledger:
    """The settled offsets of all source partitions of this worker.

    `epoch` counts assignments: a fetch or a settle of another epoch drops itself. A topic has one
    turn at a time; a handover takes the turns of all topics, so it waits for the settles in hand.
    """

    def __init__(self) -> None:
        self.epoch = 0
        self.lines: dict[TopicPartition, Line] = {}
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def turn(self, topic: str) -> asyncio.Lock:
        """The lock that a settle of `topic` holds from before it judges until it has confirmed."""
        return self._turns[topic]

    def begin(self, tp: TopicPartition, first: int, committed: int | None) -> None:
        """Start a partition at `first`, or leave it as it is if it was started in this epoch."""
        if tp not in self.lines:
            self.lines[tp] = Line(first, committed)

    def confirm(self, tp: TopicPartition, first: int, following: int) -> None:
        """Settle `[first, following)`. Ends the process unless `first` is the next one due."""
        line = self.lines[tp]
        if first != line.next:
            leave("hole", f"{tp.topic} {tp.partition}: due {line.next}, came {first}-{following}")
        line.moved_s = running_s()
        if line.next == line.committed:
            line.taken_s = line.moved_s
        line.next = following

    def check(self, tp: TopicPartition, first: int) -> None:
        """The same question before anything is written."""
        line = self.lines[tp]
        if first != line.next:
            leave("hole", f"{tp.topic} {tp.partition}: due {line.next}, came {first}")

    def due(self) -> dict[TopicPartition, int]:
        """The offsets that may be committed and are not: each the first one not settled."""
        return {tp: line.next for tp, line in self.lines.items() if line.next != line.committed}

    def committed(self, offsets: Iterable[tuple[TopicPartition, int]]) -> None:
        """Take the group's answer; nothing else counts as committed."""
        for tp, offset in offsets:
            if (line := self.lines.get(tp)) is not None:
                line.committed = offset
                line.taken_s = running_s()

    def uncommitted(self, limit_s: float) -> TopicPartition | None:
        """A partition of which the group took no commit for longer than `limit_s`, if there is
        one with something to commit.
        """
        now = running_s()
        for tp, line in self.lines.items():
            if line.next != line.committed and now - line.taken_s > limit_s:
                return tp
        return None

    def waiting(self, tps: Iterable[TopicPartition]) -> None:
        """Note that these partitions stand still for a reason that is in the log already."""
        for tp in tps:
            if (line := self.lines.get(tp)) is not None:
                line.moved_s = running_s()

    def starved(self, limit_s: float, topic: str) -> TopicPartition | None:
        """A partition of `topic` that has not moved for longer than `limit_s`, if there is one."""
        now = running_s()
        for tp, line in self.lines.items():
            if tp.topic == topic and now - line.moved_s > limit_s:
                return tp
        return None

    @asynccontextmanager
    async def handover(self, limit_s: float) -> AsyncIterator[None]:
        """Wait for the settles in hand, then let nothing be judged until the block ends.

        At its end the assignment is over: fetches taken before it drop themselves. Ends the
        process if the settles, or the block (it commits), take longer than `limit_s` in all.
        """
        try:
            async with asyncio.timeout(limit_s), AsyncExitStack() as stack:
                for lock in list(self._turns.values()):
                    await stack.enter_async_context(lock)
                yield
                self.lines.clear()
                self.epoch += 1
        except TimeoutError:
            leave("handover", f"{limit_s:.0f} s allowed")
