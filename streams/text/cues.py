"""Ways of speaking: what a message does (it asks, proposes, is urgent), not what is wrong with it.

The lists are those of `lexicon/cues.yaml`. They have words of their own, so a reader that nobody
asks for ways of speaking has no more to look for. A question mark is the one sign that the normal
form does not keep; it is looked for here.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final, Self

from msgspec.structs import replace

from streams.text.lexicon import load_cues
from streams.text.match import CUES, Found
from streams.text.page import Span
from streams.text.row import Row
from streams.text.words import Words, find_plain

QUESTION: Final = "question"

# Nothing to go back to in it; RE2 would stumble over a lone surrogate.
_MARK: Final = re.compile("[?\uff1f\u2753\u2754]")


class Cues:
    """Some of the ways of speaking, made ready to be looked for. Immutable; safe to share."""

    def __init__(self, names: frozenset[str]) -> None:
        """`names`: which; raises `ValueError` where one is none of `CUES`."""
        if unknown := sorted(names - CUES):
            raise ValueError(f"{unknown[0]!r} is no cue; there are {', '.join(sorted(CUES))}")
        lexicon = load_cues()
        rules = tuple(rule for rule in lexicon.rules if rule.label in names)
        self._words = Words(replace(lexicon, rules=rules))
        self._asks = QUESTION in names

    @classmethod
    @lru_cache(maxsize=32)
    def of(cls, names: frozenset[str]) -> Self:
        """Those ways of speaking, made ready once for equal names."""
        return cls(names)

    def find(self, row: Row, links: Mapping[int, Sequence[Span]]) -> dict[int, list[Found]]:
        """The ways of speaking in a row's texts, by the text's number. `links`: the places of links
        in those that have any: a question mark in one asks nothing.
        """
        found = find_plain(self._words, row, links)
        if self._asks:
            for number, text in enumerate(row.texts):
                mark = _marked(text, links.get(number, ()))
                if mark is not None:
                    found.setdefault(number, []).append(Found(QUESTION, *mark, plain=True))
        return found


def _marked(text: str, links: Sequence[Span]) -> Span | None:
    """The first question mark outside of links."""
    behind = 0
    for first, last in (*sorted(links), (len(text), len(text))):
        if behind < first and (match := _MARK.search(text, behind, first)):
            return match.start(), match.end()
        behind = max(behind, last)
    return None
