"""Texts as sets of hashed letter sequences: what the model counts.

All arithmetic is on integers of fixed width, so the same text has the same sequences on every
machine.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

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

_TABLED: Final = (
    range(0x3400),
    range(0x4E00, 0xA000),
    range(0xF900, 0x10000),
    range(0x1F000, 0x1FB00),
)
"""The blocks that chats are made of. Texts that hold another character are folded one by one."""
_NOTHING: Final = np.uint32(0)
_ODD: Final = np.uint32(0xFFFFFFFF)
_END: Final = np.uint32(0xFFFFFFFE)
"""In place of a character: it has no normal form, one that is no single letter, or the text ends."""

_NARROW: Final = 1 << 12
"""So many texts are numbered beside a bucket in 32 bits, which sort in half the time."""

_LETTER_BITS: Final = np.uint64(21)
_SPREAD: Final = np.uint64(0x9E3779B97F4A7C15)
_SHIFT: Final = np.uint64(64 - BITS)
_ZERO, _NINE = 0x30, 0x39

Whole = NDArray[np.int64]
_Wide = NDArray[np.uint64]
_Codes = NDArray[np.uint32]
_Numbers = NDArray[np.unsignedinteger[Any]]


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
    letters, owners = _letters(texts)
    kind: Any = np.uint32 if len(texts) <= _NARROW else np.uint64
    numbers = owners.astype(kind) << kind(BITS)
    places = np.concatenate([_placed(keys, numbers) for keys in _keys(letters)])
    places.sort()
    # The same sequence again says nothing new, and a repeated letter must not shout.
    fresh = np.ones(len(places), bool)
    np.not_equal(places[1:], places[:-1], out=fresh[1:])
    places = places[fresh]
    firsts = np.arange(len(texts), dtype=kind) << kind(BITS)
    starts = np.append(np.searchsorted(places, firsts), len(places))
    return Grams((places & kind(BUCKETS - 1)).astype(np.int64), np.diff(starts))


def _letters(texts: Sequence[str]) -> tuple[_Wide, Whole]:
    """The letters of all normal forms, a zero behind each text's, and whose each one is.

    `fold` for many texts at once: by itself it was a third of the model's time.
    """
    texts = [text if len(text) <= LETTERS_MAX else fold(text)[:LETTERS_MAX] for text in texts]
    codes, spans = _codes(texts)
    forms = _table().take(codes, mode="clip")
    odd = np.flatnonzero(forms == _ODD)
    if len(odd):
        folded = set(np.searchsorted(np.cumsum(spans), odd, "right").tolist())
        texts = [
            fold(text)[:LETTERS_MAX] if place in folded else text
            for place, text in enumerate(texts)
        ]
        codes, spans = _codes(texts)
        forms = _table().take(codes, mode="clip")
        # A letter of a form is its own form.
        forms = np.where(forms == _ODD, codes, forms)
    forms[np.cumsum(spans) - 1] = _END
    owners = np.repeat(np.arange(len(texts)), spans)
    kept = forms != _NOTHING
    letters = forms[kept].astype(np.uint64)
    letters[letters == _END] = 0
    return letters, owners[kept]


def _codes(texts: Sequence[str]) -> tuple[_Codes, Whole]:
    """The code points of all texts with one more behind each, and how many each text has so."""
    joined = "\0".join([*texts, ""])
    codes = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), "<u4")
    return codes, np.fromiter(map(len, texts), np.int64, len(texts)) + 1


@lru_cache(maxsize=1)
def _table() -> _Codes:
    """For each character its normal form; the last stands for all that follow."""
    table = np.full(_TABLED[-1].stop + 1, _ODD, np.uint32)
    for block in _TABLED:
        forms = (fold(chr(code)) for code in block)
        codes = (ord(form) if len(form) == 1 else _ODD if form else _NOTHING for form in forms)
        table[block.start : block.stop] = np.fromiter(codes, np.uint32, len(block))
    table[(table >= _ZERO) & (table <= _NINE)] = _ZERO
    return table


def _keys(letters: _Wide) -> tuple[_Wide, _Wide, _Wide]:
    """Numbers of the sequences that begin at each letter; 0 where one would cross a text's end."""
    ones = letters
    twos = (ones[:-1] << _LETTER_BITS) | ones[1:]
    twos[(ones[:-1] == 0) | (ones[1:] == 0)] = 0
    threes = (twos[:-1] << _LETTER_BITS) | ones[2:]
    threes[(twos[:-1] == 0) | (ones[2:] == 0)] = 0
    return ones, twos, threes


def _placed(keys: _Wide, numbers: _Numbers) -> _Numbers:
    """Text and bucket of each sequence in one number."""
    real = np.flatnonzero(keys)
    buckets = (keys[real] * _SPREAD) >> _SHIFT
    return numbers[real] | buckets.astype(numbers.dtype)
