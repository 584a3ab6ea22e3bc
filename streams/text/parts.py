"""Characters that are written as their parts: 贝兼 for 赚."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import product
from typing import Final, NamedTuple

from ahocorasick_rs import AhoCorasick, MatchKind

from streams.text.normal import skeleton
from streams.text.parts_table import PARTS

RADICALS: Final = frozenset(
    "亻人氵水冫纟糸丝讠言钅金饣食扌手忄心犭犬艹艸草礻示衤衣刂刀阝耳火辶辵走宀疒囗口月日木土女山石"
    "禾竹米虫足车马鱼鸟王目田力又彳广门雨酉贝页见门弓巾穴皿舟身革齿骨鬼攵欠户尸厂冖罒牛羊立方西襾覀"
)

# How people write the forms that stand beside or above the rest.
_WRITTEN: Final[Mapping[str, str]] = {
    "艸": "艹草",
    "艹": "艹草",
    "辵": "辶",
    "亻": "亻人",
    "人": "亻人",
    "氵": "氵水",
    "水": "氵水",
    "糸": "纟丝糸",
    "纟": "纟丝糸",
    "讠": "讠言",
    "言": "讠言",
    "钅": "钅金",
    "金": "钅金",
    "饣": "饣食",
    "食": "饣食",
    "扌": "扌手才",
    "手": "扌手才",
    "忄": "忄心",
    "心": "忄心",
    "犭": "犭犬",
    "犬": "犭犬",
    "礻": "礻示",
    "示": "礻示",
    "衤": "衤衣",
    "衣": "衤衣",
    "刂": "刂刀",
    "刀": "刂刀",
    "阝": "阝耳",
    "囗": "口",
    "灬": "火",
    "牜": "牛",
    "爫": "爪",
    "戶": "户",
    "巳": "已",
    "己": "已",
    "曰": "日",
}

_DIVISIONS_MAX: Final = 12
"""Ways to write one character in parts that are looked for."""


def _parts_of() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for word in PARTS.split():
        found.setdefault(word[0], []).append(word[1:])
    return {sign: tuple(divisions) for sign, divisions in found.items()}


PARTS_OF: Final = _parts_of()
"""A character and the ways to divide it."""


def divisions(sign: str) -> Sequence[str]:
    """The ways to write a character in its parts; none where it is not divided."""
    found = dict.fromkeys(
        "".join(parts)
        for division in PARTS_OF.get(sign, ())
        for parts in product(*(_WRITTEN.get(part, part) for part in division))
    )
    return list(found)[:_DIVISIONS_MAX]


@cache
def _forms(sign: str) -> Sequence[str]:
    """A character's divisions as they stand in a normal form, but for those that lose a part."""
    drawn = [(division, skeleton(division)) for division in divisions(sign)]
    return tuple(form for division, form in drawn if len(form) >= 2)


class Composed(NamedTuple):
    """A normal form in which parts are put together again: `starts` says for each character where
    it began, `ends` where what stood for it ended.
    """

    shape: str
    starts: Sequence[int]
    ends: Sequence[int]


_Stretch = tuple[int, int, Sequence[str]]
"""Start, end, and the characters that these parts may be."""


class Compositions:
    """Finds the parts of some characters in a text and puts them together."""

    def __init__(self, signs: Iterable[str]) -> None:
        meant: dict[str, list[str]] = {}
        for sign in signs:
            for form in dict.fromkeys(_forms(sign)):
                meant.setdefault(form, []).append(sign)
        self._meant = list(meant.values())
        self._automaton = AhoCorasick(list(meant), matchkind=MatchKind.Standard)

    def find(self, shape: str) -> list[tuple[int, int, int]]:
        """What may be a character in parts: what `put_together` wants to know of a text, or of a
        line of several texts; of most texts, nothing.
        """
        return self._automaton.find_matches_as_indexes(shape, overlapping=True)

    def put_together(self, shape: str, found: Sequence[tuple[int, int, int]]) -> Iterator[Composed]:
        """The ways to read a normal form with the parts found in it put together.

        Of parts that overlap the first ones count in one reading, the last ones in another; of
        several characters with the same parts each counts in one.
        """
        stretches = [(start, end, self._meant[which]) for which, start, end in found]
        # The longer one of those that begin, or end, together.
        chosen = [_apart(sorted(stretches, key=lambda s: (s[0], -s[1])))]
        others = _apart(sorted(stretches, key=lambda s: (-s[1], s[0])))[::-1]
        if others != chosen[0]:
            chosen.append(others)
        for stretch in chosen:
            for way in range(max(len(signs) for _, _, signs in stretch)):
                yield _compose(shape, stretch, way)


def _apart(stretches: Sequence[_Stretch]) -> list[_Stretch]:
    """Those that overlap none before them; they come in the order of their starts, or from the end
    in that of their ends.
    """
    kept: list[_Stretch] = []
    for stretch in stretches:
        if not kept or stretch[0] >= kept[-1][1] or stretch[1] <= kept[-1][0]:
            kept.append(stretch)
    return kept


def _compose(shape: str, stretches: Sequence[_Stretch], way: int) -> Composed:
    """`way`: which of the characters that have the same parts is meant; the last where fewer do."""
    signs: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    behind = 0
    for start, end, meant in (*stretches, (len(shape), len(shape), ())):
        signs.append(shape[behind:start])
        starts.extend(range(behind, start))
        ends.extend(range(behind + 1, start + 1))
        if meant:
            signs.append(meant[min(way, len(meant) - 1)])
            starts.append(start)
            ends.append(end)
        behind = end
    return Composed("".join(signs), starts, ends)
