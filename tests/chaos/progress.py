"""What a run remembers in its folder: how far it came, and how the next start goes on."""

from pathlib import Path
from typing import Self

import msgspec
from msgspec import Struct

from tests.system.platform import Span

FILE = "progress.json"


class Hit(Struct, frozen=True, kw_only=True):
    """A fault that was done. Records of the topic that it was aimed at; seconds."""

    number: int
    kind: str
    committed: int
    end: int
    took_s: float
    proof: str = ""

    @property
    def in_the_middle(self) -> bool:
        """Whether it hit while there was work done and work left."""
        return 0 < self.committed < self.end


class Check(Struct, frozen=True, kw_only=True):
    """A comparison with the oracle, as it was printed."""

    faults: int
    line: str
    is_right: bool


class Progress(Struct, kw_only=True):
    """The progress file. `event_ms`: event time when it was written; time goes on from there.

    `spans`: when Redis was made to forget.
    """

    seed: int
    brokers: int
    pack: str
    event_ms: int
    sent: int = 0
    workers: int = 2
    hits: list[Hit] = []
    checks: list[Check] = []
    spans: list[Span] = []
    starts: int = 0
    seconds: float = 0.0
    is_over: bool = False

    @classmethod
    def read(cls, folder: Path) -> Self | None:
        """What the folder remembers; None for a new one."""
        file = folder / FILE
        return msgspec.json.decode(file.read_bytes(), type=cls) if file.exists() else None

    def write(self, folder: Path) -> None:
        """Replace the file in one step, so that a kill leaves the old one or the new one."""
        new = folder / f"{FILE}.new"
        new.write_bytes(msgspec.json.format(msgspec.json.encode(self)))
        new.replace(folder / FILE)
