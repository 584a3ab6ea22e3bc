"""The Faust app: every setting that matters, with its reason, and the agents.

Settings that equal Faust's default are written out too, because what we rely on must not change
with a default.
"""

import asyncio
import os
import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import faust
from mode.supervisors import CrashingSupervisor

from agents.exits import leave, named
from agents.fetch import Fetch
from agents.settings import Settings
from agents.transport import Desk, FetchSchema, FetchTransport
from streams.partition import LogReplaced

Settle = Callable[[Fetch], Awaitable[None]]

REQUEST_S_MORE: Final = 30.0


class App(faust.App):
    """Faust's app without folders of its own: it would make some at its start, use none of them,
    and leave them behind, in the way of another user's worker.
    """

    def _create_directories(self) -> None:
        """Make nothing: there are no tables in files."""


def new_app(settings: Settings, generation: int) -> faust.App:
    """The app without its agents. It connects to nothing before its worker starts it."""
    return App(
        # The consumer group. Each namespace and generation has its own offsets.
        f"{settings.namespace}.judge",
        version=generation,
        broker=[f"kafka://{server}" for server in settings.kafka.split(",")],
        # How long a silent worker keeps its partitions; the lease is 0.8 of it.
        broker_session_timeout=settings.session_s,
        broker_heartbeat_interval=settings.heartbeat_s,
        # What the group waits for a handover: the settle in hand takes at most half of it.
        broker_rebalance_timeout=settings.rebalance_s,
        # Faust refuses a session that is longer than a request.
        broker_request_timeout=settings.session_s + REQUEST_S_MORE,
        # How much is read again after a kill. A commit is one small request.
        broker_commit_interval=settings.commit_s,
        # Only the ledger commits, by time; Faust's count of acks means nothing here.
        broker_commit_every=1_000_000_000,
        # Faust warns of a partition without a commit; a quiet school commits its ticks.
        broker_commit_livelock_soft_timeout=300.0,
        # The size of an event: larger ones wait less for the broker, smaller ones less for the
        # rest of their batch. Batches grow with the load by themselves up to it.
        broker_max_poll_records=settings.poll_records,
        # A judge that waits for a policy pack reads nothing and must keep its membership.
        broker_max_poll_interval=86_400.0,
        # A flipped bit in a record must not become a punishment.
        broker_check_crcs=True,
        # A new group reads the log from its beginning: nothing accepted is lost.
        consumer_auto_offset_reset="earliest",
        # Larger than any record of the events topic; a partition's part in one answer.
        consumer_max_fetch_size=2 << 20,
        # A recreated or grown topic is noticed within a minute, not five.
        consumer_metadata_max_age_ms=60_000,
        # Static membership would keep a dead worker's partitions for a whole session and more.
        consumer_group_instance_id=None,
        # Transactions were measured at 2.1 s median latency: rejected.
        processing_guarantee="at_least_once",
        # One waiting fetch is enough; sixteen small ones before the agent add 100 ms.
        stream_buffer_maxsize=1,
        # Faust would wait for acks that are not used; the ledger's handover waits instead.
        stream_wait_empty=False,
        # Nothing is to be published at a commit; the outbox has written it long before.
        stream_publish_on_commit=False,
        # Both acknowledge what was not done; the ledger ignores acks, and the agents crash.
        stream_ack_cancelled_tasks=False,
        stream_ack_exceptions=False,
        # Recovery is the keeper's, done before Faust's begins, so there is nothing to wait for.
        stream_recovery_delay=0.0,
        # Faust's log of slow processing knows one partition of an event; `Upkeep` watches all.
        stream_processing_timeout=86_400.0,
        # No Faust tables: the keeper holds the states.
        store="memory://",
        # Above zero for Faust's own sticky assignor; at zero it takes aiokafka's round robin,
        # which moves every partition at every change. There are no tables to stand by for.
        table_standby_replicas=1,
        # Workers create no topics, and there is no leader's topic either.
        topic_allow_declare=False,
        topic_disable_leader=True,
        reply_create_topic=False,
        # Faust's own producer is idle; should somebody use it, it must not lose anything.
        producer_acks=-1,
        # Faust's web server binds all interfaces and shows what tables hold.
        web_enabled=False,
        # Nothing is kept in files, and `App` makes no folders: this one can't even be made.
        datadir=Path(os.devnull),
        # Agents are made by `new_worker`, not found by importing whatever lies around.
        autodiscover=False,
        # Standard output is the command's; the exit's line must reach standard error as it is.
        worker_redirect_stdouts=False,
    )


def feed(app: faust.App, desk: Desk) -> None:
    """Put the batched transport in the place of Faust's."""
    app.transport = FetchTransport(app, desk)


def add_agent(app: faust.App, name: str, topic: str, settle: Settle) -> Any:
    """An agent whose events are fetches of `topic`: thin, and one at a time."""
    channel = app.topic(topic, schema=FetchSchema(key_type=bytes, value_type=bytes), acks=True)

    async def body(stream: Any) -> None:
        async for event in stream.events():
            # Shielded: a cancelled body must not leave a settle half done; the handover and the
            # end of the process wait for it.
            await asyncio.shield(asyncio.ensure_future(guarded(settle, event.value)))
        if not app.should_stop:
            # Faust would keep the partitions and read into a queue that nobody empties.
            leave("agent", name)

    decorate = app.agent(channel, name=name, concurrency=1, supervisor_strategy=CrashingSupervisor)
    return decorate(body)


async def guarded(settle: Settle, fetch: Fetch) -> None:
    """Nothing leaves the body: Faust would acknowledge the event and go on behind a hole."""
    try:
        await settle(fetch)
    except LogReplaced as fault:
        leave("log_replaced", str(fault))
    except Exception as fault:  # noqa: BLE001 — Any fault: memory may be ahead of the log.
        frame = traceback.extract_tb(fault.__traceback__)[-1]
        place = f"{Path(frame.filename).name}:{frame.lineno}"
        leave("body", f"{fetch.coordinates}: {named(fault)} at {place}")
