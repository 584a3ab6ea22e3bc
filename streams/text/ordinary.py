"""Ordinary words: whether a spelling that reads like another word is a word of its own."""

from collections.abc import Iterator
from typing import Final

from streams.text.ordinary_table import THREE, TWO

Span = tuple[int, int]
"""Start and end, as of a slice."""


def _words() -> Iterator[str]:
    for entry in TWO.split():
        yield from (entry[0] + second for second in entry[1:])
    for entry in THREE.split():
        yield from (entry[0] + entry[at : at + 2] for at in range(1, len(entry), 2))


_OF_TODAY: Final = (
    *("特朗普", "太奶", "太奶奶", "老四", "四季", "走读", "团票", "袋里", "侧袋", "挑食", "带画"),
    *("a或", "b或", "c或"),
)
"""Everyday words and meetings of words that the dictionary has not."""
_WORDS: Final = frozenset((*_words(), *_OF_TODAY))
_LONGEST: Final = 3


def ordinary_words(text: str, span: Span) -> Iterator[Span]:
    """The ordinary words that share a letter with this stretch of a text, at most 2 * len + 3."""
    start, end = span
    for first in range(max(0, start - _LONGEST + 1), end):
        for length in range(2, min(_LONGEST, len(text) - first) + 1):
            if first + length > start and text[first : first + length] in _WORDS:
                yield first, first + length
