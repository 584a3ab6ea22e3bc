"""A small learned model: a second opinion beside the word lists (`streams.text.model.opinion`).

Linear over hashed sequences of letters. It is never alone ground for more than a review; what it
was trained on and what it can't do stands in `CARD.md` beside the weights.

A verdict is worked out in whole numbers: the same text has the same labels on every machine.
"""

import zlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Final, Self

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from streams.text.model.grams import BUCKETS, LETTERS_MAX, SEQUENCES_MIN, Whole, grams_of

_SIDE_BY_SIDE: Final = 8
"""So many weights are taken out of memory at once."""

_BATCH_LETTERS: Final = 8 * LETTERS_MAX
_ROOT_UNIT: Final = 1024
THRESHOLD_UNIT: Final = 256
"""A head's threshold is in so many parts of a weight, its roots in 1024ths."""


class WeightsFault(ValueError):
    """A weights file can't be used as it stands."""


class Head(Struct, frozen=True):
    """How a label's sum becomes a verdict.

    A text with `n` sequences and the weights' sum `s` has the label where
    `s * 1024 * 256 >= threshold * floor(1024 * sqrt(n))`, `n` counted as at least
    `SEQUENCES_MIN`. `scale` is the log-odds that a weight of
    one stands for, to look at only.
    """

    label: str
    threshold: int
    scale: float


class Header(Struct, frozen=True):
    """What stands before the weights in the file: the labels, and what it was trained on."""

    heads: tuple[Head, ...]
    rows: int
    trained_on: str


class Model:
    """Scores texts in batches. Immutable; safe to share."""

    def __init__(self, header: Header, places: Whole, weights: NDArray[np.int8]) -> None:
        """`places`: ascending buckets that weigh anything; `weights`: (places, heads)."""
        self._header = header
        self._names = tuple(head.label for head in header.heads)
        self._thresholds = np.array([head.threshold for head in header.heads], np.int64)
        self._scales = np.array([head.scale for head in header.heads], np.float64)
        # A bucket's weights side by side in words, which are taken out of memory at once.
        self._width = -(-len(self._names) // _SIDE_BY_SIDE) * _SIDE_BY_SIDE
        table = np.zeros((BUCKETS, self._width), np.int8)
        table[places, : len(self._names)] = weights
        self._table = table.view(np.int64)

    @classmethod
    def shipped(cls, name: str) -> "Model":
        """The model of a weights file in this package, read once."""
        return _shipped(name)

    @classmethod
    def of(cls, packed: bytes) -> Self:
        """The model of a weights file. Raises `WeightsFault` where it can't be read."""
        return cls(*_unpacked(packed))

    @property
    def heads(self) -> tuple[str, ...]:
        """The labels that the model has an opinion on, in the order of a score's columns."""
        return self._names

    @property
    def places(self) -> int:
        """How many places of the table weigh anything."""
        return self._header.rows

    @property
    def trained_on(self) -> str:
        """A digest of what it was trained on, normal form included."""
        return self._header.trained_on

    def labels(self, texts: Sequence[str]) -> list[tuple[str, ...]]:
        """For each text the labels at or over their threshold, in the order of `heads`."""
        found: list[tuple[str, ...]] = [()] * len(texts)
        for place, head in np.argwhere(self.margins(texts) >= 0).tolist():
            found[place] += (self._names[head],)
        return found

    def scores(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """How far each text is over each threshold, in log-odds: an array (texts, heads).

        To rank and to show. Its last digits may differ between machines: decide by `labels`.
        """
        sums, roots = self._sums(texts)
        shares = sums * _ROOT_UNIT / np.maximum(roots, 1)[:, None]
        over = shares - self._thresholds / THRESHOLD_UNIT
        return np.where(roots[:, None] > 0, over * self._scales, -np.inf)

    def margins(self, texts: Sequence[str]) -> Whole:
        """The whole numbers that decide, (texts, heads): not negative is a finding."""
        sums, roots = self._sums(texts)
        margins = sums * (_ROOT_UNIT * THRESHOLD_UNIT) - self._thresholds * roots[:, None]
        # A text without a letter says nothing, whatever the thresholds.
        margins[roots == 0] = -1
        return margins

    def _sums(self, texts: Sequence[str]) -> tuple[Whole, Whole]:
        """Each text's sum of weights (texts, heads) and 1024 times the root of its sequences."""
        parts = [self._part(part) for part in _parts(texts)]
        if not parts:
            return np.empty((0, len(self._names)), np.int64), np.empty(0, np.int64)
        sums, roots = zip(*parts, strict=True)
        return np.concatenate(sums), np.concatenate(roots)

    def _part(self, texts: Sequence[str]) -> tuple[Whole, Whole]:
        buckets, counts = grams_of(texts)
        rows = self._table.take(buckets, axis=0).view(np.int8)
        sums = np.zeros((len(counts), self._width), np.int32)
        some = np.flatnonzero(counts)
        if len(some):
            starts = (np.cumsum(counts) - counts)[some]
            sums[some] = np.add.reduceat(rows, starts, axis=0, dtype=np.int32)
        # A root is the one operation that every processor rounds alike.
        enough = np.maximum(counts, SEQUENCES_MIN).astype(np.float64)
        roots = np.floor(np.sqrt(enough) * _ROOT_UNIT).astype(np.int64)
        roots[counts == 0] = 0
        return sums[:, : len(self._names)].astype(np.int64), roots


def packed(header: Header, places: Whole, weights: NDArray[np.int8]) -> bytes:
    """The weights file: a header line, the gaps between places, the weights a label."""
    gaps = np.diff(places, prepend=0).astype("<u4")
    body = gaps.tobytes() + np.ascontiguousarray(weights.T).tobytes()
    return zlib.compress(msgspec.json.encode(header) + b"\n" + body, 9)


def _unpacked(data: bytes) -> tuple[Header, Whole, NDArray[np.int8]]:
    try:
        line, _, body = zlib.decompress(data).partition(b"\n")
        header = msgspec.json.decode(line, type=Header)
        gaps = np.frombuffer(body, "<u4", header.rows)
        weights = np.frombuffer(body, np.int8, offset=gaps.nbytes)
        places = np.cumsum(gaps, dtype=np.int64)
        columns = weights.reshape(len(header.heads), header.rows)
    except (zlib.error, msgspec.DecodeError, ValueError) as fault:
        raise WeightsFault(f"not a weights file: {fault}") from fault
    if header.rows and places[-1] >= BUCKETS:
        raise WeightsFault("more weights than the table has room for")
    return header, places, columns.T


def _parts(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """The texts in order, in parts whose arrays stay small however long the texts are."""
    start = letters = 0
    for place, text in enumerate(texts):
        length = min(len(text), LETTERS_MAX)
        if letters + length > _BATCH_LETTERS and place > start:
            yield texts[start:place]
            start, letters = place, 0
        letters += length
    if len(texts) > start:
        yield texts[start:]


@lru_cache(maxsize=2)
def _shipped(name: str) -> Model:
    return Model.of((files(__name__) / name).read_bytes())
