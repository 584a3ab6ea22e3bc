"""What is wrong with a pack: one fault a line, with its place and its mend."""

import difflib
from collections.abc import Iterable
from typing import Final, NamedTuple

from msgspec import Struct

FAULTS_MAX: Final = 100
"""More than this many faults of one pack are not collected: hostile text could hold millions."""

_SHOWN_MAX: Final = 40


class Mark(NamedTuple):
    """A place in a text, counted from 1; `source` is named where several texts make one pack."""

    line: int
    column: int
    source: str = ""


class Fault(Struct, frozen=True, kw_only=True, gc=False):
    """One fault. `line` and `column` count from 1; both are 0 where it stands in no file."""

    source: str
    message: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """`FILE:LINE:COL: message`, as editors and people read it."""
        place = f":{self.line}:{self.column}" if self.line else ""
        return f"{self.source}{place}: {self.message}"


class Enough(Exception):
    """Raised at the last fault that is collected; the collector catches it."""


class Faults:
    """The faults of one source, as they are found."""

    def __init__(self, source: str, found: list[Fault] | None = None) -> None:
        self.source = source
        self.found: list[Fault] = [] if found is None else found

    def of(self, source: str) -> "Faults":
        """Where the faults of another source go, among the same."""
        return Faults(source, self.found)

    def at(self, mark: Mark, message: str) -> None:
        """Note a fault at a place. Raises `Enough` at the last one that is collected."""
        self.found.append(
            Fault(
                source=mark.source or self.source,
                message=message,
                line=mark.line,
                column=mark.column,
            )
        )
        if len(self.found) >= FAULTS_MAX:
            raise Enough

    def beside(self, source: str, message: str) -> None:
        """Note a fault that stands outside of the text, such as in an option."""
        self.found.append(Fault(source=source, message=message))
        if len(self.found) >= FAULTS_MAX:
            raise Enough


def shown(text: str) -> str:
    """A word of the text, fit for one line: quoted, cut, without control characters."""
    cut = text if len(text) <= _SHOWN_MAX else text[: _SHOWN_MAX - 1] + "…"
    return '"' + "".join(c if c.isprintable() else "�" for c in cut) + '"'


def hint(word: str, known: Iterable[str]) -> str:
    """` (did you mean …?)` with the nearest known word, or the list of all where none is near."""
    words = list(known)
    # Cut, because the comparison is quadratic and the word may be a megabyte.
    near = difflib.get_close_matches(word[:64], words, n=1, cutoff=0.6)
    if near:
        return f"; did you mean {near[0]}?"
    return f"; known here: {', '.join(words)}" if len(words) <= 16 else ""
