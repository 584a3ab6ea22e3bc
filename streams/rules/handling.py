"""What each class of finding brings: the actions, the strike, and what of it binds staff."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from schemas.action import ActionKind
from schemas.policy import Handling


class Response(Struct, frozen=True, kw_only=True):
    """The actions that a class of finding brings before the ladder, and its strike's weight."""

    kinds: tuple[ActionKind, ...]
    strike: float
    proposal: str = ""


RESPONSES: Final[Mapping[Handling, Response]] = {
    "clear": Response(kinds=("delete", "remind"), strike=1),
    "severe": Response(kinds=("delete", "review"), strike=1, proposal="remove"),
    "speech": Response(kinds=("delete", "remind"), strike=1),
    "judgement": Response(kinds=("review",), strike=0, proposal="delete"),
    "off_topic": Response(kinds=("remind",), strike=0),
    "flood": Response(kinds=("remind",), strike=1),
    "quiet": Response(kinds=("remind",), strike=1),
    "look": Response(kinds=("review",), strike=0, proposal="look"),
    "plain": Response(kinds=(), strike=0),
    "spare": Response(kinds=(), strike=0),
}

STAFF_LABELS: Final = frozenset({"ad", "grades", "criticise_child"})
"""Of the clear-cut and judgement labels, those whose clauses bind staff too."""

STAFF_REVIEWED: Final = frozenset({"ad", "grades"})
"""Of these, the ones that the school office hears of."""
