"""What the word lists and the model say of a data set."""

from collections.abc import Mapping, Sequence

from quality.cross import Crossed
from quality.measure import STREAM, Judged
from quality.sets import Row
from quality.train import CHAT, COLD, Corpus
from streams.text import WordReader
from streams.text.model import HEADS, Model

OFFENSIVE = frozenset({"abuse", "discrimination"})
"""What a comment that the corpus calls offensive may be to a covenant."""


class Judges:
    """The readers under examination. The model answers for rows that trained it by the fold of
    it that has not seen them.
    """

    def __init__(self, corpus: Corpus, crossed: Crossed) -> None:
        self._words = WordReader.default()
        self._model = Model.default()
        over = crossed.over
        self._crossed = {
            row.id: frozenset(name for name, is_over in zip(HEADS, line, strict=True) if is_over)
            for row, line in zip(corpus.rows, over.tolist(), strict=True)
        }

    def judge(self, name: str, rows: Sequence[Row]) -> Mapping[str, Judged]:
        """By reader (words, model, both): what it finds in a data set's rows."""
        words = [_labels_of(self._words, row) for row in rows]
        model = self._learned(rows)
        both = [one | other for one, other in zip(words, model, strict=True)]
        by_reader = {"words": words, "model": model, "both": both}
        return {reader: _fair(name, rows, found) for reader, found in by_reader.items()}

    def _learned(self, rows: Sequence[Row]) -> list[frozenset[str]]:
        fresh = self._model.labels([row.text for row in rows])
        return [
            self._crossed.get(row.id, frozenset(labels))
            for row, labels in zip(rows, fresh, strict=True)
        ]


def _labels_of(reader: WordReader, row: Row) -> frozenset[str]:
    return frozenset(match.label for match in reader.read(row.text, (), row.role))


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
