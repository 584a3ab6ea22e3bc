"""What one message shows in its group: what it says, what hangs on it, whom it means.

The rules' filters ask this, and nothing else, of a message.
"""

from collections.abc import Collection
from typing import Final

import msgspec
from msgspec import Struct

from schemas.event import Edit, Message
from schemas.policy import Where
from streams.childnames import read
from streams.parts import NOTICE, Notice
from streams.said import NOTHING, Said
from streams.turn import Turn

ALL: Final = "all"
"""In place of a member's id in a message's mentions."""


class Shown(Struct, frozen=True, kw_only=True):
    """What a message shows. `types`: of its attachments. `mentioned`: ids, `all` left out;
    `mentions`: words of `schemas.policy.Mentioned`. `answers`: the member whose message it replies
    to, None where that is not known; `replies`: words of `Where.reply_to`. `other`: the other side
    of a dispute, empty where there is none. `children`: prints of the roster's children whom it
    names.
    """

    said: Said
    types: frozenset[str] = frozenset()
    mentioned: tuple[str, ...] = ()
    mentions: frozenset[str] = frozenset()
    answers: str | None = None
    replies: frozenset[str] = frozenset()
    other: str = ""
    children: tuple[int, ...] = ()


PLAIN: Final = Shown(said=NOTHING)
"""What a message shows of which nothing is found, and on which nothing hangs."""


def shown_in(turn: Turn, event: Message | Edit) -> Shown:
    """What the message shows to the rules of the turn's policy."""
    said, children = read(turn, event)
    cues = turn.policy.cues_in(event.text)
    if cues:
        said = msgspec.structs.replace(said, cues=cues)
    if not isinstance(event, Message) or not (
        event.attachments or event.mentions or event.reply_to
    ):
        # Most show nothing, and one object of it serves all.
        return Shown(said=said, children=children) if children or said is not NOTHING else PLAIN
    mentioned = tuple(one for one in dict.fromkeys(event.mentions) if one != ALL)
    answers = turn.group.writer_of(event.reply_to) if event.reply_to else None
    return Shown(
        said=said,
        types=frozenset(attachment.type for attachment in event.attachments),
        mentioned=mentioned,
        mentions=_mentions(turn, event, mentioned),
        answers=answers,
        replies=_replies(turn, event, answers, mentioned),
        children=children,
    )


def _mentions(turn: Turn, event: Message, mentioned: tuple[str, ...]) -> frozenset[str]:
    words = {"all"} if ALL in event.mentions else set()
    for member_id in mentioned:
        words.add("member")
        if is_staff(turn, member_id):
            words.add("staff")
    return frozenset(words)


def _replies(
    turn: Turn, event: Message, answers: str | None, mentioned: tuple[str, ...]
) -> frozenset[str]:
    words = set()
    if event.reply_to and turn.group.look(NOTICE, Notice, event.reply_to) is not None:
        words.add("notice")
    if answers is None:
        return frozenset(words)
    words.add("anyone")
    if is_staff(turn, answers):
        words.add("staff")
    if answers in mentioned:
        words.add("mentioned")
    return frozenset(words)


def is_staff(turn: Turn, member_id: str) -> bool:
    """Whether a member is of the pack's staff."""
    return turn.group.role_of(member_id) in turn.policy.staff


def holds(where: Where, shown: Shown) -> bool:
    """Whether all filters hold that are given of a message."""
    said = shown.said
    return (
        _any(where.labels, said.labels)
        and _none(where.not_labels, said.labels)
        and _any(where.cues, said.cues)
        and _none(where.not_cues, said.cues)
        and _any(where.attachments, shown.types)
        and _any(where.mentions, shown.mentions)
        and _any(where.reply_to, shown.replies)
        and _none(where.not_reply_to, shown.replies)
    )


def _any(wanted: Collection[str], there: Collection[str]) -> bool:
    return not wanted or any(one in there for one in wanted)


def _none(unwanted: Collection[str], there: Collection[str]) -> bool:
    return not any(one in there for one in unwanted)
