"""Groups of digits in a spelling, and the stretches of groups that may be one number."""

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from msgspec import Struct

from streams.text.spelling import HAN_DIGITS

GROUPS_MAX: Final = 500
"""Groups that are looked at in one message: a bound on the work, not on sense."""

_SOFT_MAX: Final = 4
_HARD_MAX: Final = 8


ALIKE: Final = "ol|!i"
"""Signs that are written for a digit."""


class _Figures(dict[int, str]):
    """Digits as they are, o and l as they are, x, y for other Latin letters, z for Chinese ones,
    `:` and `=` as they are, `-` for all that separates.
    """

    def __missing__(self, code: int) -> str:
        return "z"


_FIGURES: Final = _Figures(dict.fromkeys(range(0x80), "-"))
_FIGURES.update((ord(sign), "y") for sign in "abcdefghijklmnopqrstuvwxyz")
_FIGURES.update((ord(sign), sign) for sign in "0123456789x:=ol")
_FIGURES.update((ord(sign), "l") for sign in "|!i")
_FIGURES.update((ord(sign), "-") for sign in "·。")
_FIGURES.update(dict.fromkeys(range(0x3400, 0xA000), "z"))
_FIGURES.update((ord(sign), digit) for sign, digit in HAN_DIGITS.items())

# Nothing to go back to in it: Python's own engine is linear here, and several times as fast.
_GROUP: Final = re.compile(r"[0-9ol]+x?")
# 前三位, 一个: a lone digit before a measure word counts, it is no figure of a number.
_MEASURES: Final = frozenset("位个班年月级天次岁人本块")
_TO_DIGITS: Final = str.maketrans("ol", "01")


class Group(Struct, frozen=True, gc=False):
    """Digits that stand together: their places in the spelling, and what they are."""

    start: int
    end: int
    digits: str


class Run(Struct, frozen=True, gc=False):
    """Some groups in a row as one number. `soft`: only marks and spaces stand between them;
    `whole`: no further group follows or precedes as closely.
    """

    start: int
    end: int
    digits: str
    sizes: tuple[int, ...]
    soft: bool
    whole: bool


class Figures:
    """The groups of one spelling, with what stands between them."""

    def __init__(self, plain: str) -> None:
        self.plain = plain
        self.view = plain.translate(_FIGURES)
        self.groups = list(islice(self._groups(), GROUPS_MAX))
        self._gaps = [self._gap(place) for place in range(len(self.groups))]
        self._reach = list(self._reaching())

    def _reaching(self) -> Iterator[int]:
        """For each group the digits from it on up to where nothing can go on."""
        reach: list[int] = []
        for group, gap in zip(reversed(self.groups), reversed(self._gaps), strict=True):
            behind = reach[-1] if reach and gap != "none" else 0
            reach.append(behind + len(group.digits))
        return reversed(reach)

    def _groups(self) -> Iterator[Group]:
        for match in _GROUP.finditer(self.view):
            yield from self._split(*match.span())

    def _split(self, start: int, end: int) -> Iterator[Group]:
        """One group, without letters of a word beside it; or the pure digits in a mixed one."""
        start, end = self._trimmed(start, end)
        view = self.view[start:end]
        if len(view) == 1 and self.plain[end : end + 1] in _MEASURES:
            return
        if not view or view == "x" or (not any(map(str.isdecimal, view)) and len(view) < 2):
            return
        if len(view) == 12 or len(view) > 19:
            yield from self._pure(start, end)
        else:
            yield Group(start, end, view.translate(_TO_DIGITS))

    def _trimmed(self, start: int, end: int) -> tuple[int, int]:
        view = self.view
        if start and view[start - 1] in "yx":
            while start < end and view[start] in "ol":
                start += 1
        if end < len(view) and view[end] == "y":
            while start < end and view[end - 1] in "olx":
                end -= 1
        return start, end

    def _pure(self, start: int, end: int) -> Iterator[Group]:
        """星期一138… is no number of twelve digits: the Chinese digit belongs to a word."""
        begin = start
        for place in range(start + 1, end + 1):
            if place == end or self.plain[place].isascii() != self.plain[begin].isascii():
                digits = self.view[begin:place].translate(_TO_DIGITS)
                yield Group(begin, place, digits)
                begin = place

    def runs(self, first: Sequence[str], sizes: Sequence[int]) -> Iterator[Run]:
        """The runs that begin with one of these digits and have so many, longest first."""
        fewest = min(sizes)
        for place, group in enumerate(self.groups):
            if self._reach[place] >= fewest and group.digits[0] in first:
                yield from reversed(list(self._from(place, sizes)))

    def _from(self, place: int, wanted: Sequence[int]) -> Iterator[Run]:
        begin, longest = self.groups[place].start, max(wanted)
        digits, soft = "", True
        sizes: tuple[int, ...] = ()
        begun = place == 0 or self._gaps[place - 1] != "soft"
        for after in range(place, len(self.groups)):
            group = self.groups[after]
            bare = group.digits.removesuffix("x")
            # An x is a digit at the end of an identity number alone; elsewhere it separates.
            last = group.digits if len(digits) + len(bare) == 17 else bare
            digits += last
            sizes = (*sizes, len(last))
            if len(digits) > longest:
                return
            gap = self._gaps[after]
            if len(digits) in wanted:
                end = group.end - len(group.digits) + len(last)
                yield Run(begin, end, digits, sizes, soft, begun and gap != "soft")
            if gap == "none":
                return
            soft = soft and gap == "soft"

    def _gap(self, place: int) -> str:
        """What stands between a group and the next: `soft` marks, `hard` words, or too much."""
        if place + 1 >= len(self.groups):
            return "none"
        between = self.view[self.groups[place].end : self.groups[place + 1].start]
        if len(between) > _HARD_MAX or ":" in between or "=" in between:
            return "none"
        return "soft" if len(between) <= _SOFT_MAX and not between.strip("-") else "hard"
