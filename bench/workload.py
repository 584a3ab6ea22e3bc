"""The input of all contenders: made once from a seed, with what must come out of it."""

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import islice
from random import Random
from typing import NamedTuple

import orjson
from aiokafka.partitioner import murmur2

from bench.rules import RATE_LIMIT, Finding, Member, judge
from bench.texts import draw_other_than

GROUPS = 200
MEMBERS_PER_GROUP = 20
SEED = 20_26

# Of a member's episodes, how many are a run of repeats or a burst; the rest is one message each.
# With these some 4.5 % of the messages are findings.
_REPEATS_SHARE = 0.045
_BURST_SHARE = 0.012
# A burst fits into half a window, so a hopping window of 60 s by 30 s holds it whole, and episodes
# lie more than a window apart: exact sliding windows and hopping ones then count the same, and a
# framework that has only the latter can be held to the same results.
_BURST_SPAN_MS = 29_000
_REPEATS_SPAN_MS = 50_000
_GAP_MIN_MS = 61_000
_GAP_MEAN_MS = 600_000


class Message(NamedTuple):
    """One message of the input; its id is its number in the order of time."""

    id: str
    group_id: str
    member_id: str
    sent_at: int
    text: str

    @property
    def key(self) -> bytes:
        """The key of the wire contract: it decides the partition."""
        return f"qq:{self.group_id}".encode()

    @property
    def value(self) -> bytes:
        """The message as an event of the wire contract."""
        return orjson.dumps(
            {
                "id": self.id,
                "kind": "message",
                "platform": "qq",
                "group_id": self.group_id,
                "member_id": self.member_id,
                "sent_at": self.sent_at,
                "text": self.text,
            }
        )


@dataclass(frozen=True)
class Workload:
    """Messages in order of time, and what the rules say of them."""

    messages: tuple[Message, ...]

    @classmethod
    def make(cls, count: int, began_at: int, seed: int = SEED) -> "Workload":
        """Make `count` messages of 4,000 members from `began_at` (milliseconds) on."""
        merged = heapq.merge(
            *(
                _chatter(Random(f"{seed}/{group}/{member}"), f"g{group}", f"m{member}", began_at)
                for group in range(GROUPS)
                for member in range(MEMBERS_PER_GROUP)
            ),
            key=lambda message: message.sent_at,
        )
        numbered = (message._replace(id=f"m{n:08}") for n, message in enumerate(merged))
        return cls(tuple(islice(numbered, count)))

    def first(self, count: int | None) -> "Workload":
        """Its beginning, for a contender that would take too long over the whole of it."""
        return self if count is None else Workload(self.messages[:count])

    def judged_with(self, found: Iterable[Finding], partitions: int) -> int:
        """How many messages had been judged when these findings were: a batch's head start.

        Who judges in batches has a whole one behind it at its first action. In each partition the
        messages up to the last one found are counted.
        """
        ids = {finding.message_id for finding in found}
        passed, reached = [0] * partitions, [0] * partitions
        for message in self.messages:
            # As Java's clients, and every producer here, choose a partition.
            partition = (murmur2(message.key) & 0x7FFFFFFF) % partitions
            passed[partition] += 1
            if message.id in ids:
                reached[partition] = passed[partition]
        return sum(reached)

    @cached_property
    def expected(self) -> tuple[Finding, ...]:
        """The findings of all messages, in the order of the messages."""
        members: dict[tuple[str, str], Member] = {}
        return tuple(
            finding
            for message in self.messages
            for finding in judge(
                members.setdefault((message.group_id, message.member_id), Member()),
                message.id,
                message.sent_at,
                message.text,
            )
        )


def yesterday_morning(now: datetime) -> int:
    """Yesterday, 07:00 in China, in milliseconds.

    All times of an input lie in the past, where a judge may refuse the future, and yet within any
    topic's retention; a day of 200,000 messages ends before the quiet hours.
    """
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return int((midnight - timedelta(hours=25)).timestamp() * 1000)


def _chatter(rnd: Random, group_id: str, member_id: str, began_at: int) -> Iterator[Message]:
    """What one member writes, without end."""
    at, previous = began_at, None
    while True:
        at += int(rnd.expovariate(1 / _GAP_MEAN_MS))
        episode = _episode(rnd, previous)
        for offset_ms, text in episode:
            yield Message("", group_id, member_id, at + offset_ms, text)
        length_ms, previous = episode[-1]
        at += length_ms + _GAP_MIN_MS


def _episode(rnd: Random, previous: str | None) -> list[tuple[int, str]]:
    """Texts with their milliseconds after the first: one alone, a run of repeats, or a burst."""
    kind = rnd.random()
    if kind < _REPEATS_SHARE:
        text = draw_other_than(rnd, previous)
        return [(at, text) for at in _offsets(rnd, rnd.randint(3, 5), _REPEATS_SPAN_MS)]
    if kind < _REPEATS_SHARE + _BURST_SHARE:
        texts = []
        for _ in range(rnd.randint(RATE_LIMIT, RATE_LIMIT + 3)):
            previous = draw_other_than(rnd, previous)
            texts.append(previous)
        return list(zip(_offsets(rnd, len(texts), _BURST_SPAN_MS), texts, strict=True))
    return [(0, draw_other_than(rnd, previous))]


def _offsets(rnd: Random, count: int, span_ms: int) -> list[int]:
    return [0, *sorted(rnd.sample(range(1, span_ms), count - 1))]
