"""The transport and the keeper on a real broker, around a small core that stands in for the judge's.

The fault runs against the real judge and its oracle are in `test_faults.py`; here are the faults
that need a hand on the logs: foreign writes, a topic made anew, batches as they stand there.
"""

import asyncio
import os
import subprocess
import sys
import time
import uuid
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any, Final

import orjson
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from agents.changelog import opener
from agents.clock import Clock
from agents.keeper import Keeper
from agents.outbox import Outbox, Parcel, Record
from agents.topics import Pack, Refused, create
from infra.local import Cluster
from schemas.event import Command, OutcomeSeen, Tick, decode_event
from streams.place import HEADER, place
from streams.topology import Topology, topology
from tests.agents.tally import Tally, expected
from tests.system.batches import noted
from tests.system.harness import reasons_in

PARTITIONS: Final = 4
ROOT: Final = Path(__file__).parents[2]


class System:
    """A namespace of its own on the broker, and workers on it."""

    def __init__(self, kafka: Cluster, folder: Path) -> None:
        self.bootstrap = kafka.bootstrap
        self.namespace = f"s{uuid.uuid4().hex[:8]}"
        self.topics: Topology = topology(self.namespace, partitions=PARTITIONS)
        self.folder = folder
        self.processes: list[subprocess.Popen[bytes]] = []

    async def create(self, pack: Pack | None = None) -> list[str]:
        return await create(self.bootstrap, self.topics, pack, Clock.of("real"))

    def start(self, **more: str) -> subprocess.Popen[bytes]:
        environment = {
            "BANZHANG_KAFKA": self.bootstrap,
            "BANZHANG_NAMESPACE": self.namespace,
            "BANZHANG_SESSION_S": "6",
            "BANZHANG_TICK_S": "1",
        }
        with (self.folder / "worker.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.agents.tally_worker"],
                cwd=ROOT,
                env=os.environ | environment | more,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.processes.append(process)
        return process

    async def ended(self, process: subprocess.Popen[bytes]) -> str:
        """Wait for the end of a worker; the reason that it gave, or its exit code."""
        async with asyncio.timeout(60):
            code = await asyncio.to_thread(process.wait)
        reasons = reasons_in(self.said())
        return reasons[-1] if reasons and code else str(code)

    def said(self) -> str:
        return (self.folder / "worker.log").read_text("utf-8", "replace")

    async def send(self, topic: str, records: Iterable[tuple[int | None, bytes, bytes]]) -> None:
        async with AIOKafkaProducer(bootstrap_servers=self.bootstrap, linger_ms=5) as producer:
            sent = [
                await producer.send(topic, key=key, value=value, partition=number)
                for number, key, value in records
            ]
            await asyncio.gather(*sent)

    async def flood(self, first: int, count: int) -> list[dict[str, Any]]:
        """Messages of eight groups, most of them one too many."""
        events = [
            {
                "id": str(number),
                "group_id": f"g{number % 8}",
                "member_id": f"m{number % 3}",
                "sent_at": 1_788_800_000_000 + number,
                "text": "a",
            }
            for number in range(first, first + count)
        ]
        await self.send(
            self.topics.events.name,
            ((None, f"qq:{event['group_id']}".encode(), orjson.dumps(event)) for event in events),
        )
        return events

    async def records(self, topic: str, until: int = 0) -> list[Any]:
        """All records of a topic; waits until there are as many as `until`."""
        found: list[Any] = []
        async with (
            asyncio.timeout(60),
            AIOKafkaConsumer(
                bootstrap_servers=self.bootstrap,
                enable_auto_commit=False,
                auto_offset_reset="earliest",
            ) as consumer,
        ):
            tps = [TopicPartition(topic, number) for number in range(PARTITIONS)]
            if topic in (self.topics.policies.name, self.topics.meta.name):
                tps = tps[:1]
            consumer.assign(tps)
            await consumer.seek_to_beginning(*tps)
            ends = await consumer.end_offsets(tps)
            while len(found) < until or any([await consumer.position(tp) < ends[tp] for tp in tps]):
                for part in (await consumer.getmany(timeout_ms=100)).values():
                    found += part
        return found

    async def actions(self, until: int) -> dict[str, int]:
        """Ids and strikes of the actions; one that says two things fails the test."""
        found: dict[str, int] = {}
        for record in await self.records(self.topics.actions.name, until):
            action = orjson.loads(record.value)
            assert found.setdefault(action["id"], action["strikes"]) == action["strikes"]
        return found


@pytest.fixture
async def system(kafka: Cluster, tmp_path: Path) -> AsyncIterator[System]:
    mine = System(kafka, tmp_path)
    yield mine
    for process in mine.processes:
        if process.poll() is None:
            process.kill()
            process.wait()


async def test_topics_are_made_once_with_the_first_policy_in_each_partition(
    system: System,
) -> None:
    pack = Pack("feed", b"a pack")

    assert len(await system.create(pack)) == len(system.topics)
    assert await system.create(pack) == []
    assert await system.create(Pack("other", b"another")) == []

    commands = await system.records(system.topics.events.name)
    assert sorted(record.partition for record in commands) == list(range(PARTITIONS))
    for record in commands:
        event = decode_event(record.value)
        assert isinstance(event, Command)
        assert (event.id, event.group_id, event.member_id) == ("policy-feed", "*", "system")
        assert event.command.args == {"policy": "feed"}
    packs = await system.records(system.topics.policies.name)
    assert [(record.key, record.value) for record in packs] == [
        (b"feed", b"a pack"),
        (b"other", b"another"),
    ]


async def test_wrong_topics_are_refused_and_nothing_is_changed(system: System) -> None:
    await system.create()
    wrong = topology(system.namespace, partitions=PARTITIONS + 1)

    with pytest.raises(Refused, match=r"events has 4 partitions instead of 5"):
        await create(system.bootstrap, wrong, None, Clock.of("real"))


async def test_a_worker_refuses_to_run_without_its_topics(system: System) -> None:
    assert await system.ended(system.start()) == "topics"
    assert "banzhang topics create" in system.said()


async def test_a_worker_that_is_terminated_commits_what_it_judged_and_leaves(
    system: System,
) -> None:
    await system.create()
    worker = system.start()
    events = await system.flood(0, 4_000)
    wanted = expected(events)
    await system.actions(len(wanted))

    worker.terminate()
    assert await system.ended(worker) == "0"

    assert "Traceback" not in system.said()
    again = system.start()
    more = await system.flood(4_000, 1_000)
    wanted = expected(events + more)
    assert await system.actions(len(wanted)) == wanted
    again.terminate()
    await system.ended(again)
    actions = await system.records(system.topics.actions.name)
    assert len(actions) == len(wanted), "what was committed was judged again"


async def test_a_groups_changes_stand_in_one_record_batch(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    await system.create()
    events = await system.flood(0, 4_000)
    worker = system.start()
    await system.actions(len(expected(events)))
    worker.terminate()
    await system.ended(worker)

    batches = noted(monkeypatch)
    await system.records(system.topics.state.name)

    assert max(len(keys) for keys in batches) > 10, "a batch holds more than one group's records"
    for keys in batches:
        groups = [key.partition(b"\x1f")[0] for key in keys]
        heads = {key.partition(b"\x1f")[0] for key in keys if key.endswith(b"\x1fh")}
        assert set(groups) - {b""} == heads, "a member came without its group's head"


async def test_ticks_are_appended_to_owned_partitions(system: System) -> None:
    await system.create()
    system.start()

    records = await system.records(system.topics.events.name, until=3 * PARTITIONS)

    ticks = [decode_event(record.value) for record in records]
    assert {record.partition for record in records} == set(range(PARTITIONS))
    assert all(isinstance(tick, Tick) and tick.group_id == "*" for tick in ticks)
    now_ms = time.time() * 1000
    assert all(14_000 < now_ms - tick.sent_at < 60_000 for tick in ticks if isinstance(tick, Tick))


async def test_outcomes_are_appended_to_their_groups_logs(system: System) -> None:
    await system.create()
    system.start(BANZHANG_TICK_S="3600")
    outcome = {"action_id": "a", "platform": "qq", "group_id": "g", "status": "done", "at": 5}
    await system.send(
        system.topics.outcomes.name,
        [(None, b"qq:g", orjson.dumps(outcome)), (None, b"qq:g", b"bad")],
    )

    [letter] = await system.records(system.topics.dead.name, until=1)
    records = await system.records(system.topics.events.name, until=1)

    seen = [decode_event(r.value) for r in records]
    assert [e.id for e in seen if isinstance(e, OutcomeSeen)] == ["a/done"]
    assert orjson.loads(letter.value)["topic"] == system.topics.outcomes.name


async def test_a_foreign_write_ends_the_owner_and_the_higher_place_is_written_again(
    system: System,
) -> None:
    await system.create()
    worker = system.start()
    events = await system.flood(0, 800)
    await system.actions(len(expected(events)))
    number, key = await _some_member(system)
    zombie = place(1, 0) + orjson.dumps([[], "", 0, 0])

    await system.send(system.topics.state.name, [(number, key, zombie)])
    await system.flood(800, 80)
    assert await system.ended(worker) == "foreign_write"

    system.start()
    more = await system.flood(880, 800)
    all_events = events + [e for e in await _messages(system) if int(e["id"]) >= 800]
    wanted = expected(sorted(all_events, key=lambda event: int(event["id"])))
    assert len(all_events) == len(events) + 80 + len(more)
    assert await system.actions(len(wanted)) == wanted
    last = [r for r in await system.records(system.topics.state.name) if r.key == key][-1]
    assert last.value[:12] > zombie[:12], "the higher place must stand last"


async def test_a_foreign_write_to_an_idle_partition_ends_its_owner_too(system: System) -> None:
    await system.create()
    worker = system.start(BANZHANG_TICK_S="3600")
    events = await system.flood(0, 800)
    await system.actions(len(expected(events)))

    await system.send(system.topics.state.name, [(2, b"qq:x\x1fh", place(1, 0))])

    assert await system.ended(worker) == "foreign_write"


async def _some_member(system: System) -> tuple[int, bytes]:
    records = await system.records(system.topics.state.name, until=1)
    found = next(r for r in records if r.key.startswith(b"qq:") and not r.key.endswith(b"\x1fh"))
    return found.partition, found.key


async def _messages(system: System) -> list[dict[str, Any]]:
    records = await system.records(system.topics.events.name)
    events = [orjson.loads(record.value) for record in records]
    return [event for event in events if event.get("kind") != "tick"]


async def test_a_topic_made_anew_is_refused_when_it_is_shorter_and_when_it_has_grown(
    system: System,
) -> None:
    await system.create()
    worker = system.start(BANZHANG_TICK_S="3600")
    events = await system.flood(0, 800)
    await system.actions(len(expected(events)))
    worker.terminate()
    assert await system.ended(worker) == "0"

    await _make_anew(system)
    assert await system.ended(system.start()) == "fence_beyond_log"

    await system.flood(5_000, 4_000)
    assert await system.ended(system.start()) == "log_replaced"


async def _make_anew(system: System) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=system.bootstrap)
    await admin.start()
    try:
        await admin.delete_topics([system.topics.events.name])
        async with asyncio.timeout(30):
            while system.topics.events.name in await admin.list_topics():  # noqa: ASYNC110
                await asyncio.sleep(0.1)
    finally:
        await admin.close()
    await system.create()


async def test_a_worker_that_lacks_a_pack_waits_and_goes_on_when_it_comes(
    system: System,
) -> None:
    await system.create()
    system.start()
    event = {"id": "1", "member_id": "m", "sent_at": 1, "text": "a", "pack": "feed"}
    after = [event | {"id": str(number), "pack": ""} for number in (2, 3)]
    await system.send(
        system.topics.events.name,
        [(0, b"qq:g", orjson.dumps(each)) for each in (event, *after)],
    )
    async with asyncio.timeout(30):
        while "waiting for policy packs: feed" not in system.said():  # noqa: ASYNC110
            await asyncio.sleep(0.1)

    await system.send(system.topics.policies.name, [(0, b"feed", b"a pack")])

    assert await system.actions(1) == {"3": 1}


async def test_a_recovery_longer_than_a_session_keeps_the_membership(system: System) -> None:
    await system.create()
    worker = system.start(BANZHANG_TICK_S="3600")
    events = await system.flood(0, 800)
    await system.actions(len(expected(events)))
    worker.terminate()
    await system.ended(worker)

    again = system.start(TALLY_LOAD_S="0.25", BANZHANG_TICK_S="3600")  # 32 states: 8 s
    more = await system.flood(800, 80)
    wanted = expected(events + more)

    assert await system.actions(len(wanted)) == wanted
    assert system.said().count("recovering") == PARTITIONS
    again.terminate()
    assert await system.ended(again) == "0"


async def test_half_a_million_states_are_recovered_in_five_seconds(system: System) -> None:
    await system.create()
    outbox = Outbox(system.bootstrap, 30.0)
    await outbox.start()
    keeper = _keeper(system, outbox)
    payload = b"0123456789" * 6
    each = 500_000 // PARTITIONS
    try:
        parcels = []
        for number in range(PARTITIONS):
            groups = (
                [
                    Record(b"qq:%d\x1fm%d" % (at // 50, at % 50), place(1, -1) + payload)
                    for at in range(begin, begin + 50)
                ]
                for begin in range(0, each, 50)
            )
            name = system.topics.state.name
            parcels.append(Parcel(name, number, outbox.fill(name, 1 << 20, groups)))
        await outbox.deliver(parcels)

        began_s = time.monotonic()
        await keeper.take(range(PARTITIONS), {})
        took_s = time.monotonic() - began_s

        states = sum(len(owned.states.states) for owned in keeper.owned.values())
        assert states == PARTITIONS * each
        assert took_s <= 5
    finally:
        await outbox.stop()


async def test_what_nobody_touched_is_taken_back_without_reading_it_again(
    system: System,
) -> None:
    await system.create()
    outbox = Outbox(system.bootstrap, 30.0)
    await outbox.start()
    keeper = _keeper(system, outbox)
    try:
        await keeper.take(range(PARTITIONS), {})
        before = dict(keeper.owned)
        keeper.release()
        await system.send(system.topics.state.name, [(1, b"qq:x\x1fh", place(1, -1))])

        await keeper.take(range(PARTITIONS), {})

        same = {number for number, owned in keeper.owned.items() if owned is before[number]}
        assert same == {0, 2, 3}
    finally:
        await outbox.stop()


async def test_a_tombstone_of_a_higher_place_survives_a_lower_value(system: System) -> None:
    await system.create()
    outbox = Outbox(system.bootstrap, 30.0)
    await outbox.start()
    keeper = _keeper(system, outbox)
    name = system.topics.state.name
    try:
        for record in (Record(b"k", None, place(1, -1)[:11] + b"\x02"), Record(b"k", bytes(12))):
            await outbox.deliver([Parcel(name, 0, outbox.fill(name, 1 << 20, [[record]]))])

        await keeper.take([0], {})

        assert keeper.owned[0].states.states == {}
        [*_, last] = [r for r in await system.records(name) if r.key == b"k"]
        assert (last.value, last.headers) == (None, ((HEADER, place(1, -1)[:11] + b"\x02"),))
        assert keeper.owned[0].end == 3
    finally:
        await outbox.stop()


def _keeper(system: System, outbox: Outbox) -> Keeper:
    return Keeper(
        open_reader=opener(system.bootstrap, system.topics.state.name),
        events=system.topics.events,
        state=system.topics.state,
        generation=1,
        outbox=outbox,
        new_states=lambda number: Tally(),
        deadline_s=60,
    )
