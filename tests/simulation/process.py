"""One worker process: the real parts of the shell over a simulated Kafka.

Real are the judge's settle, the bridge, the ledger, the lease, the keeper, the survivors, the
assignment, the outbox, the guard of the body, the ticks and looks of the upkeep, the drain of the
transport, and the pure core. Stood in for are Faust's consumer, aiokafka's clients and the clock.

Between any two steps stands a point, at which the plan may let something strike.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final, NoReturn

from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError, KafkaTimeoutError
from faust.types import TP

from agents import app
from agents.assignment import Assignment
from agents.carry import Carrier
from agents.exits import leave, named
from agents.fetch import Fetch
from agents.generations import Generations
from agents.judge import Judge, Piece
from agents.keeper import Keeper, Owned
from agents.lease import Lease
from agents.ledger import Ledger
from agents.limits import RejectLimit
from agents.outbox import BATCH_HEADER_BYTES, Batch, Outbox, Writable, size_of
from agents.packs import Packs
from agents.relay import Relay
from agents.standby import Standby
from agents.succession import Succession
from agents.survivors import Survivors
from agents.transport import Desk, FetchConsumer
from agents.upkeep import Upkeep
from streams.outcomes import event_of
from streams.partition import Partition
from tests.simulation.cluster import REBALANCE_S
from tests.simulation.loop import HOST, Host
from tests.simulation.plan import SESSION_S, Fault

if TYPE_CHECKING:
    from tests.simulation.history import World

BEAT_S: Final = SESSION_S / 3
HEARTBEAT_S: Final = SESSION_S / 3
COMMIT_S: Final = 2.0
TICK_S: Final = 6.0
LOOK_S: Final = 6.0
REQUEST_S: Final = SESSION_S
RECOVERY_S: Final = 4 * SESSION_S
FETCH_BYTES: Final = 1_500
FOLLOW_S: Final = 2.0
READ_RECORDS: Final = 25
STANDBY_BYTES: Final = 1 << 20
FETCH_LATENCIES: Final = 30
"""A fetch answers so much later than other requests, so that more than one record is in it."""
SCALE: Final = 600.0
"""Seconds of event time in a virtual one."""


class Planted(Exception):
    """The planted exception."""


class Builder:
    """A record batch that is filled by hand; the format is left out, its bound is the outbox's."""

    def __init__(self) -> None:
        self.records: list[tuple[bytes | None, bytes | None, Sequence[Any]]] = []

    def append(
        self, *, key: bytes | None, value: bytes | None, timestamp: None, headers: Sequence[Any]
    ) -> bool:
        """Add a record."""
        self.records.append((key, value, headers))
        return True

    def close(self) -> None:
        """Nothing more is added."""


class Producer:
    """An idempotent producer: a partition's batches arrive in the order in which they were sent."""

    def __init__(self, process: "Process") -> None:
        self._process = process
        self._arrives_s: dict[TopicPartition, float] = {}
        self.client = SimpleNamespace(force_metadata_update=process.step)

    async def start(self) -> None:
        """Connect."""
        await self._process.step()

    async def stop(self) -> None:
        """Disconnect."""

    async def partitions_for(self, topic: str) -> range:
        """The partitions of a topic."""
        return range(self._process.world.plan.partitions)

    @staticmethod
    def create_batch() -> Builder:
        """A batch to fill."""
        return Builder()

    async def send_batch(
        self, batch: Builder, topic: str, *, partition: int
    ) -> asyncio.Future[SimpleNamespace]:
        """Send; the future is the broker's answer."""
        process, loop = self._process, self._process.world.loop
        tp = TopicPartition(topic, partition)
        point = "send." + topic.rpartition(".")[2]
        answer: asyncio.Future[SimpleNamespace] = loop.create_future()
        process.on_its_way = (tp, batch.records)
        fault = await process.point(point)
        process.on_its_way = None
        if fault is not None and fault.kind == "lost":
            answer.set_exception(KafkaConnectionError())
            return answer
        delay_s = process.world.latency_s()
        if fault is not None and fault.kind in ("slow", "delayed"):
            delay_s += fault.length_s
        at_s = max(loop.now + delay_s, self._arrives_s.get(tp, 0.0))
        self._arrives_s[tp] = at_s
        process.world.flying += 1
        loop.outside(at_s - loop.now, self._arrive, tp, batch, answer, fault)
        return answer

    def _arrive(
        self,
        tp: TopicPartition,
        batch: Builder,
        answer: asyncio.Future[SimpleNamespace],
        fault: Fault | None,
    ) -> None:
        world = self._process.world
        world.flying -= 1
        base = world.cluster.append(tp, batch.records)
        if answer.done():
            return
        if fault is not None and fault.kind == "unanswered":
            answer.set_exception(KafkaTimeoutError())
        elif fault is not None and fault.kind == "retried":
            # The first answer is lost; the second try is told the offset of the first.
            world.loop.outside(fault.length_s, self._answer, answer, base)
        else:
            self._answer(answer, base)

    @staticmethod
    def _answer(answer: asyncio.Future[SimpleNamespace], base: int) -> None:
        if not answer.done():
            answer.set_result(SimpleNamespace(offset=base))


class Reader:
    """Reads logs as an `AIOKafkaConsumer` without a group does."""

    def __init__(self, process: "Process", what: str) -> None:
        self._process, self._logs = process, process.world.cluster.logs
        self._what = what
        self._at: dict[TopicPartition, int] = {}

    def assign(self, tps: Iterable[TopicPartition]) -> None:
        """Read these."""
        self._at = dict.fromkeys(tps, 0)

    def seek(self, tp: TopicPartition, offset: int) -> None:
        """Read on from an offset."""
        self._at[tp] = offset

    async def seek_to_beginning(self, *tps: TopicPartition) -> None:
        """Read on from the first record."""
        self._at |= dict.fromkeys(tps, 0)

    async def position(self, tp: TopicPartition) -> int:
        """What is read next."""
        return self._at[tp]

    def highwater(self, tp: TopicPartition) -> int:
        """Where a log ended as far as is known."""
        return self._logs[tp].end

    async def beginning_offsets(self, tps: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        """Where the logs begin."""
        await self._process.step(f"{self._what}.ends")
        return dict.fromkeys(tps, 0)

    async def end_offsets(self, tps: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        """Where the logs end."""
        await self._process.step(f"{self._what}.ends")
        return {tp: self._logs[tp].end for tp in tps}

    async def getmany(
        self, *tps: TopicPartition, timeout_ms: int, max_records: int
    ) -> dict[TopicPartition, list[Any]]:
        """The next records of each log; positions pass what compaction took."""
        await self._process.step(f"{self._what}.read")
        count = min(max_records, READ_RECORDS)
        found = {}
        for tp in tps or tuple(self._at):
            records = self._logs[tp].read(self._at[tp], count)
            if records:
                found[tp] = records
            at_end = len(records) < count
            self._at[tp] = self._logs[tp].end if at_end else records[-1].offset + 1
        return found

    async def stop(self) -> None:
        """Disconnect."""


class SimulatedOutbox(Outbox):
    """The real outbox over a simulated producer."""

    def __init__(self, process: "Process") -> None:
        super().__init__("nowhere", REQUEST_S)
        self._process = process

    def _new_producer(self) -> Any:
        return Producer(self._process)

    def fill(self, topic: str, bytes_max: int, groups: Iterable[Sequence[Writable]]) -> list[Batch]:
        """As it is, with a bound so low that batches overflow, but not below a group's size."""
        held = list(groups)
        largest = max((sum(map(size_of, group)) for group in held), default=0)
        return super().fill(topic, max(bytes_max, BATCH_HEADER_BYTES + largest), held)


class PointedJudge(Judge):
    """The real judge, with points between its steps."""

    process: "Process"

    async def judged(self, pieces: Sequence[Piece]) -> list[Any]:
        """The pure part."""
        await self.process.point("judging")
        verdicts = await super().judged(pieces)
        await self.process.point("judged")
        return verdicts

    async def deliver(self, pieces: Sequence[Piece], verdicts: Sequence[Any]) -> None:
        """Step 1."""
        await self.process.point("delivering")
        await super().deliver(pieces, verdicts)
        await self.process.point("delivered")

    async def write(self, pieces: Sequence[Piece], verdicts: Sequence[Any]) -> None:
        """Step 2."""
        await self.process.point("writing")
        await super().write(pieces, verdicts)
        await self.process.point("written")

    async def provided(self, fetch: Fetch, verdicts: Sequence[Any]) -> bool:
        """What comes behind step 3."""
        await self.process.point("confirmed")
        return await super().provided(fetch, verdicts)


class PointedKeeper(Keeper):
    """The real keeper, with points around what it mends."""

    process: "Process"

    async def _mend(self, owned: Owned, survivors: Survivors) -> None:
        if not survivors.lost:
            await super()._mend(owned, survivors)
        else:
            self.process.world.hits["(mended)"] += 1
            await self.process.point("mending")
            await super()._mend(owned, survivors)
            await self.process.point("mended")
        log = self.process.world.cluster.logs[self._log(owned.number)]
        log.recovered_to = max(log.recovered_to, owned.end)


class Slot:
    """The agent's queue: it holds one fetch."""

    def __init__(self) -> None:
        self._held: Fetch | None = None
        self._changed = asyncio.Event()

    def _change(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def put(self, fetch: Fetch, consumer: "Consumer") -> bool:
        """Wait for room and put a fetch there; False if the flow stopped meanwhile."""
        flow = consumer.flow
        while self._held is not None and flow == consumer.flow:
            await self._changed.wait()
        if flow != consumer.flow or not consumer.flow_active:
            return False
        self._held = fetch
        self._change()
        return True

    async def get(self) -> Fetch:
        """Wait for a fetch and take it."""
        while self._held is None:
            await self._changed.wait()
        fetch, self._held = self._held, None
        self._change()
        return fetch

    def clear(self) -> None:
        """Drop what is there, as Faust does at a rebalance."""
        self._held = None
        self._change()


class Consumer:
    """What is left of Faust's consumer: the drain is the real one, its fetches are simulated."""

    _drain_one: Any = FetchConsumer._drain_one
    _span: Any = FetchConsumer._span
    _is_absent: Any = FetchConsumer._is_absent
    _read_again: Any = FetchConsumer._read_again

    def __init__(self, process: "Process", desk: Desk) -> None:
        self.process, self.desk = process, desk
        self.flow_active, self.flow = False, 0
        self.slots = {topic: Slot() for topic in sorted(desk.fed)}
        self._read_offset: defaultdict[Any, int | None] = defaultdict(lambda: None)
        self._looked_again: dict[Any, int] = {}
        self._at: dict[Any, int] = {}
        self._sought: set[Any] = set()
        self._resumed = asyncio.Event()

    def begin(self, firsts: Mapping[TopicPartition, int]) -> None:
        """Let records flow from these offsets on."""
        self._at = {TP(*tp): first for tp, first in firsts.items()}
        self._read_offset.update(self._at)
        self._looked_again.clear()
        self.flow_active = True
        self._resumed.set()
        # A fetch that waits was asked for what was owned before.
        for topic in self.slots:
            self.process.world.cluster.tell(topic)

    def suspend(self) -> None:
        """Stop the flow, and drop what nobody has taken up."""
        self.flow_active, self.flow = False, self.flow + 1
        self._read_offset.clear()
        self._resumed.clear()
        for slot in self.slots.values():
            slot.clear()

    async def seek_wait(self, offsets: Mapping[Any, int]) -> None:
        """Fetch on from these offsets."""
        await self.process.step()
        self._at |= offsets
        self._sought.update(offsets)

    async def _wait_next_records(self, _timeout_s: float) -> tuple[dict[Any, list[Any]], set[Any]]:
        """One fetch."""
        process = self.process
        cluster = process.world.cluster
        while True:
            if not self.flow_active:
                await self._resumed.wait()
            count = process.world.plan.fetched_max
            found = {
                tp: records
                for tp, at in self._at.items()
                if (records := cluster.logs[TopicPartition(*tp)].read(at, count))
            }
            if not found:
                await cluster.news(*self.slots)
                await asyncio.sleep(FETCH_LATENCIES * process.world.latency_s())
                continue
            for tp, records in found.items():
                self._at[tp] = records[-1].offset + 1
            sought, self._sought = self._sought, set()
            fault = await process.point("fetched")
            if fault is not None and fault.kind == "twice":
                # What was read already comes before what is new.
                for tp, records in found.items():
                    log = cluster.logs[TopicPartition(*tp)]
                    found[tp] = log.read(max(0, records[0].offset - 3), 3 + len(records))
            elif fault is not None and fault.kind == "gap":
                # What was asked for by its offset comes as it is.
                ticked = process.topics.events.name
                found = {
                    tp: records[tp.topic == ticked and tp not in sought :]
                    for tp, records in found.items()
                }
                found = {tp: records for tp, records in found.items() if records}
            if found:
                return found, set(found)

    async def _deliver(self, fetch: Fetch) -> None:
        if await self.slots[fetch.topic].put(fetch, self):
            for tp, span in fetch.spans.items():
                self._read_offset[TP(*tp)] = span.following


class SlowLease(Lease):
    """The real lease with a beat that a short session needs, in virtual time."""

    async def beat(self) -> None:
        """Beat for ever."""
        while True:
            self.note()
            await asyncio.sleep(BEAT_S)


class Process(Host):
    """One incarnation of a worker, from its start to its end."""

    def __init__(self, world: "World", name: str) -> None:
        super().__init__()
        self.world, self.name = world, name
        self.on_its_way: tuple[TopicPartition, Any] | None = None
        self.deaf_until_s = 0.0
        self.generation = -1
        self._rejoining = asyncio.Event()
        self._committing: asyncio.Task[bool] | None = None
        self._bodies: dict[str, asyncio.Task[None]] = {}
        self._beginning: asyncio.Task[None] | None = None
        self._deeds: dict[str, Callable[[Fault], None]] = {
            "crash": self._crash,
            "stall": self._stand_still,
            "pause": self._stand_still,
            "cancel": self._cancel_bodies,
            "rebalance": self._rebalance,
            "compact": self._compact,
            "deaf": self._be_deaf,
            "terminate": self._terminate,
        }
        self._put_together()

    def _put_together(self) -> None:
        """As `agents.worker.new_worker` does."""
        world, topics = self.world, self.world.topics
        lease_s = SESSION_S if world.plan.has_lease else 1e9
        self.topics = topics
        self.lease = SlowLease(lease_s, clock=world.loop.time)
        self.ledger = Ledger()
        self.outbox = SimulatedOutbox(self)
        self.packs = Packs(lambda _: None)
        self.packs.known = world.packs
        self.standby = Standby(
            open_reader=self._opened_standby, topic=topics.state, bytes_max=STANDBY_BYTES
        )
        self.keeper = PointedKeeper(
            open_reader=self._opened,
            events=topics.events,
            state=topics.state,
            generation=1,
            outbox=self.outbox,
            new_states=self._new_states,
            deadline_s=RECOVERY_S,
            standby=self.standby,
        )
        self.keeper.process = self
        self.assignment = Assignment(
            ledger=self.ledger,
            keeper=self.keeper,
            lease=self.lease,
            judged=topics.events.name,
            handover_s=REBALANCE_S / 2,
        )
        self.judge = PointedJudge(
            topics=topics,
            ledger=self.ledger,
            keeper=self.keeper,
            outbox=self.outbox,
            packs=self.packs,
            lease=self.lease,
            limit=RejectLimit(1_000, 1.0),
            carrier=Carrier(
                namespace="sim",
                meta=topics.meta,
                outbox=self.outbox,
                lease=self.lease,
                look=self._generations,
            ),
        )
        self.judge.process = self
        self.bridge = Relay(
            event_of,
            topics=topics,
            ledger=self.ledger,
            outbox=self.outbox,
            lease=self.lease,
            limit=RejectLimit(1_000, 1.0),
        )
        fed = frozenset({topics.events.name, topics.outcomes.name})
        self.consumer = Consumer(self, Desk(self.assignment, fed, FETCH_BYTES))
        settings: Any = SimpleNamespace(
            stuck_s=1e9,
            rebalance_s=REBALANCE_S,
            tick_s=TICK_S * SCALE,
            starved_s=1e9,
            request_s=REQUEST_S,
        )

        self.upkeep = Upkeep(
            settings=settings,
            topics=topics,
            clock=world.clock,
            lease=self.lease,
            ledger=self.ledger,
            keeper=self.keeper,
            outbox=self.outbox,
            packs=self.packs,
            succession=Succession(1),
        )

    def _new_states(self, number: int) -> Partition:
        topics = self.world.topics
        return Partition(
            topic=topics.events.name, number=number, partitions=topics.events.partitions
        )

    async def _generations(self) -> Generations:
        """There is one yet: no history seals a partition."""
        return Generations()

    async def _opened(self) -> Reader:
        await self.step("recovery.open")
        return Reader(self, "recovery")

    async def _opened_standby(self) -> Reader:
        await self.step()
        return Reader(self, "standby")

    # What strikes.

    async def step(self, point: str = "") -> None:
        """Wait for an answer of a broker's; with a point before it."""
        if point:
            await self.point(point)
        await asyncio.sleep(self.world.latency_s() if self.world.is_slow() else 0)

    async def point(self, name: str) -> Fault | None:
        """Here something may strike. The fault, where the caller has to see to it."""
        fault = self.world.struck_at(name)
        if fault is None:
            return None
        await self._suffer(fault)
        return fault

    async def _suffer(self, fault: Fault) -> None:
        """What strikes at any point; the rest is seen to by who came there."""
        if fault.kind == "exception":
            raise Planted
        deed = self._deeds.get(fault.kind)
        if deed is not None:
            deed(fault)
            # Frozen, or cancelled, it goes no further than this.
            await asyncio.sleep(0)

    def _crash(self, fault: Fault) -> None:
        if fault.arrives and self.on_its_way is not None:
            self.world.arrive_later(*self.on_its_way)
        self.die("crash")

    def _stand_still(self, fault: Fault) -> None:
        self.world.loop.freeze(self, fault.length_s)

    def _cancel_bodies(self, _: Fault) -> None:
        """As Faust may; what they had begun goes on, shielded."""
        for topic, body in list(self._bodies.items()):
            body.cancel()
            self._begin_body(topic)

    def _rebalance(self, _: Fault) -> None:
        self.world.cluster.group.rebalance()

    def _compact(self, _: Fault) -> None:
        for log in self.world.cluster.of(self.topics.state.name).values():
            log.compact()

    def _be_deaf(self, fault: Fault) -> None:
        self.deaf_until_s = self.world.loop.now + fault.length_s

    def _terminate(self, _: Fault) -> None:
        self._begin(self._end)

    def die(self, reason: str, code: int = 70) -> NoReturn:
        """Be gone: no step of this process runs any more. The orchestrator starts another."""
        self.is_dead = True
        self.world.died(self, reason, code)
        raise Left

    # The parts of Faust.

    def start(self) -> None:
        """Begin to run."""
        self._begin(self._run)

    def _begin(
        self, service: Callable[..., Coroutine[Any, Any, None]], *args: Any
    ) -> asyncio.Task[Any]:
        return self.world.loop.begin(self, self._guarded(service, *args))

    async def _guarded(self, service: Callable[..., Coroutine[Any, Any, None]], *args: Any) -> None:
        """A service that ends with an error ends the process, as Faust's do."""
        try:
            await service(*args)
        except asyncio.CancelledError:
            raise
        except Exception as fault:  # noqa: BLE001 — Whatever a service ends with.
            leave("crashed", named(fault))

    async def _run(self) -> None:
        await self.outbox.start()
        self.lease.renew()
        services = (
            self.lease.beat,
            self._heartbeats,
            self._commits,
            self._ticks,
            self._looks,
            self._drain,
            self._follows,
        )
        for service in services:
            self._begin(service)
        for topic in self.consumer.slots:
            self._begin_body(topic)
        while True:
            # Cleared before: what comes while the answer is on its way is another rebalance.
            self._rejoining.clear()
            owned = await self.world.cluster.group.join(self.name)
            self.generation = self.world.cluster.group.generation
            await self._assigned(owned)
            await self._rejoining.wait()
            await self._revoked()

    async def _heartbeats(self) -> None:
        """Told to the group, but for what is deaf; also during a recovery."""
        world = self.world
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            if world.loop.now < self.deaf_until_s:
                continue
            answer = world.cluster.group.heartbeat(self.name)
            if answer != "unknown":
                self.lease.hear()
            if answer != "ok":
                self._rejoining.set()

    async def _assigned(self, owned: Sequence[TopicPartition]) -> None:
        """As `FetchConsumer.on_partitions_assigned`, and the end of Faust's own recovery."""
        try:
            committed = await self._committed(owned)
            await self.assignment.take(committed)
        except Exception as fault:  # noqa: BLE001 — As in the transport.
            leave("recovery", named(fault))
        if self._beginning is not None:
            self._beginning.cancel()
        self._beginning = self._begin(self._let_flow, owned)

    async def _let_flow(self, owned: Sequence[TopicPartition]) -> None:
        """As Faust's recovery, which no handover waits for."""
        await self.point("taken")
        epoch = self.ledger.epoch
        committed = await self._committed(owned)
        await self.step("beginning")
        begun = self.assignment.begin(epoch, dict.fromkeys(owned, 0), committed)
        if begun:
            self.consumer.begin(begun)

    async def _committed(self, owned: Sequence[TopicPartition]) -> dict[TopicPartition, int | None]:
        await self.step()
        committed = self.world.cluster.group.committed
        return {tp: committed.get(tp) for tp in owned}

    async def _revoked(self) -> None:
        """As `FetchConsumer.on_partitions_revoked`."""
        try:
            await self.point("handing_over")
            await self.assignment.hand_over(self.commit)
            self.consumer.suspend()
            await self.point("handed_over")
        except Exception as fault:  # noqa: BLE001 — As in the transport.
            leave("handover", named(fault))

    async def _end(self) -> None:
        """A clean end, as at SIGTERM."""
        try:
            await self.assignment.hand_over(self.commit)
        except Exception as fault:  # noqa: BLE001 — As in the transport.
            leave("handover", named(fault))
        self.world.cluster.group.leave(self.name)
        self.die("terminated")

    async def commit(self) -> bool:
        """Commit what is due; False where it is not known to be taken, or only waited for."""
        if self._committing is not None:
            await asyncio.wait([self._committing])
            return False
        self._committing = asyncio.ensure_future(self._commit())
        try:
            return await self._committing
        finally:
            self._committing = None

    async def _commit(self) -> bool:
        due = self.ledger.due()
        if not due:
            return False
        generation = self.generation
        fault = await self.point("commit")
        await asyncio.sleep(self.world.latency_s())
        kind = fault.kind if fault is not None else ""
        if kind == "uncommitted" or not self.world.cluster.group.commit(self.name, generation, due):
            return False
        if kind == "unanswered":
            return False
        self.assignment.committed(due.items())
        return True

    async def _commits(self) -> None:
        while True:
            await asyncio.sleep(COMMIT_S)
            if self.ledger.due():
                await self.commit()

    async def _ticks(self) -> None:
        hits = self.world.hits
        while True:
            # What a cancelled body had taken up, or a fetch lost, is missed when the next record
            # comes, a tick if need be. Else none is needed at the end.
            if not self.world.is_ending or hits["cancel"] or hits["gap"]:
                await self.upkeep.append_ticks()
            await asyncio.sleep(TICK_S)

    async def _looks(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            await self.point("looked")
            await self.upkeep.look()

    async def _follows(self) -> None:
        """As the standby's own task, at a slower pace."""
        reader = await self._opened_standby()
        while True:
            await asyncio.sleep(FOLLOW_S)
            await self.standby.turn(reader)

    async def _drain(self) -> None:
        while True:
            await self.consumer._drain_one()

    def _begin_body(self, topic: str) -> None:
        settle = self.judge.settle if topic == self.topics.events.name else self.bridge.settle
        self._bodies[topic] = self._begin(self._body, topic, settle)

    async def _body(self, topic: str, settle: app.Settle) -> None:
        """As the agent's."""
        while True:
            fetch = await self.consumer.slots[topic].get()
            if topic == self.topics.events.name:
                # What is lost here is missed at the next record. The other topic has no ticks;
                # but an agent that is cancelled ends Faust's app, and the process with it.
                await self.point("taken_up")
            await asyncio.shield(asyncio.ensure_future(app.guarded(settle, fetch)))


class Left(BaseException):
    """The process has ended."""


def running() -> Process:
    """Whose step this is."""
    process = HOST.get()
    assert isinstance(process, Process)
    return process
