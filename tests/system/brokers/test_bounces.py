"""Three brokers, replication 3, two in sync at least: whichever of them dies, nothing is lost."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from agents.exits import RESTART
from infra.local import Cluster
from tests.system.harness import SESSION_S, WHOLE, Stream, message
from tests.system.midrun import COUNT_MAX, Deed, through

BROKERS: Final = (1, 2, 3)
REQUEST_S: Final = 5
OUTAGE_RATE: Final = 500
"""Messages a second where brokers are long away: what they would have taken comes all at once."""
ALL_DOWN_S: Final = 60
"""Far past the session (6 s), the lease (0.8 of it), a write's request (5 s) and the time that a
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


@asynccontextmanager
async def down(kafka3: Cluster, *brokers: int) -> AsyncIterator[None]:
    """Without these brokers, which are killed; they are started again whatever comes."""
    for broker in brokers:
        await asyncio.to_thread(kafka3.kill, broker)
    try:
        yield
    finally:
        await asyncio.to_thread(kafka3.start_brokers, brokers)


def hold_down(kafka3: Cluster, stream: Stream, *brokers: int) -> Deed:
    """Kill brokers; when all workers have ended of it and a write is refused, start them again."""

    async def deed() -> None:
        begins = {worker: worker.log.stat().st_size for worker in stream.workers.values()}
        async with down(kafka3, *brokers):
            assert {await worker.ended() for worker in begins} == {RESTART}
            ends = [reason for worker, begin in begins.items() for reason in worker.reasons(begin)]
            assert "producer" in ends, f"no worker ended of a write: {ends}"
            acknowledged = stream.sent
            with pytest.raises(KafkaError):
                await write_one(stream)
            assert stream.sent == acknowledged, "the stream went on"
        for worker in begins:
            worker.look()
        # What comes next is to meet both at work.
        await stream.ready(workers=len(begins))

    return deed


async def write_one(stream: Stream) -> None:
    """Write a message as an adapter does, in a worker's time for a write."""
    key, value = message(COUNT_MAX, time.time_ns() // 1_000_000, random.Random(1))
    async with AIOKafkaProducer(
        bootstrap_servers=stream.bootstrap, acks="all", request_timeout_ms=REQUEST_S * 1_000
    ) as producer:
        await producer.send_and_wait(stream.topics.events.name, key=key, value=value)


@pytest.mark.chaos
@pytest.mark.timeout(400)
async def test_two_brokers_down_stop_the_stream_and_it_goes_on_when_they_are_back(
    kafka3: Cluster, tmp_path: Path
) -> None:
    async with replicated(kafka3, tmp_path) as stream:
        await stream.worked_by("w1", "w2")

        verdict = await through(
            stream,
            [hold_down(kafka3, stream, 1, 2), hold_down(kafka3, stream, 2, 3)],
            rate=OUTAGE_RATE,
        )

    assert verdict.words in WHOLE, verdict


@pytest.mark.chaos
@pytest.mark.timeout(400)
async def test_an_outage_of_all_brokers_past_every_timeout_loses_nothing(
    kafka3: Cluster, tmp_path: Path
) -> None:
    assert max(SESSION_S, 2 * REQUEST_S + 5) < ALL_DOWN_S

    async def outage() -> None:
        async with down(kafka3, *BROKERS):
            # The time is the fault itself.
            await asyncio.sleep(ALL_DOWN_S)
            for worker in stream.workers.values():
                worker.look()
            # A worker that is started while there is no broker says so; its orchestrator goes on.
            stream.worker("w3").start()
            assert await stream.worker("w3").ended() == RESTART

    async with replicated(kafka3, tmp_path) as stream:
        await stream.worked_by("w1", "w2")

        verdict = await through(stream, [outage], rate=OUTAGE_RATE)

    assert verdict.words in WHOLE, verdict
    assert all(sum(stream.worker(name).exits.values()) >= 1 for name in ("w1", "w2")), (
        "the outage was too short to be one"
    )
