"""A change of partitions goes forward only, however many run it, and whenever they wake."""

import asyncio
from collections.abc import Iterable
from typing import Any

import msgspec
import pytest
from aiokafka import TopicPartition

from agents import scaling
from agents.clock import Clock
from agents.generations import (
    Carried,
    Generations,
    Scale,
    carried_key,
    generations_of,
    scale_key,
)
from agents.scaling import Plan, Scaling, drop_older, left_over
from agents.topics import Refused
from streams.topology import Found, Topology, topology
from tests.agents.fakes import TOPICS

META = TOPICS.meta.name
POLICY = "0" * 32


class Cluster:
    """What the command writes and reads, in memory."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.meta: dict[bytes, bytes] = {}
        self.steps: list[str] = []
        self.seals = 0
        self.made: list[int] = []
        self.first_policy = ""
        self.in_force_now = POLICY
        for name in ("generations", "append", "create_generation", "in_force"):
            monkeypatch.setattr(scaling, name, getattr(self, name))
        monkeypatch.setattr(scaling, "LOOK_S", 0)
        monkeypatch.setattr(scaling, "HEARD_S", 0)

    async def generations(self, _bootstrap: str, _namespace: str) -> Generations:
        await asyncio.sleep(0)
        return generations_of(self.meta)

    async def append(
        self, _bootstrap: str, topic: str, records: Iterable[tuple[int, bytes, bytes]]
    ) -> None:
        await asyncio.sleep(0)
        for number, key, value in records:
            if topic == META:
                self.meta[key] = value
                self.steps.append(msgspec.json.decode(value)["step"])
            else:
                self.seals += 1
                # Its worker is quick.
                self.meta[carried_key(2, number)] = msgspec.json.encode(Carried(7))

    async def create_generation(
        self, _bootstrap: str, wanted: Topology, policy: str, _clock: Clock
    ) -> None:
        self.made.append(wanted.events.partitions)
        self.first_policy = policy

    async def in_force(self, _bootstrap: str, _topics: Topology) -> set[str]:
        return {self.in_force_now}

    @property
    def change(self) -> Scale:
        return msgspec.json.decode(self.meta[scale_key(2)], type=Scale)


def change(partitions: int, step: Any = "planned") -> Scale:
    return Scale(
        generation=2,
        before=1,
        partitions=partitions,
        partitions_before=2,
        replication=1,
        policy=POLICY,
        step=step,
        at=1,
    )


def run_of(of: Scale) -> Scaling:
    plan = Plan(of, topology("t", partitions=2), None)
    return Scaling("nowhere", "t", plan, Clock.of("real"), lambda line: None)


async def test_a_change_goes_through_its_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = Cluster(monkeypatch)

    await run_of(change(5)).run()

    assert cluster.steps == ["planned", "switching", "sealed", "live"]
    assert (cluster.seals, cluster.made) == (2, [5])


@pytest.mark.parametrize("step", ["planned", "switching", "sealed"])
async def test_a_run_that_wakes_when_another_has_ended_the_change_undoes_nothing(
    monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Were its step noted, the generation before would be in force again, which judges nothing."""
    cluster = Cluster(monkeypatch)
    await run_of(change(5)).run()
    ended = cluster.change

    await run_of(change(5, step)).run()

    assert cluster.change == ended
    assert cluster.seals == 2


async def test_of_two_numbers_that_are_wanted_at_once_one_is_told_of_the_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Were both noted, topics of one number would stand under the plan of the other for ever."""
    cluster = Cluster(monkeypatch)
    await run_of(change(5)).run()

    with pytest.raises(Refused, match="a change to 5 partitions"):
        await run_of(change(9)).run()

    assert cluster.change.partitions == 5
    assert cluster.made == [5]


async def test_a_pack_that_was_applied_just_before_the_plan_was_noted_stays_in_force(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its order would end with the generation that it stands in, and nobody would be told."""
    cluster = Cluster(monkeypatch)
    cluster.in_force_now = "1" * 32

    await run_of(change(5)).run()

    assert cluster.first_policy == "1" * 32
    assert cluster.change.policy == "1" * 32


async def test_a_run_that_goes_on_for_workers_that_were_away_seals_again_what_is_not_carried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Their seals may have passed with the log; without them the change would wait for ever."""
    cluster = Cluster(monkeypatch)
    cluster.meta[scale_key(2)] = msgspec.json.encode(change(5, "sealed"))
    cluster.meta[carried_key(2, 0)] = msgspec.json.encode(Carried(7))

    async with asyncio.timeout(5):
        await run_of(change(5, "sealed")).run()

    assert cluster.seals == 1
    assert cluster.change.step == "live"


class Ends:
    """A reader that knows where a topic starts and ends, and nothing else."""

    async def beginning_offsets(self, tps: list[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(tps, 40)

    async def end_offsets(self, tps: list[TopicPartition]) -> dict[TopicPartition, int]:
        return dict.fromkeys(tps, 50)

    async def stop(self) -> None: ...


@pytest.mark.parametrize(
    ("done", "left"), [((50, 50), 0), ((50, 48), 2), ((50, None), 10), ((3, 50), 10)]
)
async def test_what_waits_to_be_forwarded_is_not_deleted(
    monkeypatch: pytest.MonkeyPatch, done: tuple[int | None, ...], left: int
) -> None:
    dropped: list[str] = []

    async def known(_bootstrap: str, _namespace: str) -> Generations:
        third = msgspec.structs.replace(change(2, "live"), generation=3, before=2)
        return Generations(scales={2: change(2, "live"), 3: third})

    async def describe(_bootstrap: str, names: list[str]) -> dict[str, Found]:
        return {name: Found(2, 1, {}) for name in names if name == "t.events.2"}

    async def committed(_bootstrap: str, group: str) -> dict[TopicPartition, int]:
        assert group == "t.judge-v3"
        told = enumerate(done)
        return {TopicPartition("t.events.2", n): at for n, at in told if at is not None}

    async def opened() -> Ends:
        return Ends()

    async def drop(_bootstrap: str, names: list[str]) -> None:
        dropped.extend(names)

    async def append(*_: object) -> None: ...

    stand_ins = {"generations": known, "describe": describe, "committed": committed, "drop": drop}
    for name, stand_in in stand_ins.items():
        monkeypatch.setattr(scaling, name, stand_in)
    monkeypatch.setattr(scaling, "append", append)
    monkeypatch.setattr(scaling, "opener", lambda *_: opened)

    if left:
        with pytest.raises(Refused, match=f"t.events.2: {left} records wait to be forwarded"):
            await left_over("nowhere", "t", retention_ms=0)
    else:
        await drop_older("nowhere", "t", await left_over("nowhere", "t", retention_ms=0))

    assert dropped == ([] if left else ["t.events.2"])
