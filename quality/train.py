"""Training the model: what of the data teaches which label, and how.

The same data and code make the same bytes: nothing is drawn, and sums are taken in one order.
"""

import hashlib
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from quality.compose import compose
from quality.fit import Linear, Texts, fit
from quality.sets import Row, read_set
from streams.text import fold
from streams.text.model import HEADS, THRESHOLD_UNIT, Head, Header, packed


class Recipe(NamedTuple):
    """How a label is trained.

    `threshold`: log-odds from which a text has it, chosen by cross-validation (see the card).
    `strength`, `stretched`: as of `fit`. `whole`: the share of weights that are kept as they are;
    the few larger ones are cut down to the rest, lest one word decide alone. `written_with`,
    `written_without`: what a written message counts that has the label (None: all of them together
    half as much as everything without it) and that has it not.
    """

    threshold: float
    strength: float
    stretched: bool
    whole: float
    written_with: float | None
    written_without: float


RECIPES: Final = {
    "abuse": Recipe(-0.5, 3.0, True, 0.9995, 4.0, 10.0),
    "conflict": Recipe(-2.4, 10.0, False, 0.9999, None, 20.0),
    "ad": Recipe(-0.2, 10.0, False, 0.9999, None, 20.0),
    "fraud": Recipe(-1.5, 10.0, False, 0.9999, None, 20.0),
    "rumour": Recipe(-1.2, 10.0, False, 0.9999, None, 20.0),
}

_LARGEST: Final = 127
_UNSURE: Final = {
    # Whether these are that label too depends on who reads them: they don't train it.
    "abuse": frozenset({"conflict"}),
    "conflict": frozenset({"abuse"}),
    "ad": frozenset({"fraud"}),
}

COLD: Final = "cold_dev"
CHAT: Final = "chat_clean_dev"
COMMENT, TALK, WRITTEN = 0, 1, 2


class Corpus(NamedTuple):
    """All that can be trained on: comments of a public corpus, everyday chat, and written
    messages, in this order; `sources` says which is which.
    """

    rows: Sequence[Row]
    texts: Texts
    sources: NDArray[np.int8]


def read_corpus() -> Corpus:
    """Read and hash everything; the texts written for this are composed anew."""
    parts = read_set(COLD), read_set(CHAT), compose()
    rows = [row for part in parts for row in part]
    sources = np.repeat(np.array([COMMENT, TALK, WRITTEN], np.int8), [len(part) for part in parts])
    return Corpus(rows, Texts.of([row.text for row in rows]), sources)


def train(corpus: Corpus, chosen: NDArray[np.bool_] | None = None) -> bytes:
    """The weights file of a model that has seen the chosen rows, by default all."""
    everything = np.ones(len(corpus.rows), bool)
    chosen = everything if chosen is None else chosen
    lines = [_trained(corpus, label, chosen) for label in HEADS]
    units = [_unit(line, RECIPES[label].whole) for label, line in zip(HEADS, lines, strict=True)]
    table = np.stack([_whole(line, unit) for line, unit in zip(lines, units, strict=True)], axis=1)
    places = np.flatnonzero(table.any(axis=1))
    heads = tuple(
        Head(label, round((RECIPES[label].threshold - line.bias) / unit * THRESHOLD_UNIT), unit)
        for label, line, unit in zip(HEADS, lines, units, strict=True)
    )
    return packed(Header(heads, len(places), digest(corpus.rows)), places, table[places])


def digest(rows: Sequence[Row]) -> str:
    """What tells one training apart from another: labels, normal forms, recipes."""
    seen = hashlib.sha256(repr(RECIPES).encode())
    for row in rows:
        seen.update(f"{','.join(sorted(row.labels))}\t{fold(row.text)}\n".encode())
    return seen.hexdigest()[:16]


def _trained(corpus: Corpus, label: str, chosen: NDArray[np.bool_]) -> Linear:
    recipe = RECIPES[label]
    used = chosen & _uses(corpus, label)
    is_label = np.array([label in row.labels for row in corpus.rows])[used]
    counts = _counts(recipe, is_label, corpus.sources[used] == WRITTEN)
    texts = corpus.texts.only(used)
    return fit(texts, is_label, counts, recipe.strength, recipe.stretched)


def _counts(
    recipe: Recipe, is_label: NDArray[np.bool_], is_written: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """What each text counts. A written one stands for many that no corpus has."""
    counts = np.where(is_written, recipe.written_without, 1.0)
    balance = counts[~is_label].sum() / 2 / is_label.sum()
    written_with = balance if recipe.written_with is None else recipe.written_with
    return np.where(is_written & is_label, written_with, counts)


def _uses(corpus: Corpus, label: str) -> NDArray[np.bool_]:
    """Which rows train a label. What offends groups in a comment may also be a quarrel or a
    rumour, so offensive comments train `abuse` alone.
    """
    unsure = _UNSURE.get(label, frozenset())
    sure = np.array([label in row.labels or not row.labels & unsure for row in corpus.rows])
    if label == "abuse":
        return sure
    offensive = np.array([bool(row.labels) for row in corpus.rows]) & (corpus.sources == COMMENT)
    return np.asarray(sure & ~offensive)


def _unit(line: Linear, share: float) -> float:
    """The log-odds that one whole number stands for."""
    sizes = np.abs(line.weights[line.weights != 0])
    return float(np.quantile(sizes, share)) / _LARGEST


def _whole(line: Linear, unit: float) -> NDArray[np.int8]:
    cut = np.clip(np.rint(line.weights / unit), -_LARGEST, _LARGEST)
    return cut.astype(np.int8)
