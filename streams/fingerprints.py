"""What is kept of a text: the keyed hash of its normal form, never the text."""

from functools import lru_cache
from typing import Final

from streams.identity import fingerprint
from streams.text import fold, is_acknowledgement, repeated_line

ACKNOWLEDGED: Final = -1
"""In place of a bare acknowledgement's print: it breaks a run and counts in none."""


@lru_cache(maxsize=32_768)
def text_of(text: str, secret: bytes) -> tuple[int, int]:
    """A text's print (0: nothing to compare) and how often one line stands in it.

    No line of an acknowledgement, nor of a text without words, is ever one of a run.

    Many messages are the same few words, hence the cache; it holds texts in memory only, where
    the records themselves are.
    """
    folded = fold(text)
    if not folded:
        return 0, 0
    if is_acknowledgement(folded):
        return ACKNOWLEDGED, 0
    lines = 1 if len(text.splitlines()) == 1 else repeated_line(text)
    return fingerprint(folded, secret), lines
