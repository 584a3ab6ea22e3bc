"""Texts as sets of hashed letter sequences: what the model counts.

All arithmetic is on integers of fixed width, so the same text has the same sequences on every
machine.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from streams.text.normal import fold

BITS: Final = 20
BUCKETS: Final = 1 << BITS
"""Sequences share this many places of the weights' table."""

LETTERS_MAX: Final = 4096
"""Letters of a text's normal form that are looked at. What stands behind them has no say."""

SEQUENCES_MIN: Final = 32
"""A text with fewer sequences counts as one with so many: a word or two is little to go by."""

_GAP: Final = "\0"
_LETTER_BITS: Final = np.uint64(21)
_SPREAD: Final = np.uint64(0x9E3779B97F4A7C15)
_SHIFT: Final = np.uint64(64 - BITS)
_TEXT_SHIFT: Final = np.uint64(BITS)
_BUCKET_MASK: Final = np.uint64(BUCKETS - 1)
_ZERO, _NINE = 0x30, 0x39

Whole = NDArray[np.int64]
_Wide = NDArray[np.uint64]


class Grams(NamedTuple):
    """The sequences of several texts, text after text, each once a text.

    `buckets` has one entry a sequence: its place in the table. `counts` has one entry a text: how
    many of them are its own.
    """

    buckets: Whole
    counts: Whole


def grams_of(texts: Sequence[str]) -> Grams:
    """The sequences of one, two and three letters of each text's normal form.

    Any digit counts as 0: a price is a price. An empty form has none. Total over any strings.
    """
    forms = [fold(text)[:LETTERS_MAX] for text in texts]
    lengths = np.fromiter(map(len, forms), np.int64, len(forms))
    numbers = np.arange(len(forms), dtype=np.uint64) << _TEXT_SHIFT
    owners = np.repeat(numbers, lengths + 1)
    places = np.concatenate([_placed(keys, owners) for keys in _keys(_letters(forms))])
    places.sort()
    # The same sequence again says nothing new, and a repeated letter must not shout.
    fresh = np.ones(len(places), bool)
    np.not_equal(places[1:], places[:-1], out=fresh[1:])
    places = places[fresh]
    starts = np.append(np.searchsorted(places, numbers), len(places))
    return Grams((places & _BUCKET_MASK).view(np.int64), np.diff(starts))


def _letters(forms: Sequence[str]) -> _Wide:
    """The code points of all forms, a zero behind each; a normal form holds none itself."""
    joined = _GAP.join(forms) + _GAP
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), "<u4").astype(np.uint64)
    codes[(codes >= _ZERO) & (codes <= _NINE)] = _ZERO
    return codes


def _keys(letters: _Wide) -> tuple[_Wide, _Wide, _Wide]:
    """Numbers of the sequences that begin at each letter; 0 where one would cross a text's end."""
    ones = letters
    twos = (ones[:-1] << _LETTER_BITS) | ones[1:]
    twos[(ones[:-1] == 0) | (ones[1:] == 0)] = 0
    threes = (twos[:-1] << _LETTER_BITS) | ones[2:]
    threes[(twos[:-1] == 0) | (ones[2:] == 0)] = 0
    return ones, twos, threes


def _placed(keys: _Wide, owners: _Wide) -> _Wide:
    """Text and bucket of each sequence in one number."""
    real = np.flatnonzero(keys)
    return owners[real] | ((keys[real] * _SPREAD) >> _SHIFT)
