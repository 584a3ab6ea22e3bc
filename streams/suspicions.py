"""What the learned model suspects in texts, but for what the words around it take back."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from streams.kept import Kept
from streams.text.lexicon import Lexicon, load_lexicon
from streams.text.model import Model
from streams.text.model.grams import LETTERS_MAX
from streams.text.normal import skeleton

TURNED_BY: Final[Mapping[str, tuple[str, ...]]] = {
    "abuse": ("quote",),
    "conflict": ("quote",),
    "ad": ("never", "forbid", "about", "quote", "notice"),
    "fraud": ("never", "forbid", "about", "quote"),
    "rumour": ("about", "quote", "ask"),
}
"""The cues of the word lists that take a suspicion back. Letters alone don't tell who insults from
who reports an insult, nor who spreads a rumour from who asks about it."""


class Suspicions(Kept[tuple[str, ...]]):
    """The labels that a model names, in the order of its heads, by text."""

    def __init__(self, model: Model, lexicon: Lexicon) -> None:
        super().__init__(self._suspected)
        self._model = model
        self._innocent = [skeleton(word) for word in lexicon.allowed.get("*", ())]
        self._cues = {
            label: [skeleton(word) for cue in cues for word in lexicon.cues.get(cue, ())]
            for label, cues in TURNED_BY.items()
        }

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
