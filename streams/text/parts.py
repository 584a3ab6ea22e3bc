"""Characters that are written as their parts: 贝兼 for 赚."""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Final

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
