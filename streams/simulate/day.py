"""One group's day: notices and their chains of thanks, talk, and what goes wrong."""

from collections.abc import Sequence
from typing import Any, Final

from msgspec import Struct

from streams.simulate.dice import Dice
from streams.simulate.people import ClassGroup, Person, stranger
from streams.simulate.texts import (
    ACKNOWLEDGEMENTS,
    HOMEWORK,
    IMPATIENCE,
    QUESTIONS,
    Line,
    Texts,
)

MINUTE: Final = 60_000
HOUR: Final = 60 * MINUTE
OPENS: Final = 6 * HOUR + 30 * MINUTE
"""Nothing is written before half past six."""
QUIET: Final = 22 * HOUR
CLOSES: Final = 23 * HOUR + 50 * MINUTE

STAFF: Final = frozenset({"head_teacher", "teacher"})

# When people write: the hour, as often as it happens. Some do after ten.
_HOURS: Final = tuple(
    hour
    for hour, weight in {
        6: 2, 7: 14, 8: 5, 9: 3, 10: 3, 11: 5, 12: 10, 13: 5, 14: 3, 15: 4, 16: 12, 17: 14,
        18: 14, 19: 18, 20: 16, 21: 10, 22: 2, 23: 0,
    }.items()
    for _ in range(weight)
)  # fmt: skip

# Times in a thousand. Of scenes:
_NOTICE: Final = 110
_TROUBLE: Final = 55
# Of group days:
_REPEAT_FLOOD: Final = 120
_RATE_FLOOD: Final = 70
_RENAME: Final = 40
_NEWCOMER: Final = 30
# Of messages:
_EDIT: Final = 15
_RECALL: Final = 10
_RECALL_TROUBLE: Final = 150
_DUPLICATE: Final = 8
_DELAYED: Final = 10
_LATE_NIGHT: Final = 80


class Record(Struct, frozen=True, gc=False):
    """An event on its way: when it arrives, itself, and what is wrong with it."""

    arrives_at: int
    event: dict[str, Any]
    truth: dict[str, Any]


class GroupDay:
    """Writes one group's day; `records` holds it, in no order."""

    def __init__(
        self, group: ClassGroup, texts: Texts, dice: Dice, midnight: int, name: str
    ) -> None:
        self.records: list[Record] = []
        self._group = group
        self._texts = texts
        self._dice = dice
        self._midnight = midnight
        self._name = name
        # Who floods talks no more that day: an ordinary message of theirs in between would
        # break the run, and the truth would say more than can be seen.
        self._talkers = list(group.parents)

    def write(self, messages: int) -> None:
        """Write a day of this many messages; joins, edits and the like come on top."""
        left = messages - self._floods(messages)
        while left > 0:
            left -= self._scene(left)
        self._comings()

    def roster(self) -> None:
        """The roster, before anything else."""
        head = self._group.staff[0]
        event = self._event("roster", head, OPENS) | {"roster": self._group.roster()}
        self._send(event, head, (), delayed=False)

    def _floods(self, left: int) -> int:
        """Floods of the day; returns how many messages they took. Bursts take half a day at most."""
        taken = 0
        if self._dice.happens(_REPEAT_FLOOD) and left >= 10:
            taken += self._repeat_flood()
        if self._dice.happens(_RATE_FLOOD) and left - taken >= 20:
            taken += self._rate_flood()
        return taken

    def _scene(self, left: int) -> int:
        if left >= 3 and self._dice.happens(_NOTICE):
            return self._notice(left)
        if self._dice.happens(_TROUBLE):
            return self._trouble()
        return self._talk()

    def _notice(self, left: int) -> int:
        """A teacher's notice, and the thanks under it."""
        dice = self._dice
        teacher, at = dice.pick(self._group.staff), min(self._moment(), QUIET - 30 * MINUTE)
        text = dice.pick(self._texts.notices) if dice.happens(400) else self._filled(HOMEWORK)
        mentions = ["all"] if dice.happens(300) else None
        notice = self._say(teacher, at, text, mentions=mentions)
        thankful = dice.some(self._talkers, min(left - 1, dice.between(2, 10)))
        for parent in thankful:
            said = dice.pick(ACKNOWLEDGEMENTS)
            reply_to = notice["id"] if dice.happens(300) else None
            self._say(parent, at + dice.between(5_000, 20 * MINUTE), said, reply_to=reply_to)
        return 1 + len(thankful)

    def _talk(self) -> int:
        """A parent asks or tells something, as they do, and may think better of it."""
        dice = self._dice
        parent, at = dice.pick(self._talkers), self._moment()
        if dice.happens(30):
            self._say(parent, at, "", attachments=[{"type": "image"}])
            return 1
        text = self._filled(QUESTIONS) if dice.happens(400) else dice.pick(self._texts.talk)
        message = self._say(parent, at, text)
        if dice.happens(_EDIT):
            self._edit(message, parent, at)
        elif dice.happens(_RECALL):
            self._recall(message, parent, at)
        return 1

    def _trouble(self) -> int:
        """Somebody writes what the covenants forbid."""
        dice = self._dice
        line, at = self._texts.trouble(dice), self._moment()
        writer = self._writer(line, at)
        packet = [{"type": "red_packet", "title": "恭喜发财"}]
        attachments = packet if line.labels == ("red_packet",) and dice.happens(400) else None
        message = self._say(writer, at, line.text, line.labels, attachments=attachments)
        if dice.happens(_RECALL_TROUBLE):
            self._recall(message, writer, at)
        return 1

    def _writer(self, line: Line, at: int) -> Person:
        if line.role == "teacher":
            return self._dice.pick(self._group.staff)
        if line.role == "parent":
            return self._dice.pick(self._talkers)
        outsider = stranger(self._group, self._dice)
        inviter = self._dice.pick(self._talkers)
        joined_at = max(OPENS, at - self._dice.between(20_000, 10 * MINUTE))
        self._join(outsider, joined_at, inviter)
        return outsider

    def _repeat_flood(self) -> int:
        """One parent sends one text three to five times within a minute."""
        parent, at, text = self._flooder(), self._moment(), self._filled(QUESTIONS)
        times = self._dice.between(3, 5)
        for nth in range(1, times + 1):
            wrong = ("flood_repeat",) if nth >= 3 else ()
            self._say(parent, at, text, wrong, delayed=False)
            at += self._dice.between(3_000, 12_000)
        return times

    def _rate_flood(self) -> int:
        """One parent breaks a question into ten messages and more within a minute."""
        parent, at = self._flooder(), self._moment()
        times = self._dice.between(10, 12)
        for nth, text in enumerate(IMPATIENCE[:times], start=1):
            # One finding a window: those after the tenth are the same flood.
            wrong = ("flood_rate",) if nth == 10 else ()
            self._say(parent, at, text, wrong, delayed=False)
            at += self._dice.between(2_000, 4_900)
        return times

    def _flooder(self) -> Person:
        return self._talkers.pop(self._dice.below(len(self._talkers)))

    def _comings(self) -> None:
        """Names change, and parents come in later than the rest."""
        dice = self._dice
        if dice.happens(_RENAME):
            parent = dice.pick(self._group.parents)
            event = self._event("rename", parent, self._moment())
            self._send(event | {"name": dice.pick((parent.own, parent.name))}, parent, ())
        if dice.happens(_NEWCOMER):
            self._join(dice.pick(self._group.parents), self._moment(), self._group.staff[0])

    def _join(self, person: Person, at: int, inviter: Person) -> None:
        event = self._event("join", person, at)
        event |= {"name": person.name, "platform_role": person.platform_role}
        self._send(event | {"inviter_id": inviter.member_id}, person, (), delayed=False)

    def _edit(self, message: dict[str, Any], writer: Person, at: int) -> None:
        """The writer puts another text in its place, once in ten a forbidden one."""
        dice = self._dice
        line = self._texts.trouble(dice) if dice.happens(100) else None
        wrong = line.labels if line and line.role == "parent" else ()
        text = line.text if line and wrong else self._filled(QUESTIONS)
        event = self._event("edit", writer, at + dice.between(20_000, 90_000))
        self._send(event | {"text": text, "message_id": message["id"]}, writer, wrong)

    def _recall(self, message: dict[str, Any], writer: Person, at: int) -> None:
        event = self._event("recall", writer, at + self._dice.between(15_000, 100_000))
        self._send(event | {"message_id": message["id"]}, writer, (), delayed=False)

    def _say(
        self,
        writer: Person,
        at: int,
        text: str,
        wrong: Sequence[str] = (),
        *,
        delayed: bool = True,
        **more: Any,
    ) -> dict[str, Any]:
        event = self._event("message", writer, at)
        event |= {"text": text, "name": writer.name, "platform_role": writer.platform_role}
        event |= {field: value for field, value in more.items() if value is not None}
        self._send(event, writer, wrong, delayed=delayed)
        return event

    def _event(self, kind: str, writer: Person, at: int) -> dict[str, Any]:
        """What every event has. `at`: milliseconds after the group's midnight."""
        return {
            "id": f"{self._name}-{len(self.records)}",
            "kind": kind,
            "platform": self._group.platform,
            "group_id": self._group.group_id,
            "member_id": writer.member_id,
            "sent_at": self._midnight + at,
        }

    def _send(
        self, event: dict[str, Any], writer: Person, wrong: Sequence[str], *, delayed: bool = True
    ) -> None:
        """Put an event on its way: a few are delayed by seconds, a few come twice."""
        dice, arrives_at = self._dice, event["sent_at"]
        at = arrives_at - self._midnight
        found = list(wrong)
        if event["kind"] in ("message", "edit") and at >= QUIET and writer.role not in STAFF:
            found.append("quiet_hours")
        if delayed and dice.happens(_DELAYED):
            arrives_at += dice.between(2_000, 9_000)
        truth = {
            "id": event["id"],
            "group_id": event["group_id"],
            "wrong": found,
            "role": writer.role,
        }
        self.records.append(Record(arrives_at, event, truth))
        if dice.happens(_DUPLICATE):
            again = arrives_at + dice.between(500, 5_000)
            self.records.append(Record(again, event, truth))

    def _moment(self) -> int:
        """When something is written: milliseconds after midnight, between opening and closing."""
        hour = self._dice.pick(_HOURS)
        at = hour * HOUR + self._dice.below(HOUR)
        if hour == QUIET // HOUR and not self._dice.happens(_LATE_NIGHT):
            # Those who write after ten mostly do so in the first half hour.
            return QUIET + (at - QUIET) // 2
        return max(OPENS + 1_000, at)

    def _filled(self, patterns: Sequence[str]) -> str:
        numbers = {"n": self._dice.between(1, 30), "m": self._dice.between(3, 90)}
        return self._dice.pick(patterns).format(**numbers)
