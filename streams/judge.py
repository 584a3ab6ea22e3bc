"""The judge: one record of one group, and what follows from it. Pure, total, without a clock.

The order is the covenant's: the record moves its group's clock, what is due by then is done with
each deadline's own time, then the record itself is judged by what was known before it.
"""

from typing import Final

from schemas.action import Action
from schemas.event import (
    Command,
    Edit,
    Event,
    Join,
    Leave,
    Message,
    OutcomeSeen,
    Recall,
    Rejected,
    Rename,
    Report,
    Roster,
    Tick,
    WatchSeen,
)
from streams.authority import has_authority
from streams.commands import obey
from streams.deadlines import fire
from streams.fingerprints import Prints
from streams.identity import hash64
from streams.on.message import on_edit, on_message
from streams.on.outcome import on_outcome
from streams.on.presence import on_join, on_leave, on_rename
from streams.on.recall import on_recall
from streams.on.report import on_report
from streams.on.roster import is_wide, on_roster
from streams.people import People
from streams.periodic import go_over
from streams.policy.compile import Policy
from streams.state import SEEN_MAX, Group, Member, Seen
from streams.turn import Turn
from streams.weekly import count, note_deletions, note_outcome

LATE_MS: Final = 600_000


class Judge:
    """Judges the records of groups."""

    def __init__(self, prints: Prints) -> None:
        self.people = People(prints)

    def judge(
        self, group: Group, event: Event, policy: Policy, out: list[Action]
    ) -> bool | Rejected:
        """Judge one record; the actions go to `out`, the changes stay in the group. False where what
        is due before it is not all done, because the group must be written first: then nothing of the
        record itself is judged. A `Rejected` where a part of it was refused.
        """
        head, sent_at = group.head, event.sent_at
        now = max(head.clock, sent_at)
        if head.next_at and head.next_at <= now and not fire(group, now, policy, self.people, out):
            return False
        if isinstance(event, Tick):
            return True
        if is_wide(event) and group.changed:
            return False
        late = now - sent_at > LATE_MS
        head.clock = now
        refused = self._on_record(group, event, policy, out, late=late)
        self.people.let_go()
        return refused or True

    def _on_record(
        self, group: Group, event: Event, policy: Policy, out: list[Action], *, late: bool
    ) -> Rejected | None:
        """Judge the record itself; what is due by then is done. What was refused of it, if anything."""
        told, refused = len(out), None
        if isinstance(event, OutcomeSeen):
            on_outcome(group, event, self.people)
            note_outcome(group, event)
        elif isinstance(event, WatchSeen | Tick):
            return None
        elif isinstance(event, Message):
            on_message(self._turn(group, event, policy, out, late=late), event)
        elif not _known(group, _ring_of(group, event, policy), event):
            refused = self._on_other(group, event, policy, out, late=late)
        if len(out) > told:
            note_deletions(group, policy, out[told:])
        return refused

    def _on_other(
        self,
        group: Group,
        event: Edit | Recall | Join | Leave | Rename | Report | Command | Roster,
        policy: Policy,
        out: list[Action],
        *,
        late: bool,
    ) -> Rejected | None:
        """Judge a record that is not told by its member's ring whether it came before; what was
        refused of it.
        """
        go_over(group, policy, self.people, out)
        refused = None
        if isinstance(event, Recall):
            on_recall(group, event, self.people)
        elif isinstance(event, Roster):
            turn = Turn(group, policy, None, Member(), event.sent_at, out, self.people)
            refused = on_roster(turn, event)
            # Who owes an answer is asked of the roster.
            group.recall_duties()
        elif isinstance(event, Command):
            obey(self._turn(group, event, policy, out, late=False), event)
        else:
            turn = self._turn(group, event, policy, out, late=late)
            if isinstance(event, Edit):
                on_edit(turn, event)
            elif isinstance(event, Report):
                on_report(turn, event)
            elif isinstance(event, Join):
                on_join(turn, event)
                count(turn, "joins")
            elif isinstance(event, Leave):
                on_leave(turn, event)
                count(turn, "leaves")
            else:
                on_rename(turn, event)
        return refused

    def _turn(
        self,
        group: Group,
        event: Message | Edit | Join | Leave | Rename | Report | Command,
        policy: Policy,
        out: list[Action],
        *,
        late: bool,
    ) -> Turn:
        member = self.people.member(group, event.member_id)
        return Turn(
            group, policy, event.member_id, member, event.sent_at, out, self.people, late=late
        )


def _ring_of(group: Group, event: Event, policy: Policy) -> Seen:
    """The ring that remembers a record that is no message."""
    if isinstance(event, Roster):
        return group.desk.orders
    if isinstance(event, Command) and event.member_id in group.members:
        sender = group.peek(event.member_id)
        return group.desk.orders if has_authority(sender, policy) else group.desk.seen
    return group.desk.seen


def _known(group: Group, ring: Seen, event: Event) -> bool:
    """Whether a record that is no message was seen, or is as old as what the ring forgot;
    remembers it there. A ring that is full of one time forgets nothing new of that time.
    """
    name, sent_at = hash64(event.id), event.sent_at
    # Whichever ring it was remembered in: its sender's rights may have changed since.
    if name in group.desk.seen.ids or name in group.desk.orders.ids:
        return True
    if sent_at <= ring.dropped and sent_at < max(ring.ids.values()):
        return True
    ring.ids[name] = sent_at
    group.desk_changed = True
    if len(ring.ids) > SEEN_MAX:
        oldest = min(ring.ids, key=ring.ids.__getitem__)
        ring.dropped = ring.ids.pop(oldest)
    return False
