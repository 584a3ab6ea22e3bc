"""Counts: so many messages, attachments or different members within a period."""

from collections.abc import Iterator

from schemas.event import Edit, Message
from streams.rules.finding import Finding
from streams.shown import Shown
from streams.turn import Turn


def find_counts(
    turn: Turn, event: Message | Edit, shown: Shown, spared: frozenset[str]
) -> Iterator[Finding]:
    """One finding a rule and full window; the record that completes it brings it."""
    yield from ()
