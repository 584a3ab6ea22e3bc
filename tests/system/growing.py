"""A stream whose partitions change: `banzhang scale` on it, what `meta` says, and its oracle."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from signal import SIGKILL
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from agents.generations import Generations, group_of
from agents.scaling import drop_older, left_over
from agents.topics import generations
from banzhang.exported import line_of
from banzhang.kafka import partitions_of, records_of
from schemas.event import ANY
from streams.topology import topology
from tests.system.harness import Stream, Verdict

COUNT_MAX: Final = 1_000_000
PLAIN: Final = ("-m", "banzhang")
PLANTED: Final = ("-m", "tests.system.planted_scale")


async def nothing(_share: float) -> None:
    """Nothing is to be done beside the producer."""


def planted(dies: str) -> dict[str, str]:
    """The environment of a command that dies at this moment; of the plain one, nothing."""
    return {"BANZHANG_TEST_DIES": dies} if dies else {}


def behind_alone(lines: Iterable[bytes], carried: Mapping[int, Mapping[int, int]]) -> set[str]:
    """The ids of groups' records that stand behind a seal, and nowhere before one."""
    judged: set[str] = set()
    behind: set[str] = set()
    for line in map(json.loads, lines):
        if line["group_id"] != ANY:
            sealed = carried.get(line["generation"] + 1, {}).get(line["partition"])
            (judged if sealed is None or line["offset"] <= sealed else behind).add(line["id"])
    return behind - judged


class Growing(Stream):
    """A stream whose oracle reads all generations, each up to its seals.

    `kept`: the logs of generations that were dropped, for the oracle.
    """

    def __init__(self, bootstrap: str, folder: Path) -> None:
        super().__init__(bootstrap, folder)
        self.kept: dict[int, list[bytes]] = {}

    async def known(self) -> Generations:
        return await generations(self.bootstrap, self.namespace)

    def scale(
        self, partitions: int, program: Sequence[str] = PLAIN, dies: str = ""
    ) -> "subprocess.Popen[bytes]":
        """Begin the command; the planted one dies at its moment."""
        with (self.folder / "scale.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, *program, "scale", "--partitions", str(partitions)],
                env=os.environ | self.environment | planted(dies),
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def told(self, *words: str, program: Sequence[str] = PLAIN, dies: str = "") -> tuple[int, str]:
        """Exit code and words of a command; the planted one dies at its moment."""
        done = subprocess.run(
            [sys.executable, *program, *words],
            env=os.environ | self.environment | planted(dies),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            check=False,
        )
        return done.returncode, done.stdout

    @property
    def flags(self) -> list[str]:
        """Where the cluster is, for a command in this process."""
        return ["--kafka", self.bootstrap, "--namespace", self.namespace]

    async def dropped(self) -> list[str]:
        """Drop what is left over, as a week later; the topics."""
        left = await left_over(self.bootstrap, self.namespace, retention_ms=0)
        await drop_older(self.bootstrap, self.namespace, left)
        return [name for names in left.values() for name in names]

    async def scaled(self, partitions: int, limit_s: float = 120) -> None:
        """Run the command to its end."""
        async with asyncio.timeout(limit_s):
            assert await asyncio.to_thread(self.scale(partitions).wait) == 0

    async def followed(self, generation: int, workers: int, limit_s: float = 90) -> None:
        """Wait until so many workers share the generation's partitions."""
        self.group = group_of(self.namespace, generation)
        async with asyncio.timeout(limit_s):
            while not await self.is_shared_by(workers, self.group):  # noqa: ASYNC110 - can only be asked for
                await asyncio.sleep(0.1)

    async def all_drained(self, generation: int, limit_s: float = 120) -> None:
        """Wait until the generation has judged all, also what was forwarded to it."""
        for number in range(1, generation + 1):
            if number not in self.kept:
                await self.reached(generation, await self.ends_of(self.log_of(number)), limit_s)

    async def reached(
        self, generation: int, ends: dict[TopicPartition, int], limit_s: float = 120
    ) -> None:
        """Wait until the generation has judged, or forwarded, up to there."""
        async with asyncio.timeout(limit_s):
            while not await self._has_reached(generation, ends):  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.1)

    async def _has_reached(self, generation: int, ends: dict[TopicPartition, int]) -> bool:
        for worker in self.workers.values():
            worker.look()
        found = await self.offsets(generation)
        return all(found.get(tp, 0) >= end for tp, end in ends.items())

    async def offsets(self, generation: int) -> dict[TopicPartition, int]:
        """What the generation's group has committed, of all topics."""
        async with self._admin() as admin:
            group = group_of(self.namespace, generation)
            found = await admin.list_consumer_group_offsets(group)
            return {tp: at.offset for tp, at in found.items()}

    def log_of(self, generation: int) -> str:
        """The events topic of a generation."""
        return topology(self.namespace, generation=generation).events.name

    async def ends_of(self, name: str) -> dict[TopicPartition, int]:
        consumer = AIOKafkaConsumer(bootstrap_servers=self.bootstrap)
        await consumer.start()
        try:
            tps = await partitions_of(self.bootstrap, name)
            return await consumer.end_offsets(tps)  # type: ignore[no-any-return]
        finally:
            await consumer.stop()

    @asynccontextmanager
    async def under_load(self, rate: int, seed: int) -> AsyncIterator[None]:
        """Messages flow until the end of the block, into the first generation's topic."""
        enough = asyncio.Event()
        producing = asyncio.create_task(self.produce(COUNT_MAX, rate, seed, nothing, enough))
        try:
            yield
            assert not producing.done(), "the producer ended before the faults did"
        finally:
            enough.set()
            await producing

    async def killed(self, partitions: int, is_so: Callable[[Generations], bool]) -> Generations:
        """Kill the command (-9) once `meta` says so, in the middle of work; what stands there then."""
        command = self.scale(partitions)
        async with asyncio.timeout(60):
            while not is_so(await self.known()):
                assert command.poll() is None, "the command ended before the moment came"
                await asyncio.sleep(0.02)  # what stands in a topic can only be asked for
        command.kill()
        assert await asyncio.to_thread(command.wait) == -SIGKILL
        known = await self.known()
        await self.assert_unfinished(known.in_force)
        return known

    async def assert_unfinished(self, generation: int) -> None:
        """Fails unless the generation's workers have settled something, and not all: what dies now
        dies in the middle of work.
        """
        events = self.topics.events.name
        done = await self.offsets(generation)
        settled = sum(at for tp, at in done.items() if tp.topic == events)
        assert 0 < settled < sum((await self.ends_of(events)).values())

    async def judged_over(self, generation: int) -> Verdict:
        """End the workers, and hold the actions against the oracle over all generations. It judges what
        was forwarded where it stands by now, so what was not is looked for first.
        """
        for worker in self.workers.values():
            worker.end()
        judged = await self.offsets(generation)
        lines = [
            line
            for number in range(1, generation)
            for line in self.kept.get(number) or await self.lines_of(number)
        ]
        lines += await self.lines_of(generation, judged)
        lost = behind_alone(lines, (await self.known()).carried)
        assert not lost, f"{len(lost)} records stand behind a seal, and in no later generation"
        return await self.held_against(self._oracle(lines, code=0))

    async def lines_of(
        self, generation: int, judged: dict[TopicPartition, int] | None = None
    ) -> list[bytes]:
        """A generation's log as the oracle reads it; of the last one, as far as it was judged."""
        return [
            json.dumps(json.loads(line_of(record)) | {"generation": generation}).encode()
            async for record in records_of(self.bootstrap, self.log_of(generation))
            if judged is None
            or record.offset < judged.get(TopicPartition(record.topic, record.partition), 0)
        ]
