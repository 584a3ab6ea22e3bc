"""Training the model: what of the data teaches which label, and how.

The same data and code make the same bytes: nothing is drawn, and sums are taken in one order.
"""

import hashlib
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from quality.compose import compose
from quality.fit import Linear, Texts, fit
from quality.sets import HELD, OURS, Row, read_set, set_names
from streams.text import fold
from streams.text.match import STREAM, SUSPECTS
from streams.text.model import THRESHOLD_UNIT, Head, Header, packed

COLD: Final = "cold_dev"
CHAT: Final = "chat_clean_dev"
COMMENT, TALK, WRITTEN, SCHOOL = range(4)


class Recipe(NamedTuple):
    """How a head is trained.

    `threshold`: log-odds from which a text has it, chosen by cross-validation (see the card).
    `strength`, `stretched`: as of `fit`. `whole`: the share of weights that are kept as they are;
    the few larger ones are cut down to the rest, lest one word decide alone. `sources`: what it
    learns from. `counts`: what a text of ours counts that has the label, and that has it not (those
    of others count one).
    """

    threshold: float
    strength: float
    stretched: bool
    whole: float
    sources: tuple[int, ...]
    counts: tuple[float, float]


_WRONG: Final = Recipe(1.0, 10.0, True, 0.9999, (TALK, WRITTEN, SCHOOL), (2.0, 1.0))

RECIPES: Final = {
    "abuse": Recipe(-0.5, 3.0, True, 0.9995, (COMMENT, TALK, WRITTEN, SCHOOL), (4.0, 10.0)),
    "wrong": _WRONG,
    # The same opinion from another threshold.
    "unclear": _WRONG._replace(threshold=-2.25),
}
NAMING: Final = Recipe(0.0, 10.0, False, 0.9999, (WRITTEN, SCHOOL), (1.0, 1.0))
"""How each label's head is trained that names what is wrong, against what is wrong otherwise."""

_LARGEST: Final = 127
_EXAMPLES_MIN: Final = 8
"""A label with fewer messages is not named."""
_OFFENCE: Final = frozenset({"abuse", "discrimination"})
_UNSURE: Final = frozenset({"conflict", "vulgar", "defame_school", "criticise_child"})
"""Whether these are abuse too depends on who reads them: they don't train it."""


class Corpus(NamedTuple):
    """All that can be trained on: comments of a public corpus, everyday chat, and written
    messages, made of choices and one by one, in this order; `sources` says which is which.
    """

    rows: Sequence[Row]
    texts: Texts
    sources: NDArray[np.int8]


def read_corpus() -> Corpus:
    """Read and hash everything; the texts written for this are composed anew."""
    parts = read_set(COLD), read_set(CHAT), compose(), _school()
    rows = [row for part in parts for row in part]
    kinds = np.array([COMMENT, TALK, WRITTEN, SCHOOL], np.int8)
    sources = np.repeat(kinds, [len(part) for part in parts])
    return Corpus(rows, Texts.of([row.text for row in rows]), sources)


def _school() -> tuple[Row, ...]:
    """The school messages that may be trained on, of each its set for a topic; without those to
    which only the stream objects, which are neither clean nor wrong by their text.
    """
    rows = (
        (name, row, row.labels - STREAM)
        for name in set_names()
        if name.startswith(OURS) and name not in HELD
        for row in read_set(name)
    )
    return tuple(
        replace(row, labels=labels, topic=name)
        for name, row, labels in rows
        if labels or not row.labels
    )


class Trained(NamedTuple):
    """Two weights files: of the model that sees signs, and of the one that names them."""

    signs: bytes
    names: bytes


def train(corpus: Corpus, chosen: NDArray[np.bool_] | None = None) -> Trained:
    """The models that have seen the chosen rows, by default all."""
    everything = np.ones(len(corpus.rows), bool)
    chosen = everything if chosen is None else chosen
    known = digest(corpus.rows)
    return Trained(_signs(corpus, chosen, known), _names(corpus, chosen, known))


def _signs(corpus: Corpus, chosen: NDArray[np.bool_], known: str) -> bytes:
    """The weights of `opinion.SIGNS`."""
    offends = np.array([bool(row.labels & _OFFENCE) for row in corpus.rows])
    unsure = np.array([bool(row.labels & _UNSURE) for row in corpus.rows]) & ~offends
    wrong = np.array([bool(row.labels) for row in corpus.rows])
    abuse = _trained(corpus, RECIPES["abuse"], offends, chosen & ~unsure)
    line = _trained(corpus, RECIPES["wrong"], wrong, chosen)
    lines = {"abuse": abuse, "wrong": line, "unclear": line}
    units = [_unit(line, RECIPES[head].whole) for head, line in lines.items()]
    thresholds = [RECIPES[head].threshold for head in lines]
    return _packed(list(lines), list(lines.values()), units, thresholds, known)


def _names(corpus: Corpus, chosen: NDArray[np.bool_], known: str) -> bytes:
    """The weights of a head a label, trained on what is wrong alone."""
    wrong = chosen & np.array([bool(row.labels) for row in corpus.rows])
    having = {label: _having(corpus, label) for label in SUSPECTS}
    learnt = [label for label in SUSPECTS if (having[label] & wrong).sum() >= _EXAMPLES_MIN]
    lines = [_trained(corpus, NAMING, having[label], wrong) for label in learnt]
    # One unit, so that one label's sum can be held against another's.
    unit = max(_unit(line, NAMING.whole) for line in lines)
    return _packed(learnt, lines, [unit] * len(lines), [NAMING.threshold] * len(lines), known)


def _having(corpus: Corpus, label: str) -> NDArray[np.bool_]:
    return np.array([label in row.labels for row in corpus.rows])


def _packed(
    labels: Sequence[str],
    lines: Sequence[Linear],
    units: Sequence[float],
    thresholds: Sequence[float],
    known: str,
) -> bytes:
    """A weights file; `units`: the log-odds that one whole number stands for."""
    table = np.stack([_whole(line, unit) for line, unit in zip(lines, units, strict=True)], axis=1)
    places = np.flatnonzero(table.any(axis=1))
    heads = tuple(
        Head(label, round((threshold - line.bias) / unit * THRESHOLD_UNIT), unit)
        for label, line, unit, threshold in zip(labels, lines, units, thresholds, strict=True)
    )
    return packed(Header(heads, len(places), known), places, table[places])


def digest(rows: Sequence[Row]) -> str:
    """What tells one training apart from another: labels, normal forms, recipes."""
    seen = hashlib.sha256(repr((RECIPES, NAMING)).encode())
    for row in rows:
        seen.update(f"{','.join(sorted(row.labels))}\t{fold(row.text)}\n".encode())
    return seen.hexdigest()[:16]


def _trained(
    corpus: Corpus, recipe: Recipe, is_label: NDArray[np.bool_], chosen: NDArray[np.bool_]
) -> Linear:
    used = chosen & np.isin(corpus.sources, recipe.sources)
    is_label, is_ours = is_label[used], np.isin(corpus.sources[used], (WRITTEN, SCHOOL))
    with_label, without = recipe.counts
    counts = np.where(is_ours, np.where(is_label, with_label, without), 1.0)
    texts = corpus.texts.only(used)
    return fit(texts, is_label, counts, recipe.strength, recipe.stretched)


def _unit(line: Linear, share: float) -> float:
    """The log-odds that one whole number stands for."""
    sizes = np.abs(line.weights[line.weights != 0])
    return float(np.quantile(sizes, share)) / _LARGEST


def _whole(line: Linear, unit: float) -> NDArray[np.int8]:
    cut = np.clip(np.rint(line.weights / unit), -_LARGEST, _LARGEST)
    return cut.astype(np.int8)
