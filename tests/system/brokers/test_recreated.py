"""`chat.events` deleted and made anew under running workers: they refuse by name, and nothing of
the new log is passed over in silence.
"""

import asyncio
from pathlib import Path
from typing import Final

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from agents.clock import Clock
from agents.exits import MEND
from agents.topics import create
from infra.local import Cluster
from tests.system.harness import Stream

COUNT: Final = 8_000
RATE: Final = 2_000
REFUSALS: Final = {"fence_beyond_log", "log_replaced"}


async def make_anew(stream: Stream, *, is_seen: bool) -> None:
    """Delete the events topic, and make it as it was, without a record; at once, or when clients
    are told that it is gone.
    """
    name = stream.topics.events.name
    admin = AIOKafkaAdminClient(bootstrap_servers=stream.bootstrap)
    await admin.start()
    try:
        await admin.delete_topics([name])
        async with asyncio.timeout(30):
            while is_seen and name in await admin.list_topics():  # noqa: ASYNC110
                await asyncio.sleep(0.1)
    finally:
        await admin.close()
    assert await create(stream.bootstrap, stream.topics, None, Clock.of("real")) == [name]


async def refused(stream: Stream, name: str, limit_s: float = 120) -> None:
    """Wait until a worker has refused the new log by name; the exit is one that a person mends."""
    worker = stream.worker(name)
    async with asyncio.timeout(limit_s):
        while not REFUSALS & set(worker.reasons()):
            worker.look()
            await asyncio.sleep(0.1)
        # Started again it says the same, as often as an orchestrator tries.
        worker.end()
        worker.start()
        assert await worker.ended() == MEND
    assert worker.reasons()[-1] in REFUSALS


async def nothing(_share: float) -> None:
    """The producer's progress is not asked for."""


@pytest.mark.chaos
@pytest.mark.parametrize("gone", ["until all have seen it", "for a moment"])
async def test_running_workers_refuse_a_log_that_was_deleted_and_made_anew(
    gone: str, kafka: Cluster, tmp_path: Path
) -> None:
    async with Stream(kafka.bootstrap, tmp_path) as stream:
        await stream.worked_by("w1", "w2")
        await stream.produce(COUNT, RATE, 3, nothing)
        await stream.drained()
        told = await stream.ends(stream.topics.actions.name)

        await make_anew(stream, is_seen=gone == "until all have seen it")
        # It grows past what the workers know, and they must not go on behind that.
        await stream.produce(2 * COUNT, 2 * RATE, 4, nothing)
        for name in ("w1", "w2"):
            await refused(stream, name)

        # The brokers forget the offsets of a topic that is deleted, so what stands there is new.
        assert await stream.committed() == {}, "something of the new log was settled"
        assert await stream.ends(stream.topics.actions.name) == told
