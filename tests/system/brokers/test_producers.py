"""Producers that write out of order, twice, and to the wrong partition."""

import asyncio
import json
import random
import time
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest

from banzhang.exported import line_of
from banzhang.kafka import records_of
from infra.local import Cluster
from streams.partitioner import partition_of
from tests.system.harness import PARTITIONS, WHOLE, Stream, message
from tests.system.midrun import Line, kill_in_the_middle, write

COUNT: Final = 12_000
RATE: Final = 1_500


def messages(seed: int) -> Sequence[Line]:
    chance, now = random.Random(seed), time.time_ns() // 1_000_000
    return [message(n, now - 20_000 + n * 1_000 // RATE, chance) for n in range(COUNT)]


def shuffled(lines: Sequence[Line], seed: int) -> Sequence[Line]:
    """As a producer that resends writes: within some two hundred records, in any order."""
    chance = random.Random(seed)
    places = [(place + chance.randrange(200), line) for place, line in enumerate(lines)]
    return [line for _, line in sorted(places, key=lambda placed: placed[0])]


def by_another_partitioner(key: bytes) -> int:
    """As librdkafka does it."""
    return zlib.crc32(key) % PARTITIONS


async def log_of(stream: Stream) -> list[Any]:
    """All records of the events topic, each partition in order."""
    return [record async for record in records_of(stream.bootstrap, stream.topics.events.name)]


def ids_judged(stream: Stream, records: Iterable[Any]) -> set[str]:
    """The ids that the oracle gives for these records."""
    return set(stream._oracle([line_of(record) for record in records], code=0))


def first_of_each(records: Iterable[Any]) -> list[Any]:
    """Without what stands there a second time: the same record, on the same partition."""
    first: dict[tuple[int, bytes], Any] = {}
    for record in records:
        first.setdefault((record.partition, record.value), record)
    return list(first.values())


@pytest.mark.chaos
async def test_messages_that_come_twice_and_out_of_order_change_nothing_the_second_time(
    kafka: Cluster, tmp_path: Path
) -> None:
    lines = messages(seed=7)
    async with Stream(kafka.bootstrap, tmp_path) as stream:
        kill = partial(kill_in_the_middle, stream, "w1")
        await stream.worked_by("w1", "w2")
        await asyncio.gather(
            write(stream, shuffled(lines, 1), RATE, deed=kill),
            write(stream, shuffled([*lines, *lines[: COUNT // 4]], 2), RATE),
        )
        await stream.drained()
        verdict = await stream.compared()
        log = await log_of(stream)

    once = first_of_each(log)
    assert len(log) > len(once) + COUNT, "nothing came twice"
    assert ids_judged(stream, once) == ids_judged(stream, log), "a second copy counted"
    assert verdict.words in WHOLE, verdict
    assert verdict.expected > COUNT // 40


@pytest.mark.chaos
async def test_strays_of_a_foreign_partitioner_are_carried_home_and_judged_once(
    kafka: Cluster, tmp_path: Path
) -> None:
    lines = messages(seed=8)
    async with Stream(kafka.bootstrap, tmp_path) as stream:
        kill = partial(kill_in_the_middle, stream, "w1")
        await stream.worked_by("w1", "w2")
        await asyncio.gather(
            write(stream, lines[::2], RATE, deed=kill),
            write(stream, lines[1::2], RATE, partitioner=by_another_partitioner),
        )
        await stream.drained()
        # What the first drain carried home stands on the log now.
        await stream.drained()
        verdict = await stream.compared()
        log = [r for r in await log_of(stream) if json.loads(r.value)["kind"] == "message"]

    at_home = Counter(r.value for r in log if r.partition == partition_of(r.key, PARTITIONS))
    strays = {r.value for r in log if r.partition != partition_of(r.key, PARTITIONS)}
    assert len(strays) > COUNT // 4, "the foreign producer put them where ours do"
    assert at_home.keys() == {value for _, value in lines}, "a stray was not carried home"
    assert verdict.words in WHOLE, verdict
    assert verdict.expected > COUNT // 40
