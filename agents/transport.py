"""The batched transport: Faust's consumer, fed by whole fetches, acknowledged by our ledger.

Faust's cost is some 200 µs a record in Python around the agent, and its acks lose records. So one
event is one fetch, Faust's acks are ignored, commits follow the ledger, and a handover waits for
the settle in hand. Membership, assignment, pausing and the agents stay Faust's.

Private attributes touched here stand in `agents/internals.py`.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple, cast

import faust
from aiokafka import TopicPartition
from aiokafka.errors import ConsumerStoppedError, IllegalStateError, KafkaError
from aiokafka.structs import ConsumerRecord, OffsetAndMetadata
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from agents import metrics
from agents.arrivals import lighten
from agents.assignment import Assignment
from agents.exits import leave, named
from agents.fetch import Fetch, Span, portions
from agents.ledger import Ledger
from agents.logs import tell_of_loop

log = logging.getLogger(__name__)


class Pace(NamedTuple):
    """How aiokafka's fetcher goes about it.

    `backoff_s`: how long unread records of one partition hold back the fetch of the others.
    `wait_ms`: how long a fetch waits at the broker where nothing is new; the node takes no other
    meanwhile.
    """

    backoff_s: float
    wait_ms: int


CALM: Final = Pace(1.0, 1_500)
"""All that came is read at once, so the next fetch is for all partitions, and comes at once. With
0.01 s, and an idle topic beside a busy one, the idle one was asked alone, and the median latency
was 0.8 s."""
BACKLOG: Final = Pace(0.01, 10)
"""More stands at the broker than one fetch takes: the next is asked for while this one is judged.
Without it a backlog was judged for half of the time and waited for during the other half."""
WAIT_S: Final = 1.0
"""As Faust has it: how long one look for records may take."""


class Desk(NamedTuple):
    """What the consumer needs of ours. `fed`: all topics read in whole fetches."""

    assignment: Assignment
    fed: frozenset[str]
    fetch_bytes: int

    @property
    def ledger(self) -> Ledger:
        """What is settled."""
        return self.assignment.ledger


class FetchSchema(faust.Schema):  # type: ignore[type-arg]
    """A fetch is an event as it stands; nothing is decoded by Faust."""

    def compile(self, app: Any, **_callbacks: Any) -> Any:
        """The function that Faust calls for each message."""

        async def decode(message: Any, **_options: Any) -> Any:
            return app.create_event(None, message.value, None, message)

        return decode


class FetchThread(driver.AIOKafkaConsumerThread):
    """aiokafka's consumer, in a thread of Faust's."""

    async def on_start(self) -> None:
        """Connect, and let the fetcher wait for its reader."""
        self.thread_loop.set_exception_handler(tell_of_loop)
        await super().on_start()
        kafka = self._ensure_consumer()
        _set_pace(kafka, CALM)
        lighten(kafka, cast(FetchConsumer, self.consumer).desk.fed.__contains__)
        coordinator = kafka._coordinator  # noqa: SLF001
        heartbeat = coordinator._do_heartbeat  # noqa: SLF001

        async def heard() -> Any:
            answered = await heartbeat()
            if answered:
                cast(FetchConsumer, self.consumer).desk.assignment.lease.hear()
            return answered

        coordinator._do_heartbeat = heard  # noqa: SLF001

    def on_crash(self, msg: str, *fmt: Any, **kwargs: Any) -> None:
        """The consumer's thread failed: mode would print the error with its words, and the process
        would run on, or hang, with that thread dead.
        """
        leave("crashed", f"consumer thread: {named(fmt[-1])}")

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """Keep the membership alive while the states are recovered.

        aiokafka begins its heartbeats only when this is over: a recovery longer than a session
        would lose what it was for, at each try.
        """
        self._ensure_consumer()._coordinator._start_heartbeat_task()  # noqa: SLF001
        await super().on_partitions_assigned(assigned, generation_id)

    async def _fetch_records(self, consumer: Any, *args: Any, **kwargs: Any) -> Any:
        fetched = await super()._fetch_records(consumer, *args, **kwargs)
        if fetched:
            full = sum(map(len, fetched.values())) >= consumer._max_poll_records  # noqa: SLF001
            _set_pace(consumer, BACKLOG if full else CALM)
        # `max_records` drains the first partition first: whoever was served goes to the end.
        unread = consumer._fetcher._records  # noqa: SLF001
        for tp in fetched:
            if tp in unread:
                unread.move_to_end(tp)
        return fetched

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        """Commit; False if the group did not take it.

        Faust ends the process where a commit fails and notes it as done where the group has
        rebalanced. A commit not taken is harmless: the next one says the same or more, and the
        fence skips what is read again.
        """
        consumer = self._ensure_consumer()
        mine = consumer.assignment()
        try:
            await consumer.commit(
                {
                    TopicPartition(*tp): OffsetAndMetadata(offset, "")
                    for tp, offset in offsets.items()
                    if tp in mine
                }
            )
        except KafkaError as fault:
            log.warning("commit not taken: %s", named(fault))
            return False
        return True


def _set_pace(consumer: Any, pace: Pace) -> None:
    fetcher = consumer._fetcher  # noqa: SLF001
    fetcher._prefetch_backoff = pace.backoff_s  # noqa: SLF001
    fetcher._fetch_max_wait_ms = pace.wait_ms  # noqa: SLF001


class FetchConsumer(driver.Consumer):
    """Faust's consumer, with one event a fetch."""

    desk: Desk

    def __init__(self, transport: "FetchTransport", **kwargs: Any) -> None:
        self.desk = transport.desk
        self._looked_again: dict[TopicPartition, int] = {}
        super().__init__(transport, **kwargs)

    def _new_consumer_thread(self) -> driver.AIOKafkaConsumerThread:
        return FetchThread(self, loop=self.loop, beacon=self.beacon)

    # Acks and commits: the ledger's.

    def ack(self, message: Any) -> bool:
        """Faust acknowledges whatever happens; here it only forgets the message."""
        self._unacked_messages.discard(message)
        return True

    def _filter_tps_with_pending_acks(self, topics: Any = None) -> Any:
        return [TP(*tp) for tp in self.desk.ledger.due()]

    def _filter_committable_offsets(self, tps: Iterable[TP]) -> dict[TP, int]:
        return {TP(*tp): offset for tp, offset in self.desk.ledger.due().items()}

    async def _commit(self, offsets: Mapping[TP, int]) -> bool:
        done = await super()._commit(offsets)
        if not done:
            metrics.COMMIT_FAILURES.inc()
            return False
        self.desk.assignment.committed((TopicPartition(*tp), at) for tp, at in offsets.items())
        return True

    # Pressure and detectors of Faust that know one partition of an event only.

    def on_buffer_full(self, tp: TP) -> None:
        """The queue of one fetch holds the drain back by itself; Faust would pause its first
        partition.
        """

    def on_buffer_drop(self, tp: TP) -> None:
        """See `on_buffer_full`."""

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Faust's stuck-detector knows only the first partition of an event; `Upkeep` knows all."""

    # Assignment.

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Hand over: wait for the settle in hand, commit, let go. aiokafka swallows what is raised
        here, hence the exit.
        """
        try:
            await self.hand_over()
            await super().on_partitions_revoked(revoked)
        except Exception as fault:  # noqa: BLE001 — Whatever it is: nobody may believe that we let go.
            leave("handover", named(fault))

    async def hand_over(self) -> None:
        """Settle what is in hand, commit it, own nothing any more."""
        await self.desk.assignment.hand_over(self.commit)
        self._stop_reading()

    def _stop_reading(self) -> None:
        """Until it is said where to begin, what is fetched is nobody's."""
        for tp in self._read_offset:
            if tp.topic in self.desk.fed:
                self._read_offset[tp] = None

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """Take over: states first, then Faust resumes the flow."""
        try:
            if not self.app.should_stop:
                found = await self.seek_to_committed() if assigned else {}
                await self.desk.assignment.take(
                    {TopicPartition(*tp): at for tp, at in found.items()}
                )
            await super().on_partitions_assigned(assigned, generation_id)
        except Exception as fault:  # noqa: BLE001 — aiokafka would log it and let records flow without states.
            leave("recovery", named(fault))

    async def perform_seek(self) -> None:
        """Begin each partition where the ledger says.

        Faust seeks to the committed offset only where there is one, and reads on from wherever
        the last assignment left off otherwise.
        """
        epoch = self.desk.ledger.epoch
        await super().perform_seek()
        fed = [tp for tp in self.assignment() if tp.topic in self.desk.fed]
        if not fed:
            return
        starts = await self.earliest_offsets(*fed)
        begun = self.desk.assignment.begin(
            epoch,
            {TopicPartition(*tp): starts[tp] for tp in fed},
            {TopicPartition(*tp): self._committed_offset[tp] for tp in fed},
        )
        if not begun:
            # Faust lets records flow all the same; the next assignment says from where on.
            self._stop_reading()
            return
        firsts = {TP(*tp): first for tp, first in begun.items()}
        await self.seek_wait(firsts)
        self._read_offset.update(firsts)
        self._looked_again.clear()

    # The drain.

    async def _drain_messages(self, fetcher: Any) -> None:
        """Read fetches for as long as Faust's fetcher lives."""
        try:
            while not (self._stopped.is_set() or fetcher._stopped.is_set()):  # noqa: SLF001
                await self._drain_one()
        except asyncio.CancelledError:
            if not self.app.should_stop:
                raise
        except ConsumerStoppedError as fault:
            if not self.app.should_stop:
                leave("fetch", named(fault))
        except Exception as fault:  # noqa: BLE001 — A drain that ended would leave its partitions unread for ever.
            if not self.app.should_stop:
                leave("fetch", named(fault))

    async def _drain_one(self) -> None:
        epoch = self.desk.ledger.epoch
        records, active = await self._wait_next_records(WAIT_S)
        await asyncio.sleep(0)
        if not records or not self.flow_active:
            # What is dropped here was fetched for an assignment that is over.
            return
        if epoch != self.desk.ledger.epoch:
            await self._read_again(records)
            return
        fed: dict[str, dict[TopicPartition, Span]] = {}
        for tp, fetched in records.items():
            if tp.topic not in self.desk.fed:
                await self._deliver_each(TP(*tp), fetched)
            elif active is None or tp in active:
                span = await self._span(TopicPartition(*tp), fetched)
                if span is not None:
                    fed.setdefault(tp.topic, {})[TopicPartition(*tp)] = span
        for topic, spans in fed.items():
            for part in portions(spans, self.desk.fetch_bytes):
                metrics.BATCH_RECORDS.observe(sum(len(span.records) for span in part.values()))
                metrics.BATCH_BYTES.observe(part.bytes)
                await self._deliver(Fetch(topic, epoch, part))

    async def _span(self, tp: TopicPartition, fetched: list[Any]) -> Span | None:
        """The records that are next, or None where there are none or they must be read again."""
        expected = self._read_offset[TP(*tp)]
        if expected is None:
            return None
        fresh = fetched
        if fetched[0].offset != expected:
            fresh = [record for record in fetched if record.offset >= expected]
            if not fresh:
                # Left over from before a seek; or the log was made anew, and aiokafka, which found
                # nothing at the offset that is due, has begun at its start without a word.
                await self.desk.assignment.keeper.look_for_another_log()
                return None
            if fresh[0].offset != expected and not await self._is_absent(tp, expected, fresh[0]):
                return None
        return Span(expected, fresh[-1].offset + 1, fresh)

    async def _read_again(self, dropped: Iterable[TopicPartition]) -> None:
        """Go back to what is next: of what came around a handover nobody knows for whom.

        A silent partition's records would else wait for the next one, which shows the gap.
        """
        firsts = {
            TP(*tp): first
            for tp in dropped
            if tp.topic in self.desk.fed and (first := self._read_offset[TP(*tp)]) is not None
        }
        if not firsts:
            return
        try:
            await self.seek_wait(firsts)
        except IllegalStateError:
            log.info("what was fetched is of partitions that are no longer ours")

    async def _is_absent(self, tp: TopicPartition, expected: int, found: Any) -> bool:
        """Whether there is truly no record from `expected` up to `found`.

        Either records were dropped on the way here, and reading again brings them; or the offsets
        hold none: markers of foreign transactions, or records that retention took.
        """
        if self._looked_again.get(tp) != expected:
            self._looked_again[tp] = expected
            try:
                await self.seek_wait({TP(*tp): expected})
            except IllegalStateError:
                return False  # No longer ours.
            self._read_offset[TP(*tp)] = expected
            return False
        metrics.OFFSETS_ABSENT.inc(found.offset - expected)
        log.warning(
            "%s %s: no records in %s-%s",
            tp.topic,
            tp.partition,
            expected,
            found.offset,
            extra={
                "topic": tp.topic,
                "partition": tp.partition,
                "first": expected,
                "following": found.offset,
            },
        )
        return True

    async def _deliver(self, fetch: Fetch) -> None:
        """Put a fetch into the agent's queue; wait while it is full."""
        tp, span = next(iter(fetch.spans.items()))
        last = span.records[-1]
        stamp, kind = last.timestamp, last.timestamp_type
        whole: ConsumerRecord[None, Fetch] = ConsumerRecord(
            tp.topic, tp.partition, last.offset, stamp, kind, None, fetch, None, -1, -1, ()
        )
        message = self._to_message(TP(*tp), whole)
        if await self._delivered(message):
            for tp, span in fetch.spans.items():
                self._read_offset[TP(*tp)] = span.following

    async def _deliver_each(self, tp: TP, fetched: list[Any]) -> None:
        """A topic of a plain Faust agent: one event a record, as Faust does it."""
        for record in fetched:
            expected = self._read_offset[tp]
            if (expected is None or record.offset >= expected) and await self._delivered(
                self._to_message(tp, record)
            ):
                self._read_offset[tp] = record.offset + 1

    async def _delivered(self, message: Any) -> bool:
        """Whether Faust took the message; not so when the flow stopped meanwhile."""
        delivery = asyncio.ensure_future(self.callback(message))
        await self.wait_first(delivery, self.suspend_flow.wait())
        return delivery.done() and not delivery.cancelled() and delivery.exception() is None

    async def on_stop(self) -> None:
        """A clean end: settle what is in hand, commit, then let Faust leave the group."""
        await self.hand_over()
        await super().on_stop()


class FetchTransport(driver.Transport):
    """Faust's transport over aiokafka with the consumer above."""

    Consumer = FetchConsumer

    def __init__(self, app: Any, desk: Desk) -> None:
        self.desk = desk
        super().__init__(app.conf.broker_consumer, app)
