"""An assignment's begin and end: in which order partitions are taken over and let go.

Faust's consumer calls this, and so does any other that stands in its place.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping

from aiokafka import TopicPartition

from agents.keeper import Keeper
from agents.lease import Lease
from agents.ledger import Ledger

Offsets = Mapping[TopicPartition, int | None]


class Assignment:
    """What this worker may judge now. `judged` is the topic whose partitions have states.

    `inherited`: from where a partition is read that the group has committed nothing of.
    """

    def __init__(
        self,
        *,
        ledger: Ledger,
        keeper: Keeper,
        lease: Lease,
        judged: str,
        handover_s: float,
        inherited: Mapping[TopicPartition, int] | None = None,
    ) -> None:
        self.ledger, self.keeper, self.lease = ledger, keeper, lease
        self.judged, self.handover_s = judged, handover_s
        self.inherited = inherited or {}
        self._taken: dict[TopicPartition, int | None] = {}

    async def take(self, committed: Offsets) -> None:
        """Recover the states of these partitions. Called before any of their records flows."""
        self.lease.hear()
        self._taken = dict(committed)
        offsets = {tp.partition: at for tp, at in committed.items() if tp.topic == self.judged}
        await self.keeper.take(offsets, offsets)

    def begin(
        self, epoch: int, starts: Mapping[TopicPartition, int], committed: Offsets
    ) -> dict[TopicPartition, int]:
        """Where each partition is to be read from: its committed offset, or one that is inherited,
        or where its log starts.

        Nothing where the assignment (`epoch`: the ledger's as its offsets were asked for) has
        ended meanwhile. No handover waits for the asking, and lines that began behind one would
        be the next assignment's, with offsets that others may have passed since. Nor does anything
        begin behind what was committed as its states were read: who was frozen in between would
        judge on from where another owner is by now, by states that know nothing of the way there.
        """
        if epoch != self.ledger.epoch:
            return {}
        for tp, start in starts.items():
            at = self._taken.get(tp, committed[tp])
            known = self.inherited.get(tp, 0) if at is None else at
            self.ledger.begin(tp, max(known, start), at)
        return {tp: self.ledger.lines[tp].next for tp in starts}

    def committed(self, offsets: Iterable[tuple[TopicPartition, int]]) -> None:
        """The group took these offsets."""
        taken = list(offsets)
        self.ledger.committed(taken)
        self.keeper.committed((tp.partition, at) for tp, at in taken if tp.topic == self.judged)

    async def hand_over(self, commit: Callable[[], Awaitable[object]]) -> None:
        """Settle what is in hand, commit it, own nothing any more."""
        async with self.ledger.handover(self.handover_s):
            # As a task: Faust's `commit` may swallow the cancel of the deadline.
            committing = asyncio.ensure_future(self._commit_due(commit))
            await asyncio.wait([committing])
            committing.result()
            self.keeper.release()
            self.lease.part()

    async def _commit_due(self, commit: Callable[[], Awaitable[object]]) -> None:
        # The first call may only wait for a commit that began before the last settle ended.
        await commit()
        if self.ledger.due():
            await commit()
