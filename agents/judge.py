"""The judge, as an agent: thin. What is decided is decided in `streams.partition`.

The numbered order of `settle` is the contract; do not reorder. Memory changes in place while
judging, so any fault before step 3 ends the process, and memory with it. A crash after step 1
repeats the same actions under the same ids; after step 2 the fence skips what is read again.
"""

import asyncio
import time
from collections.abc import Iterable, Sequence
from typing import Any, Final

from aiokafka import TopicPartition

from agents import metrics
from agents.carry import Carrier
from agents.exits import leave
from agents.fetch import Fetch, Span
from agents.keeper import Keeper, Owned
from agents.lease import Lease
from agents.ledger import Ledger
from agents.limits import RejectLimit
from agents.outbox import Outbox, Parcel, Writable, by_partition
from agents.packs import Packs
from schemas.event import Rejected, decode_event
from streams.topology import Topic, Topology

TURN_S: Final = 0.05
"""The event loop waits no longer than this and the judging of one partition's records."""


class Piece:
    """One partition's part of a fetch on its way through a settle.

    `first`: where what is not yet settled begins; `following`: where the judged part ends.
    """

    def __init__(self, tp: TopicPartition, span: Span, owned: Owned) -> None:
        self.tp, self.span, self.owned = tp, span, owned
        self.reading: Any = owned.states.read(span.records)
        self.first = span.first

    @property
    def whole(self) -> bool:
        """Whether all records are judged."""
        return bool(self.reading.at == len(self.span.records))

    @property
    def newest(self) -> Any:
        """The last record judged; None for none. What was due before the first one may be done."""
        return self.span.records[self.reading.at - 1] if self.reading.at else None

    @property
    def following(self) -> int:
        """The offset after the last record judged, or after the span."""
        return self.span.following if self.whole else int(self.reading.following)


class Judge:
    """Settles fetches of the events topic."""

    def __init__(
        self,
        *,
        topics: Topology,
        ledger: Ledger,
        keeper: Keeper,
        outbox: Outbox,
        packs: Packs,
        lease: Lease,
        limit: RejectLimit,
        carrier: Carrier,
    ) -> None:
        self.topics, self.ledger, self.keeper, self.outbox = topics, ledger, keeper, outbox
        self.packs, self.lease, self.limit, self.carrier = packs, lease, limit, carrier

    async def settle(self, fetch: Fetch) -> None:
        """Judge a fetch and make what follows from it durable; in parts where a pack is missing.

        The wait for a pack is not within the turn: a handover would have to wait for it.
        """
        pieces = self.read(fetch)
        while pieces and await self.settle_part(fetch, pieces):
            pieces = [piece for piece in pieces if not piece.whole]

    async def settle_part(self, fetch: Fetch, pieces: Sequence[Piece]) -> bool:
        """Settle as far as the packs reach; False if the assignment ended meanwhile."""
        async with self.ledger.turn(fetch.topic):
            began_s = time.monotonic()
            if self.is_over(fetch):
                return False
            for piece in pieces:
                self.ledger.check(piece.tp, piece.first)
            verdicts = await self.judged(pieces)
            self.guard_topic(verdicts)
            self.lease.check("before the actions")
            await self.deliver(pieces, verdicts)  # 1. actions, dead letters, sightings, re-routed
            if self.is_over(fetch):
                return False
            self.lease.check("before the states")
            await self.write(pieces, verdicts)  # 2. states too, a group's in one record batch
            if self.is_over(fetch):
                return False
            await self.carry(pieces, verdicts)  # what a seal ends goes over, before it is confirmed
            if self.is_over(fetch):
                return False
            self.confirm(pieces)  # 3. only now may the offsets be committed
            metrics.SETTLE_SECONDS.observe(time.monotonic() - began_s)
        return await self.provided(fetch, verdicts)

    def is_over(self, fetch: Fetch) -> bool:
        """Whether the fetch's assignment has ended; its new owner judges it then."""
        over = fetch.epoch != self.ledger.epoch
        if over:
            metrics.DROPPED.inc()
        return over

    def read(self, fetch: Fetch) -> list[Piece]:
        """Decode; memory stays as it is."""
        return [
            Piece(tp, span, owned)
            for tp, span in fetch.spans.items()
            if (owned := self.keeper.owned.get(tp.partition)) is not None
        ]

    async def provided(self, fetch: Fetch, verdicts: Sequence[Any]) -> bool:
        """Wait for the packs that the verdicts lack; False if the assignment ended meanwhile."""
        lacks = {verdict.lacks for verdict in verdicts if verdict.lacks is not None}
        if not lacks:
            return True

        def still() -> bool:
            self.ledger.waiting(fetch.spans)
            return fetch.epoch == self.ledger.epoch

        return await self.packs.ready(lacks, still)

    async def judged(self, pieces: Sequence[Piece]) -> list[Any]:
        """The pure part. From here on memory is ahead of the log.

        Between two partitions the event loop has its turn, where it has waited for long: a large
        fetch on a slow machine would look like a stall to the lease.
        """
        began_s = turned_s = time.monotonic()
        verdicts = []
        for piece in pieces:
            piece.owned.judging = True
            verdicts.append(piece.owned.states.judge(piece.reading, self.packs.known))
            if time.monotonic() - turned_s > TURN_S:
                await asyncio.sleep(0)
                turned_s = time.monotonic()
        metrics.JUDGE_SECONDS.observe(time.monotonic() - began_s)
        return verdicts

    def guard_topic(self, verdicts: Sequence[Any]) -> None:
        """Before anything is written: a bad deploy must not empty the topic into the dead letters."""
        for verdict in verdicts:
            rejected = len(verdict.dead)
            broken = self.limit.broken_by(
                verdict.judged + rejected, rejected, verdict.rejected_in_row
            )
            if broken is not None:
                leave("rejects", f"{broken}; {dict(verdict.reasons)}")
            for reason, count in verdict.reasons.items():
                metrics.REJECTS.labels(reason).inc(count)

    async def deliver(self, pieces: Sequence[Piece], verdicts: Sequence[Any]) -> None:
        """Step 1: everything that leaves, of all partitions side by side."""
        topics, parcels = self.topics, []
        outgoing: tuple[tuple[Topic, str], ...] = (
            (topics.actions, "actions"),
            (topics.dead, "dead"),
            (topics.sightings, "sightings"),
            (topics.events, "strays"),
        )
        for topic, field in outgoing:
            lists = [
                (piece.tp.partition, found)
                for piece, verdict in zip(pieces, verdicts, strict=True)
                if (found := getattr(verdict, field))
            ]
            if lists:
                parcels += packed(self.outbox, topic, lists)
        if parcels:
            await self.outbox.deliver(parcels)
        for verdict in verdicts:
            for (kind, mode), count in verdict.kinds.items():
                metrics.ACTIONS.labels(kind, mode).inc(count)

    async def write(self, pieces: Sequence[Piece], verdicts: Sequence[Any]) -> None:
        """Step 2: the changes of the states, of all partitions side by side."""
        await self.keeper.write(
            [
                (piece.owned, verdict.changes, piece.newest)
                for piece, verdict in zip(pieces, verdicts, strict=True)
                if piece.reading.at or verdict.changes
            ]
        )

    async def carry(self, pieces: Sequence[Piece], verdicts: Sequence[Any]) -> None:
        """Carry the states of sealed partitions into the generation behind their seals."""
        for piece, verdict in zip(pieces, verdicts, strict=True):
            if verdict.seal is not None:
                await self.carrier.carry(piece.tp.partition, piece.owned.states, verdict.seal)

    def confirm(self, pieces: Sequence[Piece]) -> None:
        """Step 3: what was judged is settled."""
        for piece in pieces:
            self.ledger.confirm(piece.tp, piece.first, piece.following)
            piece.first = piece.following
            piece.owned.judging = False
            self.note_time(piece)
            if piece.whole:
                metrics.RECORDS.labels(piece.tp.topic).inc(len(piece.span.records))

    def note_time(self, piece: Piece) -> None:
        """How far event time is settled, by the last record judged: one look a partition and
        fetch. What is no event tells nothing, and the next tick does.
        """
        if piece.reading.at:
            event = decode_event(piece.span.records[piece.reading.at - 1].value)
            if not isinstance(event, Rejected):
                line = self.ledger.lines[piece.tp]
                line.newest_ms = max(line.newest_ms, event.sent_at)


def packed(
    outbox: Outbox, topic: Topic, lists: Iterable[tuple[int, Sequence[tuple[bytes | None, bytes]]]]
) -> list[Parcel]:
    """Parcels of a topic out of lists of records, each with the partition it was judged on."""
    spread: dict[TopicPartition, list[Sequence[Writable]]] = {}
    for number, records in lists:
        by_partition(spread, topic, records, number)
    return [
        Parcel(tp.topic, tp.partition, outbox.fill(tp.topic, topic.batch_bytes, groups))
        for tp, groups in spread.items()
    ]
