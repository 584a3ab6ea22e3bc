"""From one number of partitions to another, in steps that each may be done again.

What is done is noted in `meta`, so that a run which died is taken up by the next one. The workers do
their part by themselves: at the seal each carries its states over (`agents/carry.py`), and once the
new generation is in force it ends and begins anew there (`agents/succession.py`).
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

import msgspec
from aiokafka import TopicPartition

from agents.changelog import opener, read_to_ends
from agents.clock import Clock
from agents.generations import (
    STEPS,
    Generations,
    Scale,
    Step,
    dropped_key,
    group_of,
    scale_key,
)
from agents.succession import committed
from agents.survivors import Survivors
from agents.topics import (
    ALL_GROUPS,
    Refused,
    append,
    check_makeable,
    create_generation,
    describe,
    drop,
    generations,
    in_force,
    standing,
)
from schemas.event import encode_event
from streams.seal import PARTITIONS_MAX, seal_command
from streams.state import HEAD, MEMBER, split_key
from streams.topology import Topology, topology

Say = Callable[[str], None]

LOOK_S: Final = 0.2
SAY_S: Final = 10.0
HEARD_S: Final = 1.0
"""Whoever follows `meta` has heard by then: it looks five times a second."""
WRITE_BYTES_S: Final = 20e6
"""Measured: states that one worker writes in a second, with two workers on two cores."""
RESTART_S: Final = 6.0
"""Measured: from the end of the old workers until the new ones have joined their group."""


class Sizes(NamedTuple):
    """What has to go over: groups, members, records and their bytes; how long reading it took."""

    groups: int
    members: int
    records: int
    bytes: int
    read_s: float

    @property
    def pause_s(self) -> float:
        """For how long nothing is judged, roughly, with one worker: write, restart, read."""
        return self.bytes / WRITE_BYTES_S + RESTART_S + self.read_s


class Plan(NamedTuple):
    """A change that could be begun, or that was and goes on."""

    change: Scale
    topics: Topology
    sizes: Sizes | None


async def planned(bootstrap: str, namespace: str, partitions: int, *, measure: bool) -> Plan:
    """What a change to `partitions` would be. Raises `Refused` where it can't be."""
    known = await generations(bootstrap, namespace)
    under_way = known.under_way
    if under_way is not None and under_way.partitions != partitions:
        raise Refused([under_way.is_in_the_way])
    topics = await standing(bootstrap, namespace, known.in_force)
    change = under_way or await _new(bootstrap, topics, known, partitions)
    if change.step == "planned":
        # Before it is noted: a change that was begun can only be carried to its end.
        await check_makeable(bootstrap, _wanted(namespace, change))
    sizes = await _measured(bootstrap, topics) if measure else None
    return Plan(change, topics, sizes)


async def _new(bootstrap: str, topics: Topology, known: Generations, partitions: int) -> Scale:
    before = topics.events.partitions
    if partitions == before:
        raise Refused([f"there are {before} partitions already"])
    if not 1 <= partitions <= PARTITIONS_MAX:
        raise Refused([f"{partitions} partitions: name 1 to {PARTITIONS_MAX}"])
    policies = await in_force(bootstrap, topics)
    if len(policies) != 1:
        named = ", ".join(sorted(policies)) or "none"
        raise Refused(
            [
                f"the partitions are judged by different packs ({named}): `banzhang policy apply` first"
            ]
        )
    return Scale(
        generation=known.in_force + 1,
        before=known.in_force,
        partitions=partitions,
        partitions_before=before,
        replication=topics.events.replication,
        policy=policies.pop(),
        step="planned",
        at=_now_ms(),
    )


def _wanted(namespace: str, change: Scale) -> Topology:
    return topology(
        namespace,
        partitions=change.partitions,
        replication=change.replication,
        generation=change.generation,
    )


async def _measured(bootstrap: str, topics: Topology) -> Sizes:
    """Read the states as a recovery does, and count them."""
    began_s = time.monotonic()
    reader = await opener(bootstrap, topics.state.name)()
    try:
        logs = {
            TopicPartition(topics.state.name, number): Survivors()
            for number in range(topics.state.partitions)
        }
        reader.assign(list(logs))
        await reader.seek_to_beginning(*logs)
        await read_to_ends(reader, logs, await reader.end_offsets(list(logs)))
    finally:
        await reader.stop()
    kinds = [split_key(key)[1][:1] for each in logs.values() for key in each.values]
    return Sizes(
        groups=kinds.count(HEAD),
        members=kinds.count(MEMBER),
        records=len(kinds),
        bytes=sum(len(k) + len(v) for each in logs.values() for k, v in each.values.items()),
        read_s=time.monotonic() - began_s,
    )


class Scaling:
    """Carries a change out, from wherever it is to its end. `say` gets a line a step."""

    def __init__(self, bootstrap: str, namespace: str, plan: Plan, clock: Clock, say: Say) -> None:
        self._bootstrap, self._namespace = bootstrap, namespace
        self._change, self._topics, self._clock, self._say = plan.change, plan.topics, clock, say

    async def run(self) -> None:
        """Do what is left of the steps. May be ended at any moment, and run again."""
        if self._change.step == "sealed":
            # Workers may have been away for longer than the log is kept, and the seals with it. Behind
            # one that still stands another changes nothing.
            await self._seal()
        if self._change.step == "planned":
            await self._note("planned")
        if self._change.step == "planned":
            await self._note_policy()
            await self._make_topics()
            await self._note("switching")
        if self._change.step == "switching":
            await self._await_ingresses()
            if not await self._is_noted("sealed"):
                await self._seal()
                await self._note("sealed")
        if self._change.step == "sealed":
            await self._await_carried()
            await self._note("live")

    @property
    def words_when_cut_off(self) -> str:
        """What holds where it is cut off, for whoever cut it off."""
        again = f"run `banzhang scale --partitions {self._change.partitions}` again"
        if self._change.step == "planned":
            return f"the change is planned, and nothing waits for it; {again} to go on with it"
        if self._change.step == "live":
            return "the change is over"
        return f"cut off at the step `{self._change.step}`: MESSAGES WAIT until it ends; {again}"

    async def _note(self, step: Step) -> None:
        """Note the step, unless another run is as far already: then it goes on from there."""
        if not await self._is_noted(step):
            self._change = msgspec.structs.replace(self._change, step=step, at=_now_ms())
            await self._write()

    async def _write(self) -> None:
        value = msgspec.json.encode(self._change)
        key = scale_key(self._change.generation)
        await append(self._bootstrap, self._topics.meta.name, [(0, key, value)])

    async def _note_policy(self) -> None:
        """Take over the policy that was ordered just before the plan was noted. From then on
        `policy apply` refuses, or says of an order on its way that it must be given again.
        """
        policies = await in_force(self._bootstrap, self._topics)
        if len(policies) == 1 and self._change.policy not in policies:
            self._change = msgspec.structs.replace(self._change, policy=policies.pop())
            await self._write()

    async def _is_noted(self, step: Step) -> bool:
        """Whether the change is as far as `step`, or further, by another run; it is taken up there.

        One that stood still (a closed laptop) may go on when another has long ended the change: it
        must not put the generation before it in force again. Raises `Refused` where another change
        was begun at the same time.
        """
        known = await generations(self._bootstrap, self._namespace)
        noted = known.scales.get(self._change.generation)
        if noted is None:
            return False
        if noted.partitions != self._change.partitions:
            raise Refused([noted.is_in_the_way])
        if STEPS.index(noted.step) < STEPS.index(step):
            return False
        self._change = noted
        return True

    async def _make_topics(self) -> None:
        wanted = _wanted(self._namespace, self._change)
        await create_generation(self._bootstrap, wanted, self._change.policy, self._clock)
        self._say(f"made {wanted.events.name} and {wanted.state.name}")

    async def _await_ingresses(self) -> None:
        """Wait until whoever brings events in, and lives, does so into the new generation.

        Were it left out, an older record of a group could still be on its way to its seal while a
        newer one stands in the new generation. Workers hear of it at the same time, and bring in
        nothing more; they are not asked, so they are given time.
        """

        def left(known: Generations) -> set[str]:
            return {
                name
                for name, one in known.ingresses.items()
                if one.until > _now_ms() and one.generation < self._change.generation
            }

        await asyncio.sleep(HEARD_S)
        await self._await(left, "to bring its events into the new generation")

    async def _seal(self) -> None:
        change = self._change
        numbers = self._left(await generations(self._bootstrap, self._namespace))
        sent_at = max(0, self._clock.now_ms() - self._clock.back_ms())
        value = encode_event(seal_command(change.generation, change.partitions, sent_at))
        await append(
            self._bootstrap,
            self._topics.events.name,
            [(number, ALL_GROUPS.key, value) for number in sorted(numbers)],
        )
        self._say(f"sealed {len(numbers)} partitions of {self._topics.events.name}")

    def _left(self, known: Generations) -> set[int]:
        """The partitions that have still to go over."""
        done = known.carried.get(self._change.generation, {})
        return set(range(self._change.partitions_before)) - done.keys()

    async def _await_carried(self) -> None:
        def left(known: Generations) -> set[str]:
            return {str(number) for number in self._left(known)}

        await self._await(left, "to go over (is a worker running?)")

    async def _await(self, left: Callable[[Generations], set[str]], what: str) -> None:
        said_s = time.monotonic()
        while names := left(await generations(self._bootstrap, self._namespace)):
            if time.monotonic() - said_s > SAY_S:
                said_s = time.monotonic()
                self._say(f"waiting for {len(names)} {what}: {', '.join(sorted(names)[:8])}")
            await asyncio.sleep(LOOK_S)


async def left_over(bootstrap: str, namespace: str, retention_ms: int) -> dict[int, list[str]]:
    """The topics that the generations before the one in force left, by generation, once its events
    are past their time.

    The first generation's events topic stays: foreign producers know its name. Raises `Refused` where
    it is too early.
    """
    known = await generations(bootstrap, namespace)
    if known.in_force not in known.scales:
        return {}
    live = known.scales[known.in_force]
    age_ms = _now_ms() - live.at
    left: dict[int, list[str]] = {}
    for generation in known.older():
        names = topology(namespace, generation=generation)
        own = [names.state.name] if generation == 1 else [names.events.name, names.state.name]
        found = await describe(bootstrap, own)
        if found and age_ms < retention_ms:
            hours = (retention_ms - age_ms) // 3_600_000 + 1
            raise Refused([f"{', '.join(sorted(found))}: too early by some {hours} hours"])
        if generation > 1 and (events := found.get(names.events.name)) is not None:
            tps = [TopicPartition(names.events.name, n) for n in range(events.partitions)]
            await _check_forwarded(bootstrap, group_of(namespace, known.in_force), tps)
        left[generation] = sorted(found)
    return left


async def drop_older(bootstrap: str, namespace: str, left: Mapping[int, Sequence[str]]) -> None:
    """Drop what is left over, and note of each generation that it is gone."""
    for generation, names in left.items():
        await drop(bootstrap, names)
        if generation > 1:
            meta = topology(namespace).meta.name
            await append(bootstrap, meta, [(0, dropped_key(generation), b"{}")])


async def _check_forwarded(bootstrap: str, group: str, tps: list[TopicPartition]) -> None:
    """Raises `Refused` where records have still to be forwarded: they would be lost."""
    name = tps[0].topic
    reader = await opener(bootstrap, name)()
    try:
        starts, ends = await reader.beginning_offsets(tps), await reader.end_offsets(tps)
    finally:
        await reader.stop()
    done = await committed(bootstrap, group)
    behind = sum(max(0, ends[tp] - max(starts[tp], done.get(tp, 0))) for tp in tps)
    if behind:
        raise Refused([f"{name}: {behind} records wait to be forwarded (is a worker running?)"])


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
