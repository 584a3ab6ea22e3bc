"""What the model says of rows that it has not seen: trained five times, each on four fifths; and
on comments of a topic when it was trained on the others alone.
"""

import zlib
from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from quality.measure import Counts, counted
from quality.sets import Row
from quality.train import COMMENT, Corpus, train
from streams.text.model import HEADS, Model

FOLDS: Final = 5


class Crossed(NamedTuple):
    """For each row of the corpus what a model that had not seen it says: (rows, heads)."""

    over: NDArray[np.bool_]
    scores: NDArray[np.float64]


def cross(corpus: Corpus) -> Crossed:
    """Train and ask in turn. Messages made from one written line stay together."""
    folds = np.array([fold_of(row) for row in corpus.rows])
    over = np.zeros((len(corpus.rows), len(HEADS)), bool)
    scores = np.zeros(over.shape)
    for number in range(FOLDS):
        model = Model.of(train(corpus, folds != number))
        asked = np.flatnonzero(folds == number)
        texts = [corpus.rows[place].text for place in asked.tolist()]
        over[asked] = model.margins(texts) >= 0
        scores[asked] = model.scores(texts)
    return Crossed(over, scores)


def fold_of(row: Row) -> int:
    """The fold in which a row is asked: by the line it was made from, or by itself."""
    key = row.topic if row.id.startswith("w") else row.id
    return zlib.crc32(f"{key}.".encode()) % FOLDS


def topic_left_out(corpus: Corpus) -> Mapping[str, Counts]:
    """Abuse in the comments of each topic, asked of a model that has seen no comment on it."""
    topics = np.array([row.topic for row in corpus.rows])
    comments = corpus.sources == COMMENT
    return {
        str(topic): _asked(corpus, comments & (topics == topic))
        for topic in np.unique(topics[comments])
    }


def _asked(corpus: Corpus, asked: NDArray[np.bool_]) -> Counts:
    model = Model.of(train(corpus, ~asked))
    rows = [corpus.rows[place] for place in np.flatnonzero(asked).tolist()]
    found = model.margins([row.text for row in rows])[:, HEADS.index("abuse")] >= 0
    return counted(
        (bool(row.labels), is_found) for row, is_found in zip(rows, found.tolist(), strict=True)
    )
