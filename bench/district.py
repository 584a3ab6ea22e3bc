"""A district's messages without end: what the soak feeds, made as it goes, the same from a seed.

Many groups, of whose members less than half ever write again, and few write much; people come and
go; the message time runs on over school days. Nothing of it is kept but the newest text and the
number of messages, so that it can be as long as a disk.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count, islice
from random import Random
from typing import Final, NamedTuple

import orjson

from bench.texts import draw_ordinary, draw_unwanted
from bench.week import DAY_MS

MEMBERS_PER_GROUP: Final = 50
SPEAKERS_PER_GROUP: Final = 20
MESSAGES_A_DAY: Final = 100
"""Of a group, on average."""
AWAKE_MS: Final = 15 * 3_600_000
"""From 07:00 to 22:00: what is written later is a matter for the rule of quiet hours."""
_LOUD_GROUPS: Final = 20
"""In every so manieth group one member floods and advertises. Strikes stand for a term, so were it
anybody's turn the states would grow by each, and the run would measure that alone."""
_REPEATED_SHARE: Final = 0.1
_UNWANTED_SHARE: Final = 0.1
_REPEATS: Final = 3
STAY_WEEKS: Final = 10
"""So long somebody stays in a place of a group; then it is another one's."""
_BUSY_SHARE: Final = 0.5
"""Of the messages, those of the group's busy fifth; the rest is of all its speakers alike."""


class Said(NamedTuple):
    """A message: group and member as numbers, its time in milliseconds, its text."""

    group: int
    member: int
    sent_at: int
    text: str


class Known(NamedTuple):
    """How many people have been met, and how many messages of theirs are remembered."""

    people: int
    messages: int


@dataclass(frozen=True, kw_only=True)
class District:
    """Groups of 50 members, from `began_at` on: the first day's 07:00, in milliseconds.

    Each member writes once before the rest begins, so that memory is judged by what stays and not
    by who is met for the first time.
    """

    groups: int
    began_at: int
    seed: int
    stay_weeks: int = STAY_WEEKS

    @property
    def members(self) -> int:
        """How many there are on the first day."""
        return self.groups * MEMBERS_PER_GROUP

    def records(self) -> Iterator[tuple[bytes, bytes]]:
        """Keys and values of `chat.events`, in the order of their time."""
        for number, said in enumerate(self._said()):
            name = str(700_000_000 + said.group)
            event = {
                "id": str(10_000_000_000 + number),
                "kind": "message",
                "platform": "qq",
                "group_id": name,
                "member_id": str(said.member),
                "sent_at": said.sent_at,
                "text": said.text,
            }
            yield f"qq:{name}".encode(), orjson.dumps(event)

    def known(self, counts: Iterable[int], ring: int) -> Iterator[Known]:
        """What is known after each of these numbers of messages, which rise, to a judge that remembers
        `ring` messages of each member.
        """
        met: dict[int, int] = {}
        said, at, messages = self._said(), 0, 0
        for until in counts:
            for one in islice(said, until - at):
                times = met.get(one.member, 0)
                if times < ring:
                    met[one.member] = times + 1
                    messages += 1
            at = until
            yield Known(len(met), messages)

    def _said(self) -> Iterator[Said]:
        """All that is said, from the first day on."""
        rnd, step_ms = Random(self.seed), AWAKE_MS / (self.groups * MESSAGES_A_DAY)
        for number, (group, place, text) in enumerate(self._drawn(rnd)):
            day, within_ms = divmod(int(number * step_ms), AWAKE_MS)
            member = self._tenant(group, place, day)
            yield Said(group, member, self.began_at + day * DAY_MS + within_ms, text)

    def _drawn(self, rnd: Random) -> Iterator[tuple[int, int, str]]:
        """Group, place in the group, and text: the whole class once, then those who write."""
        for member in range(MEMBERS_PER_GROUP):
            for group in range(self.groups):
                yield group, member, draw_ordinary(rnd)
        for _ in count():
            # Skewed: the first tenth of the groups writes a third of all.
            group = int(self.groups * rnd.random() ** 2)
            busy = rnd.random() < _BUSY_SHARE
            member = rnd.randrange(SPEAKERS_PER_GROUP // 5 if busy else SPEAKERS_PER_GROUP)
            text, times = draw_ordinary(rnd), 1
            if not member and not group % _LOUD_GROUPS:
                text = draw_unwanted(rnd) if rnd.random() < _UNWANTED_SHARE else text
                times = _REPEATS if rnd.random() < _REPEATED_SHARE else 1
            for _ in range(times):
                yield group, member, text

    def _tenant(self, group: int, member: int, day: int) -> int:
        """Who has the place in the group in that week: each week as many places change."""
        place = group * MEMBERS_PER_GROUP + member
        moved = (day // 7 + place % self.stay_weeks) // self.stay_weeks
        return 1_000_000_000 + place * 1_000 + moved
