"""What was found in texts: many read at once, and kept for those that come again.

A function of the text alone, so what is kept changes no answer, only its price.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, Generic, TypeVar

V = TypeVar("V")

TEXT_MAX: Final = 4_096
"""A longer text is read alone, which costs it little more, and not kept."""
LETTERS_MAX: Final = 256 * TEXT_MAX
"""Letters of all texts that are kept: as many as the longest texts of one piece of a log have."""
TEXTS_MAX: Final = 32_768


class Kept(Generic[V]):
    """Answers by text. They are in memory only, where the records themselves are."""

    def __init__(self, find: Callable[[Sequence[str]], Sequence[V]]) -> None:
        """`find` answers for several texts, of each as if it were asked of it alone."""
        self._find = find
        self._known: dict[str, V] = {}
        self._letters = 0

    def of(self, text: str) -> V:
        """The answer for a text."""
        if text in self._known:
            return self._known[text]
        if len(text) > TEXT_MAX:
            return self._find([text])[0]
        self.read([text])
        return self._known[text]

    def read(self, texts: Iterable[str]) -> None:
        """Read what is new among the texts, all at once."""
        known = self._known
        fresh = [
            text for text in dict.fromkeys(texts) if text not in known and len(text) <= TEXT_MAX
        ]
        if not fresh:
            return
        letters = sum(map(len, fresh))
        if self._letters + letters > LETTERS_MAX or len(known) + len(fresh) > TEXTS_MAX:
            known.clear()
            self._letters = 0
        self._letters += letters
        known.update(zip(fresh, self._find(fresh), strict=True))
