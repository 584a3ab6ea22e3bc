"""Notices of the staff: which ask for an answer, who has answered, what follows at the deadline."""

from collections.abc import Sequence

from schemas.event import Message
from streams.parts import Due
from streams.rules.finding import Finding
from streams.shown import Shown
from streams.turn import Turn


def heard(turn: Turn, event: Message, shown: Shown, findings: Sequence[Finding]) -> None:
    """Take a message in: it may open a notice, answer one, or both."""


def notice_due(turn: Turn, due: Due) -> None:
    """A notice's deadline has come."""
