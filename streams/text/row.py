"""Many texts side by side, in the forms in which words are looked for: made once for all of them.

Python pays for each call, hardly for a text's length. So the texts of a batch are joined, mapped
by a table as one, and searched as one; a single text is a row of one.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from streams.text.normal import FORMS, skeleton
from streams.text.pinyin import CODES, readings
from streams.text.spelling import DIGIT_SIGNS, DRESSED_SIGNS, LETTER_SIGNS
from streams.text.spelling import count_signs as signs_in

_SIZE: Final = 0x20000
"""Characters behind the tables' end are looked up one by one."""
_DROPPED: Final = 0
_ALONE: Final = 0xFFFF
"""A character with a form of several, or with none in the table."""
_APART: Final = "\n"
"""Stands between texts: no form holds it, and no word."""

_FEW: Final = 8
_SHORT: Final = 200
"""Fewer texts, and shorter ones, are done one by one sooner than tables are asked."""

_DIGIT, _LETTER = 1, 2

_Signs = NDArray[np.uint32]


def _forms() -> NDArray[np.uint16]:
    table = np.full(_SIZE, _ALONE, np.uint16)
    for code, form in FORMS.items():
        if code < _SIZE and len(form) < 2:
            table[code] = min(ord(form), _ALONE) if form else _DROPPED
    return table


def _kinds() -> NDArray[np.uint8]:
    table = np.zeros(_SIZE, np.uint8)
    table[list(map(ord, DIGIT_SIGNS))] = _DIGIT
    table[list(map(ord, LETTER_SIGNS))] = _LETTER
    for first, last in DRESSED_SIGNS:
        table[first:last] = _DIGIT | _LETTER
    return table


def _codes() -> NDArray[np.uint16]:
    table = np.arange(0x10000, dtype=np.uint16)
    table[: len(CODES)] = list(map(ord, CODES))
    return table


_FORMS: Final = _forms()
_KINDS: Final = _kinds()
_CODES: Final = _codes()


class Row(NamedTuple):
    """Texts, one at least, and their forms.

    `shapes`: the skeleton of each. `shape`: all of them, a line each, and `starts` where each line
    begins (one more for the end). `codes`: the readings of `shape`, one for one.
    """

    texts: Sequence[str]
    shapes: Sequence[str]
    shape: str
    codes: str
    starts: Sequence[int]

    @classmethod
    def of(cls, texts: Sequence[str]) -> Self:
        """The row of some texts. Total over any strings."""
        return cls._of(texts, _shapes(texts))

    @classmethod
    def _of(cls, texts: Sequence[str], shapes: Sequence[str]) -> Self:
        shape = _APART.join(shapes)
        starts = [0, *accumulate([len(shape) + 1 for shape in shapes])]
        return cls(texts, shapes, shape, _readings(shape), starts)

    def only(self, numbers: Sequence[int]) -> "Row":
        """The row of some of its texts."""
        texts, shapes = self.texts, self.shapes
        return Row._of([texts[n] for n in numbers], [shapes[n] for n in numbers])

    def placed(
        self, found: Iterable[tuple[int, int, int]]
    ) -> Iterator[tuple[int, tuple[int, int, int]]]:
        """For what was found in `shape` or `codes` (something, start, end; by its end): which text
        it stands in, and the same with places in that text's form.
        """
        starts, number = self.starts, 0
        behind = starts[1]
        for what, start, end in found:
            while end >= behind:
                number += 1
                behind = starts[number + 1]
            first = starts[number]
            yield number, (what, start - first, end - first)


def count_signs(texts: Sequence[str]) -> tuple[Sequence[int], Sequence[int]]:
    """For each text how many digits and how many Latin letters of any style it has: upper bounds.
    Signs beyond the basic plane (𝟏, 🅰) count as both.
    """
    if len(texts) < _FEW:
        several = list(map(signs_in, texts))
        return [digits for digits, _ in several], [letters for _, letters in several]
    signs = _signs(texts)
    kinds = _KINDS[np.minimum(signs, _SIZE - 1)]
    begins = np.fromiter(accumulate([0, *(len(text) + 1 for text in texts[:-1])]), np.int64)
    digits = np.add.reduceat((kinds & _DIGIT).astype(np.int64), begins)
    letters = np.add.reduceat((kinds >> 1).astype(np.int64), begins)
    return digits.tolist(), letters.tolist()


def _signs(texts: Sequence[str]) -> _Signs:
    """The texts' code points, a line's end behind each."""
    joined = _APART.join(texts) + _APART
    return np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32)


def _shapes(texts: Sequence[str]) -> Sequence[str]:
    if len(texts) < _FEW:
        return list(map(skeleton, texts))
    signs = _signs(texts)
    forms = _FORMS[np.minimum(signs, _SIZE - 1)]
    ends = np.fromiter(accumulate([len(text) + 1 for text in texts]), np.int64) - 1
    alone = np.flatnonzero(forms == _ALONE)
    forms[ends] = ord(_APART)
    shapes: list[str] = forms[forms != _DROPPED].tobytes().decode("utf-16-le").split(_APART)
    shapes.pop()
    for number in np.unique(np.searchsorted(ends, alone)).tolist():
        shapes[number] = skeleton(texts[number])
    return shapes


def _readings(shape: str) -> str:
    if len(shape) < _SHORT:
        return readings(shape)
    try:
        signs = np.frombuffer(shape.encode("utf-16-le"), np.uint16)
    except UnicodeEncodeError:
        return readings(shape)
    if len(signs) != len(shape):
        return readings(shape)
    return _CODES[signs].tobytes().decode("utf-16-le")
