"""A district's week of ordinary messages, and the states that it leaves.

No state is put together by hand: the messages are judged as a worker judges them, and of what it
would write the last record of each key is kept, as compaction keeps it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from random import Random
from typing import NamedTuple

from bench.texts import draw
from bench.workload import Message
from schemas.record import Record
from streams.partition import Partition
from streams.partitioner import partition_of
from streams.policy.compile import Policy

MEMBERS_PER_GROUP = 50
MESSAGES_PER_MEMBER = 6
DAYS = 7
DAY_MS = 86_400_000
# From 07:00 to 22:00: what is written later is a matter for the rule of quiet hours.
_AWAKE_MS = 15 * 3_600_000
# Group numbers of nine digits and member numbers of ten, as QQ has them.
FIRST_GROUP = 700_000_000
FIRST_MEMBER = 1_000_000_000
# Records a batch: as many as a worker's fetch holds when it has to catch up.
FETCHED = 5_000


class Logged(NamedTuple):
    """A record as it will stand in the log of events."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None


@dataclass(frozen=True, kw_only=True)
class Week:
    """Groups of 50 members, of whom each writes six messages in the week from `began_at` on.

    `began_at` is the first day's 07:00 in milliseconds. The same seed makes the same week.
    """

    groups: int
    began_at: int
    seed: int

    def messages(self, partition: int, partitions: int) -> Iterator[Message]:
        """The messages of the groups in a partition, in order of time."""
        rnd = Random(f"{self.seed}/{partition}")
        said = sorted(
            (self._moment(rnd), group, member)
            for group in self._groups(partition, partitions)
            for member in range(MEMBERS_PER_GROUP)
            for _ in range(MESSAGES_PER_MEMBER)
        )
        for at, group, member in said:
            yield Message(
                # A platform's own: a number of 31 bits without an order.
                id=str(rnd.getrandbits(31)),
                group_id=str(FIRST_GROUP + group),
                member_id=str(FIRST_MEMBER + group * MEMBERS_PER_GROUP + member),
                sent_at=at,
                text=draw(rnd),
            )

    def _groups(self, partition: int, partitions: int) -> Iterator[int]:
        for group in range(self.groups):
            if partition_of(f"qq:{FIRST_GROUP + group}".encode(), partitions) == partition:
                yield group

    def _moment(self, rnd: Random) -> int:
        return self.began_at + rnd.randrange(DAYS) * DAY_MS + rnd.randrange(_AWAKE_MS)


def last_changes(
    states: Partition, records: Iterable[Record], packs: Mapping[str, Policy]
) -> dict[bytes, bytes]:
    """Judge records and return what a compacted changelog then holds: in the order of writing."""
    kept: dict[bytes, bytes] = {}
    left = iter(records)
    while fetched := list(islice(left, FETCHED)):
        verdict = states.judge(states.read(fetched), packs)
        assert verdict.lacks is None
        for group in verdict.changes:
            for key, value, _ in group:
                # Away first: a record that is written again stands where it was written last.
                kept.pop(key, None)
                if value is not None:
                    kept[key] = value
    return kept
