"""What the topics hold at the end, and what the oracle says to it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import msgspec
from aiokafka import ConsumerRecord

from banzhang.exported import line_of
from banzhang.kafka import records_of
from banzhang.packs import Published
from schemas.action import Action, Outcome, decode_action, decode_outcome, encode_action
from schemas.event import ANY
from streams.pipeline import Pipeline
from streams.policy import compile_pack
from streams.topology import Topology


class Head(msgspec.Struct, frozen=True):
    """What is counted of an event."""

    kind: str = "unreadable"
    platform: str = ""
    group_id: str = ANY
    id: str = ""


_heads = msgspec.json.Decoder(Head)


class Recorded(NamedTuple):
    """The topics' records: events as exported lines with their places, actions, outcomes."""

    events: list[tuple[int, int, bytes]]
    actions: list[Action]
    outcomes: list[Outcome]
    dead: int


class Verdict(NamedTuple):
    """The actions topic held against the oracle's actions over the same log."""

    expected: int
    found: int
    missing: int
    extra: int
    wrong: int
    repeated: int

    @property
    def right(self) -> bool:
        """Nothing lost, nothing added, nothing changed; repeats under the same id are allowed."""
        return not (self.missing or self.extra or self.wrong)


async def record(kafka: str, topics: Topology) -> Recorded:
    """Read the topics from end to end."""
    events = [
        (record.partition, record.offset, line_of(record))
        async for record in records_of(kafka, topics.events.name)
    ]
    events.sort(key=lambda place: place[:2])
    actions = [
        decode_action(_value(record)) async for record in records_of(kafka, topics.actions.name)
    ]
    outcomes = [
        decode_outcome(_value(record)) async for record in records_of(kafka, topics.outcomes.name)
    ]
    dead = [record.offset async for record in records_of(kafka, topics.dead.name)]
    return Recorded(events, actions, outcomes, len(dead))


def _value(record: ConsumerRecord) -> bytes:
    return record.value or b""


def judge_again(recorded: Recorded, judged: Mapping[int, int], pack: Published) -> list[Action]:
    """The oracle: one process, pure code, over the recorded log up to where the workers came."""
    policies = {pack.version: compile_pack(pack.content)}
    pipeline = Pipeline(policies, pack.version, partitions={1: len(judged)})
    lines = until(recorded, judged)
    return [told for told in pipeline.feed(lines) if isinstance(told, Action)]


def until(recorded: Recorded, judged: Mapping[int, int]) -> Iterator[bytes]:
    """The log up to where the workers came: the ticks of the last moment lie behind it."""
    return (line for partition, offset, line in recorded.events if offset < judged[partition])


def compare(found: Iterable[Action], expected: Iterable[Action]) -> Verdict:
    """Action by action, by id and by content."""
    contents = [(action.id, encode_action(action)) for action in found]
    wanted = {action.id: encode_action(action) for action in expected}
    counts = Counter(name for name, _ in contents)
    return Verdict(
        expected=len(wanted),
        found=len(contents),
        missing=len(wanted.keys() - counts.keys()),
        extra=len(counts.keys() - wanted.keys()),
        wrong=len({name for name, content in contents if wanted.get(name, content) != content}),
        repeated=len(contents) - len(counts),
    )


def kinds_of(lines: Iterable[bytes]) -> Counter[str]:
    """How many events of each kind there are, and how many came `twice`."""
    counts: Counter[str] = Counter()
    seen: set[tuple[str, str, str]] = set()
    for line in lines:
        head = _heads.decode(line)
        counts[head.kind] += 1
        if head.group_id != ANY:
            name = (head.platform, head.group_id, head.id)
            counts["twice"] += name in seen
            seen.add(name)
    return counts
