"""One worker process: the judge, the bridge, the clock of its partitions, and what watches them.

`python -m agents.worker` runs it from the environment alone.
"""

import asyncio
import gc
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from functools import partial
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import Any, Final, NamedTuple

import faust
from aiokafka import TopicPartition
from faust.types import TP
from mode.loop import use as use_loop

from agents import exit_counts, internals, logs, metrics
from agents.app import add_agent, feed, new_app
from agents.assignment import Assignment
from agents.carry import Carrier
from agents.changelog import opener
from agents.clock import Clock
from agents.endpoints import Endpoints
from agents.exits import FAREWELL, REASONS, end_process, leave, named
from agents.generations import Generations
from agents.health import Health, Parts
from agents.judge import Judge
from agents.keeper import Keeper
from agents.lease import Lease
from agents.ledger import Ledger
from agents.limits import RejectLimit
from agents.outbox import Outbox
from agents.packs import Packs
from agents.relay import EventOf, Relay
from agents.settings import Settings
from agents.standby import FETCH_BYTES, Standby
from agents.succession import Succession, begin_anew, forwarded_topics, inherited
from agents.topics import Refused, generations, standing
from agents.transport import Desk
from agents.upkeep import Upkeep
from streams.forward import forwarded
from streams.outcomes import event_of
from streams.partition import Partition
from streams.policy.compile import compile_pack
from streams.topology import Topology

UNREADY_S: Final = 30.0


class Core(NamedTuple):
    """The pure core that a worker runs: how to make a partition's states, and to read a pack.

    `new_states(number, partitions, generation)`. Tests put a small one in its place.
    """

    new_states: Callable[[Topology, int, int], Any]
    compile_pack: Callable[[bytes], Any]


def the_core(settings: Settings) -> Core:
    """The core of the project."""
    secret = blake2b(settings.secret.encode()).digest() if settings.secret else b""

    def new_states(topics: Topology, number: int, generation: int) -> Partition:
        return Partition(
            topic=topics.events.name,
            number=number,
            partitions=topics.events.partitions,
            generation=generation,
            secret=secret,
        )

    return Core(new_states, compile_pack)


class Worker(NamedTuple):
    """The parts of a worker, put together; nothing is connected yet."""

    app: faust.App
    upkeep: Upkeep
    judge: Judge
    parts: Parts
    standby: Standby


class Ground(NamedTuple):
    """What a worker finds on the cluster: the topics of the generation in force, what `meta` says,
    and from where it reads what is not the generation's own.
    """

    topics: Topology
    known: Generations
    inherited: Mapping[TopicPartition, int]


def new_worker(
    settings: Settings, ground: Ground, core: Core, judge: type[Judge] = Judge
) -> Worker:
    """Put the parts together. `judge` is a seam: a test plants a fault in a subclass of it."""
    topics, generation = ground.topics, ground.known.in_force
    ledger, clock = Ledger(), Clock.of(settings.clock)
    lease = Lease(settings.session_s)
    outbox = Outbox(settings.kafka, settings.request_s)
    packs = Packs(core.compile_pack)
    standby = Standby(
        open_reader=opener(settings.kafka, topics.state.name, FETCH_BYTES),
        topic=topics.state,
        bytes_max=settings.standby_bytes,
    )
    keeper = Keeper(
        open_reader=opener(settings.kafka, topics.state.name),
        events=topics.events,
        state=topics.state,
        generation=generation,
        outbox=outbox,
        new_states=lambda number: core.new_states(topics, number, generation),
        deadline_s=settings.recovery_s,
        standby=standby,
    )
    app = new_app(settings, generation)
    assignment = Assignment(
        ledger=ledger,
        keeper=keeper,
        lease=lease,
        judged=topics.events.name,
        handover_s=settings.rebalance_s / 2,
        inherited=ground.inherited,
    )
    succession = Succession(generation)
    # Before the first tick: one of now could pass over what waits behind a seal.
    succession.look(ground.known)
    relayed: dict[str, EventOf] = {topics.outcomes.name: event_of}
    for name in forwarded_topics(settings.namespace, ground.known):
        relayed[name] = forwarded
    feed(app, Desk(assignment, frozenset({topics.events.name, *relayed}), settings.fetch_bytes))

    def limit() -> RejectLimit:
        return RejectLimit(settings.rejects_in_row, settings.rejects_share)

    judging = judge(
        topics=topics,
        ledger=ledger,
        keeper=keeper,
        outbox=outbox,
        packs=packs,
        lease=lease,
        limit=limit(),
        carrier=Carrier(
            namespace=settings.namespace,
            meta=topics.meta,
            outbox=outbox,
            lease=lease,
            look=partial(generations, settings.kafka, settings.namespace),
        ),
    )
    add_agent(app, "judge", topics.events.name, judging.settle)
    for name, becomes in relayed.items():
        relay = Relay(
            becomes,
            topics=topics,
            ledger=ledger,
            outbox=outbox,
            lease=lease,
            limit=limit(),
            is_over=lambda: succession.is_changing,
        )
        add_agent(app, f"relay-{name}", name, relay.settle)
    upkeep = Upkeep(
        settings=settings,
        topics=topics,
        clock=clock,
        lease=lease,
        ledger=ledger,
        keeper=keeper,
        outbox=outbox,
        packs=packs,
        succession=succession,
    )
    parts = Parts(
        events=topics.events.name,
        clock=clock,
        lease=lease,
        ledger=ledger,
        keeper=keeper,
        packs=packs,
        watchdog=upkeep.watchdog,
        assigned=lambda: assigned(app, topics.events.name),
        end=lambda tp: end_of(app, tp),
    )
    return Worker(app, upkeep, judging, parts, standby)


def assigned(app: faust.App, topic: str) -> frozenset[int]:
    """The partitions of `topic` that the group assigned to this worker. Any thread may ask, once
    the group has answered.
    """
    return frozenset(tp.partition for tp in app.consumer.assignment() if tp.topic == topic)


def end_of(app: faust.App, tp: TopicPartition) -> int | None:
    """The end of a log as the last fetch told; None for one that is not assigned any more, or was
    not fetched yet.
    """
    try:
        return app.consumer.highwater(TP(*tp))
    except (AssertionError, AttributeError):
        # aiokafka says the first of a partition that is not assigned, and trips over the second
        # while it changes the assignment in its own thread.
        return None


def run(settings: Settings, core: Core | None = None, judge: type[Judge] = Judge) -> None:
    """Run a worker until a signal ends it. Ends the process by name on any fault."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end_early)
    _prepare_words(settings)
    missing = internals.missing()
    if missing:
        leave("internals", "; ".join(missing))
    use_loop("uvloop")
    # The states are many small objects that hardly ever form cycles; a collection of the oldest
    # generation would stand still for longer than the latency allows.
    gc.set_threshold(50_000, 20, 100)
    health = Health()
    if settings.metrics_port:
        _serve(settings, health)
    ground = asyncio.run(_ground(settings))
    worker = new_worker(settings, ground, core or the_core(settings), judge)
    health.parts = worker.parts
    _run(worker, settings)
    if worker.upkeep.succession.is_due:
        begin_anew()


def _prepare_words(settings: Settings) -> None:
    """From here on whatever is said is said in our way, an error that nobody caught too: Python
    would print its words, and a thread that dies of one would leave a worker that does nothing.
    """
    logs.configure(settings.log_level, settings.log_format)
    if settings.exits_file:
        FAREWELL.counts = Path(settings.exits_file).expanduser()
        for name, count in exit_counts.read(FAREWELL.counts).items():
            if name in REASONS:
                metrics.EXITS.labels(name).inc(count)
    sys.excepthook = uncaught
    threading.excepthook = _uncaught_in_thread


def uncaught(_kind: type[BaseException], fault: BaseException, _: TracebackType | None) -> None:
    """An error that left the main thread."""
    leave("crashed", named(fault))


def _uncaught_in_thread(told: threading.ExceptHookArgs) -> None:
    if told.exc_type is not SystemExit:
        thread = told.thread.name if told.thread is not None else "a thread"
        leave("crashed", f"{thread}: {named(told.exc_value or told.exc_type())}")


def _serve(settings: Settings, health: Health) -> None:
    metrics.PARTITIONS.source = health.progress
    try:
        Endpoints(settings.metrics_host, settings.metrics_port, health).start()
    except OSError as fault:
        leave("metrics", f"{settings.metrics_host} port {settings.metrics_port}: {fault.strerror}")


def _end_early(*_: object) -> None:
    """A signal before Faust listens for one: nothing is owned, nothing is in flight."""
    end_process(0)


async def _ground(settings: Settings) -> Ground:
    try:
        async with asyncio.timeout(UNREADY_S):
            known = await generations(settings.kafka, settings.namespace)
            topics = await standing(settings.kafka, settings.namespace, known.in_force)
            outcomes = topics.outcomes.name
            read_from = await inherited(settings.kafka, settings.namespace, known, outcomes)
            return Ground(topics, known, read_from)
    except Refused as refused:
        leave("topics", str(refused))
    except (OSError, TimeoutError) as fault:
        leave("unready", f"{settings.kafka}: {named(fault)}")
    except Exception as fault:  # noqa: BLE001 — aiokafka's errors have no base that is narrower.
        leave("unready", f"{settings.kafka}: {named(fault)}")


class FaustWorker(faust.Worker):
    """Faust's worker, with a bound on the time of its end, and a name for a crash."""

    shutdown_s: float = 20.0
    succession: Succession | None = None
    _deadline: threading.Timer | None = None

    def _schedule_shutdown(self, number: Any) -> None:
        if self.succession is not None:
            self.succession.note_signal()
        self._bound()
        super()._schedule_shutdown(number)

    async def stop(self) -> None:
        """End, however it came to that; what hangs on the way ends by its name."""
        self._bound()
        await super().stop()

    def _bound(self) -> None:
        if self._deadline is None:
            detail = f"{self.shutdown_s:.0f} s"
            self._deadline = threading.Timer(self.shutdown_s, leave, ("shutdown", detail))
            self._deadline.daemon = True
            self._deadline.start()

    def _crash(self, reason: BaseException) -> None:
        """A service of Faust's failed. Faust would stop all others first, in an order in which a
        handover could commit or hang; memory may be ahead of the log by now.
        """
        leave("crashed", named(reason))


def _run(worker: Worker, settings: Settings) -> None:
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(logs.tell_of_loop)
    asyncio.set_event_loop(loop)
    host = FaustWorker(
        worker.app,
        worker.upkeep,
        worker.standby,
        loop=loop,
        loglevel=settings.log_level,
        quiet=True,
        override_logging=False,
    )
    host.shutdown_s = settings.shutdown_s
    host.succession = worker.upkeep.succession
    host.spinner = None
    try:
        host.execute_from_commandline()
    except SystemExit as ended:
        if ended.code:
            leave("crashed", f"code {ended.code}")
    except Exception as fault:  # noqa: BLE001 — Faust raises again what one of its services ended with.
        leave("crashed", named(fault))


if __name__ == "__main__":
    try:
        given = Settings.of()
    except ValueError as wrong:
        sys.exit(f"banzhang: {wrong}")
    run(given)
