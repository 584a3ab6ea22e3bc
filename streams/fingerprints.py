"""What is kept of a text: the keyed hash of its normal form, never the text."""

from functools import lru_cache
from typing import Final

from streams.identity import fingerprint
from streams.text import fold, is_acknowledgement, repeated_line

ACKNOWLEDGED: Final = -1
"""In place of a bare acknowledgement's print: it breaks a run and counts in none."""
KNOWN_MAX: Final = 32_768
LENGTH_MAX: Final = 256
"""Longer texts seldom come again, and enough of them would fill the memory."""

Print = tuple[int, int]
"""A text's print (0: nothing to compare) and how often one line stands in it.

No line of an acknowledgement, nor of a text without words, is ever one of a run.
"""


class Prints:
    """The prints of texts under one key.

    Many messages are the same few words, so what was found is kept in `known`; that holds texts in
    memory only, where the records themselves are.
    """

    def __init__(self, secret: bytes) -> None:
        self.known: dict[str, Print] = {}
        self._secret = secret

    def of(self, text: str) -> Print:
        """A text's print, as it is known or as it is found now."""
        found = self.known.get(text)
        if found is None:
            found = self._print(text)
            if len(text) <= LENGTH_MAX:
                if len(self.known) >= KNOWN_MAX:
                    self.known.clear()
                self.known[text] = found
        return found

    def of_name(self, name: str) -> int:
        """The print of a person's name."""
        return fingerprint(fold(name), self._secret)

    def _print(self, text: str) -> Print:
        folded = fold(text)
        if not folded:
            return 0, 0
        if is_acknowledgement(folded):
            return ACKNOWLEDGED, 0
        lines = 1 if len(text.splitlines()) == 1 else repeated_line(text)
        return fingerprint(folded, self._secret), lines


@lru_cache(maxsize=8)
def prints_under(secret: bytes) -> Prints:
    """The prints under a key, one store for all partitions of a process."""
    return Prints(secret)
