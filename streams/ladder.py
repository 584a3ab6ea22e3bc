"""The four ladders: what the n-th strike brings beside the class's own actions."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from msgspec import Struct

from schemas.action import ActionKind
from schemas.policy import LadderName, Recipient
from streams.state import Member, Strike


class Step(Struct, frozen=True, kw_only=True):
    """One rung: actions added and taken away, and the one that tells the member of it.

    `to_role` and `proposal` are the review's (or the escalation's), `None` for the pack's own;
    `suggest` is what an escalation advises.
    """

    told_by: ActionKind
    add: tuple[ActionKind, ...] = ()
    drop: tuple[ActionKind, ...] = ()
    proposal: str = ""
    to_role: Recipient | None = None
    suggest: str = ""


_REMIND: Final = Step(told_by="remind")


def _guide(rung: int, _mutes: bool) -> Step:
    return _REMIND if rung < 3 else Step(told_by="remind", add=("review",))


def _discretion(rung: int, mutes: bool) -> Step:
    if rung >= 3:
        return Step(told_by="review", add=("review",), drop=("remind",), proposal="remove")
    return Step(told_by="mute", add=("mute",)) if rung == 2 and mutes else _REMIND


def _owner_removes(_rung: int, _mutes: bool) -> Step:
    return Step(told_by="remind", add=("review",), proposal="remove", to_role="owner")


def _three_steps(rung: int, _mutes: bool) -> Step:
    """Its steps go on beside a severe finding, whose class reminds of nothing: so the first one
    brings the reminder by itself.
    """
    if rung >= 3:
        return Step(
            told_by="escalate",
            add=("escalate",),
            drop=("remind",),
            to_role="admin",
            suggest="leave",
        )
    if rung == 2:
        return Step(told_by="notice", add=("notice",), drop=("remind",))
    return Step(told_by="remind", add=("remind",))


PAST_SEVERE: Final[frozenset[LadderName]] = frozenset({"three_steps"})
"""The ladders whose steps a severe finding takes besides; it goes past the others."""

LADDERS: Final[Mapping[LadderName, Callable[[int, bool], Step]]] = {
    "guide": _guide,
    "discretion": _discretion,
    "owner_removes": _owner_removes,
    "three_steps": _three_steps,
}


def in_force(member: Member, now: int, lapse_ms: int | None) -> tuple[Strike, ...]:
    """The strikes that have not lapsed at `now` (ms)."""
    strikes = member.strikes
    if lapse_ms is None or not strikes:
        return strikes
    return tuple([strike for strike in strikes if strike.at > now - lapse_ms])


def rung_of(strikes: Sequence[Strike]) -> int:
    """The rung of the next strike: one above those that the member was told of."""
    return 1 + sum([strike.told for strike in strikes])


def weight_of(strikes: Sequence[Strike]) -> int | float:
    """The strikes' sum, as an action names it: a whole number is written as one.

    A weight that went through the changelog came back as a float; the action's bytes must not
    tell the difference.
    """
    weight = sum([strike.weight for strike in strikes])
    return int(weight) if weight == int(weight) else weight
