"""What stands in for Kafka: logs, the group's coordinator, and what a process sees of both.

A batch is appended whole or not at all; a request that is on its way arrives whether its sender
still lives or not; a member that is silent for a session loses its partitions; compaction keeps the
last record of a key.
"""

import asyncio
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from aiokafka import TopicPartition

from agents.survivors import Survivors
from streams.place import PLACE_BYTES
from streams.topology import Topology
from tests.simulation.loop import VirtualLoop
from tests.simulation.plan import SESSION_S

REBALANCE_S: Final = 5 * SESSION_S


class Entry(NamedTuple):
    """A record on a log."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...] = ()


class Log:
    """One partition of a topic. `recovered_to`: up to where a new owner has read and mended it."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.end = 0
        self.recovered_to = 0

    def append(self, records: Iterable[Sequence[Any]], timestamp: int) -> int:
        """Append (key, value, headers) of each record; the first one's offset."""
        base = self.end
        for key, value, headers in records:
            self.entries.append(Entry(self.end, timestamp, key, value, tuple(headers)))
            self.end += 1
        return base

    def skip(self) -> None:
        """Let an offset hold no record, as the marker of a foreign transaction does."""
        self.end += 1

    def read(self, first: int, count: int) -> list[Entry]:
        """Up to `count` records from an offset on."""
        at = bisect_left(self.entries, first, key=_offset)
        return self.entries[at : at + count]

    def compact(self, *, keeps_tombstones: bool = True) -> None:
        """Keep the last record of each key.

        The lag outlasts the detection of a foreign write: what came before one is left alone until
        a new owner has recovered.
        """
        limit = self.end if self._is_in_order() else self.recovered_to
        last = {entry.key: entry.offset for entry in self.entries if entry.offset < limit}
        self.entries = [
            entry
            for entry in self.entries
            if entry.offset >= limit
            or (
                last[entry.key] == entry.offset
                and (keeps_tombstones or entry.value is not None or not entry.headers)
            )
        ]

    def _is_in_order(self) -> bool:
        """Whether nobody has written below another since the last recovery."""
        highest: dict[bytes | None, bytes] = {}
        for entry in self.entries:
            here = entry.value[:PLACE_BYTES] if entry.value else (_place(entry) or b"")
            if entry.offset >= self.recovered_to and here < highest.get(entry.key, b""):
                return False
            highest[entry.key] = max(here, highest.get(entry.key, b""))
        return True

    def survivors(self) -> Survivors:
        """What a recovery makes of the log."""
        survivors = Survivors()
        survivors.add(self.entries)
        return survivors


def _offset(entry: Entry) -> int:
    return entry.offset


def _place(entry: Entry) -> bytes | None:
    return entry.headers[0][1] if entry.headers else None


class Member:
    """A member of the group, who is `joining` between its question and the answer."""

    def __init__(self, heard_s: float) -> None:
        self.heard_s = heard_s
        self.generation = -1
        self.joining: asyncio.Future[list[TopicPartition]] | None = None


class Coordinator:
    """The consumer group: who is a member, who owns what, which offsets are committed."""

    def __init__(self, loop: VirtualLoop, partitions: Sequence[TopicPartition]) -> None:
        self._loop, self._partitions = loop, partitions
        self.members: dict[str, Member] = {}
        self.generation = 0
        self.committed: dict[TopicPartition, int] = {}
        self.is_rebalancing = False

    def join(self, name: str) -> asyncio.Future[list[TopicPartition]]:
        """Ask for partitions; the answer comes when all members have asked."""
        member = self.members.get(name)
        if member is None:
            member = self.members[name] = Member(self._loop.now)
            self._loop.outside(SESSION_S, self._look_at, name, member)
        answer = member.joining = self._loop.create_future()
        self.rebalance()
        self._complete()
        return answer

    def rebalance(self) -> None:
        """Have all members hand over and ask anew."""
        if not self.is_rebalancing:
            self.is_rebalancing = True
            self._loop.outside(REBALANCE_S, self._drop_the_slow, self.generation)

    def leave(self, name: str) -> None:
        """A member goes by itself."""
        if self.members.pop(name, None) is not None:
            self.rebalance()
            self._complete()

    def heartbeat(self, name: str) -> str:
        """`ok`, `rebalance`, or `unknown` for one that is no member any more."""
        member = self.members.get(name)
        if member is None:
            return "unknown"
        member.heard_s = self._loop.now
        return "rebalance" if self.is_rebalancing and member.joining is None else "ok"

    def commit(self, name: str, generation: int, offsets: Mapping[TopicPartition, int]) -> bool:
        """Take offsets of a member of this generation; False for anybody else's."""
        member = self.members.get(name)
        if member is None or not member.generation == generation == self.generation:
            return False
        self.committed |= offsets
        return True

    def _look_at(self, name: str, member: Member) -> None:
        if self.members.get(name) is not member:
            return
        left_s = member.heard_s + SESSION_S - self._loop.now
        if left_s > 0.001 or (member.joining is not None and not member.joining.done()):
            self._loop.outside(max(left_s, 1.0), self._look_at, name, member)
            return
        self.leave(name)

    def _drop_the_slow(self, generation: int) -> None:
        if self.is_rebalancing and generation == self.generation:
            for name in [n for n, member in self.members.items() if member.joining is None]:
                del self.members[name]
            self._complete()

    def _complete(self) -> None:
        if any(member.joining is None for member in self.members.values()):
            return
        self.is_rebalancing = False
        self.generation += 1
        names = sorted(self.members)
        owned: defaultdict[str, list[TopicPartition]] = defaultdict(list)
        for tp in self._partitions if names else ():
            # Partitions move at each rebalance, unlike in life: the moves are what is looked at.
            owned[names[(tp.partition + self.generation) % len(names)]].append(tp)
        for name, member in self.members.items():
            member.generation, member.heard_s = self.generation, self._loop.now
            joining, member.joining = member.joining, None
            if joining is not None and not joining.done():
                joining.set_result(owned[name])


class Cluster:
    """All logs, and the group."""

    def __init__(self, loop: VirtualLoop, topics: Topology, now_ms: Callable[[], int]) -> None:
        self.loop, self.topics, self.now_ms = loop, topics, now_ms
        self.logs: defaultdict[TopicPartition, Log] = defaultdict(Log)
        fed = (topics.events, topics.outcomes)
        self.fed = [TopicPartition(t.name, n) for t in fed for n in range(t.partitions)]
        self.group = Coordinator(loop, self.fed)
        self._waiting: defaultdict[str, list[asyncio.Future[None]]] = defaultdict(list)

    def append(self, tp: TopicPartition, records: Iterable[Sequence[Any]]) -> int:
        """Append a batch, and wake who waits for records."""
        base = self.logs[tp].append(records, self.now_ms())
        self.tell(tp.topic)
        return base

    def tell(self, topic: str) -> None:
        """Wake who waits for records of a topic."""
        for future in self._waiting.pop(topic, ()):
            if not future.done():
                future.set_result(None)

    async def news(self, *topics: str) -> None:
        """Wait until something was appended to one of these topics."""
        future = self.loop.create_future()
        for topic in topics:
            self._waiting[topic].append(future)
        await future

    def of(self, topic: str) -> dict[TopicPartition, Log]:
        """The logs of a topic that hold anything."""
        return {tp: log for tp, log in sorted(self.logs.items()) if tp.topic == topic}
