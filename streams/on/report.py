"""A member reports another."""

from schemas.event import Report
from streams.turn import Turn


def on_report(turn: Turn, event: Report) -> None:
    """A report asks a person, and punishes nobody."""
