"""Whatever dies while partitions change, by kill -9: the same command, run again, ends the change."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from signal import SIGCONT, SIGKILL, SIGSTOP
from typing import Final

import msgspec
import pytest

from agents.generations import Generations, Ingress, Step, ingress_key
from agents.topics import append, describe
from infra.local import Cluster
from streams.topology import topology
from tests.system.growing import PLANTED, Growing, nothing
from tests.system.harness import PARTITIONS, WHOLE, Verdict
from tests.system.midrun import kill

RATE: Final = 500


@pytest.mark.chaos
async def test_the_command_killed_three_times_on_its_way_is_taken_up_each_time(
    kafka: Cluster, tmp_path: Path
) -> None:
    """When the change is noted; when ingresses are to move; when some partitions have gone over."""
    async with Growing(kafka.bootstrap, tmp_path) as stream:
        # A frozen worker keeps its partitions until it goes on.
        stream.environment["BANZHANG_SESSION_S"] = "30"
        await stream.worked_by("w1", "w2")
        await stand_in_the_way(stream, until_ms=time.time_ns() // 1_000_000 + 600_000)
        async with stream.under_load(RATE, 21):
            await stream.all_drained(1)
            begun = await stream.killed(12, lambda known: known.under_way is not None)
            moving = await stream.killed(12, at_step("switching"))
            stream.worker("w2").send(SIGSTOP)
            await stand_in_the_way(stream, until_ms=None)
            half = await stream.killed(12, has_some_over)
            stream.worker("w2").send(SIGCONT)
            await stream.scaled(12)
            await stream.followed(2, workers=2)
        verdict = await all_judged(stream, 2)

    assert step_of(begun) in ("planned", "switching")
    assert step_of(moving) == "switching"
    assert step_of(half) == "sealed"
    assert 0 < len(half.carried[2]) < PARTITIONS
    assert verdict.words in WHOLE, verdict


async def stand_in_the_way(stream: Growing, until_ms: int | None) -> None:
    """Be an ingress that is waited for until then, or none any more."""
    lease = None if until_ms is None else msgspec.json.encode(Ingress(generation=1, until=until_ms))
    meta, key = stream.topics.meta.name, ingress_key("in-the-way")
    await append(stream.bootstrap, meta, [(0, key, lease)])


def step_of(known: Generations) -> Step | None:
    """How far the change is."""
    return None if known.under_way is None else known.under_way.step


def at_step(step: Step) -> Callable[[Generations], bool]:
    """Whether the change is there."""
    return lambda known: step_of(known) == step


def has_some_over(known: Generations) -> bool:
    """Whether partitions have gone over."""
    return step_of(known) == "sealed" and bool(known.carried.get(2))


async def all_judged(stream: Growing, generation: int) -> Verdict:
    """What the oracle says once all is judged; there was enough that could have gone wrong."""
    await stream.all_drained(generation)
    verdict = await stream.judged_over(generation)
    assert verdict.expected > 20
    return verdict


@pytest.mark.chaos
async def test_a_command_that_dies_amid_the_seals_seals_the_rest_when_it_is_run_again(
    kafka: Cluster, tmp_path: Path
) -> None:
    """The sealed half goes over meanwhile, and the other half is judged on."""
    async with Growing(kafka.bootstrap, tmp_path) as stream:
        await stream.worked_by("w1", "w2")
        async with stream.under_load(RATE, 22):
            await stream.all_drained(1)
            dying = stream.scale(12, PLANTED, dies="amid-seals")
            assert await asyncio.to_thread(dying.wait) == -SIGKILL
            half = await some_over(stream, PARTITIONS // 2)
            await stream.assert_unfinished(1)
            await judged_on(stream, set(range(PARTITIONS)) - half.carried[2].keys())
            await stream.assert_unfinished(1)
            await stream.scaled(12)
            await stream.followed(2, workers=2)
            known = await stream.known()
        verdict = await all_judged(stream, 2)

    assert step_of(half) == "switching", "the seals are not noted"
    assert half.carried[2].keys() == set(range(PARTITIONS // 2))
    assert known.carried[2].keys() == set(range(PARTITIONS))
    assert verdict.words in WHOLE, verdict


async def some_over(stream: Growing, count: int) -> Generations:
    """Wait until so many partitions have gone over."""
    async with asyncio.timeout(60):
        while len((known := await stream.known()).carried.get(2, {})) < count:  # noqa: ASYNC110 - can only be asked for
            await asyncio.sleep(0.1)
    return known


async def judged_on(stream: Growing, numbers: set[int]) -> None:
    """Wait until all that stands in these partitions by now is judged."""
    ends = await stream.ends_of(stream.topics.events.name)
    await stream.reached(1, {tp: end for tp, end in ends.items() if tp.partition in numbers})


@pytest.mark.chaos
async def test_workers_that_die_on_their_way_into_the_new_generation_are_followed_there(
    kafka: Cluster, tmp_path: Path
) -> None:
    """Before the new process takes the old one's place; behind it; in its first judging there."""
    moments = {"w1": "before", "w2": "behind", "w3": "first"}
    async with Growing(kafka.bootstrap, tmp_path) as stream:
        for name, moment in moments.items():
            stream.environment["BANZHANG_TEST_DIES"] = moment
            stream.worker(name)._environment = dict(stream.environment)
            stream.worker(name).start(("-m", "tests.system.planted_anew"))
        await stream.ready(workers=len(moments))
        async with stream.under_load(RATE, 23):
            await stream.all_drained(1)
            await stream.scaled(12)
            await stream.assert_unfinished(1)
            await has_died(stream, *moments)
            await stream.followed(2, workers=len(moments))
        verdict = await all_judged(stream, 2)

    assert verdict.words in WHOLE, verdict


async def has_died(stream: Growing, *names: str) -> None:
    """Wait until each has died of its moment; the producer starts the plain worker in its place."""
    async with asyncio.timeout(90):
        while any(stream.worker(name).exits != Counter({-SIGKILL: 1}) for name in names):  # noqa: ASYNC110 - counted by the producer
            await asyncio.sleep(0.1)


@pytest.mark.chaos
async def test_a_deletion_that_dies_before_it_is_noted_is_noted_by_the_next_one(
    kafka: Cluster, tmp_path: Path
) -> None:
    """A worker that begins in between finds a generation noted whose topics are gone."""
    async with Growing(kafka.bootstrap, tmp_path) as stream:
        await stream.worked_by("w1")
        await stream.produce(600, 3_000, 24, nothing)
        for generation, partitions in ((2, 3), (3, 5)):
            await stream.scaled(partitions)
            await stream.followed(generation, workers=1)
        await stream.all_drained(3)
        second = topology(stream.namespace, generation=2)
        names = [stream.topics.state.name, second.events.name, second.state.name]
        stream.kept[2] = await stream.lines_of(2)
        async with stream.under_load(RATE, 25):
            code, _ = await dropping(stream, dies="unnoted")
            await stream.assert_unfinished(3)
            gone = await describe(stream.bootstrap, names)
            unnoted = await stream.known()
            await kill(stream, "w1")()
            await stream.reached(3, await stream.ends_of(stream.topics.events.name))
            again = await dropping(stream)
            known = await stream.known()
            await stream.reached(3, await stream.ends_of(stream.topics.events.name))
            left = await describe(stream.bootstrap, names)
        verdict = await all_judged(stream, 3)

    assert code == -SIGKILL
    assert (gone, unnoted.dropped) == ({}, set())
    assert again == (0, "there is nothing to delete\n")
    assert (left, known.dropped) == ({}, {2})
    assert stream.worker("w1").exits == Counter()
    assert verdict.words in WHOLE, verdict


async def dropping(stream: Growing, dies: str = "") -> tuple[int, str]:
    """Delete what earlier generations left, beside the producer; exit code and words."""
    words = ("scale", "--drop-older")
    return await asyncio.to_thread(stream.told, *words, program=PLANTED, dies=dies)
