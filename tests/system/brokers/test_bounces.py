"""Three brokers, replication 3, two in sync at least: whichever of them dies, nothing is lost."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from agents.exits import RESTART
from infra.local import Cluster
from tests.system.harness import SESSION_S, WHOLE, Stream
from tests.system.midrun import Deed, through

BROKERS: Final = (1, 2, 3)
REQUEST_S: Final = 5
ALL_DOWN_S: Final = 20
"""Past the session (6 s), the lease (0.8 of it), a write's request (5 s) and the time that a
worker gives a write in all (twice that and 5 s)."""


def replicated(kafka3: Cluster, folder: Path) -> Stream:
    stream = Stream(kafka3.bootstrap, folder, replication=3)
    stream.environment["BANZHANG_REQUEST_S"] = str(REQUEST_S)
    return stream


def bounce(kafka3: Cluster, end: Callable[[int], None], *brokers: int) -> Deed:
    """End brokers, let the stream meet it, and start them again."""

    async def deed() -> None:
        # Off the loop, so that messages go on being written while a broker ends and begins.
        for broker in brokers:
            await asyncio.to_thread(end, broker)
        await asyncio.to_thread(kafka3.start_brokers, brokers)

    return deed


async def test_nothing_is_lost_when_each_broker_is_killed_in_turn(
    kafka3: Cluster, tmp_path: Path
) -> None:
    async with replicated(kafka3, tmp_path) as stream:
        await stream.worked_by("w1", "w2")

        verdict = await through(stream, [bounce(kafka3, kafka3.kill, n) for n in BROKERS])

    assert verdict.words in WHOLE, verdict
    assert verdict.expected > 100


@pytest.mark.chaos
async def test_nothing_is_lost_when_each_broker_is_restarted_in_turn(
    kafka3: Cluster, tmp_path: Path
) -> None:
    async with replicated(kafka3, tmp_path) as stream:
        await stream.worked_by("w1", "w2")

        verdict = await through(stream, [bounce(kafka3, kafka3.stop_broker, n) for n in BROKERS])

    assert verdict.words in WHOLE, verdict


@pytest.mark.chaos
async def test_two_brokers_down_stop_the_stream_and_it_goes_on_when_they_are_back(
    kafka3: Cluster, tmp_path: Path
) -> None:
    async with replicated(kafka3, tmp_path) as stream:
        await stream.worked_by("w1", "w2")

        verdict = await through(
            stream, [bounce(kafka3, kafka3.kill, 1, 2), bounce(kafka3, kafka3.kill, 2, 3)]
        )

    assert verdict.words in WHOLE, verdict


@pytest.mark.chaos
async def test_an_outage_of_all_brokers_past_every_timeout_loses_nothing(
    kafka3: Cluster, tmp_path: Path
) -> None:
    assert max(SESSION_S, 2 * REQUEST_S + 5) < ALL_DOWN_S

    async def outage() -> None:
        for broker in BROKERS:
            await asyncio.to_thread(kafka3.kill, broker)
        # The time is the fault itself.
        await asyncio.sleep(ALL_DOWN_S)
        for worker in stream.workers.values():
            worker.look()
        # A worker that is started while there is no broker says so; its orchestrator goes on.
        stream.worker("w3").start()
        assert await stream.worker("w3").ended() == RESTART
        await asyncio.to_thread(kafka3.start_brokers, BROKERS)

    async with replicated(kafka3, tmp_path) as stream:
        await stream.worked_by("w1", "w2")

        verdict = await through(stream, [outage])

    assert verdict.words in WHOLE, verdict
    assert all(sum(stream.worker(name).exits.values()) >= 1 for name in ("w1", "w2")), (
        "the outage was too short to be one"
    )
