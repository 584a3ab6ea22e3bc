"""What the learned model suspects in texts: read many at once, and kept for those that come again.

A function of the text alone, so what is kept changes no answer, only its price.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from streams.text.lexicon import Lexicon, load_lexicon
from streams.text.model import Model
from streams.text.model.grams import LETTERS_MAX
from streams.text.normal import skeleton

LETTERS_KEPT: Final = 256 * LETTERS_MAX
"""Letters of all texts that are kept: as many as the longest texts of one piece of a log have."""

TURNED_BY: Final[Mapping[str, tuple[str, ...]]] = {
    "abuse": ("quote",),
    "conflict": ("quote",),
    "ad": ("never", "forbid", "about", "quote", "notice"),
    "fraud": ("never", "forbid", "about", "quote"),
    "rumour": ("about", "quote", "ask"),
}
"""The cues of the word lists that take a suspicion back. Letters alone don't tell who insults from
who reports an insult, nor who spreads a rumour from who asks about it."""


class Suspicions:
    """The labels that a model names, by text. Texts are kept in memory only."""

    def __init__(self, model: Model, lexicon: Lexicon) -> None:
        self._model = model
        self._innocent = [skeleton(word) for word in lexicon.allowed.get("*", ())]
        self._cues = {
            label: [skeleton(word) for cue in cues for word in lexicon.cues.get(cue, ())]
            for label, cues in TURNED_BY.items()
        }
        self._known: dict[str, tuple[str, ...]] = {}
        self._letters = 0

    def of(self, text: str) -> tuple[str, ...]:
        """The labels that are suspected in a text, in the order of the model's heads."""
        found = self._known.get(text)
        if found is None:
            if len(text) > LETTERS_MAX:
                return self._suspected([text])[0]
            self.read([text])
            found = self._known[text]
        return found

    def read(self, texts: Sequence[str]) -> None:
        """Read what is new among the texts, all at once; of longer ones than the model looks at
        none, as they cost little more when they are read alone.
        """
        known = self._known
        fresh = [
            text for text in dict.fromkeys(texts) if len(text) <= LETTERS_MAX and text not in known
        ]
        if not fresh:
            return
        letters = sum(map(len, fresh))
        if self._letters + letters > LETTERS_KEPT:
            known.clear()
            self._letters = 0
        self._letters += letters
        known.update(zip(fresh, self._suspected(fresh), strict=True))

    def _suspected(self, texts: Sequence[str]) -> list[tuple[str, ...]]:
        return [
            self._unturned(text, labels) if labels else ()
            for text, labels in zip(texts, self._model.labels(texts), strict=True)
        ]

    def _unturned(self, text: str, labels: Sequence[str]) -> tuple[str, ...]:
        """The labels without those that a cue anywhere in the text takes back."""
        shape = skeleton(text)[:LETTERS_MAX]
        for word in self._innocent:
            # 不要错过 forbids nothing.
            shape = shape.replace(word, "\0")
        return tuple(
            label for label in labels if not any(word in shape for word in self._cues[label])
        )


@lru_cache(maxsize=1)
def suspicions() -> Suspicions:
    """Those of the shipped model, one store for all policies and partitions of a process."""
    shipped = Suspicions(Model.default(), load_lexicon())
    # What the model makes ready with the first text is made now, and no message waits for it.
    shipped.read(["早"])
    return shipped
