"""Files as a platform: events come as JSON lines, actions go as JSON lines."""

from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO, NamedTuple

from adapters.protocol import Capabilities, outcome_of
from schemas.action import Action, Outcome, encode_action
from schemas.event import Rejected, decode_event


class Keyed(NamedTuple):
    """A record for `chat.events`."""

    key: bytes
    value: bytes


class BadLine(NamedTuple):
    """A line that is no event: its number, and why."""

    number: int
    rejected: Rejected


class FileAdapter:
    """Appends each action to an open file, as the wire contract has it."""

    def __init__(self, out: BinaryIO, now_ms: Callable[[], int]) -> None:
        self._out = out
        self._now_ms = now_ms

    @property
    def capabilities(self) -> Capabilities:
        """Everything can be written down."""
        return Capabilities()

    async def perform(self, action: Action) -> Outcome:
        """Write the action's line and give it to the system. Raises OSError if that fails."""
        self._out.write(encode_action(action) + b"\n")
        self._out.flush()
        return outcome_of(action, "done", self._now_ms())


def events_of(lines: Iterable[bytes], first: int = 1) -> Iterator[Keyed | BadLine]:
    """The records of a file of events, each as its line has it; what is none is told, not sent. The
    lines are numbered from `first` on.
    """
    for number, line in enumerate(lines, start=first):
        value = line.strip()
        if not value:
            continue
        event = decode_event(value)
        if isinstance(event, Rejected):
            yield BadLine(number, event)
        else:
            yield Keyed(f"{event.platform}:{event.group_id}".encode(), value)
