"""The same log gives the same actions, whatever dies: faults in mid-run, against the oracle."""

import asyncio
import signal
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from agents.exits import RESTART
from infra.local import Cluster
from tests.system.harness import SESSION_S, WHOLE, Stream
from tests.system.midrun import Deed, kill, restart, through


def lose(stream: Stream, name: str) -> Deed:
    """Kill a worker, and leave its work to the other."""

    async def deed() -> None:
        stream.worker(name).send(signal.SIGKILL)
        stream.worker(name).end()

    return deed


def start(stream: Stream, name: str) -> Deed:
    """Start a worker, and wait until it has its share again."""

    async def deed() -> None:
        stream.worker(name).start()
        await stream.ready(workers=2)

    return deed


def freeze(stream: Stream, name: str) -> Deed:
    """Freeze a worker until its group has given it up; it wakes, and must know that."""

    async def deed() -> None:
        worker = stream.worker(name)
        begin = worker.log.stat().st_size
        worker.send(signal.SIGSTOP)
        async with asyncio.timeout(5 * SESSION_S):
            while not await stream.is_shared_by(1, stream.group):  # noqa: ASYNC110
                await asyncio.sleep(0.1)  # the group's state can only be asked for
        worker.send(signal.SIGCONT)
        assert await worker.ended() == RESTART
        assert worker.reasons(begin) == ["stalled"]
        await start(stream, name)()

    return deed


def plant(stream: Stream, name: str) -> Deed:
    """In the place of a worker, one that fails in the body, between actions and states."""

    async def deed() -> None:
        worker = stream.worker(name)
        begin = worker.log.stat().st_size
        worker.end()
        worker.start(("-m", "tests.system.planted"))
        assert await worker.ended() == RESTART
        assert worker.reasons(begin) == ["body"]
        await start(stream, name)()

    return deed


class Plan(NamedTuple):
    """Faults, one after the other, and what may come of them."""

    deeds: Callable[[Stream], Sequence[Deed]]
    verdicts: Collection[str] = WHOLE


PLANS: Final = {
    "kill -9 of each in turn and of both at once": Plan(
        lambda stream: [
            lose(stream, "w1"),
            start(stream, "w1"),
            lose(stream, "w2"),
            start(stream, "w2"),
            kill(stream, "w1", "w2"),
        ]
    ),
    "SIGSTOP past the session": Plan(lambda stream: [freeze(stream, "w1"), freeze(stream, "w2")]),
    "SIGTERM in mid-batch": Plan(
        lambda stream: [restart(stream, name, workers=2) for name in ("w1", "w2")],
        # What is in hand is settled before the end, so nothing comes twice.
        verdicts={"DELIVERED"},
    ),
    "an exception planted in the body": Plan(
        lambda stream: [plant(stream, "w1"), plant(stream, "w2")]
    ),
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
    plan = PLANS[fault]
    async with Stream(kafka.bootstrap, tmp_path) as stream:
        await stream.worked_by("w1", "w2")

        verdict = await through(stream, plan.deeds(stream))

    assert verdict.words in plan.verdicts, verdict
    assert verdict.expected > 100
