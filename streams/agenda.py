"""A group's deadlines: what is due, when, and of which kind.

A deadline's time is a function of the log and the pack; ticks only move the clock. Of one time the
kinds come in the order of their numbers. What a deadline means is looked up when it comes
(`streams.deadlines`), so one that became void fires into nothing.
"""

from bisect import insort
from collections.abc import Callable
from typing import Final

from streams.parts import AGENDA, DUES_BYTES_MAX, DUES_MAX, Agenda, Due
from streams.state import Group

UNMUTE_ALL: Final = 1
MUTE_ALL: Final = 2
CLOCK: Final = 3
NOTICE: Final = 4
NAME: Final = 5
REVIEW: Final = 6
ABSENCE: Final = 7
SILENCE: Final = 8
WEEKLY: Final = 9


PERIODIC: Final = frozenset({UNMUTE_ALL, MUTE_ALL, ABSENCE, SILENCE, WEEKLY})
"""Kinds of which each is set by the one before it."""


_DUE_BYTES: Final = 20
"""Of a deadline beside its words: its time, its kind, and what the encoding adds."""


def after(at: int, span_ms: int) -> int:
    """When a time given to a person for an answer is over: it includes its last moment."""
    return at + span_ms + 1


def plan_due(group: Group, due: Due) -> None:
    """Set a deadline, in place of one of the same kind, rule and object."""
    agenda = group.part(AGENDA, Agenda)
    agenda.dues = [one for one in agenda.dues if _object(one) != _object(due)]
    insort(agenda.dues, due)
    while len(agenda.dues) > DUES_MAX or _bytes(agenda.dues) > DUES_BYTES_MAX:
        agenda.dues.remove(_furthest(agenda.dues))
    group.plan()


def _bytes(dues: list[Due]) -> int:
    return sum(len(due.about.encode()) + len(due.rule.encode()) + _DUE_BYTES for due in dues)


def _furthest(dues: list[Due]) -> Due:
    """What gives way where there are too many. Not what comes again and again: it is set anew only
    when it fires, and would never come again.
    """
    given = [due for due in dues if due.kind not in PERIODIC]
    return (given or dues)[-1]


def cancel(group: Group, kind: int, about: str) -> None:
    """Take a kind's deadlines about an object away; they would have fired into nothing."""
    keep_dues(group, lambda due: (due.kind, due.about) != (kind, about))


def keep_dues(group: Group, wanted: Callable[[Due], bool]) -> None:
    """Keep only the deadlines that are wanted."""
    agenda = group.look(AGENDA, Agenda)
    if agenda is not None and not all(map(wanted, agenda.dues)):
        agenda = group.part(AGENDA, Agenda)
        agenda.dues = list(filter(wanted, agenda.dues))
        group.plan()


def next_due(group: Group) -> Due | None:
    """The next deadline, for a look only."""
    agenda = group.look(AGENDA, Agenda)
    return agenda.dues[0] if agenda is not None and agenda.dues else None


def take_due(group: Group) -> Due:
    """Take the next deadline off. There must be one."""
    return group.part(AGENDA, Agenda).dues.pop(0)


def _object(due: Due) -> tuple[int, str, str]:
    return due.kind, due.about, due.rule
