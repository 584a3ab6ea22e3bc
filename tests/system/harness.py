"""Faults on a running stream, and the oracle: workers, a steady producer, the comparison.

The verdicts are named. DELIVERED: each action of the oracle, once or more under the same id with
the same content. MORE: repeats among them (allowed after a fault, counted). LESS: an action of
the oracle is missing. WRONG: an action that the oracle does not have, or other content.
"""

import asyncio
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from agents.clock import Clock
from agents.topics import Pack, create
from banzhang.exported import line_of
from banzhang.kafka import records_of
from infra.local.lifeline import Lifeline
from schemas.event import Message, encode_event
from schemas.policy import Pack as PolicyPack
from schemas.policy import Rate, Repeat, Rule, When
from streams.policy.published import pack_bytes, pack_hash
from streams.topology import Topology, topology

SESSION_S: Final = 6.0
PARTITIONS: Final = 8

FLOODS = PolicyPack(
    id="floods",
    title="刷屏",
    version="1",
    ladder="discretion",
    mutes=True,
    rules=(
        Rule(
            id="flood.repeat",
            text="不刷屏",
            clause="C1",
            when=When(repeat=Repeat(times=3, within_ms=600_000)),
            handling="flood",
        ),
        Rule(
            id="flood.rate",
            text="不刷屏",
            clause="C1",
            when=When(rate=Rate(messages=10, within_ms=60_000)),
            handling="flood",
        ),
    ),
)


WHOLE: Final = frozenset({"DELIVERED", "MORE"})
"""The verdicts that are no faults: all is there and nothing else, once or more."""


class Verdict(NamedTuple):
    """What the actions topic holds against what the oracle says."""

    expected: int
    missing: int
    extra: int
    wrong: int
    repeated: int

    @property
    def words(self) -> str:
        """The verdict by its name."""
        if self.missing:
            return "LESS"
        if self.extra or self.wrong:
            return "WRONG"
        return "MORE" if self.repeated else "DELIVERED"


WORKER: Final = ("-m", "banzhang", "worker")


def reasons_in(words: str) -> list[str]:
    """The reasons of all ends that a log tells of, in order."""
    return re.findall(r"banzhang: exit (\w+)", words)


class NotRunning(AssertionError):
    """A signal came too late: the process had ended by itself."""


class Worker:
    """One worker process under an orchestrator that starts it again when it ends by itself.

    `command`: what it runs; any program will do. `home`: the checkout that it is run from, if it
    is not this one. `lifeline`: it must not outlive this process, however that ends.
    """

    def __init__(
        self,
        name: str,
        environment: dict[str, str],
        log: Path,
        *,
        command: Sequence[str] = WORKER,
        home: Path | None = None,
        lifeline: Lifeline | None = None,
    ) -> None:
        self.name = name
        self.log = log
        self.exits: Counter[int] = Counter()
        self._environment = environment
        self._command, self._home, self._lifeline = command, home, lifeline
        self._process: subprocess.Popen[bytes] | None = None
        self._wanted = False

    @property
    def is_running(self) -> bool:
        """Whether there is a process, frozen or not."""
        return self._process is not None and self._process.poll() is None

    def start(self, command: Sequence[str] | None = None) -> None:
        """Start the process, as another program if one is named; its output goes to the log."""
        self._gone()
        self._wanted = True
        with self.log.open("ab") as out:
            self._process = subprocess.Popen(
                [sys.executable, *(command or self._command)],
                cwd=self._home,
                env=os.environ | self._environment,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        if self._lifeline is not None:
            self._lifeline.watch(self._process.pid)

    def _gone(self) -> None:
        if self._lifeline is not None and self._process is not None:
            self._lifeline.forget(self._process.pid)
        self._process = None

    def send(self, number: signal.Signals) -> None:
        """Send a signal; a killed or terminated worker is not started again by `look`."""
        if self._process is None or self._process.poll() is not None:
            raise NotRunning(f"{self.name} was not running when {number.name} came")
        if number in (signal.SIGKILL, signal.SIGTERM):
            self._wanted = False
        self._process.send_signal(number)

    def look(self) -> None:
        """Start again what ended by itself, as an orchestrator does."""
        if self._process is None or not self._wanted:
            return
        code = self._process.poll()
        if code is not None:
            self.exits[code] += 1
            self.start()

    def end(self) -> int | None:
        """Make sure that the process is gone; its exit code."""
        if self._process is None:
            return None
        self._wanted = False
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGCONT)
            self._process.kill()
        code = self._process.wait(30)
        self._gone()
        return code

    def said(self, begin: int = 0) -> str:
        """What its log holds, from a place on."""
        with self.log.open("rb") as log:
            log.seek(begin)
            return log.read().decode("utf-8", "replace")

    def reasons(self, begin: int = 0) -> list[str]:
        """The reasons that it gave for its ends, from a place of its log on."""
        return reasons_in(self.said(begin))

    async def says(self, words: str, begin: int = 0, limit_s: float = 90) -> None:
        """Wait until its log holds these words, from a place on."""
        async with asyncio.timeout(limit_s):
            while words not in self.said(begin):  # noqa: ASYNC110 - a file can only be looked at
                await asyncio.sleep(0.02)

    async def ended(self, limit_s: float = 40) -> int:
        """Wait until the process has ended by itself; its exit code."""
        process = self._process
        assert process is not None
        async with asyncio.timeout(limit_s):
            return await asyncio.to_thread(process.wait)


class Stream:
    """One namespace on a cluster: its topics, its producer, its workers, its oracle."""

    def __init__(
        self, bootstrap: str, folder: Path, pack: PolicyPack = FLOODS, *, replication: int = 1
    ) -> None:
        self.bootstrap = bootstrap
        self.namespace = f"t{uuid.uuid4().hex[:8]}"
        self.topics: Topology = topology(
            self.namespace, partitions=PARTITIONS, replication=replication
        )
        self.group = f"{self.namespace}.judge"
        self.folder = folder
        self.pack = pack
        self.sent = 0
        self.environment = {
            "BANZHANG_KAFKA": bootstrap,
            "BANZHANG_NAMESPACE": self.namespace,
            "BANZHANG_SESSION_S": str(SESSION_S),
            "BANZHANG_TICK_S": "1",
        }
        self.workers: dict[str, Worker] = {}
        self._later: list[asyncio.Task[None]] = []

    def later(self, deed: Coroutine[None, None, None]) -> None:
        """Let a deed of a plan go on beside the producer."""
        self._later.append(asyncio.create_task(deed))

    async def settled_later(self) -> None:
        """Wait for the deeds that go on beside the producer."""
        await asyncio.gather(*self._later)

    async def __aenter__(self) -> Self:
        """Make the topics and write the first policy."""
        raw = pack_bytes(self.pack)
        await create(self.bootstrap, self.topics, Pack(pack_hash(raw), raw), Clock.of("real"))

        return self

    async def __aexit__(self, *_: object) -> None:
        """Leave no worker behind, however the test ended."""
        for worker in self.workers.values():
            worker.end()

    def worker(self, name: str) -> Worker:
        """The worker of that name, started or not."""
        if name not in self.workers:
            self.workers[name] = Worker(name, self.environment, self.folder / f"{name}.log")
        return self.workers[name]

    async def worked_by(self, *names: str) -> None:
        """Start workers, and wait until they share the partitions."""
        for name in names:
            self.worker(name).start()
        await self.ready(workers=len(names))

    async def produce(
        self,
        count: int,
        rate: int,
        seed: int,
        on_progress: Callable[[float], Awaitable[None]],
        enough: asyncio.Event | None = None,
    ) -> None:
        """Write `count` messages at `rate` a second, or fewer where it is `enough` before; tell
        the share written after each hundred.
        """
        chance = random.Random(seed)
        producer = AIOKafkaProducer(
            bootstrap_servers=self.bootstrap,
            enable_idempotence=True,
            linger_ms=5,
            # It outlasts the brokers, and learns of a new leader by asking again.
            request_timeout_ms=180_000,
            metadata_max_age_ms=1_000,
        )
        await producer.start()
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        # The log's own clock is the machine's, and nothing may be ahead of it.
        began_ms = time.time_ns() // 1_000_000 - 1_000
        waiting = []
        try:
            for number in range(count):
                key, value = message(number, began_ms + number * 1000 // rate, chance)
                waiting.append(await producer.send(self.topics.events.name, key=key, value=value))
                if number % 100 == 99:
                    await asyncio.gather(*waiting)
                    waiting.clear()
                    self.sent = number + 1
                    for worker in self.workers.values():
                        worker.look()
                    await on_progress(self.sent / count)
                    if enough is not None and enough.is_set():
                        break
                    pace = began_s + self.sent / rate - loop.time()
                    await asyncio.sleep(max(0.0, pace))
            await asyncio.gather(*waiting)
        finally:
            await producer.stop()

    async def committed(self) -> dict[int, int]:
        """The group's committed offset of each partition of the events topic."""
        async with self._admin() as admin:
            found = await admin.list_consumer_group_offsets(self.group)
            name = self.topics.events.name
            return {tp.partition: at.offset for tp, at in found.items() if tp.topic == name}

    async def ready(self, workers: int, limit_s: float = 60) -> None:
        """Wait until `workers` share the partitions, and each partition has been worked on."""
        async with asyncio.timeout(limit_s):
            while not await self._is_ready(workers):  # noqa: ASYNC110 - see below
                await asyncio.sleep(0.1)  # the group's state can only be asked for

    async def _is_ready(self, workers: int) -> bool:
        try:
            return (
                await self.is_shared_by(workers, self.group)
                and len(await self.committed()) == PARTITIONS
            )
        except KafkaError:  # a new cluster makes its offsets topic when the first group comes
            return False

    async def is_shared_by(self, members: int, group: str) -> bool:
        """Whether so many members share what a group reads, and nobody comes or goes."""
        async with self._admin() as admin:
            for answer in await admin.describe_consumer_groups([group]):
                for _code, _group, state, _kind, _protocol, found, *_ in answer.groups:
                    if state in ("Stable", "Empty") and len(found) == members:
                        return True
            return False

    @asynccontextmanager
    async def _admin(self) -> AsyncIterator[AIOKafkaAdminClient]:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await admin.start()
        try:
            yield admin
        finally:
            await admin.close()

    async def ends(self, name: str) -> dict[int, int]:
        """The end offset of each partition of a topic."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self.bootstrap)
        await consumer.start()
        try:
            tps = [TopicPartition(name, number) for number in range(PARTITIONS)]
            return {tp.partition: end for tp, end in (await consumer.end_offsets(tps)).items()}
        finally:
            await consumer.stop()

    async def drained(self, limit_s: float = 120) -> None:
        """Wait until all that stands on the events topic now is committed."""
        ends = await self.ends(self.topics.events.name)
        async with asyncio.timeout(limit_s):
            while not await self._has_settled(ends):
                for worker in self.workers.values():
                    worker.look()
                await asyncio.sleep(0.1)  # the group's offsets can only be asked for

    async def _has_settled(self, ends: dict[int, int]) -> bool:
        try:
            committed = await self.committed()
        except KafkaError:  # a broker that has just come back knows no group yet
            return False
        return all(committed.get(number, 0) >= end for number, end in ends.items())

    async def dead_letters(self) -> list[dict[str, Any]]:
        """What stands on the topic of dead letters."""
        return [line async for line in self.objects(self.topics.dead.name)]

    async def compared(self, *, ignore_bad_lines: bool = False) -> Verdict:
        """End the workers, then hold the actions topic against the oracle over the same log.

        A log with bad records makes the oracle end with 2, which has to be expected.
        """
        for worker in self.workers.values():
            worker.end()
        committed = await self.committed()
        lines = [
            line_of(record)
            async for record in records_of(self.bootstrap, self.topics.events.name)
            if record.offset < committed.get(record.partition, 0)
        ]
        return await self.held_against(self._oracle(lines, code=2 if ignore_bad_lines else 0))

    async def held_against(self, expected: dict[str, str]) -> Verdict:
        """Hold the actions topic against the actions that the oracle says."""
        seen: dict[str, set[str]] = {}
        records = 0
        async for action in self.objects(self.topics.actions.name):
            seen.setdefault(action["id"], set()).add(json.dumps(action, sort_keys=True))
            records += 1
        return Verdict(
            expected=len(expected),
            missing=len(expected.keys() - seen.keys()),
            extra=len(seen.keys() - expected.keys()),
            wrong=sum(seen[name] != {expected[name]} for name in expected.keys() & seen.keys()),
            repeated=records - len(seen),
        )

    def _oracle(self, lines: list[bytes], code: int) -> dict[str, str]:
        """What `banzhang judge` says of the recorded log: one process, nothing running."""
        pack, log = self.folder / "pack.yaml", self.folder / "log.jsonl"
        pack.write_text(PACK_YAML, encoding="utf-8")
        log.write_bytes(b"\n".join(lines) + b"\n")
        done = subprocess.run(
            [sys.executable, "-m", "banzhang", "judge", "--policy", str(pack), str(log)],
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == code, done.stderr[-2000:]
        actions = [json.loads(line) for line in done.stdout.splitlines()]
        return {action["id"]: json.dumps(action, sort_keys=True) for action in actions}

    async def objects(self, name: str) -> AsyncIterator[dict[str, Any]]:
        """A topic's records as the objects that they are."""
        async for record in records_of(self.bootstrap, name):
            yield json.loads(record.value)


def message(number: int, sent_at: int, chance: random.Random) -> tuple[bytes, bytes]:
    """The n-th message of a busy district: 200 groups of 20 members, four words."""
    group = f"g{chance.randrange(200)}"
    event = Message(
        id=f"m{number}",
        platform="qq",
        group_id=group,
        member_id=f"p{chance.randrange(20)}",
        sent_at=sent_at,
        text=chance.choice(("甲乙丙", "春夏秋冬", "东南西北", "一二三四五")),
    )
    return f"qq:{group}".encode(), encode_event(event)


PACK_YAML: Final = """\
id: floods
title: 刷屏
version: "1"
ladder: discretion
mutes: true
rules:
- id: flood.repeat
  text: 不刷屏
  clause: C1
  when: {repeat: {times: 3, within: 10m}}
  handling: flood
- id: flood.rate
  text: 不刷屏
  clause: C1
  when: {rate: {messages: 10, within: 60s}}
  handling: flood
"""
