"""`chat.events` deleted and made anew under running workers: they refuse by name, and nothing of
the new log is passed over in silence.
"""

import asyncio
import re
import signal
from pathlib import Path
from typing import Final

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from agents.clock import Clock
from agents.exits import MEND
from agents.topics import create
from infra.local import Cluster
from tests.system.harness import Stream, Worker

COUNT: Final = 8_000
RATE: Final = 2_000
REFUSALS: Final = {"fence_beyond_log", "log_replaced"}


def exits_of(worker: Worker) -> list[str]:
    """The reasons that the worker gave, in order."""
    return re.findall(r"banzhang: exit (\w+)", worker.log.read_text("utf-8"))


async def make_anew(stream: Stream) -> None:
    """Delete the events topic, and make it as it was, without a record."""
    name = stream.topics.events.name
    admin = AIOKafkaAdminClient(bootstrap_servers=stream.bootstrap)
    await admin.start()
    try:
        await admin.delete_topics([name])
        async with asyncio.timeout(30):
            while name in await admin.list_topics():  # noqa: ASYNC110
                await asyncio.sleep(0.1)
    finally:
        await admin.close()
    assert await create(stream.bootstrap, stream.topics, None, Clock.of("real")) == [name]


async def refused(stream: Stream, name: str, limit_s: float = 120) -> None:
    """Wait until a worker has refused the new log by name; the exit is one that a person mends."""
    worker = stream.worker(name)
    async with asyncio.timeout(limit_s):
        while not REFUSALS & set(exits_of(worker)):
            worker.look()
            await asyncio.sleep(0.1)
        # Started again it says the same, as often as an orchestrator tries.
        worker.end()
        worker.start()
        assert await worker.ended() == MEND
    assert exits_of(worker)[-1] in REFUSALS


async def nothing(_share: float) -> None:
    """The producer's progress is not asked for."""


@pytest.mark.chaos
async def test_running_workers_refuse_a_log_that_was_deleted_and_made_anew(
    kafka: Cluster, tmp_path: Path
) -> None:
    async with Stream(kafka.bootstrap, tmp_path) as stream:
        for name in ("w1", "w2"):
            stream.worker(name).start()
        await stream.ready(workers=2)
        await stream.produce(COUNT, RATE, 3, nothing)
        await stream.drained()
        before = await stream.committed()

        await make_anew(stream)
        for name in ("w1", "w2"):
            await refused(stream, name)

        assert await stream.committed() == before, "something of the new log was settled"


@pytest.mark.chaos
async def test_workers_that_slept_through_it_refuse_the_new_log_though_it_has_grown_past_them(
    kafka: Cluster, tmp_path: Path
) -> None:
    """The worst moment: within a session, so that no rebalance makes them look."""
    async with Stream(kafka.bootstrap, tmp_path) as stream:
        stream.environment["BANZHANG_SESSION_S"] = "60"
        worker = stream.worker("w1")
        worker.start()
        await stream.ready(workers=1)
        await stream.produce(2_000, RATE, 3, nothing)
        await stream.drained()

        worker.send(signal.SIGSTOP)
        await make_anew(stream)
        await stream.produce(COUNT, RATE * 2, 4, nothing)
        worker.send(signal.SIGCONT)

        await refused(stream, "w1")
