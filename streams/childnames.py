"""The children of a group's roster whom texts name.

State holds prints of their names alone. So an index of a group's children is made of these at the
first text, and held in memory until the next roster; nothing depends on when it is made.
"""

import re
from typing import Final

import msgspec

from schemas.event import Edit, Message
from streams.naming.children import ChildIndex
from streams.naming.words import RELATIONS
from streams.people import People
from streams.said import Said
from streams.state import Group
from streams.text import CHILD, fold
from streams.text.privacy.rolls import NAMES_MIN
from streams.turn import Turn

_BEHIND: Final = 8
"""Characters behind a child's name that say whose relation it is: 浩然 and 同学的妈妈."""
_FAMILY: Final = re.compile(
    "(?:同学|小朋友)?(?:他|她|家)?的?(?:家长|"
    + "|".join(sorted((word for family in RELATIONS for word in family), key=len, reverse=True))
    + ")"
)


def read(turn: Turn, event: Message | Edit) -> tuple[Said, tuple[int, ...]]:
    """What a message says, and which children of the class it names (prints, in its order). Where
    it names some, it is read with `CHILD` in their places.
    """
    attachments = event.attachments if isinstance(event, Message) else ()
    policy, role = turn.policy, turn.member.role
    index = index_of(turn.group, turn.people) if policy.names_children else None
    children = _children(index, event.text) if index is not None else ()
    if index is None or not children:
        return policy.said(event.text, role, attachments), ()
    said = policy.said(index.replaced(event.text, CHILD), role, attachments)
    if len(children) >= NAMES_MIN:
        # A roll is told by its names, which stand only in the text as it was written.
        is_roll = policy.said(event.text, role, attachments).is_roll
        said = msgspec.structs.replace(said, is_roll=is_roll)
    if role == "parent" and children == (turn.member.child,):
        said = _of_own_child(said)
    return said, children


def index_of(group: Group, people: People) -> ChildIndex[int] | None:
    """The index of the group's children; None without a roster."""
    if not group.head.is_rostered:
        return None
    if group.named_children is None:
        members = [group.peek(member_id) for member_id in group.members]
        children = sorted({(one.child, one.child, one.given) for one in members if one.child})
        group.named_children = ChildIndex(children, people.prints)
        people.note_index(group)
    return group.named_children


def named_parents(turn: Turn, text: str) -> tuple[str, ...]:
    """The members whom a text names by a child of the class and the relation to it (浩然妈妈), but
    for who wrote it; in the order of their ids. The roster does not say which parent is which.
    """
    index = index_of(turn.group, turn.people)
    if index is None:
        return ()
    meant = {
        one.key
        for one in index.named(text)
        if _FAMILY.match(fold(text[one.end : one.end + _BEHIND]))
    }
    turn.group.looked_at += len(turn.group.members) if meant else 0
    return tuple(
        member_id
        for member_id in sorted(turn.group.members if meant else ())
        if member_id != turn.member_id and _is_parent_of(turn.group, member_id, meant)
    )


def _is_parent_of(group: Group, member_id: str, children: set[int]) -> bool:
    member = group.peek(member_id)
    return member.role == "parent" and member.child in children


def _children(index: ChildIndex[int], text: str) -> tuple[int, ...]:
    return tuple(dict.fromkeys(one.key for one in index.named(text)))


def _of_own_child(said: Said) -> Said:
    """What a parent says of the own child is a private matter, whatever it is."""
    if "criticise_child" not in said.labels:
        return said
    labels = ("private_matter" if one == "criticise_child" else one for one in said.labels)
    return msgspec.structs.replace(said, labels=tuple(dict.fromkeys(labels)))
