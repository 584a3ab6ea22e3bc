"""A relay, as an agent: each record of a topic that is an event is appended to its group's log.

The bridge brings the outcomes of actions in by one (`streams.outcomes`); what stands behind the seal
of an earlier generation goes on by others (`streams.forward`). It has no state: a crash after step 1
appends the same events under the same ids, and the judge drops the second.
"""

from collections.abc import Callable

from agents import metrics
from agents.exits import leave
from agents.fetch import Fetch
from agents.judge import packed
from agents.lease import Lease
from agents.ledger import Ledger
from agents.limits import RejectLimit
from agents.outbox import Outbox
from schemas.dead import letter_of
from schemas.event import Rejected
from streams.topology import Topology

Pair = tuple[bytes | None, bytes]
EventOf = Callable[[bytes | None], tuple[bytes, bytes] | Rejected | None]
"""Key and value of the event that a record is; None for one that is not to be appended. Total."""


class Relay:
    """Settles fetches of one topic, in the judge's order without its step 2."""

    def __init__(
        self,
        event_of: EventOf,
        *,
        topics: Topology,
        ledger: Ledger,
        outbox: Outbox,
        lease: Lease,
        limit: RejectLimit,
        is_over: Callable[[], bool] = lambda: False,
    ) -> None:
        """`is_over`: whether events go to a later generation by now, whose relays read on from here.

        What was appended behind a seal would be forwarded beside what comes after it, and may be
        judged behind that; before a seal an outcome's time would pass over what waits behind it.
        """
        self._event_of, self._is_over = event_of, is_over
        self.topics, self.ledger, self.outbox = topics, ledger, outbox
        self.lease, self.limit = lease, limit
        self._in_row = 0

    async def settle(self, fetch: Fetch) -> None:
        """Append the events, bury what is none, confirm."""
        async with self.ledger.turn(fetch.topic):
            if fetch.epoch != self.ledger.epoch:
                metrics.DROPPED.inc()
                return
            if self._is_over():
                return
            events, dead = self.read(fetch)
            self.lease.check(f"before what {fetch.topic} brings")
            parcels = packed(self.outbox, self.topics.events, events)
            await self.outbox.deliver(parcels + packed(self.outbox, self.topics.dead, dead))  # 1.
            if fetch.epoch == self.ledger.epoch:
                for tp, span in fetch.spans.items():  # 3. only now may the offsets be committed
                    self.ledger.confirm(tp, span.first, span.following)
                    metrics.RECORDS.labels(tp.topic).inc(len(span.records))

    def read(
        self, fetch: Fetch
    ) -> tuple[list[tuple[int, list[Pair]]], list[tuple[int, list[Pair]]]]:
        """Events and dead letters, by the partition that they were read from. Ends the process
        at the limit of rejects.
        """
        events: list[tuple[int, list[Pair]]] = []
        dead: list[tuple[int, list[Pair]]] = []
        for tp, span in fetch.spans.items():
            good: list[Pair] = []
            bad: list[Pair] = []
            for record in span.records:
                answer = self._event_of(record.value)
                if isinstance(answer, Rejected):
                    self._in_row += 1
                    metrics.REJECTS.labels(answer.reason).inc()
                    bad.append(letter_of(answer, tp.topic, tp.partition, record))
                else:
                    self._in_row = 0
                    if answer is not None:
                        good.append(answer)
            broken = self.limit.broken_by(len(span.records), len(bad), self._in_row)
            if broken is not None:
                leave("rejects", f"{fetch.topic}: {broken}")
            events.append((tp.partition, good))
            dead.append((tp.partition, bad))
        return events, dead
