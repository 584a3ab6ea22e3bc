"""Partitions grow and shrink under load: no message is lost, none is judged twice, whatever dies."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Coroutine
from pathlib import Path
from typing import Final

import msgspec
import pytest

from adapters.file import Keyed
from agents.clock import Clock
from agents.generations import Generations, Step, ingress_key
from agents.generations import Ingress as Lease
from agents.scaling import RESTART_S, WRITE_BYTES_S, Scaling, left_over, planned
from agents.topics import append, describe
from banzhang.__main__ import main
from banzhang.ingress import following
from banzhang.kafka import records_of
from infra.local import Cluster
from schemas.event import Message, encode_event
from streams.topology import topology
from tests.system.growing import Growing, nothing
from tests.system.harness import WHOLE

COUNT: Final = 24_000
RATE: Final = 1_500


@pytest.mark.timeout(300)
async def test_more_partitions_and_fewer_again_under_load_lose_nothing_and_judge_nothing_twice(
    kafka: Cluster, tmp_path: Path
) -> None:
    async with Growing(kafka.bootstrap, tmp_path) as stream:
        await stream.worked_by("w1", "w2")
        plan = [(0.25, 12), (0.65, 5)]

        async def on_progress(share: float) -> None:
            if plan and share >= plan[0][0]:
                stream.later(stream.scaled(plan.pop(0)[1]))

        await stream.produce(COUNT, RATE, 5, on_progress)
        await stream.settled_later()
        await stream.followed(3, workers=2)
        await stream.all_drained(3)
        known = await stream.known()
        verdict = await stream.judged_over(3)

    assert known.in_force == 3
    assert (len(known.carried[2]), len(known.carried[3])) == (8, 12)
    assert verdict.expected > COUNT // 20
    assert (verdict.words, verdict.repeated) == ("DELIVERED", 0), verdict
    assert all(worker.exits == Counter() for worker in stream.workers.values())


@pytest.mark.chaos
@pytest.mark.timeout(300)
async def test_a_worker_that_dies_while_states_go_over_is_followed_by_one_that_carries_them(
    kafka: Cluster, tmp_path: Path
) -> None:
    """One dies between two writes of states, one behind the last write and before it is said."""
    async with Growing(kafka.bootstrap, tmp_path) as stream:
        for name, moment in (("w1", "half"), ("w2", "unsaid")):
            stream.environment["BANZHANG_TEST_DIES"] = moment
            stream.worker(name)._environment = dict(stream.environment)
            stream.worker(name).start(("-m", "tests.system.planted_carry"))
        await stream.ready(workers=2)

        # Whoever died is started again by the producer, so it goes on until all have followed.
        async with stream.under_load(RATE // 2, 6):
            await stream.all_drained(1)
            await stream.scaled(13)
            await stream.followed(2, workers=2)
        await stream.all_drained(2)
        verdict = await stream.judged_over(2)

    assert [sum(stream.worker(name).exits.values()) for name in ("w1", "w2")] == [1, 1]
    assert verdict.expected > 100
    assert verdict.words in WHOLE, verdict


async def test_an_ingress_moves_before_the_seal_and_a_dead_one_is_not_waited_for_long(
    kafka: Cluster, tmp_path: Path
) -> None:
    async with Growing(kafka.bootstrap, tmp_path) as stream:
        await stream.worked_by("w1")
        given = {"BANZHANG_KAFKA": stream.bootstrap, "BANZHANG_NAMESPACE": stream.namespace}
        dead = Lease(generation=1, until=time.time_ns() // 1_000_000 + 3_000)
        meta, key = stream.topics.meta.name, ingress_key("dead")
        await append(stream.bootstrap, meta, [(0, key, msgspec.json.encode(dead))])

        async with following(given, "test") as ingress:
            for number in range(5):
                await ingress.put(Keyed(b"qq:g1", encode_event(said(number))))
            await stream.scaled(3)
            for number in range(5, 10):
                await ingress.put(Keyed(b"qq:g1", encode_event(said(number))))
        await stream.followed(2, workers=1)
        await stream.all_drained(2)
        known = await stream.known()
        verdict = await stream.judged_over(2)
        first = [
            json.loads(r.value)["id"]
            async for r in records_of(stream.bootstrap, stream.topics.events.name)
        ]

    assert [name for name in first if name.startswith("m")] == [f"m{n}" for n in range(5)]
    assert set(known.ingresses) == {"dead"}, "it took its leave"
    assert verdict.words == "DELIVERED"
    assert verdict.expected > 0


def said(number: int) -> Message:
    """The same text again and again: the third of them is a flood."""
    return Message(
        id=f"m{number}",
        platform="qq",
        group_id="g1",
        member_id="p1",
        sent_at=time.time_ns() // 1_000_000,
        text="东南西北",
    )


async def test_a_plan_is_told_and_what_can_not_be_is_refused(
    kafka: Cluster, tmp_path: Path
) -> None:
    async with Growing(kafka.bootstrap, tmp_path) as stream:
        await stream.worked_by("w1")
        await stream.produce(600, 3_000, 7, nothing)
        await stream.drained()
        # Nobody writes states while they are counted: a tick would.
        stream.worker("w1").send(signal.SIGTERM)
        assert await stream.worker("w1").ended() == 0
        told = [
            json.loads(r.value)
            async for r in records_of(stream.bootstrap, stream.topics.events.name)
        ]
        people = {(e["group_id"], e["member_id"]) for e in told if e["kind"] == "message"}
        states = await newest(stream, stream.topics.state.name)

        began_s = time.monotonic()
        code, plan = stream.told("scale", "--partitions", "12", "--dry-run")
        _, measured = stream.told("scale", "--partitions", "12", "--dry-run", "--json")
        took_s = time.monotonic() - began_s
        same = stream.told("scale", "--partitions", "8")
        none = stream.told("scale", "--drop-older")
        untouched = await stream.known()
        stream.worker("w1").start()
        await one_run(stream, 12, Scaling)
        early = stream.told("scale", "--drop-older")
        await stream.followed(2, workers=1)
        applied = stream.told("topics", "create", "--partitions", "12")
        dropped = await stream.dropped()
        left = await describe(stream.bootstrap, [t.name for t in stream.topics])

    sizes = {
        "groups": len({group for group, _ in people}),
        "members": len(people),
        "records": len(states),
        "bytes": sum(len(key) + len(value) for (_, key), value in states.items()),
    }
    assert code == 0
    assert_told(plan, sizes, took_s)
    assert_measured(json.loads(measured), sizes, took_s)
    assert same == (1, "error: there are 8 partitions already\n")
    assert none == (0, "there is nothing to delete\n")
    assert untouched == Generations()
    assert early[0] == 1
    assert "too early by some 168 hours" in early[1]
    assert applied[0] == 0
    assert dropped == [stream.topics.state.name]
    assert stream.topics.events.name in left, "foreign producers know its name"
    assert stream.topics.state.name not in left


async def newest(stream: Growing, name: str) -> dict[tuple[int, bytes], bytes]:
    """What stands on a compacted topic: by partition and key."""
    found = {(r.partition, r.key): r.value async for r in records_of(stream.bootstrap, name)}
    return {key: value for key, value in found.items() if value is not None}


def assert_told(plan: str, sizes: dict[str, int], took_s: float) -> None:
    """The plan's lines, with the figures of what stands there."""
    begins, states, waits, *_, ends = plan.splitlines()
    assert begins == "8 -> 12 partitions, generation 1 -> 2"
    held = "{groups:,} groups, {members:,} members, {records:,} records".format(**sizes)
    assert states == f"states    {held}, {sizes['bytes'] / 1e6:,.1f} MB"
    told = re.fullmatch(r"time      messages wait for some (\d+) s, with one worker", waits)
    assert told is not None, waits
    assert 0 <= int(told[1]) - round(RESTART_S + sizes["bytes"] / WRITE_BYTES_S) <= took_s
    assert ends == "nothing was changed"


def assert_measured(said: dict[str, float], sizes: dict[str, int], took_s: float) -> None:
    """The same for programs, and how long reading took."""
    read_s, pause_s = said.pop("read_s"), said.pop("pause_s")
    assert said == {"generation": 2, "partitions": 12, "partitions_before": 8, **sizes}
    assert 0 < read_s < took_s
    assert pause_s == pytest.approx(sizes["bytes"] / WRITE_BYTES_S + RESTART_S + read_s)


async def test_a_number_that_kafka_would_not_make_is_refused_before_anything_is_begun(
    kafka: Cluster, tmp_path: Path
) -> None:
    """Once it is noted a change can only be carried to its end, and this one has none."""
    async with Growing(kafka.bootstrap, tmp_path) as stream:
        planned_only = stream.told("scale", "--partitions", "20000", "--dry-run")
        in_earnest = stream.told("scale", "--partitions", "20000")
        known = await stream.known()

    for code, said in (planned_only, in_earnest):
        assert code == 1
        assert f"Kafka would not make {stream.namespace}.events.2: " in said
    assert known == Generations()


async def test_who_cuts_a_change_off_is_told_that_messages_wait(
    kafka: Cluster, tmp_path: Path
) -> None:
    async with Growing(kafka.bootstrap, tmp_path) as stream:
        command = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "banzhang", "scale", "--partitions", "12"),
            env=os.environ | stream.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert command.stdout is not None
        # No worker runs, so nothing goes over, and it says so.
        async with asyncio.timeout(60):
            while not (await command.stdout.readline()).startswith(b"waiting for 8"):
                assert command.returncode is None
        command.send_signal(signal.SIGINT)
        _, said = await command.communicate()
        _, plan = stream.told("scale", "--partitions", "12", "--dry-run")

    assert command.returncode == 130
    assert said.decode() == (
        "cut off at the step `sealed`: MESSAGES WAIT until it ends; run `banzhang scale "
        "--partitions 12` again\n"
    )
    assert "going on from the step `sealed`" in plan


@pytest.mark.timeout(240)
async def test_what_earlier_generations_left_is_deleted_under_workers_that_go_on(
    kafka: Cluster,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("banzhang.commands.scale.RETENTION_MS", 0)
    async with Growing(kafka.bootstrap, tmp_path) as stream:
        await stream.worked_by("w1")
        await stream.produce(600, 3_000, 8, nothing)
        await stream.scaled(3)
        await stream.followed(2, workers=1)
        await stream.scaled(5)
        await stream.followed(3, workers=1)
        await stream.all_drained(3)
        would = await left_over(stream.bootstrap, stream.namespace, retention_ms=0)
        code = await asyncio.to_thread(main, ["scale", "--drop-older", "--dry-run", *stream.flags])
        still = await describe(
            stream.bootstrap, [name for names in would.values() for name in names]
        )
        dropped = await stream.dropped()
        await stream.produce(600, 3_000, 8, nothing)
        await stream.reached(3, await stream.ends_of(stream.topics.events.name))
        again = await stream.dropped()
        left = await describe(stream.bootstrap, dropped)

    assert code == 0
    assert capsys.readouterr().out == f"would delete {', '.join(dropped)}\nnothing was changed\n"
    assert sorted(still) == sorted(dropped)
    second = topology(stream.namespace, generation=2)
    assert dropped == [stream.topics.state.name, second.events.name, second.state.name]
    assert (again, left) == ([], {})
    assert all(worker.exits == Counter() for worker in stream.workers.values())


class Died(Exception):
    """The command was killed."""


class Dying(Scaling):
    """A run of the command that dies at one of its moments, before or after it."""

    moment: str
    after: bool

    async def _note(self, step: Step) -> None:
        await self._dying(f"note {step}", super()._note(step))

    async def _make_topics(self) -> None:
        await self._dying("topics", super()._make_topics())

    async def _seal(self) -> None:
        await self._dying("seal", super()._seal())

    async def _await_carried(self) -> None:
        await self._dying("carried", super()._await_carried())

    async def _dying(self, moment: str, deed: Coroutine[None, None, None]) -> None:
        if moment != self.moment:
            return await deed
        if self.after:
            await deed
        else:
            deed.close()
        raise Died(moment)


MOMENTS: Final = (
    ("note planned", False),
    ("note planned", True),
    ("topics", True),
    ("note switching", True),
    ("seal", False),
    ("seal", True),
    ("note sealed", True),
    ("carried", True),
    ("note live", True),
)


@pytest.mark.chaos
@pytest.mark.timeout(600)
async def test_a_change_that_dies_at_any_step_is_taken_up_where_it_was(
    kafka: Cluster, tmp_path: Path
) -> None:
    """A chain of changes, each killed at another moment and run again, under load."""
    async with Growing(kafka.bootstrap, tmp_path) as stream:
        await stream.worked_by("w1", "w2")
        async with stream.under_load(300, 3):
            await killed_changes(stream)
        last = len(MOMENTS) + 1
        await stream.followed(last, workers=2)
        await stream.all_drained(last)
        verdict = await stream.judged_over(last)

    assert verdict.expected > 100
    assert (verdict.words, verdict.repeated) == ("DELIVERED", 0), verdict


async def killed_changes(stream: Growing) -> None:
    for number, (moment, after) in enumerate(MOMENTS):
        generation, partitions = number + 1, (5, 8)[number % 2]
        await stream.all_drained(generation)
        with pytest.raises(Died):
            await one_run(stream, partitions, Dying, moment, after=after)
        await stream.assert_unfinished(generation)
        if moment == "note live":
            continue
        await one_run(stream, partitions, Scaling)
        await stream.followed(generation + 1, workers=2)


async def one_run(
    stream: Growing, partitions: int, kind: type[Scaling], moment: str = "", *, after: bool = False
) -> None:
    plan = await planned(stream.bootstrap, stream.namespace, partitions, measure=False)
    run = kind(stream.bootstrap, stream.namespace, plan, Clock.of("real"), lambda line: None)
    if isinstance(run, Dying):
        run.moment, run.after = moment, after
    await run.run()
