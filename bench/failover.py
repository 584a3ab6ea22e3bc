"""How long the groups of a worker that was killed wait for their next action.

Two workers share a district under a steady stream, and one of them is killed (SIGKILL), in turn.
The time runs from the kill to the broker's stamp on the first action that the survivor takes on a
partition of the dead one's.
"""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

import orjson
from confluent_kafka import Consumer, ConsumerGroupState, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient

from bench.contender import PARTITIONS, Trial
from bench.history import Written, write
from bench.meter import ports_of_meters, said_at
from bench.ours import FULL, FullPack
from bench.scores import Failover, TrialError
from bench.trial import Running, started
from bench.week import DAY_MS, DAYS, MEMBERS_PER_GROUP, Week
from bench.workload import SEED
from streams.partitioner import partition_of

_SECONDS = "banzhang_recovery_seconds_sum"
_RECORDS = "banzhang_recovered_records_total"
_LIMIT_S = 120.0
_ANSWER_S = 10.0
_PAUSE_S = 0.1
# What the dead worker had sent is stamped within milliseconds, and no session is as short as this.
_LAST_BREATH_MS = 2_000
# Under a stream a standby is never quite abreast: it looks twice a second.
_ABREAST_RECORDS = 5_000


@dataclass(frozen=True, kw_only=True)
class Watched(FullPack):
    """One of the two: metrics on `port`, a session, and memory for a standby (0: none)."""

    port: int
    session_s: float
    standby_bytes: int

    def environment(self, trial: Trial) -> dict[str, str]:
        """Ticks as in service; the rest as for the benchmark's other workers."""
        return {
            **super().environment(trial),
            "BANZHANG_METRICS_PORT": str(self.port),
            "BANZHANG_SESSION_S": str(self.session_s),
            "BANZHANG_STANDBY_BYTES": str(self.standby_bytes),
            "BANZHANG_TICK_S": "5",
        }


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is tried: how often one of the two is killed, and under what."""

    session_s: float
    standby_bytes: int
    kills: int
    rate: int


def prepare(trial: Trial, members: int, week_of: int, times: int) -> Written:
    """Write a week of `members` up to the day of `week_of`: what the workers know beforehand.

    Each state stands `times` on the log.
    """
    FULL.prepare(trial)
    began_at = week_of - (DAYS - 1) * DAY_MS
    week = Week(groups=members // MEMBERS_PER_GROUP, began_at=began_at, seed=SEED)
    return write(trial, week, times)


def run(trial: Trial, members: int, plan: Plan, told: Callable[[Failover], None]) -> list[Failover]:
    """Carry out a plan in a trial that was prepared; `told` hears of each kill.

    Raises `TrialError` where a worker ends by itself, or nobody goes on.
    """
    with ExitStack() as stack:
        ports = stack.enter_context(ports_of_meters(2))
        pair = [stack.enter_context(Place(trial, _worker(plan, port), port)) for port in ports]
        for place in pair:
            place.start()
        actions = stack.enter_context(_watching(trial))
        stack.enter_context(producing(trial, members, plan.rate))
        group = Group(trial)
        found = []
        for kill in range(plan.kills):
            dead, survivor = pair[kill % 2], pair[1 - kill % 2]
            found.append(_one(actions, group, dead, survivor, plan))
            told(found[-1])
            dead.start()
        return found


def _worker(plan: Plan, port: int) -> Watched:
    return Watched(
        name=FULL.name,
        title=FULL.title,
        pack=FULL.pack,
        port=port,
        session_s=plan.session_s,
        standby_bytes=plan.standby_bytes,
    )


def _one(
    actions: "Actions", group: "Group", dead: "Place", survivor: "Place", plan: Plan
) -> Failover:
    """Kill `dead` once both are at their work, and wait until all of its partitions go on."""
    actions.await_until(lambda: _at_work(group, (dead, survivor), plan))
    # From here on each has judged its own: a worker that only just joined still recovers.
    begun_ms = time.time() * 1000
    actions.await_until(lambda: all(actions.first_after(n, begun_ms) for n in range(PARTITIONS)))
    before, known = group.shares(), survivor.said()
    rss = survivor.running.process.memory_info().rss
    killed_ms = time.time() * 1000
    dead.running.process.send_signal(signal.SIGKILL)
    actions.await_until(lambda: len(group.shares()) == 1)
    (heir,) = group.shares()
    orphans = [number for member, share in before.items() if member != heir for number in share]
    after_ms = killed_ms + _LAST_BREATH_MS
    actions.await_until(lambda: all(actions.first_after(n, after_ms) for n in orphans))
    waits_s = [(actions.first_after(n, after_ms) - killed_ms) / 1000 for n in orphans]
    said = survivor.said()
    return Failover(
        session_s=plan.session_s,
        first_s=min(waits_s),
        last_s=max(waits_s),
        recovery_s=said[_SECONDS] - known[_SECONDS],
        records=int(said[_RECORDS] - known[_RECORDS]),
        rss_bytes=rss,
    )


def _at_work(group: "Group", pair: Collection["Place"], plan: Plan) -> bool:
    """Whether both have a half and its states, and standbys are abreast."""
    if sorted(map(len, group.shares().values())) != [PARTITIONS // 2] * 2:
        return False
    return all(_is_settled(place.said(), plan) for place in pair)


def _is_settled(said: Mapping[str, float], plan: Plan) -> bool:
    if said["banzhang_owned_partitions"] != PARTITIONS // 2:
        return False
    return not plan.standby_bytes or (
        said["banzhang_standby_partitions"] == PARTITIONS // 2
        and said["banzhang_standby_behind_records"] < _ABREAST_RECORDS
        and said["banzhang_standby_records_total"] > 0
    )


class Place:
    """Where one worker runs, and the next one when it was killed."""

    running: Running

    def __init__(self, trial: Trial, worker: Watched, port: int) -> None:
        folder = trial.folder / f"worker-{port}"
        folder.mkdir(parents=True)
        self._trial, self._worker, self._port = replace(trial, folder=folder), worker, port
        self._life = ExitStack()

    def __enter__(self) -> "Place":
        """Nothing runs yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """End what runs."""
        self._life.close()

    def start(self) -> None:
        """Start a worker; the one before is dead."""
        self._life.close()
        self.running = self._life.enter_context(started(self._worker, self._trial))

    def said(self) -> dict[str, float]:
        """Its metrics now. Raises `TrialError` if it has ended."""
        self.running.pause()
        return said_at(self._port) or dict.fromkeys(_ASKED, 0.0)


_ASKED = (
    _SECONDS,
    _RECORDS,
    "banzhang_owned_partitions",
    "banzhang_standby_partitions",
    "banzhang_standby_behind_records",
    "banzhang_standby_records_total",
)


class Group:
    """The workers' consumer group, as the broker describes it."""

    def __init__(self, trial: Trial) -> None:
        self._admin = AdminClient({"bootstrap.servers": trial.broker.bootstrap})
        self._name, self._topic = FULL.group(trial), FULL.source(trial)

    def shares(self) -> dict[str, list[int]]:
        """The partitions of events of each member; empty while the group is not stable."""
        (answer,) = self._admin.describe_consumer_groups([self._name]).values()
        found = answer.result(_ANSWER_S)
        if found.state != ConsumerGroupState.STABLE:
            return {}
        return {
            member.member_id: [
                tp.partition for tp in member.assignment.topic_partitions if tp.topic == self._topic
            ]
            for member in found.members
        }


class Actions:
    """The actions as they come: when the broker stamped them, by the partition of their cause."""

    def __init__(self, consumer: Consumer) -> None:
        self._consumer = consumer
        self._stamps: list[list[int]] = [[] for _ in range(PARTITIONS)]

    def await_until(self, is_so: Callable[[], object]) -> None:
        """Take in what comes until something is so. Raises `TrialError` after two minutes."""
        began = time.monotonic()
        self._take_in()
        while not is_so():
            if time.monotonic() - began > _LIMIT_S:
                raise TrialError(f"the workers did not go on within {_LIMIT_S:.0f} s")
            self._take_in()

    def _take_in(self) -> None:
        for record in self._consumer.consume(10_000, _PAUSE_S):
            if record.error():
                raise KafkaException(record.error())
            group = orjson.loads(record.value() or b"")["group_id"]
            number = partition_of(f"qq:{group}".encode(), PARTITIONS)
            self._stamps[number].append(record.timestamp()[1])

    def first_after(self, number: int, after_ms: float) -> int:
        """The stamp of a partition's first action after a moment, milliseconds; 0 if there is none."""
        return next((at for at in self._stamps[number] if at > after_ms), 0)


@contextmanager
def _watching(trial: Trial) -> Iterator[Actions]:
    topic = FULL.actions(trial)
    consumer = Consumer({"bootstrap.servers": trial.broker.bootstrap, "group.id": "bench-reader"})
    ends = trial.broker.ends(topic)
    consumer.assign([TopicPartition(topic, partition, end) for partition, end in ends.items()])
    try:
        yield Actions(consumer)
    finally:
        consumer.close()


@contextmanager
def producing(trial: Trial, members: int, rate: int) -> Iterator[None]:
    """A steady stream of messages by the week's members, from a process of its own."""
    words = (trial.broker.bootstrap, FULL.source(trial), members, rate)
    process = subprocess.Popen([sys.executable, "-m", "bench.steady", *map(str, words)])
    try:
        yield
    finally:
        process.terminate()
        process.wait()
