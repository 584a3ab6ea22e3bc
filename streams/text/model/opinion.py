"""What the learned model says of a text beside the word lists: what it suspects, what it doubts.

Two questions to two models. Is something wrong here? And where it is: what? The word lists and the
model make different mistakes, so what both say is sure enough to act on, and what one of them says
alone is for a person to look at.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from streams.text.match import STAFF, Match, Message
from streams.text.model import Model

SIGNS: Final = ("abuse", "wrong", "unclear")
"""What the first model asks of a text; columns of its weights are in this order. `abuse`: it offends
as comments do; `wrong`: something is wrong with it; `unclear`: something may be, so what was found
in it stands. A text that is not even unclear is surely innocent."""

SIGNS_FILE: Final = "signs.bin"
NAMES_FILE: Final = "names.bin"

_AROUND: Final = 15
"""So many characters on each side of what was found are read for themselves."""


class Weighed(NamedTuple):
    """What is said of a message by both, the word lists and the model, or by one of them alone.

    `found`: by the lists, and the model does not doubt it; `doubted`: it does; `suspected`: labels
    that the model alone names.
    """

    found: Sequence[Match]
    doubted: Sequence[Match]
    suspected: tuple[str, ...]


class Opinion:
    """Both models. Immutable; safe to share."""

    def __init__(self, signs: Model, names: Model) -> None:
        """`signs`: a model with the heads `SIGNS`; `names`: one with a head a label, whose weights
        are all in one unit, so that their sums can be compared.
        """
        self._signs = signs
        self._names = names

    @classmethod
    def default(cls) -> "Opinion":
        """That of the shipped weights, read once."""
        return _shipped()

    def weighed(
        self, messages: Sequence[Message], found: Sequence[Sequence[Match]]
    ) -> list[Weighed]:
        """What the lists found in several messages, and what the model says to it. Of staff nothing
        is suspected.
        """
        texts = [text for text, _, _ in messages]
        signs = self._signs.labels(texts)
        weighed = [Weighed(several, (), ()) for several in found]
        for at in self._doubted(texts, found, signs):
            weighed[at] = Weighed((), found[at], ())
        for at, named in self._named(texts, signs).items():
            if messages[at][2] not in STAFF:
                known = _labels(weighed[at].found)
                new = tuple(label for label in named if label not in known)
                weighed[at] = weighed[at]._replace(suspected=new)
        return weighed

    def suspected(self, texts: Sequence[str]) -> list[tuple[str, ...]]:
        """For each text what may be wrong with it: most often nothing, else one label or two."""
        found: list[tuple[str, ...]] = [()] * len(texts)
        for at, named in self._named(texts, self._signs.labels(texts)).items():
            found[at] = named
        return found

    def doubted(self, texts: Sequence[str], found: Sequence[Sequence[Match]]) -> list[bool]:
        """For each text whether what the word lists found in it, by plain words, is surely nothing.

        Neither the whole nor what stands around the findings reads like anything wrong then. The
        whole alone would not do: who writes much that is innocent around an advertisement still
        advertises.
        """
        asked = [at for at, several in enumerate(found) if several]
        some, several = [texts[at] for at in asked], [found[at] for at in asked]
        doubted = {asked[at] for at in self._doubted(some, several, self._signs.labels(some))}
        return [at in doubted for at in range(len(texts))]

    def _named(
        self, texts: Sequence[str], signs: Sequence[tuple[str, ...]]
    ) -> dict[int, tuple[str, ...]]:
        """What may be wrong with those texts of which something may, by the text's number."""
        named: dict[int, tuple[str, ...]] = {}
        wrong = [at for at, several in enumerate(signs) if "wrong" in several]
        if wrong:
            margins = self._names.margins([texts[at] for at in wrong])
            for at, best in zip(wrong, margins.argmax(axis=1).tolist(), strict=True):
                named[at] = (self._names.heads[best],)
        for at, several in enumerate(signs):
            if "abuse" in several and "abuse" not in named.get(at, ()):
                named[at] = ("abuse", *named.get(at, ()))
        return named

    def _doubted(
        self,
        texts: Sequence[str],
        found: Sequence[Sequence[Match]],
        signs: Sequence[tuple[str, ...]],
    ) -> list[int]:
        """The numbers of the texts whose findings are doubted."""
        asked = [
            at
            for at, several in enumerate(found)
            if several and "unclear" not in signs[at] and all(match.plain for match in several)
        ]
        nearer = self._signs.labels([_around(texts[at], found[at]) for at in asked])
        return [at for at, several in zip(asked, nearer, strict=True) if "unclear" not in several]


def _labels(found: Sequence[Match]) -> frozenset[str]:
    return frozenset(match.label for match in found)


def _around(text: str, found: Sequence[Match]) -> str:
    first = min(match.start for match in found)
    last = max(match.end for match in found)
    return text[max(0, first - _AROUND) : last + _AROUND]


@lru_cache(maxsize=1)
def _shipped() -> Opinion:
    return Opinion(Model.shipped(SIGNS_FILE), Model.shipped(NAMES_FILE))
