"""A write that slipped through, a group that falls silent, and a cleaner that runs: the higher
place must be what is left.
"""

import asyncio
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from banzhang.kafka import records_of
from infra.local import Cluster
from streams.place import PLACE_BYTES
from tests.system.harness import WHOLE, Stream

RATE: Final = 1_000
AT_ONCE: Final = {
    "min.compaction.lag.ms": "0",
    "segment.ms": "200",
    "min.cleanable.dirty.ratio": "0.001",
}


@pytest.fixture
def cleaning(tmp_path: Path) -> Iterator[Cluster]:
    """A broker whose cleaner looks every fifth of a second."""
    with Cluster(tmp_path / "kafka", settings={"log.cleaner.backoff.ms": "200"}) as cluster:
        yield cluster


async def configure(stream: Stream, config: dict[str, str]) -> None:
    """Give the state topic its configuration, with these changes."""
    state = stream.topics.state
    resource = ConfigResource(ConfigResourceType.TOPIC, state.name, {**state.config, **config})
    admin = AIOKafkaAdminClient(bootstrap_servers=stream.bootstrap)
    await admin.start()
    try:
        await admin.alter_configs([resource])
    finally:
        await admin.close()


async def changelog(stream: Stream) -> list[Any]:
    return [record async for record in records_of(stream.bootstrap, stream.topics.state.name)]


def place_of(record: Any) -> bytes:
    return bytes(record.value[:PLACE_BYTES])


def overtaken(records: list[Any]) -> dict[tuple[int, bytes], bytes]:
    """The highest place of each key that a lower one was written after."""
    highest: dict[tuple[int, bytes], bytes] = {}
    lower: dict[tuple[int, bytes], bytes] = {}
    for record in records:
        if record.value is None or not record.key.startswith(b"qq:"):
            continue
        key = (record.partition, record.key)
        if place_of(record) < highest.get(key, b""):
            lower[key] = highest[key]
        highest[key] = max(highest.get(key, b""), place_of(record))
    return lower


async def test_the_higher_place_survives_a_zombies_write_a_silence_and_a_compaction(
    cleaning: Cluster, tmp_path: Path
) -> None:
    async with Stream(cleaning.bootstrap, tmp_path) as stream:
        zombie, heir = stream.worker("zombie"), stream.worker("heir")
        zombie.start(("-m", "tests.system.brokers.zombie"))
        await stream.ready(workers=1)
        enough = asyncio.Event()

        async def stalled(_share: float) -> None:
            if "stalled" in zombie.log.read_text("utf-8"):
                enough.set()

        await stream.produce(1_000_000, RATE, 3, stalled, enough)
        before = await changelog(stream)
        heir.start()
        # The zombie's session ends, and its heir judges all; from here on the groups are silent.
        await stream.drained()
        zombie._wanted = False
        zombie.send(signal.SIGCONT)
        assert await zombie.ended() != 0, "nobody told the zombie that it was one"
        written = await changelog(stream)
        slipped = overtaken(written)
        assert slipped, "the zombie's write did not slip through"
        assert len(written) > len(before)

        await _rewritten(stream, slipped)
        await configure(stream, AT_ONCE)
        await _compacted(stream, slipped)
        heir.send(signal.SIGKILL)
        heir.end()
        await configure(stream, {})
        assert {**slipped} == {
            (r.partition, r.key): place_of(r)
            for r in await changelog(stream)
            if (r.partition, r.key) in slipped
        }

        heir.start()
        await stream.ready(workers=1)
        await stream.produce(6_000, RATE, 4, stalled)
        await stream.drained()
        verdict = await stream.compared()

    assert verdict.words in WHOLE, verdict
    assert verdict.expected > 100


async def _rewritten(stream: Stream, slipped: dict[tuple[int, bytes], bytes]) -> None:
    """Wait until the heir has met the write, ended by name, and begun again."""
    heir = stream.worker("heir")
    async with asyncio.timeout(60):
        while True:
            heir.look()
            last = {(r.partition, r.key): r for r in await changelog(stream)}
            if all(place_of(last[key]) >= place for key, place in slipped.items()):
                break
            await asyncio.sleep(0.2)
    assert "banzhang: exit foreign_write" in heir.log.read_text("utf-8")


async def _compacted(stream: Stream, slipped: dict[tuple[int, bytes], bytes]) -> None:
    """Wait until the cleaner has left one record of each of these keys; ticks roll the segments."""
    async with asyncio.timeout(90):
        while True:
            records = await changelog(stream)
            keys = [(r.partition, r.key) for r in records if (r.partition, r.key) in slipped]
            if len(keys) == len(slipped):
                break
            await asyncio.sleep(0.5)
    ends = await stream.ends(stream.topics.state.name)
    assert len(records) < sum(ends.values()), "no offset is missing: the cleaner did not run"
