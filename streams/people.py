"""The members of groups, as records concern them: decoded, and marked as changed."""

from collections import deque
from typing import Final

from streams.calendar import DAY_MS
from streams.fingerprints import Prints
from streams.slim import slim
from streams.state import Group, Member

KEEP_MS: Final = 14 * DAY_MS
"""How long a member is remembered who is equal to an unknown one but for his ring of ids: twice
the log's retention, so that no record of his can come again."""


INDEXED_MAX: Final = 8_192
"""Groups of a partition whose children are held ready for texts: bounds the memory for it."""


class People:
    """Finds members. Holds the prints of texts and names, the newly decoded members, whom the record
    in hand met, and which groups have an index of their children.
    """

    def __init__(self, prints: Prints) -> None:
        self.prints = prints
        self.young: deque[tuple[Group, str]] = deque()
        self.met: list[Member] = []
        self._indexed: deque[Group] = deque()

    def member(self, group: Group, member_id: str) -> Member:
        """The member, decoded and marked as changed; a new one where nobody knows the id."""
        member = group.members.get(member_id)
        if member.__class__ is not Member:
            member = group.member(member_id) or self._newcomer(group, member_id)
            if member_id not in group.members:
                return member
            self.young.append((group, member_id))
        group.changed[member_id] = member
        # It may grow by all that follows: so much room is taken until somebody measures.
        group.unmeasured_until -= 1
        group.grown.append(member_id)
        self.met.append(member)
        return member

    def let_go(self) -> None:
        """A record, or a deadline, is done: whom it met is brought within bounds."""
        for member in self.met:
            slim(member)
        self.met.clear()

    def note_index(self, group: Group) -> None:
        """The group has an index of its children now; the one made longest ago gives way."""
        self._indexed.append(group)
        if len(self._indexed) > INDEXED_MAX:
            self._indexed.popleft().named_children = None

    def _newcomer(self, group: Group, member_id: str) -> Member:
        member = Member()
        if group.has_room_for(member_id):
            group.keep(member_id, member)
            if not group.head.forget_at:
                plan_forgetting(group, group.head.clock + KEEP_MS)
        return member


def plan_forgetting(group: Group, at: int) -> None:
    """Look for members to forget at the first midnight (UTC) after `at`."""
    group.head.forget_at = (at // DAY_MS + 1) * DAY_MS
    group.plan()
