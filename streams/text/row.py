"""Many texts side by side, in the forms in which words are looked for: made once for all of them.

Python pays for each call, hardly for a text's length. So the texts of a batch are joined, mapped
by a table as one, and searched as one; a single text is a row of one.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Final, NamedTuple, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from streams.text import links
from streams.text.lookalikes import FAMILIES, looks
from streams.text.lookalikes_signs import PICTURES
from streams.text.normal import FORMS, skeleton
from streams.text.pinyin import CODES, readings
from streams.text.privacy import NAMED_MIN, SIGNS_MIN, accounts, addresses
from streams.text.spelling import DIGIT_SIGNS, DRESSED_SIGNS, LETTER_SIGNS

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

_DIGIT, _LETTER, _LINK, _HOME, _PART, _PICTURE, _HOUSE, _IN, _NAMED = (1 << bit for bit in range(9))

T = TypeVar("T")

_Signs = NDArray[np.uint32]


def _forms() -> NDArray[np.uint16]:
    table = np.full(_SIZE, _ALONE, np.uint16)
    for code, form in FORMS.items():
        if code < _SIZE and len(form) < 2:
            table[code] = min(ord(form), _ALONE) if form else _DROPPED
    return table


def _kinds() -> NDArray[np.uint16]:
    table = np.zeros(_SIZE, np.uint16)
    for signs, kind in (
        (DIGIT_SIGNS, _DIGIT),
        (LETTER_SIGNS, _LETTER),
        (links.SIGNS, _LINK),
        (addresses.SIGNS, _HOME),
        (addresses.PARTS, _PART),
        ("家", _HOUSE),
        ("在", _IN),
        (accounts.SIGNS, _NAMED),
        (map(chr, PICTURES), _PICTURE),
    ):
        table[list(map(ord, signs))] |= kind
    for first, last in DRESSED_SIGNS:
        table[first:last] = _DIGIT | _LETTER
    return table


def _codes() -> NDArray[np.uint16]:
    table = np.arange(0x10000, dtype=np.uint16)
    table[: len(CODES)] = list(map(ord, CODES))
    return table


def _looks() -> NDArray[np.uint16]:
    table = np.arange(0x10000, dtype=np.uint16)
    table[list(FAMILIES)] = list(map(ord, FAMILIES.values()))
    return table


_FORMS: Final = _forms()
_KINDS: Final = _kinds()
_PICTURED: Final = frozenset(map(chr, PICTURES))
_CODES: Final = _codes()
_LOOKS: Final = _looks()


class Row(NamedTuple):
    """Texts, one at least, and their forms.

    `shapes`: the skeleton of each. `shape`: all of them, a line each, and `starts` where each line
    begins (one more for the end). `codes`: the readings of `shape`, one for one; `looks`: its
    families of look-alikes.
    """

    texts: Sequence[str]
    shapes: Sequence[str]
    shape: str
    codes: str
    looks: str
    starts: Sequence[int]

    @classmethod
    def of(cls, texts: Sequence[str]) -> Self:
        """The row of some texts. Total over any strings."""
        return cls._of(texts, _shapes(texts))

    @classmethod
    def _of(cls, texts: Sequence[str], shapes: Sequence[str]) -> Self:
        shape = _APART.join(shapes)
        starts = [0, *accumulate([len(shape) + 1 for shape in shapes])]
        codes, likes = _mapped(shape, _CODES, readings), _mapped(shape, _LOOKS, looks)
        return cls(texts, shapes, shape, codes, likes, starts)

    def only(self, numbers: Sequence[int]) -> "Row":
        """The row of some of its texts."""
        texts, shapes = self.texts, self.shapes
        return Row._of([texts[n] for n in numbers], [shapes[n] for n in numbers])

    def placed(
        self, found: Iterable[tuple[T, int, int]]
    ) -> Iterator[tuple[int, tuple[T, int, int]]]:
        """For what was found in `shape`, `codes` or `looks` (something, start, end; by its end):
        which text it stands in, and the same with places in that text's form.
        """
        starts, number = self.starts, 0
        behind = starts[1]
        for what, start, end in found:
            while end >= behind:
                number += 1
                behind = starts[number + 1]
            first = starts[number]
            yield number, (what, start - first, end - first)


def telling(texts: Sequence[str]) -> Sequence[bool]:
    """For each text whether it may hold a link or something private: where not, nobody need look."""
    if len(texts) < _FEW:
        return [True] * len(texts)
    kinds = _kinds_in(texts)
    begins = np.concatenate(([0], _ends(texts)[:-1]))
    digits = np.add.reduceat((kinds & _DIGIT).astype(np.int64), begins)
    letters = np.add.reduceat((kinds >> 1 & 1).astype(np.int64), begins)
    present = np.bitwise_or.reduceat(kinds, begins)
    # Few digits without a letter are nothing, but for the number of an account that is named.
    signs = digits + letters
    told = (letters > 1) | (signs >= NAMED_MIN) | (present & (_LINK | _HOME) > 0)
    told |= (signs >= SIGNS_MIN) & ((letters > 0) | (present & _NAMED > 0))
    told |= (digits > 0) & (present & _PART > 0)
    told |= present & (_HOUSE | _IN) == _HOUSE | _IN
    flags: list[bool] = told.tolist()
    return flags


def pictured(texts: Sequence[str]) -> Sequence[int]:
    """The numbers of the texts that hold a picture which may be read as a character."""
    if len(texts) < _FEW:
        return [at for at, text in enumerate(texts) if not _PICTURED.isdisjoint(text)]
    return _owners(texts, np.flatnonzero(_kinds_in(texts) & _PICTURE))


def _kinds_in(texts: Sequence[str]) -> NDArray[np.uint16]:
    return _KINDS[_signs(texts)]


def _ends(texts: Sequence[str]) -> NDArray[np.int64]:
    """Where each text and its line's end lie behind one in `_signs`."""
    return np.fromiter(accumulate([len(text) + 1 for text in texts]), np.int64)


def _owners(texts: Sequence[str], places: NDArray[np.int64]) -> list[int]:
    """The numbers of the texts in which these places of `_signs` lie."""
    if not len(places):
        return []
    numbers: list[int] = np.unique(np.searchsorted(_ends(texts), places, "right")).tolist()
    return numbers


def _signs(texts: Sequence[str]) -> _Signs:
    """The texts' code points, a line's end behind each; those behind the tables' end as its last."""
    joined = _APART.join(texts) + _APART
    signs = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32)
    return np.minimum(signs, np.uint32(_SIZE - 1))


def _shapes(texts: Sequence[str]) -> Sequence[str]:
    if len(texts) < _FEW:
        return list(map(skeleton, texts))
    forms = _FORMS[_signs(texts)]
    alone = np.flatnonzero(forms == _ALONE)
    forms[_ends(texts) - 1] = ord(_APART)
    shapes: list[str] = forms[forms != _DROPPED].tobytes().decode("utf-16-le").split(_APART)
    shapes.pop()
    for number in _owners(texts, alone):
        shapes[number] = skeleton(texts[number])
    return shapes


def _mapped(shape: str, table: NDArray[np.uint16], one_by_one: Callable[[str], str]) -> str:
    """A form through a table, or, where that is slower or does not hold it, by a function."""
    if len(shape) < _SHORT:
        return one_by_one(shape)
    try:
        signs = np.frombuffer(shape.encode("utf-16-le"), np.uint16)
    except UnicodeEncodeError:
        return one_by_one(shape)
    if len(signs) != len(shape):
        return one_by_one(shape)
    return table[signs].tobytes().decode("utf-16-le")
