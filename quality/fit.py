"""Fitting a linear model to texts as sets of hashed sequences. Seedless: nothing is drawn."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.text.model.grams import BUCKETS, SEQUENCES_MIN, Whole, grams_of

Real = NDArray[np.float64]
Loss = Callable[[Real], tuple[float, Real]]
"""A loss and its slope at a point."""

TEXTS_MIN: Final = 2
"""A place of the table must be met in so many texts to weigh anything."""

_SMOOTHING: Final = 0.1
_STEPS_MAX: Final = 120
_KEPT: Final = 10
_TOLERANCE: Final = 1e-4


class Linear(NamedTuple):
    """Log-odds of a text with `n` sequences: `sum(weights[bucket]) / sqrt(n) + bias`,
    `n` counted as at least `SEQUENCES_MIN`.
    """

    weights: Real
    bias: float


class Texts(NamedTuple):
    """Texts as their sequences: for each sequence its text (ascending) and bucket, for each text
    how many it has, and how many buckets there are.
    """

    texts: Whole
    buckets: Whole
    counts: Whole
    size: int = BUCKETS

    @classmethod
    def of(cls, texts: Sequence[str]) -> "Texts":
        """Hash the texts. Holds all at once: some 200 bytes a letter."""
        buckets, counts = grams_of(texts)
        return cls(np.repeat(np.arange(len(counts)), counts), buckets, counts)

    def only(self, chosen: NDArray[np.bool_]) -> "Texts":
        """The chosen texts, in their order."""
        kept = chosen[self.texts]
        places = np.cumsum(chosen) - 1
        texts = places[self.texts[kept]]
        return Texts(texts, self.buckets[kept], self.counts[chosen], self.size)

    def within(self, telling: Whole) -> "Texts":
        """The same texts with these buckets alone, numbered anew; roots stay what they were."""
        number = np.full(self.size, -1)
        number[telling] = np.arange(len(telling))
        kept = number[self.buckets] >= 0
        return Texts(self.texts[kept], number[self.buckets[kept]], self.counts, len(telling))

    def sums(self, weights: Real) -> Real:
        """Each text's sum of weights over the root of how many it has."""
        totals = np.bincount(self.texts, weights[self.buckets], minlength=len(self.counts))
        return totals / self._roots()

    def spread(self, values: Real) -> Real:
        """The transpose of `sums`: each text's value handed to its sequences' buckets."""
        shares = (values / self._roots())[self.texts]
        return np.bincount(self.buckets, shares, minlength=self.size).astype(np.float64)

    def met(self, values: Real) -> Real:
        """For each bucket the sum of the values of the texts that it is met in."""
        return np.bincount(self.buckets, values[self.texts], minlength=self.size).astype(np.float64)

    def _roots(self) -> Real:
        return np.sqrt(np.maximum(self.counts, SEQUENCES_MIN).astype(np.float64))


def fit(
    texts: Texts, is_label: NDArray[np.bool_], counts: Real, strength: float, stretched: bool
) -> Linear:
    """Logistic regression with small weights.

    `counts`: how much each text counts, 1 for an ordinary one. `strength`: how much texts count
    against the weights' smallness (C of the usual formula). `stretched`: sequences are stretched
    by how telling they are (NB-SVM), which pays with many texts of each side.
    """
    stretch = _stretch(texts, is_label, counts)
    if not stretched:
        stretch = (stretch != 0).astype(np.float64)
    telling = np.flatnonzero(stretch)
    texts, stretch = texts.within(telling), stretch[telling]
    signs = np.where(is_label, 1.0, -1.0)

    def loss(point: Real) -> tuple[float, Real]:
        weights, bias = point[:-1], point[-1]
        odds = signs * (texts.sums(stretch * weights) + bias)
        value = strength * float((counts * np.logaddexp(0, -odds)).sum())
        push = -strength * counts * signs / (1 + np.exp(np.minimum(odds, 500)))
        slope = np.append(stretch * texts.spread(push) + weights, push.sum())
        return value + 0.5 * _dot(weights, weights), slope

    point = _least(loss, np.zeros(len(telling) + 1))
    weights = np.zeros(BUCKETS)
    weights[telling] = stretch * point[:-1]
    return Linear(weights, float(point[-1]))


def _stretch(texts: Texts, is_label: NDArray[np.bool_], counts: Real) -> Real:
    """Log-ratio of how often a bucket is met with the label and without; 0 where it is rare."""
    with_label = texts.met(counts * is_label) + _SMOOTHING
    without = texts.met(counts * ~is_label) + _SMOOTHING
    ratio = np.log(with_label / with_label.sum()) - np.log(without / without.sum())
    often = np.bincount(texts.buckets, minlength=texts.size) >= TEXTS_MIN
    return np.where(often, ratio, 0.0)


def _dot(one: Real, other: Real) -> float:
    # Not BLAS: how many threads it has changes its last digits.
    return float((one * other).sum())


def _least(loss: Loss, point: Real) -> Real:
    """The point where a smooth convex loss is least, by L-BFGS with halved steps."""
    value, slope = loss(point)
    enough = _TOLERANCE * np.sqrt(_dot(slope, slope))
    moves: list[tuple[Real, Real, float]] = []
    for _ in range(_STEPS_MAX):
        if np.sqrt(_dot(slope, slope)) <= enough:
            break
        way = _way(slope, moves)
        downhill = _dot(slope, way)
        step = 1.0 if moves else min(1.0, 1.0 / np.sqrt(_dot(slope, slope)))
        while True:
            next_value, next_slope = loss(point + step * way)
            if next_value <= value + 1e-4 * step * downhill or step < 1e-12:
                break
            step /= 2
        moved, turned = step * way, next_slope - slope
        bend = _dot(moved, turned)
        if bend > 1e-12:
            moves = [*moves, (moved, turned, 1 / bend)][-_KEPT:]
        point, value, slope = point + moved, next_value, next_slope
    return point


def _way(slope: Real, moves: list[tuple[Real, Real, float]]) -> Real:
    """The direction of the next step: the slope, bent by what the last moves showed."""
    way = -slope
    pulls = []
    for moved, turned, inverse in reversed(moves):
        pull = inverse * _dot(moved, way)
        pulls.append(pull)
        way = way - pull * turned
    if moves:
        _, turned, inverse = moves[-1]
        way = way / (inverse * _dot(turned, turned))
    for (moved, turned, inverse), pull in zip(moves, reversed(pulls), strict=True):
        way = way + (pull - inverse * _dot(turned, way)) * moved
    return way
