"""One worker process: the judge, the bridge, the clock of its partitions, and what watches them.

`python -m agents.worker` runs it from the environment alone.
"""

import asyncio
import gc
import logging
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from functools import partial
from hashlib import blake2b
from typing import Any, Final, NamedTuple

import faust
from aiokafka import TopicPartition
from mode.loop import use as use_loop
from prometheus_client import start_http_server

from agents import internals
from agents.app import add_agent, feed, new_app
from agents.assignment import Assignment
from agents.carry import Carrier
from agents.changelog import opener
from agents.clock import Clock
from agents.exits import end_process, leave, named
from agents.generations import Generations
from agents.judge import Judge
from agents.keeper import Keeper
from agents.lease import Lease
from agents.ledger import Ledger
from agents.limits import RejectLimit
from agents.outbox import Outbox
from agents.packs import Packs
from agents.relay import EventOf, Relay
from agents.settings import Settings
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
    ledger = Ledger()
    lease = Lease(settings.session_s)
    outbox = Outbox(settings.kafka, settings.request_s)
    packs = Packs(core.compile_pack)
    keeper = Keeper(
        open_reader=opener(settings.kafka, topics.state.name),
        events=topics.events,
        state=topics.state,
        generation=generation,
        outbox=outbox,
        new_states=lambda number: core.new_states(topics, number, generation),
        deadline_s=settings.recovery_s,
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
            becomes, topics=topics, ledger=ledger, outbox=outbox, lease=lease, limit=limit()
        )
        add_agent(app, f"relay-{name}", name, relay.settle)
    upkeep = Upkeep(
        settings=settings,
        topics=topics,
        clock=Clock.of(settings.clock),
        lease=lease,
        ledger=ledger,
        keeper=keeper,
        outbox=outbox,
        packs=packs,
        succession=Succession(generation),
    )
    return Worker(app, upkeep, judging)


def run(settings: Settings, core: Core | None = None, judge: type[Judge] = Judge) -> None:
    """Run a worker until a signal ends it. Ends the process by name on any fault."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end_early)
    missing = internals.missing()
    if missing:
        leave("internals", "; ".join(missing))
    use_loop("uvloop")
    logging.basicConfig(level=settings.log_level.upper(), stream=sys.stderr)
    # A busy second delays a commit or a beat of Faust's; what matters is watched by `Upkeep`.
    logging.getLogger("mode.timers").setLevel(logging.ERROR)
    # The states are many small objects that hardly ever form cycles; a collection of the oldest
    # generation would stand still for longer than the latency allows.
    gc.set_threshold(50_000, 20, 100)
    if settings.metrics_port:
        _serve_metrics(settings.metrics_port)
    ground = asyncio.run(_ground(settings))
    worker = new_worker(settings, ground, core or the_core(settings), judge)
    _run(worker, settings)
    if worker.upkeep.succession.is_due:
        begin_anew()


def _serve_metrics(port: int) -> None:
    try:
        start_http_server(port, addr="127.0.0.1")
    except OSError as fault:
        leave("metrics", f"port {port}: {fault.strerror}")


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
    """Faust's worker, with a bound on the time of a clean end."""

    shutdown_s: float = 20.0

    def _schedule_shutdown(self, number: Any) -> None:
        deadline = threading.Timer(self.shutdown_s, leave, ("shutdown", f"{self.shutdown_s:.0f} s"))
        deadline.daemon = True
        deadline.start()
        super()._schedule_shutdown(number)


def _run(worker: Worker, settings: Settings) -> None:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    host = FaustWorker(
        worker.app,
        worker.upkeep,
        loop=loop,
        loglevel=settings.log_level,
        quiet=True,
        override_logging=False,
    )
    host.shutdown_s = settings.shutdown_s
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
