"""Nobody is punished for old news: an hour without workers, then the backlog."""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from adapters.egress import Route, run_egress
from adapters.memory import MemoryAdapter
from adapters.performer import Performer
from adapters.register import MemoryRegister
from agents import identity
from agents.survivors import Survivors
from banzhang.kafka import records_of
from infra.local import Cluster
from schemas.action import Action, Outcome
from schemas.event import Message, encode_event
from streams.partition import Partition
from streams.place import PLACE_BYTES
from streams.policy.compile import compile_pack
from streams.policy.published import pack_bytes
from tests.strategies import judged_whole
from tests.system.harness import FLOODS, PARTITIONS, Stream, message

HOUR_MS: Final = 3_600_000
COUNT: Final = 20_000
COMMIT_S: Final = 0.5
WORDS: Final = "新的话"


def now_ms() -> int:
    return time.time_ns() // 1_000_000


class Watched(MemoryAdapter):
    """An adapter that also notes when it was asked to perform what."""

    def __init__(self) -> None:
        super().__init__(now_ms)
        self.done: list[tuple[int, Action]] = []

    async def perform(self, action: Action) -> Outcome:
        self.done.append((now_ms(), action))
        return await super().perform(action)


async def write(stream: Stream, records: Sequence[tuple[bytes, bytes]]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=stream.bootstrap, linger_ms=20)
    await producer.start()
    try:
        for key, value in records:
            await producer.send(stream.topics.events.name, key=key, value=value)
    finally:
        await producer.stop()


def backlog(began_ms: int, span_ms: int, seed: int) -> list[tuple[bytes, bytes]]:
    chance = random.Random(seed)
    return [message(n, began_ms + n * span_ms // COUNT, chance) for n in range(COUNT)]


async def judged(stream: Stream) -> int:
    """How many records the workers have committed."""
    try:
        return sum((await stream.committed()).values())
    except KafkaError:  # a new cluster makes its offsets topic when the first group comes
        return 0


async def per_second(stream: Stream, limit_s: float = 60) -> float:
    """How many records a second are judged, from the first commit until all is."""
    end = sum((await stream.ends(stream.topics.events.name)).values())
    before = await judged(stream)
    async with asyncio.timeout(limit_s):
        while await judged(stream) == before:  # noqa: ASYNC110 - see below
            await asyncio.sleep(0.02)  # the group's offsets can only be asked for
        began_s = time.monotonic()
        while await judged(stream) < end:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    # What the first commit holds was judged within the time between two.
    return (end - before) / (COMMIT_S + time.monotonic() - began_s)


@asynccontextmanager
async def performing(stream: Stream, adapter: MemoryAdapter) -> AsyncIterator[None]:
    topics = stream.topics
    route = Route(
        bootstrap=stream.bootstrap,
        actions=topics.actions.name,
        outcomes=topics.outcomes.name,
        group=f"{stream.namespace}.adapter",
    )
    stopping = asyncio.Event()
    performer = Performer(adapter, MemoryRegister(), now_ms=now_ms)
    running = asyncio.create_task(run_egress(route, performer.settle, stopping))
    try:
        yield
    finally:
        stopping.set()
        await running


async def answered(stream: Stream, limit_s: float = 60) -> dict[str, str]:
    """Wait until the log has an outcome of each live action; the outcomes' words by action."""
    async with asyncio.timeout(limit_s):
        while True:
            await stream.drained()
            live = {a["id"] async for a in stream.objects(stream.topics.actions.name)
                    if a["mode"] == "live"}  # fmt: skip
            said = {
                event["action_id"]: event["status"]
                async for event in stream.objects(stream.topics.events.name)
                if event["kind"] == "outcome"
            }
            if live == said.keys():
                return said
            await asyncio.sleep(0.5)  # the egress and the bridge can only be waited for


def struck_once(actions: Sequence[dict[str, Any]], said: dict[str, str], word: str) -> str:
    """A member of whom the log knows one strike, and that its reminder came to this word."""
    kinds = defaultdict(list)
    for action in actions:
        kinds[action["group_id"], action.get("member_id")].append(action)
    for (group, member), own in sorted(kinds.items()):
        reminds = [a for a in own if a["kind"] == "remind"]
        is_once = len(reminds) == 1 and {a["kind"] for a in own} <= {"remind", "delete"}
        if is_once and said[reminds[0]["id"]] == word:
            return f"{group}/{member}"
    raise AssertionError(f"no member was struck once with the outcome {word}")


def flood(name: str) -> list[tuple[bytes, bytes]]:
    group, _, member = name.partition("/")
    events = [
        Message(id=f"{member}-{group}-{n}", platform="qq", group_id=group, member_id=member,
                sent_at=now_ms(), text=WORDS)
        for n in range(3)
    ]  # fmt: skip
    return [(f"qq:{group}".encode(), encode_event(event)) for event in events]


async def states(stream: Stream) -> dict[bytes, bytes]:
    """What the changelog holds of groups, without places."""
    found = [Survivors() for _ in range(PARTITIONS)]
    async for record in records_of(stream.bootstrap, stream.topics.state.name):
        found[record.partition].add([record])
    return {
        key: value[PLACE_BYTES:]
        for survivors in found
        for key, value in survivors.values.items()
        if key != identity.KEY and not key.startswith(b"*:*")
    }


async def states_without_an_outage(stream: Stream) -> dict[bytes, bytes]:
    """What one process comes to that judges the same log, outcomes included, and never stopped."""
    raw = pack_bytes(FLOODS)
    policy = compile_pack(raw)
    committed = await stream.committed()
    logs = defaultdict(list)
    async for record in records_of(stream.bootstrap, stream.topics.events.name):
        if record.offset < committed[record.partition]:
            logs[record.partition].append(record)
    found: dict[bytes, bytes] = {}
    for number, records in logs.items():
        partition = Partition(topic="events", number=number, partitions=PARTITIONS)
        judged_whole(partition, records, {policy.ref.version: policy})
        for group in partition.groups.values():
            whole = group.whole(bytes(PLACE_BYTES))
            found |= {key: value[PLACE_BYTES:] for key, value, _ in whole if value}
    return found


@pytest.mark.timeout(240)
async def test_an_hour_without_workers_is_caught_up_and_nobody_is_punished_for_old_news(
    kafka: Cluster, tmp_path: Path
) -> None:
    adapter = Watched()
    async with Stream(kafka.bootstrap, tmp_path) as stream:
        await write(stream, backlog(now_ms() - HOUR_MS, HOUR_MS - 5_000, seed=5))
        assert await judged(stream) == 0, "a worker ran before the outage was over"

        stream.worker("w").start()
        of_an_hour = await per_second(stream)
        async with performing(stream, adapter):
            said = await answered(stream)
            actions = [a async for a in stream.objects(stream.topics.actions.name)]
            missed = struck_once(actions, said, "expired")
            reached = struck_once(actions, said, "done")
            await write(stream, [*flood(missed), *flood(reached)])
            said |= await answered(stream)
        # Of what has no outage behind it, as much at once.
        stream.worker("w").end()
        fresh = backlog(now_ms() - 20_000, 15_000, seed=6)
        await write(stream, [(key, value.replace(b'"id":"m', b'"id":"n')) for key, value in fresh])
        stream.worker("w").start()
        of_seconds = await per_second(stream)
        verdict = await stream.compared()
        written, wanted = await states(stream), await states_without_an_outage(stream)

    print(
        f"records a second: {of_an_hour:,.0f} of an hour's backlog, {of_seconds:,.0f} of seconds'"
    )
    assert {"expired", "done"} <= set(said.values())
    assert all(a.expires_at is None or at <= a.expires_at + 1_000 for at, a in adapter.done)
    expired = {name for name, word in said.items() if word == "expired"}
    assert expired.isdisjoint(action.id for _, action in adapter.done)
    assert kinds_of_flood(adapter, missed) == {"remind", "delete"}, "a rung was climbed untold"
    assert "mute" in kinds_of_flood(adapter, reached), "a rung that was told was not climbed"
    assert (verdict.missing, verdict.extra, verdict.wrong) == (0, 0, 0), verdict
    assert {key: written[key] for key in written} == {key: wanted[key] for key in written}
    assert of_an_hour > of_seconds / 4


def kinds_of_flood(adapter: Watched, name: str) -> set[str]:
    group, _, member = name.partition("/")
    last = f"{member}-{group}-2"
    return {action.kind for _, action in adapter.done if last in action.evidence}
