"""The same log gives the same actions, whatever dies: faults in mid-run, against the oracle."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import pytest

from agents.exits import RESTART
from infra.local import Cluster
from tests.system.harness import SESSION_S, Stream, Verdict

COUNT: Final = 60_000
RATE: Final = 2_500

Deed = Callable[[Stream], Awaitable[None]]


def kill(*names: str) -> Deed:
    async def deed(stream: Stream) -> None:
        for name in names:
            stream.worker(name).send(signal.SIGKILL)

    return deed


def start(*names: str) -> Deed:
    async def deed(stream: Stream) -> None:
        for name in names:
            stream.worker(name).end()
            stream.worker(name).start()

    return deed


def terminate(name: str) -> Deed:
    async def deed(stream: Stream) -> None:
        worker = stream.worker(name)
        worker.send(signal.SIGTERM)
        assert await worker.ended() == 0
        worker.start()

    return deed


def stop_past_the_session(name: str) -> Deed:
    """Freeze a worker for twice its session; the freezing itself is the fault, so it is slept."""

    async def deed(stream: Stream) -> None:
        stream.worker(name).send(signal.SIGSTOP)

        async def thaw() -> None:
            await asyncio.sleep(2 * SESSION_S)
            stream.worker(name).send(signal.SIGCONT)
            assert await stream.worker(name).ended() == RESTART

        stream.later(thaw())

    return deed


def plant(name: str) -> Deed:
    async def deed(stream: Stream) -> None:
        stream.worker(name).end()
        stream.worker(name).start(("-m", "tests.system.planted"))

    return deed


PLANS: Final[dict[str, list[tuple[float, Deed]]]] = {
    "kill -9 of each in turn and of both at once": [
        (0.15, kill("w1")),
        (0.30, start("w1")),
        (0.45, kill("w2")),
        (0.55, start("w2")),
        (0.75, kill("w1", "w2")),
        (0.85, start("w1", "w2")),
    ],
    "SIGSTOP past the session": [
        (0.15, stop_past_the_session("w1")),
        (0.70, stop_past_the_session("w2")),
    ],
    "SIGTERM in mid-batch": [(0.25, terminate("w1")), (0.50, terminate("w2"))],
    "an exception planted in the body": [(0.20, plant("w1")), (0.50, plant("w2"))],
}
HELD_BACK: Final = dict.fromkeys(
    ("kill -9 of each in turn and of both at once", "SIGTERM in mid-batch"), pytest.mark.chaos
)
"""`test_workers.py` has kills for `make test`."""


@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    "fault", [pytest.param(name, marks=HELD_BACK.get(name, ())) for name in PLANS]
)
async def test_the_same_actions_come_whatever_dies(
    fault: str, kafka: Cluster, tmp_path: Path
) -> None:
    async with Stream(kafka.bootstrap, tmp_path) as stream:
        await stream.worked_by("w1", "w2")

        verdict = await _run(stream, list(PLANS[fault]), seed=3)

    assert verdict.expected > COUNT // 20
    assert (verdict.missing, verdict.extra, verdict.wrong) == (0, 0, 0), verdict
    if "planted" in fault:
        assert all(w.exits[RESTART] >= 1 for w in stream.workers.values()), "it did not end by name"


async def _run(stream: Stream, plan: list[tuple[float, Deed]], seed: int) -> Verdict:
    """Produce, do each deed at its share of the stream, and compare; a fault that did not hit in
    the middle of work fails the test."""
    settled: list[int] = []

    async def on_progress(share: float) -> None:
        while plan and share >= plan[0][0]:
            _, deed = plan.pop(0)
            settled.append(sum((await stream.committed()).values()))
            await deed(stream)

    await stream.produce(COUNT, RATE, seed, on_progress)
    await stream.settled_later()
    await stream.drained()
    verdict = await stream.compared()
    assert not plan
    end = sum((await stream.ends(stream.topics.events.name)).values())
    assert all(0 < committed < end - COUNT // 20 for committed in settled), (settled, end)
    return verdict
