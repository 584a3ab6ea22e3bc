"""What the model says of rows that it has not seen: trained five times, each on four fifths; and
on comments of a topic when it was trained on the others alone.
"""

import zlib
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from quality.measure import Counts, counted
from quality.sets import OURS, Row
from quality.train import COMMENT, Corpus, train
from streams.text.model import Model
from streams.text.model.opinion import SIGNS, Opinion

FOLDS: Final = 5


class Crossed(NamedTuple):
    """The opinion of each fold's rows that has not seen them, and what it sees in each row of the
    corpus: (rows, signs).
    """

    opinions: Sequence[Opinion]
    over: NDArray[np.bool_]
    scores: NDArray[np.float64]


def cross(corpus: Corpus) -> Crossed:
    """Train and ask in turn. What is alike stays together (see `fold_of`)."""
    folds = np.array([fold_of(row) for row in corpus.rows])
    over = np.zeros((len(corpus.rows), len(SIGNS)), bool)
    scores = np.zeros(over.shape)
    opinions = []
    for number in range(FOLDS):
        signs, names = map(Model.of, train(corpus, folds != number))
        opinions.append(Opinion(signs, names))
        asked = np.flatnonzero(folds == number)
        texts = [corpus.rows[place].text for place in asked.tolist()]
        over[asked] = signs.margins(texts) >= 0
        scores[asked] = signs.scores(texts)
    return Crossed(opinions, over, scores)


def fold_of(row: Row) -> int:
    """The fold in which a row is asked. Messages made from one line stay together, and so do those of
    one school set, which one hand wrote.
    """
    name = row.id.partition(":")[0]
    key = row.topic if name.startswith("w") else name if name.startswith(OURS) else row.id
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
    model = Model.of(train(corpus, ~asked).signs)
    rows = [corpus.rows[place] for place in np.flatnonzero(asked).tolist()]
    found = model.margins([row.text for row in rows])[:, SIGNS.index("abuse")] >= 0
    return counted(
        (bool(row.labels), is_found) for row, is_found in zip(rows, found.tolist(), strict=True)
    )
