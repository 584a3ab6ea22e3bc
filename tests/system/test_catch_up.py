"""Nobody is punished for old news: work, an hour without workers, then the backlog."""

import asyncio
import json
import random
import signal
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from operator import ge
from pathlib import Path
from typing import Any, Final, NamedTuple

import psutil  # type: ignore[import-untyped]
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from adapters.egress import Route, run_egress
from adapters.memory import MemoryAdapter
from adapters.performer import Performer
from adapters.protocol import Unavailable
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
from tests.system.harness import FLOODS, PARTITIONS, WHOLE, Stream

HOUR_MS: Final = 3_600_000
COUNT: Final = 100_000
BEFORE: Final = 2_000
TOGETHER: Final = 50
EACH: Final = 5
"""So many members speak at a time, each so often, and then the next ones: whether that takes an hour or
some seconds, the same windows are filled, so that there is the same to judge."""
WARM: Final = 0.2
"""The share of an input that is judged before it is measured: start-up is no speed."""
FULL_SPEED: Final = 0.6
"""Of the records that another worker judges in a second of its processor's time, at the same moment on the
same machine, of an input as large that is seconds old."""
NO_WAIT: Final = 0.2
"""The same by the clock on the wall. A busy machine gives one process up to three times what it gives the
other; a worker that waits on purpose for each thing would be slower still."""
FINE: Final = {"BANZHANG_POLL_RECORDS": "5000", "BANZHANG_COMMIT_S": "0.1"}
"""So that commits tell at any moment how far a worker is."""
GROUPS: Final = 300
TEXTS: Final = tuple(f"第{n}句话" for n in "一二三四五六七八")
WORDS: Final = "新的话"
HALF: Final = "h1/half"
"""A member who fills a window's first part before the outage, and the rest of it in the backlog."""
TOLD: Final = "h2/told"
UNTOLD: Final = "h3/untold"
"""Struck before the outage and again in the backlog's last moments; of the second the platform says
that the first reminder failed."""


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def then_ms() -> int:
    """The time that it is for those who work before the outage: an hour ago."""
    return now_ms() - HOUR_MS


class Watched(MemoryAdapter):
    """An adapter that also notes when it was asked to perform what; `UNTOLD` it never reminds."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        super().__init__(now_ms)
        self.done: list[tuple[int, Action]] = []

    async def perform(self, action: Action) -> Outcome:
        if action.kind == "remind" and action.member_id == UNTOLD.partition("/")[2]:
            raise Unavailable
        self.done.append((self._now_ms(), action))
        return await super().perform(action)

    def kinds_about(self, event_id: str) -> set[str]:
        """The kinds of what was done about an event."""
        return {action.kind for _, action in self.done if event_id in action.evidence}


Pair = tuple[bytes, bytes]


async def write(stream: Stream, records: Sequence[Pair]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=stream.bootstrap, linger_ms=20)
    await producer.start()
    try:
        for key, value in records:
            await producer.send(stream.topics.events.name, key=key, value=value)
    finally:
        await producer.stop()


def chatter(mark: str, count: int, began_ms: int, span_ms: int) -> list[Pair]:
    """Messages of a few words, spread over a time; the mark stands in their ids."""
    chance = random.Random(count)
    found = []
    for n in range(count):
        speaker = n // (TOGETHER * EACH) * TOGETHER + n % TOGETHER
        found += say(
            f"{mark}{n}",
            f"g{speaker % GROUPS}/p{speaker // GROUPS}",
            began_ms + n * span_ms // count,
            chance.choice(TEXTS),
        )
    return found


def say(event_id: str, name: str, at_ms: int, text: str = WORDS) -> list[Pair]:
    group, _, member = name.partition("/")
    event = Message(
        id=event_id, platform="qq", group_id=group, member_id=member, sent_at=at_ms, text=text
    )
    return [(f"qq:{group}".encode(), encode_event(event))]


def flood(mark: str, name: str, at_ms: int) -> list[Pair]:
    """The same words three times; `mark2/...` is the message that makes a flood of them."""
    return [pair for n in range(3) for pair in say(f"{mark}{n}/{name}", name, at_ms)]


async def judged(stream: Stream) -> int:
    """How many records the workers have committed."""
    try:
        return sum((await stream.committed()).values())
    except KafkaError:  # a new cluster makes its offsets topic when the first group comes
        return 0


class Pace(NamedTuple):
    """How far a worker is: records, seconds of its processor's time, and when that was."""

    records: int
    worked_s: float
    at_s: float

    def since(self, began: "Pace") -> tuple[float, float]:
        """Records a second of the processor's time, and of the clock's."""
        records = self.records - began.records
        return records / (self.worked_s - began.worked_s), records / (self.at_s - began.at_s)


async def pace_of(stream: Stream) -> Pace:
    process = stream.worker("w")._process
    assert process is not None
    spent = psutil.Process(process.pid).cpu_times()
    return Pace(await judged(stream), spent.user + spent.system, time.monotonic())


async def speeds(
    old: Stream, fresh: Stream, limit_s: float = 120
) -> tuple[tuple[float, float], ...]:
    """How fast each of two streams is judged while both are: start-up, and the rest that one has
    alone, are left out.
    """
    ends = [sum((await one.ends(one.topics.events.name)).values()) for one in (old, fresh)]
    warm = [await judged(one) + COUNT * WARM for one in (old, fresh)]
    began: list[Pace] | None = None
    async with asyncio.timeout(limit_s):
        while True:
            paces = [await pace_of(one) for one in (old, fresh)]
            done = [pace.records for pace in paces]
            if began is None and all(map(ge, done, warm)):
                began = paces
            elif began is not None and any(map(ge, done, ends)):
                return tuple(map(Pace.since, paces, began))
            await asyncio.sleep(0.05)  # the group's offsets can only be asked for


@asynccontextmanager
async def performing(
    stream: Stream, adapter: MemoryAdapter, now_ms: Callable[[], int]
) -> AsyncIterator[None]:
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


async def answered(stream: Stream, limit_s: float = 120) -> dict[str, str]:
    """Wait until the log has an outcome of each live action; the outcomes' words by action."""
    async with asyncio.timeout(limit_s):
        while True:
            await stream.drained()
            live = {a["id"] async for a in stream.objects(stream.topics.actions.name)
                    if a["mode"] == "live"}  # fmt: skip
            said = await outcomes(stream)
            if live == said.keys():
                return said
            await asyncio.sleep(0.5)  # the egress and the bridge can only be waited for


async def outcomes(stream: Stream) -> dict[str, str]:
    """What the log says of actions: the outcomes' words by action."""
    records = records_of(stream.bootstrap, stream.topics.events.name)
    # Nearly all are messages: to read each would take as long as to judge it.
    found = [json.loads(one.value) async for one in records if b'"kind":"outcome"' in one.value]
    return {event["action_id"]: event["status"] for event in found}


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
    found: dict[bytes, bytes | None] = {}
    for number, records in logs.items():
        partition = Partition(topic="events", number=number, partitions=PARTITIONS)
        verdict = judged_whole(partition, records, {policy.ref.version: policy})
        # What was changed, not what is known: a part that nothing ever changed is never written.
        found |= {key: value for changes in verdict.changes for key, value, _ in changes}
    return {
        key: value[PLACE_BYTES:]
        for key, value in found.items()
        if value is not None and not key.startswith(b"*:*")
    }


async def worked_before(stream: Stream, adapter: Watched) -> None:
    """An hour ago: a worker judges, an adapter performs in time, then the worker dies."""
    origin_ms = then_ms() - 60_000
    half, told, untold = (flood("before", name, then_ms()) for name in (HALF, TOLD, UNTOLD))
    await write(stream, [*chatter("b", BEFORE, origin_ms, 60_000), *half[:2], *told, *untold])
    # Its ticks are of that time too.
    stream.environment["BANZHANG_CLOCK"] = f"{then_ms()}@{now_ms()}*1"
    stream.worker("w").start()
    async with performing(stream, adapter, then_ms):
        await answered(stream)
    stream.worker("w").send(signal.SIGKILL)
    await stream.worker("w").ended()
    del stream.environment["BANZHANG_CLOCK"]


def of_an_outage() -> list[Pair]:
    """What came while no worker ran, up to now."""
    began_ms, span_ms = then_ms(), HOUR_MS - 5_000
    third = say(f"before2/{HALF}", HALF, began_ms)
    last = [*flood("backlog", TOLD, now_ms()), *flood("backlog", UNTOLD, now_ms())]
    return [*third, *chatter("m", COUNT, began_ms, span_ms), *last]


async def struck_again(stream: Stream, said: dict[str, str]) -> list[str]:
    """Flood once more for one member whose reminder of the backlog expired, and for one whom it
    reached; who they are.
    """
    actions = [a async for a in stream.objects(stream.topics.actions.name)]
    names = [struck_once(actions, said, word) for word in ("expired", "done")]
    await write(stream, [pair for name in names for pair in flood("after", name, now_ms())])
    return names


@pytest.mark.timeout(300)
async def test_an_hour_without_workers_is_caught_up_and_nobody_is_punished_for_old_news(
    kafka: Cluster, tmp_path: Path
) -> None:
    before, adapter = Watched(then_ms), Watched(now_ms)
    (tmp_path / "fresh").mkdir()
    async with (
        Stream(kafka.bootstrap, tmp_path) as stream,
        Stream(kafka.bootstrap, tmp_path / "fresh") as fresh,
    ):
        await worked_before(stream, before)
        await write(stream, of_an_outage())
        await write(fresh, chatter("m", COUNT, now_ms() - 20_000, 15_000))

        for one in (stream, fresh):
            one.environment |= FINE
            one.worker("w").start()
        of_an_hour, of_seconds = await speeds(stream, fresh)
        fresh.worker("w").end()
        async with performing(stream, adapter, now_ms):
            said = await answered(stream)
            missed, reached = await struck_again(stream, said)
            said = await answered(stream)
        verdict = await stream.compared()
        written, wanted = await states(stream), await states_without_an_outage(stream)
        actions = [a async for a in stream.objects(stream.topics.actions.name)]

    # In time, or not at all.
    assert {"expired", "done", "failed"} == set(said.values())
    assert all(a.expires_at is None or at <= a.expires_at + 1_000 for at, a in adapter.done)
    expired = {name for name, word in said.items() if word == "expired"}
    assert expired.isdisjoint(action.id for _, action in adapter.done)
    # A rung for each strike that the member was told of, on whichever side of the outage.
    assert before.kinds_about(f"before2/{TOLD}") == {"remind", "delete"}
    assert "mute" in adapter.kinds_about(f"backlog2/{TOLD}"), "a strike before the outage is lost"
    assert adapter.kinds_about(f"backlog2/{UNTOLD}") == {"delete"}, "a rung was climbed untold"
    assert adapter.kinds_about(f"after2/{missed}") == {"remind", "delete"}, "climbed untold"
    assert "mute" in adapter.kinds_about(f"after2/{reached}"), "a rung that was told is not climbed"
    # A window that began before the outage was filled in it.
    completed = [a for a in actions if f"before2/{HALF}" in a["evidence"]]
    assert {a["kind"] for a in completed} == {"remind", "delete"}
    assert all(a["evidence"] == [f"before{n}/{HALF}" for n in range(3)] for a in completed)
    # As if there had been no outage, and no slower.
    assert verdict.words in WHOLE, verdict
    assert written == wanted
    rates = [f"{worked:,.0f} ({clock:,.0f})" for worked, clock in (of_an_hour, of_seconds)]
    words = (
        "records a second of processor time (of the clock): {} of an hour's backlog, {} of seconds'"
    )
    told = words.format(*rates)
    assert of_an_hour[0] >= FULL_SPEED * of_seconds[0], told
    assert of_an_hour[1] >= NO_WAIT * of_seconds[1], told
