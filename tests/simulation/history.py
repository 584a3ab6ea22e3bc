"""One history: a world in which a plan happens, and the verdict over what came of it."""

import asyncio
import gc
import logging
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from types import SimpleNamespace
from typing import Any, Final, NamedTuple, NoReturn, TypeVar
from unittest import mock

import msgspec
from aiokafka import TopicPartition
from prometheus_client import Counter as Counter_
from prometheus_client import Gauge, Histogram
from prometheus_client.metrics import MetricWrapperBase

from agents import exits, judge, keeper, standby
from agents.clock import Clock
from schemas.dead import DeadLetter
from schemas.event import Event, encode_event
from streams import partition
from streams.outcomes import event_of
from streams.partition import Partition
from streams.partitioner import partition_of as computed
from streams.policy.compile import Policy
from streams.topology import Topology, topology
from tests.simulation.cluster import Cluster
from tests.simulation.loop import Endless, Host, VirtualLoop, tidy
from tests.simulation.oracle import LESS, WRONG, Expected, compared, differing, states_of
from tests.simulation.plan import EXTRA, Fault, Plan, Planned
from tests.simulation.platform import Platform
from tests.simulation.process import SCALE, Process, running
from tests.strategies import (
    HOUR,
    MEMBERSHIP,
    MINUTE,
    NAMES,
    QUIET,
    RATE,
    REPEAT,
    TIMED,
    UNANSWERED,
    _records,
    command,
    local,
    message,
    policy,
    roster,
)

FIRST: Final = policy(RATE, REPEAT, UNANSWERED, ladder="guide", mutes=True, lapse_ms=HOUR)
SECOND: Final = policy(
    REPEAT, QUIET, *MEMBERSHIP[:-1], id="second", names=NAMES, ladder="three_steps", mutes=True
)
PACKS: Final[dict[str, Policy | None]] = {pack.ref.version: pack for pack in (FIRST, SECOND, TIMED)}
POLICIES: Final = tuple(PACKS)
BEGAN_MS: Final = local("18:00")

RESTART_S: Final = 1.0
STARTS_S: Final = 0.3
REFUSED_S: Final = 60.0
TIME_MAX_S: Final = 400.0
SAID_MAX: Final = 20
WORK_MAX: Final = 12
"""Units of the pure core's work in one settle."""
COLLECTED_EACH: Final = 20
"""Histories between two collections of garbage: cheaper than while they happen, and what few leave
behind still lies in the caches."""

_letters: Final = msgspec.json.Decoder(DeadLetter)
H = TypeVar("H", bound=Host)
M = TypeVar("M")

ALLOWED: Final[dict[str, frozenset[str]]] = {
    "crash": frozenset({"crash"}),
    "terminate": frozenset({"terminated", "handover"}),
    "exception": frozenset({"body", "recovery", "handover", "crashed"}),
    "cancel": frozenset({"hole"}),
    "lost": frozenset({"producer", "recovery"}),
    "unanswered": frozenset({"producer", "recovery"}),
    "stall": frozenset(
        {"stalled", "unheard", "foreign_write", "producer", "handover", "recovery_deadline"}
    ),
    # Several in a row are a stall.
    "pause": frozenset(
        {"stalled", "unheard", "foreign_write", "producer", "handover", "recovery_deadline"}
    ),
    "deaf": frozenset({"unheard", "foreign_write"}),
    "delayed": frozenset({"producer", "foreign_write", "handover", "recovery_deadline"}),
}
"""By which names a process may end where something of a kind has struck; the others: none."""
REFUSALS: Final = frozenset({"fence_beyond_log", "log_replaced"})


class Outcome(NamedTuple):
    """What came of a history. `faults` says what is wrong, nothing where it is empty; `said` are
    the last words of processes.
    """

    seed: int
    words: str
    faults: tuple[str, ...]
    hits: Counter[str]
    exits: Counter[str]
    actions: int
    said: tuple[str, ...] = ()

    @property
    def is_right(self) -> bool:
        """Whether all is as the oracle says."""
        return not self.faults


class World:
    """All that there is in one history."""

    def __init__(self, plan: Plan, loop: VirtualLoop) -> None:
        self.plan, self.loop = plan, loop
        self.topics = _topics(plan.partitions, plan.state_bytes)
        self.leaps_ms = 0
        self.clock = Clock(BEGAN_MS, 0.0, SCALE, self._event_s)
        self.cluster = Cluster(loop, self.topics, self.clock.now_ms)
        self.packs: dict[str, Any] = dict(PACKS)
        self.hits: Counter[str] = Counter()
        self.exits: Counter[str] = Counter()
        self.said: list[str] = []
        self.hosts: list[Host] = []
        self.flying = 0
        self.is_ending = self.is_closed = False
        self.done: asyncio.Future[None] = loop.create_future()
        self.platform = Platform(self)
        self._random = random.Random(plan.seed)
        self._passed: Counter[str] = Counter()
        self._armed = {(fault.point, fault.nth): fault for fault in plan.faults}
        self._log: list[Event] = []
        self._planted: set[tuple[int, int]] = set()

    # What the parts ask of the world.

    def _event_s(self) -> float:
        return self.loop.now + self.leaps_ms / 1000 / SCALE

    def latency_s(self) -> float:
        """How long an answer takes."""
        return 0.001 + 0.02 * self._random.random()

    def is_slow(self) -> bool:
        """Whether an answer takes long enough for time to pass; all let others have their turn."""
        return self._random.random() < 0.4

    def struck_at(self, point: str) -> Fault | None:
        """What strikes whoever comes to this point now."""
        nth = self._passed[point] = self._passed[point] + 1
        fault = self._armed.pop((point, nth), None)
        if fault is not None:
            self.hits[fault.kind] += 1
        return fault

    def hosted(self, host: H) -> H:
        """Remember who is to be tidied away."""
        self.hosts.append(host)
        return host

    def arrive_later(self, tp: TopicPartition, records: Sequence[Any]) -> None:
        """What a killed process had handed to its machine is written all the same."""
        self.flying += 1
        self.loop.outside(self.latency_s(), self._arrive, tp, records)

    def _arrive(self, tp: TopicPartition, records: Sequence[Any]) -> None:
        self.flying -= 1
        self.cluster.append(tp, records)

    def died(self, process: Process, reason: str, code: int) -> None:
        """A process has ended; the orchestrator starts it again where that may help."""
        self.exits[reason] += 1
        if code == exits.RESTART and not self.is_closed:
            self.loop.outside(RESTART_S, self.start, process.name)
        elif self.is_closed and not self.done.done():
            self.done.set_result(None)

    def start(self, name: str) -> None:
        """Start a worker, each time under a new name in the group."""
        if not self.is_closed or name == "last":
            anew = f"{name.partition('.')[0]}.{len(self.hosts)}"
            self.hosted(Process(self, anew)).start()

    # What happens.

    def run(self) -> Outcome:
        """Let the plan happen; its verdict."""
        self._publish()
        for number in range(self.plan.workers):
            self.loop.outside(number * STARTS_S, self.start, f"w{number}")
        self.platform.start()
        self.loop.outside(0.5, self._write, 0)
        self.loop.outside(TIME_MAX_S, self._give_up)
        faults: list[str] = []
        actions = 0
        words = "ENDLESS"
        try:
            self.loop.run_until_complete(self.done)
            faults, words, actions = self._judged()
            if self.plan.log_is_replaced and not faults:
                faults = self._replaced()
        except Endless as fault:
            faults = [f"ENDLESS: {fault}; {self._standing()}"]
        finally:
            self.is_closed = True
            for host in self.hosts:
                tidy(host)
            self.loop.forget_all()
        return Outcome(
            self.plan.seed,
            words,
            tuple(faults),
            self.hits,
            self.exits,
            actions,
            tuple(self.said[:SAID_MAX]),
        )

    def _give_up(self) -> None:
        if not self.done.done():
            self.done.set_exception(Endless(f"not settled after {TIME_MAX_S:.0f} s"))

    def _standing(self) -> str:
        group = self.cluster.group
        behind = {
            f"{tp.topic} {tp.partition}": (group.committed.get(tp), self.cluster.logs[tp].end)
            for tp in self.cluster.fed
        }
        return f"exits {dict(self.exits)}, flying {self.flying}, committed and ends {behind}"

    def _publish(self) -> None:
        """The first policy on each partition, a roster for each group, as `topics create` does."""
        events = self.topics.events.name
        for number in range(self.plan.partitions):
            first = command(
                f"first-{number}", "policy", BEGAN_MS, None, "system", "*", policy=POLICIES[0]
            )
            self._append(first, number)
        for group in self.plan.groups:
            self._append(roster(f"roster-{group}", BEGAN_MS, group=group))
        for name in POLICIES[1:] if self.plan.pack_comes_s else ():
            pack = self.packs.pop(name)
            self.loop.outside(self.plan.pack_comes_s, self.packs.__setitem__, name, pack)
        assert self.cluster.logs[TopicPartition(events, 0)].end

    def _write(self, number: int) -> None:
        """Write what is due, and the rest later."""
        while number < len(self.plan.records):
            planned = self.plan.records[number]
            self.leaps_ms += planned.leap_ms
            self._write_one(planned, f"e{number}")
            number += 1
            if number < len(self.plan.records) and self.plan.records[number].gap_s:
                self.loop.outside(self.plan.records[number].gap_s, self._write, number)
                return
        self.loop.outside(1.0, self._close)

    def _close(self) -> None:
        self.is_ending = True
        self._look_whether_done()

    def _write_one(self, planned: Planned, event_id: str) -> None:
        step, now = planned.step, self.clock.now_ms()
        if step.kind not in EXTRA:
            for event in _records(step, event_id, now - step.back, self._log, POLICIES, ()):
                self._append(event, step.pick)
            return
        plain = message(event_id, now, step.text, step.member, group_id=step.group)
        key = f"qq:{step.group}".encode()
        home = partition_of(key, self.plan.partitions)
        if step.kind == "stray":
            self._append_to((home + 1) % self.plan.partitions, key, encode_event(plain))
        elif step.kind == "absent":
            self.cluster.logs[TopicPartition(self.topics.events.name, home)].skip()
        elif step.kind == "ahead":
            early = message(event_id, now + HOUR, step.text, step.member, group_id=step.group)
            self._plant(home, key, encode_event(early))
        else:
            broken = (b"{", None, b'{"kind":"message"}', encode_event(plain)[:-9])
            self._plant(home, key, broken[step.pick % len(broken)])

    def _append(self, event: Event, pick: int = 0) -> None:
        self._log.append(event)
        key = f"{event.platform}:{event.group_id}".encode()
        partwide = event.group_id == "*"
        count = self.plan.partitions
        number = pick % count if partwide else partition_of(key, count)
        self._append_to(number, key, encode_event(event))

    def _append_to(self, number: int, key: bytes, value: bytes | None) -> int:
        tp = TopicPartition(self.topics.events.name, number)
        return self.cluster.append(tp, [(key, value, ())])

    def _plant(self, number: int, key: bytes, value: bytes | None) -> None:
        self._planted.add((number, self._append_to(number, key, value)))

    def _look_whether_done(self) -> None:
        """The history is over when all is judged, performed and told, and nothing is on its way."""
        if self.done.done():
            return
        if self._is_done():
            self.done.set_result(None)
        else:
            self.loop.outside(0.5, self._look_whether_done)

    def _is_done(self) -> bool:
        if self.flying or any(host.held is not None for host in self.hosts if not host.is_dead):
            return False
        committed = self.cluster.group.committed
        for tp in self.cluster.fed:
            entries = self.cluster.logs[tp].entries
            if entries and committed.get(tp, 0) <= entries[-1].offset:
                return False
        return self.platform.is_drained()

    # What came of it.

    def _judged(self) -> tuple[list[str], str, int]:
        expected = Expected()
        logs = self.cluster.of(self.topics.events.name)
        for tp, log in logs.items():
            oracle = Partition(topic=tp.topic, number=tp.partition, partitions=self.plan.partitions)
            expected.take(oracle, log.entries, PACKS)
        written = self._values(self.topics.actions.name)
        found = compared(expected.actions, written)
        faults = [str(found)] if found.words in (LESS, WRONG) else []
        faults += self._dead_wrong(expected)
        faults += self._copies_missing(expected)
        faults += self._states_wrong(expected)
        if twice := self.platform.done_twice():
            faults.append(f"PLATFORM: done twice: {twice}")
        faults += self._exits_wrong()
        return faults, found.words, len(expected.actions)

    def _values(self, topic: str) -> list[bytes | None]:
        return [e.value for log in self.cluster.of(topic).values() for e in log.entries]

    def _dead_wrong(self, expected: Expected) -> list[str]:
        """The dead letters are the oracle's, and of the records that were planted as such."""
        found = set(self._values(self.topics.dead.name))
        letters = [_letters.decode(letter) for letter in found if letter]
        if found == expected.dead and self._planted == {(d.partition, d.offset) for d in letters}:
            return []
        missing, extra = len(expected.dead - found), len(found - expected.dead)
        return [f"DEAD: {missing} missing, {extra} extra, {len(self._planted)} planted"]

    def _copies_missing(self, expected: Expected) -> list[str]:
        """Strays stand where they belong, outcomes in their groups' logs."""
        copies: set[object] = set(expected.strays)
        copies |= {event_of(value) for value in self._values(self.topics.outcomes.name)}
        for tp, log in self.cluster.of(self.topics.events.name).items():
            for entry in log.entries:
                if entry.key and partition_of(entry.key, self.plan.partitions) == tp.partition:
                    copies.discard((entry.key, entry.value))
        return [f"COPIES: {len(copies)} strays or outcomes reached no log"] if copies else []

    def _states_wrong(self, expected: Expected) -> list[str]:
        found: dict[bytes, bytes] = {}
        for number, log in enumerate(self.cluster.of(self.topics.state.name).values()):
            found_here = states_of(log)
            log.compact(keeps_tombstones=number % 2 == 0)
            if states_of(log) != found_here:
                return ["STATES: compaction changed them"]
            found |= found_here
        wrong = differing(expected.states, found)
        return [f"STATES: {len(wrong)} differ: {wrong[:3]}"] if wrong else []

    def _exits_wrong(self) -> list[str]:
        allowed = frozenset().union(*(ALLOWED.get(kind, ()) for kind in self.hits))
        unknown = sorted(set(self.exits) - allowed)
        return [f"EXIT: {name}, though nothing struck that may bring it" for name in unknown]

    def _replaced(self) -> list[str]:
        """The events topic is made anew, and grows past what the states know: all refuse it."""
        self.is_closed = True
        for host in self.hosts:
            host.is_dead = True
        before = self._contents()
        self._armed.clear()
        for tp, log in self.cluster.of(self.topics.events.name).items():
            anew = self.cluster.logs[tp] = type(log)()
            now = self.clock.now_ms()
            share = self._random.choice((0.5, 1.0, 1.5))
            while anew.end < max(2, log.end * share):
                old = log.entries[anew.end % len(log.entries)]
                anew.append([(old.key, old.value, ())], now + MINUTE)
        self.exits.clear()
        self.done = self.loop.create_future()
        self.loop.outside(REFUSED_S, self._give_up)
        self.start("last")
        try:
            self.loop.run_until_complete(self.done)
        except Endless:
            return ["REPLACED: a worker judges on behind a log that was made anew"]
        written = [tp for tp, content in self._contents().items() if content != before[tp]]
        if written or not set(self.exits) <= REFUSALS:
            return [f"REPLACED: {dict(self.exits)}, written to {written}"]
        return []

    def _contents(self) -> dict[TopicPartition, object]:
        """What all topics hold but that of events. What was mended is the same as before."""
        state, events = self.topics.state.name, self.topics.events.name
        return {
            tp: states_of(log) if tp.topic == state else log.end
            for tp, log in self.cluster.logs.items()
            if tp.topic != events
        }


partition_of: Final = cache(computed)
"""Murmur2 in Python is slow, and there are few groups."""


@cache
def _topics(partitions: int, state_bytes: int) -> Topology:
    plain = topology("sim", partitions=partitions)
    return plain._replace(
        state=plain.state._replace(batch_bytes=state_bytes),
        actions=plain.actions._replace(batch_bytes=2_000),
    )


def _count_nothing(metric: object, *_: object) -> None:
    """In the place of a metric's own."""


def _itself(metric: M, *_: object) -> M:
    """The metric in the place of one of its series, which is slow to be found."""
    return metric


@contextmanager
def simulated() -> Iterator[VirtualLoop]:
    """Stand in for what reaches out of the process: exits, logs, and the real clock."""

    reason = ""

    def tell(deeds: Sequence[tuple[object, str, str]]) -> None:
        nonlocal reason
        _, reason, line = deeds[0]
        process = running()
        process.world.said.append(f"{process.world.loop.now:.3f} s {process.name}: {line}")

    def end_process(code: int) -> NoReturn:
        running().die(reason, code)

    loop = VirtualLoop()
    logging.disable(logging.CRITICAL)
    with (
        mock.patch.object(exits, "end_process", end_process),
        mock.patch.object(exits, "_tell", tell),
        # After each partition the loop has its turn, whatever the machine's pace.
        mock.patch.object(judge, "TURN_S", -1.0),
        # Judging ends early now and then, and the rest is settled after it.
        mock.patch.object(partition, "WORK_MAX", WORK_MAX),
        # What a standby takes in at a time does not depend on the machine's pace either.
        mock.patch.object(standby, "TURN_S", float("inf")),
        # Counting costs a tenth of a history, and nobody looks at the counts.
        mock.patch.object(MetricWrapperBase, "labels", _itself),
        mock.patch.object(Counter_, "inc", _count_nothing),
        mock.patch.object(Gauge, "set", _count_nothing),
        mock.patch.object(Histogram, "observe", _count_nothing),
        # What a keeper has read is garbage when its history is over.
        mock.patch.object(keeper, "gc", SimpleNamespace(freeze=lambda: None)),
    ):
        try:
            # What stands there already is looked at by no collection of a history's garbage.
            gc.freeze()
            gc.disable()
            yield loop
        finally:
            gc.collect()
            gc.enable()
            gc.unfreeze()
            loop.close()
            logging.disable(logging.NOTSET)


def lived(plan: Plan, loop: VirtualLoop) -> Outcome:
    """Let a plan happen."""
    random.seed(plan.seed)  # The performer's pauses.
    outcome = World(plan, loop).run()
    if plan.seed % COLLECTED_EACH == 0:
        gc.collect()
    return outcome
