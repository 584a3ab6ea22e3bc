"""A worker's process: it begins, crashes and ends by name, in a process of its own where it must."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, cast

import pytest
from mode import Service

from agents import exit_counts, exits, internals, logs, metrics, worker
from agents.app import add_agent, feed, new_app
from agents.exits import FAREWELL, MEND, RESTART
from agents.internals import INTERNALS, Internal
from agents.settings import Settings
from agents.worker import FaustWorker
from tests.agents.fakes import EVENTS, FakeOutbox, Left, keeper_of

ROOT = Path(__file__).parents[2]
SECRET = "whispered-word"


async def test_a_service_of_fausts_that_fails_ends_the_process_at_once() -> None:
    service, app = Service(), new_app(Settings.of({}), 1)
    root = FaustWorker(app, service, loop=asyncio.get_running_loop(), quiet=True)
    app.beacon.reattach(root.beacon)

    with pytest.raises(Left, match=r"exit crashed: .*\(RuntimeError\)") as left:
        await service.crash(RuntimeError(SECRET))

    assert SECRET not in str(left.value)


async def test_an_agent_that_is_cancelled_ends_the_process_too() -> None:
    """Faust says `Restarting on rebalance` and crashes with the cancel, which is no Exception."""
    root = FaustWorker(new_app(Settings.of({}), 1), quiet=True)

    with pytest.raises(Left, match=r"exit crashed: .*\(CancelledError\)"):
        await root.crash(asyncio.CancelledError())


async def test_an_agent_that_stops_reading_ends_the_process() -> None:
    app = new_app(Settings.of({}), 1)

    async def settle(_: object) -> None:
        """Nothing comes."""

    class Stream:
        async def events(self) -> Any:
            for nothing in list[object]():
                yield nothing

    agent = add_agent(app, "judge", EVENTS, settle)

    with pytest.raises(Left, match=r"exit agent: .*\(judge\)"):
        await agent.fun(Stream())


async def test_an_agent_may_stop_reading_when_the_worker_ends() -> None:
    app = new_app(Settings.of({}), 1)
    app._stopped.set()

    async def settle(_: object) -> None:
        """Nothing comes."""

    class Stream:
        async def events(self) -> Any:
            for nothing in list[object]():
                yield nothing

    await add_agent(app, "judge", EVENTS, settle).fun(Stream())


async def test_the_consumers_thread_does_not_die_unseen() -> None:
    from agents.assignment import Assignment
    from agents.lease import Lease
    from agents.ledger import Ledger
    from agents.transport import Desk, FetchConsumer

    keeper = keeper_of(FakeOutbox())
    app = new_app(Settings.of({}), 1)
    assignment = Assignment(
        ledger=Ledger(), keeper=keeper, lease=Lease(10), judged=EVENTS, handover_s=5
    )
    feed(app, Desk(assignment, frozenset({EVENTS}), 1 << 20))
    thread = cast(FetchConsumer, app.consumer)._thread

    with pytest.raises(Left, match=r"exit crashed: .*\(consumer thread: ValueError\)") as left:
        thread.on_crash("{0!r} crashed: {1!r}", thread.label, ValueError(SECRET))

    assert SECRET not in str(left.value)
    thread.thread_loop.close()


def test_an_error_that_leaves_any_thread_ends_the_process_by_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ended: list[str] = []

    def leave(reason: str, detail: str) -> None:
        ended.append(f"{reason} {detail}")

    def fails() -> None:
        raise ValueError(SECRET)

    monkeypatch.setattr(worker, "leave", leave)
    monkeypatch.setattr(threading, "excepthook", worker._uncaught_in_thread)
    thread = threading.Thread(target=fails, name="a-thread")
    thread.start()
    thread.join()
    worker.uncaught(ValueError, ValueError(SECRET), None)

    assert ended == ["crashed a-thread: ValueError", "crashed ValueError"]


class Hanging(Service):
    """A service that does not end."""

    async def on_stop(self) -> None:
        await asyncio.Event().wait()


@pytest.mark.parametrize("by", ["a signal", "a stop of Faust's own"])
async def test_an_end_that_hangs_is_cut_off_by_name(
    by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    loop = asyncio.get_running_loop()

    def leave(reason: str, detail: str) -> None:
        loop.call_soon_threadsafe(ended.set_result, f"{reason} {detail}")

    monkeypatch.setattr(worker, "leave", leave)
    root = FaustWorker(new_app(Settings.of({}), 1), Hanging(), loop=loop, quiet=True)
    root.shutdown_s = 0.05
    root._children = list(root.services)

    stopping = [asyncio.ensure_future(root.stop())] if by != "a signal" else []
    if not stopping:
        root._on_sigterm()
    assert await asyncio.wait_for(ended, 30) == "shutdown 0 s"

    for task in [*stopping, root._signal_stop_future]:
        if task is not None:
            task.cancel()
    await asyncio.sleep(0)


def test_a_library_without_what_is_needed_is_named_before_anything_begins(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gone = Internal("aiokafka", "aiokafka.consumer.fetcher:Fetcher", "_gone", "a test")
    monkeypatch.setattr(internals, "INTERNALS", (*INTERNALS, gone))
    monkeypatch.setattr(worker, "_prepare_words", lambda _: None)
    monkeypatch.setattr(signal, "signal", lambda *_: None)

    with pytest.raises(Left, match=r"exit internals: .*has no .*Fetcher\._gone"):
        worker.run(Settings.of({}))


def test_a_worker_without_a_broker_ends_by_name(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    counts = tmp_path / "exits"
    done = started(
        BANZHANG_KAFKA=f"127.0.0.1:{port}",
        BANZHANG_EXITS_FILE=str(counts),
        BANZHANG_LOG_FORMAT="json",
    )

    assert done.returncode == RESTART
    last = done.stderr.splitlines()[-1]
    assert '"exit":"unready"' in last
    assert exit_counts.read(counts) == {"unready": 1}


def test_a_port_that_is_taken_ends_a_worker_by_name() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = started(BANZHANG_METRICS_PORT=str(taken.getsockname()[1]))

    assert done.returncode == MEND
    assert "banzhang: exit metrics: " in done.stderr


def started(**more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "agents.worker"],
        env=os.environ | more,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_the_exits_of_the_past_are_served_and_strange_names_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "exits"
    for name in ("stalled", "stalled", "no-reason-of-ours"):
        exit_counts.add(file, name)
    monkeypatch.setattr(logs, "configure", lambda *_: None)
    monkeypatch.setattr(FAREWELL, "counts", None)
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    before = value("stalled")

    worker._prepare_words(Settings.of({"BANZHANG_EXITS_FILE": str(file)}))

    assert value("stalled") == before + 2
    names = {
        sample.labels["name"] for family in metrics.EXITS.collect() for sample in family.samples
    }
    assert "no-reason-of-ours" not in names


def value(name: str) -> float:
    return float(metrics.EXITS.labels(name)._value.get())


async def test_a_recovery_that_hangs_ends_at_its_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    keeper = keeper_of(FakeOutbox(), deadline_s=0.05)

    async def hangs(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(keeper, "_take", hangs)

    with pytest.raises(Left, match=r"exit recovery_deadline: .*\(0 s, 2 partitions\)"):
        await keeper.take([0, 1], {})


async def test_a_sender_of_the_producer_that_is_dead_ends_the_next_write() -> None:
    from agents.outbox import Outbox, Parcel, Record

    class Dead:
        """A producer that takes a batch and never answers, as with a dead sender."""

        def create_batch(self) -> Any:
            return FakeOutbox().producer.create_batch()

        async def send_batch(self, *_: object, **__: object) -> Any:
            return asyncio.get_running_loop().create_future()

    outbox = Outbox("nowhere", 0.01)
    outbox.producer, outbox._limit_s = Dead(), 0.05
    batches = outbox.fill(EVENTS, 1 << 20, [[Record(b"k", b"v")]])

    with pytest.raises(Left, match=r"exit producer: .*t.events: TimeoutError"):
        await outbox.deliver([Parcel(EVENTS, 0, batches)])
    assert exits.REASONS["producer"].code == RESTART
