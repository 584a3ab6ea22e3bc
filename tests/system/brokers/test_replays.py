"""The log read again from its beginning, with the states kept and with the states dropped."""

import asyncio
import signal
from pathlib import Path
from typing import Final

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from agents.clock import Clock
from agents.topics import create
from infra.local import Cluster
from tests.system.harness import PARTITIONS, Stream, Verdict
from tests.system.midrun import Deed, through

WORKERS: Final = ("w1", "w2")
TOLD_MIN: Final = 200
"""Actions before a replay, at least."""


async def leave_all(stream: Stream) -> None:
    """End the workers cleanly; the group takes offsets of others only when nobody is in it."""
    for name in WORKERS:
        stream.worker(name).send(signal.SIGTERM)
    assert {await stream.worker(name).ended() for name in WORKERS} == {0}


async def to_the_beginning(stream: Stream) -> None:
    """Commit offset 0 of each partition of the events topic, as an operator does."""
    async with AIOKafkaConsumer(
        bootstrap_servers=stream.bootstrap, group_id=stream.group, enable_auto_commit=False
    ) as consumer:
        tps = [TopicPartition(stream.topics.events.name, n) for n in range(PARTITIONS)]
        consumer.assign(tps)
        await consumer.commit(dict.fromkeys(tps, 0))
    assert set((await stream.committed()).values()) == {0}


async def drop_the_states(stream: Stream) -> None:
    """Delete the state topic, and make it anew."""
    name = stream.topics.state.name
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


async def actions_told(stream: Stream) -> int:
    return sum((await stream.ends(stream.topics.actions.name)).values())


async def replayed(stream: Stream, deed: Deed) -> tuple[int, Verdict]:
    """Two workers, a replay in the middle: how many actions were told before it, and the verdict."""
    told: list[int] = []

    async def replay() -> None:
        async with asyncio.timeout(60):
            while await actions_told(stream) < TOLD_MIN:  # noqa: ASYNC110
                await asyncio.sleep(0.2)
        await leave_all(stream)
        told.append(await actions_told(stream))
        await deed()
        for name in WORKERS:
            stream.worker(name).start()

    for name in WORKERS:
        stream.worker(name).start()
    await stream.ready(workers=2)
    verdict = await through(stream, [replay])
    return told[0], verdict


@pytest.mark.chaos
async def test_a_replay_with_the_states_kept_brings_nothing_again(
    kafka: Cluster, tmp_path: Path
) -> None:
    async with Stream(kafka.bootstrap, tmp_path) as stream:
        told, verdict = await replayed(stream, lambda: to_the_beginning(stream))

    assert TOLD_MIN <= told < verdict.expected, "the replay was not in the middle"
    assert verdict.words == "DELIVERED", f"what was settled came again, or not at all: {verdict}"


@pytest.mark.chaos
async def test_a_replay_with_the_states_dropped_brings_the_same_ids_again(
    kafka: Cluster, tmp_path: Path
) -> None:
    async with Stream(kafka.bootstrap, tmp_path) as stream:

        async def drop_and_replay() -> None:
            await drop_the_states(stream)
            await to_the_beginning(stream)

        told, verdict = await replayed(stream, drop_and_replay)

    assert TOLD_MIN <= told < verdict.expected, "the replay was not in the middle"
    assert verdict.words == "MORE", verdict
    assert verdict.repeated == told, "each action that was told before comes once more, as it was"
