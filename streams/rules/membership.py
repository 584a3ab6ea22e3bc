"""Membership: who is in the group, held against the roster."""

from collections.abc import Iterator

from schemas.event import Message
from streams.rules.finding import Finding
from streams.turn import Turn


def find_strangers(turn: Turn, event: Message) -> Iterator[Finding]:
    """One finding a rule, and once a member, where one wrote who is a stranger to the roster."""
    yield from ()
