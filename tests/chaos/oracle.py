"""The oracle: one process over the recorded log, a stretch at a time, against what the topics hold."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from hashlib import blake2b
from typing import Any, Final, NamedTuple

from banzhang.demo.stage import PARTITIONS
from banzhang.exported import line_of
from banzhang.packs import Published
from schemas.action import Action, encode_action
from streams.pipeline import Pipeline
from streams.policy.compile import compile_pack
from tests.chaos.log import Log, Offsets, nothing
from tests.system.harness import Verdict

PLANTED: Final = "planted"
"""The header of a record that is bad on purpose."""
STRETCH: Final = 5_000
"""Records of a partition that are read at once."""

Place = tuple[int, int]
"""Partition and offset of a record of the events topic."""


class Counts(NamedTuple):
    """Actions by their verdict, each id once: `Verdict` names them."""

    delivered: int
    more: int
    less: int
    wrong: int


class Comparison(NamedTuple):
    """What the topics hold against what the oracle says; records, ids, places."""

    events: int
    actions: Verdict
    counts: Counts
    planted: int
    buried: int
    misburied: int
    unanswered: int

    @property
    def is_right(self) -> bool:
        """Nothing missing, nothing extra, nothing wrong; dead letters for what was planted."""
        verdict = self.actions
        lost = verdict.missing + verdict.extra + verdict.wrong
        return not (lost or self.misburied or self.unanswered)


class Oracle:
    """Judges the log as it grows, and keeps by id what it expects and what it saw.

    Contents are kept as hashes: an hour's actions are a hundred thousand.
    """

    def __init__(self, pack: Published) -> None:
        policy = compile_pack(pack.content)
        self._pipeline = Pipeline({pack.version: policy}, pack.version, partitions={1: PARTITIONS})
        self._expected: dict[str, bytes] = {}
        self._live: set[str] = set()
        self._seen: dict[str, set[bytes]] = {}
        self._times: Counter[str] = Counter()
        self._answered: set[str] = set()
        self._planted: set[Place] = set()
        self._bad: set[Place] = set()
        self._buried: set[Place] = set()
        self._lines = 0

    def judge(self, records: Iterable[Any]) -> None:
        """Take in the next records of the events topic."""
        listed = list(records)
        for told in self._pipeline.feed(map(line_of, listed)):
            if isinstance(told, Action):
                self._expected[told.id] = _content(json.loads(encode_action(told)))
                if told.mode == "live":
                    self._live.add(told.id)
            else:
                record = listed[told.number - self._lines - 1]
                self._bad.add((record.partition, record.offset))
        self._lines += len(listed)
        for record in listed:
            if any(name == PLANTED for name, _ in record.headers):
                self._planted.add((record.partition, record.offset))

    def expected(self) -> set[str]:
        """The ids of the actions that follow from what was judged so far."""
        return set(self._expected)

    def saw_actions(self, records: Iterable[Any]) -> None:
        """Take in the next records of the actions topic."""
        for record in records:
            action = json.loads(record.value)
            self._seen.setdefault(action["id"], set()).add(_content(action))
            self._times[action["id"]] += 1

    def saw_letters(self, records: Iterable[Any]) -> None:
        """Take in the next dead letters."""
        for record in records:
            letter = json.loads(record.value)
            self._buried.add((letter["partition"], letter["offset"]))

    def saw_outcomes(self, records: Iterable[Any]) -> None:
        """Take in the next outcomes."""
        self._answered.update(json.loads(record.value)["action_id"] for record in records)

    def compared(self, due: set[str], settled: Offsets) -> Comparison:
        """What is missing of the actions that are `due`, and what is there that may not be.

        `settled`: dead letters of records below it must be there.
        """
        expected, seen = self._expected, self._seen
        missing = due - seen.keys()
        extra = seen.keys() - expected.keys()
        both = expected.keys() & seen.keys()
        wrong = {name for name in both if seen[name] != {expected[name]}}
        more = {name for name in both - wrong if self._times[name] > 1}
        bad = {at for at in self._bad if at[1] < settled.get(at[0], 0)}
        planted = {at for at in self._planted if at[1] < settled.get(at[0], 0)}
        misburied = (planted ^ bad) | (bad - self._buried) | (self._buried - self._bad)
        return Comparison(
            events=self._lines,
            actions=Verdict(
                expected=len(due),
                missing=len(missing),
                extra=len(extra),
                wrong=len(wrong),
                repeated=self._times.total() - len(seen),
            ),
            counts=Counts(
                len(both - wrong - more), len(more), len(missing), len(extra) + len(wrong)
            ),
            planted=len(planted),
            buried=len(self._buried),
            misburied=len(misburied),
            unanswered=len(due & self._live & seen.keys() - self._answered),
        )


class Recorded:
    """How far each topic was read, and the oracle that was told."""

    def __init__(self, log: Log, pack: Published) -> None:
        self._log = log
        self._oracle = Oracle(pack)
        self._at: dict[str, Mapping[int, int]] = {}

    async def compare(self, settled: Offsets) -> Comparison:
        """Read what is new, and compare. All before `settled` (offsets of the events topic) was
        judged, performed and answered before this is called.

        What the system says after `settled` may be there or not. So the topics that it writes are
        read before the rest of the log is: nothing is taken for extra whose cause comes later.
        """
        topics = self._log.topics
        await self._judge_to(settled)
        due = self._oracle.expected()
        for topic, saw in (
            (topics.actions, self._oracle.saw_actions),
            (topics.dead, self._oracle.saw_letters),
            (topics.outcomes, self._oracle.saw_outcomes),
        ):
            async for records in self._new(topic.name, await self._log.ends(topic.name)):
                saw(records)
        await self._judge_to(await self._log.ends(topics.events.name))
        return self._oracle.compared(due, settled)

    async def _judge_to(self, ends: Offsets) -> None:
        async for records in self._new(self._log.topics.events.name, ends):
            # Off the loop, which carries a worker's network.
            await asyncio.to_thread(self._oracle.judge, records)

    async def _new(self, topic: str, ends: Offsets) -> AsyncIterator[list[Any]]:
        """What was not read yet, in stretches: a run that goes on reads the whole log."""
        at = self._at.get(topic, nothing())
        while any(at[number] < end for number, end in ends.items()):
            upto = {number: min(at[number] + STRETCH, end) for number, end in ends.items()}
            yield await self._log.read(topic, at, upto)
            at = self._at[topic] = upto


def _content(action: Mapping[str, Any]) -> bytes:
    words = json.dumps(action, sort_keys=True).encode()
    return blake2b(words, digest_size=16).digest()
