"""What the word lists and the model say of a data set."""

from collections.abc import Iterator, Mapping, Sequence

from quality.cross import Crossed, fold_of
from quality.measure import Judged
from quality.sets import Row
from quality.train import CHAT, COLD, Corpus
from streams.text import WordReader
from streams.text.match import STREAM, Match
from streams.text.model.opinion import Opinion

OFFENSIVE = frozenset({"abuse", "discrimination"})
"""What a comment that the corpus calls offensive may be to a covenant."""


class Judges:
    """The readers under examination. Of rows that trained the model the fold of it is asked that has
    not seen them.
    """

    def __init__(self, corpus: Corpus, crossed: Crossed) -> None:
        self._words = WordReader.default()
        self._opinion = Opinion.default()
        self._crossed = crossed.opinions
        self._trained = frozenset(row.id.partition(":")[0] for row in corpus.rows)

    def judge(self, name: str, rows: Sequence[Row]) -> Mapping[str, Judged]:
        """By reader (words, model, both): what it finds in a data set's rows."""
        messages = [(row.text, (), row.role) for row in rows]
        found = self._words.read_all(messages)
        model: list[frozenset[str]] = [frozenset()] * len(rows)
        both = list(model)
        for opinion, places in self._asked(name, rows):
            suspected = opinion.suspected([rows[at].text for at in places])
            weighed = opinion.weighed([messages[at] for at in places], [found[at] for at in places])
            for at, alone, one in zip(places, suspected, weighed, strict=True):
                model[at] = frozenset(alone)
                both[at] = _labels_of(one.found).union(one.suspected)
        by_reader = {"words": [_labels_of(one) for one in found], "model": model, "both": both}
        return {reader: _fair(name, rows, found) for reader, found in by_reader.items()}

    def _asked(self, name: str, rows: Sequence[Row]) -> Iterator[tuple[Opinion, list[int]]]:
        """Who is asked of which rows."""
        if name not in self._trained:
            yield self._opinion, list(range(len(rows)))
            return
        folds = [fold_of(row) for row in rows]
        for number, opinion in enumerate(self._crossed):
            yield opinion, [at for at, fold in enumerate(folds) if fold == number]


def _labels_of(matches: Sequence[Match]) -> frozenset[str]:
    return frozenset(match.label for match in matches)


def _fair(name: str, rows: Sequence[Row], found: Sequence[frozenset[str]]) -> Judged:
    """Without what can't be seen in a text or does not count in this data set."""
    if name == COLD:
        return Judged(rows, [frozenset({"abuse"} if OFFENSIVE & one else ()) for one in found])
    if name == CHAT:
        return Judged(rows, found).without(frozenset({"chitchat"}))
    judged = Judged(rows, found).without(STREAM)
    # A message that only the stream can object to is neither clean nor found.
    seen = [
        bool(row.labels) or not whole.labels for row, whole in zip(judged.rows, rows, strict=True)
    ]
    return Judged(*_only(judged, seen))


def _only(judged: Judged, chosen: Sequence[bool]) -> tuple[list[Row], list[frozenset[str]]]:
    rows = [row for row, is_chosen in zip(judged.rows, chosen, strict=True) if is_chosen]
    found = [one for one, is_chosen in zip(judged.found, chosen, strict=True) if is_chosen]
    return rows, found
