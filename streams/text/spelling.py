"""A text spelled out in plain signs, whatever its digits and letters were dressed in.

Digits and Latin letters of every style (full width, circled, keycaps, mathematical, Cyrillic and
Greek look-alikes) become plain ones, marks of no width go, every other sign becomes a space or an
ASCII mark. Chinese letters stay as they are. A place in the spelling leads back to the text.
"""

import codecs
import unicodedata
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

HAN_DIGITS: Final = dict(
    zip(
        "零〇一二三四五六七八九壹贰叁肆伍陆柒捌玖貳參叄陸弌弍弎幺两兩洞拐勾",
        "001234567891234567892336123122079",
        strict=True,
    )
)
"""Chinese digits: everyday, financial, and those said aloud over a line (幺, 洞, 拐, 勾)."""

GONE: Final = "\x7f"
"""What a mark without width becomes in the table, before it is dropped."""

_ROUND: Final = {
    chr(first + step): str(step + 1) for first in (0x2776, 0x2780, 0x278A) for step in range(9)
} | {"⓿": "0", "🄋": "0", "🄌": "0", "○": "0", "◯": "0", "⭕": "0", "×": "x", "✕": "x", "✖": "x"}
_ALIKE: Final = dict(
    zip(
        "аеорсухіјѕԁһкмтвнАЕОРСУХІЈЅНКМТВαορνΑΒΕΖΗΙΚΜΝΟΡΤΧ",
        "aeopcyxijsdhkmtbhaeopcyxijshkmtbaopvabezhikmnoptx",
        strict=True,
    )
)
_MARKS: Final = {
    "｡": "。",
    "。": "。",
    "【": "[",
    "】": "]",
    "「": "[",
    "」": "]",
    "〔": "[",
    "〕": "]",
    "《": "<",
    "》": ">",
    "、": ",",
    "—": "-",
    "–": "-",
    "−": "-",
    "‐": "-",
    "‑": "-",
    "―": "-",
    "－": "-",
    "•": "·",
    "・": "·",
    "⸱": "·",
    "∙": "·",
    "⋅": "·",
    "‧": "·",
    "·": "·",
    "➕": "+",
    "￥": "$",
    "¥": "$",
    "點": "点",
}
_INVISIBLE: Final = GONE + "\u115f\u1160\u3164\uffa0"
_LETTERED: Final = ((0x1F130, 26), (0x1F150, 26), (0x1F170, 26), (0x1F1E6, 26))
_BLOCKS: Final = (
    range(0x3400),
    range(0xA000, 0xA500),
    range(0xFE00, 0x10000),
    range(0x1D400, 0x1D800),
    range(0x1F000, 0x1FC00),
    range(0xE0000, 0xE0200),
)


def _spell(sign: str) -> str:
    """One sign for one: a digit, a small letter, an ASCII mark, a space, or GONE."""
    for table in (HAN_DIGITS, _ROUND, _ALIKE, _MARKS):
        if sign in table:
            return sign if table is HAN_DIGITS else table[sign]
    code = ord(sign)
    for first, size in _LETTERED:
        if first <= code < first + size:
            return chr(ord("a") + code - first)
    if unicodedata.category(sign) in ("Mn", "Me", "Cf") or sign in _INVISIBLE:
        return GONE
    return _plain(unicodedata.normalize("NFKC", sign).casefold(), sign)


def _plain(form: str, sign: str) -> str:
    if len(form) == 1:
        if form.isdecimal():
            return str(int(form))
        if form.isascii():
            return form if form.isprintable() else " "
        bare = unicodedata.normalize("NFD", form)[0]
        if bare.isascii() and bare.isalpha():
            return bare
        return form if unicodedata.category(form)[0] == "L" else " "
    # Some signs (⒈, ⑴, ㈠) are a digit or a letter in a frame.
    kept = [part for part in form if part.isdecimal() or part in HAN_DIGITS or part.isalpha()]
    if len(kept) != 1:
        return " "
    return str(int(kept[0])) if kept[0].isdecimal() else kept[0]


class _Table(dict[int, str]):
    """Signs of the blocks that chats are made of are worked out when they are first met, and kept:
    the table grows to those and no further. Rare letters stay, rare signs become a space.
    """

    def __missing__(self, code: int) -> str:
        if not any(code in block for block in _BLOCKS):
            return chr(code) if 0xA500 <= code < 0xD800 or code >= 0x20000 else " "
        self[code] = _spell(chr(code))
        return self[code]


_TABLE: Final = _Table((code, chr(code)) for code in range(0x3400, 0xA000))
_TABLE[ord("點")] = _spell("點")

DIGIT_SIGNS: Final = "".join(
    dict.fromkeys(
        "0123456789"
        + "".join(HAN_DIGITS)
        + "".join(chr(code) for code in range(0xFF10, 0xFF1A))
        + "".join(chr(code) for code in range(0x2460, 0x2469))
        + "⓪○"
        + "".join(chr(code) for code in (*range(0x2474, 0x247D), *range(0x2488, 0x2491)))
        + "".join(sign for sign in _ROUND if sign.isprintable() and ord(sign) < 0x10000)
    )
)
"""What may be a digit."""
LETTER_SIGNS: Final = "".join(
    chr(first + step) for first in (0x41, 0x61, 0xFF21, 0xFF41) for step in range(26)
)
"""Latin letters, plain and of full width."""
DRESSED_SIGNS: Final = ((0x1D000, 0x1E000), (0x1F100, 0x1F200))
"""Where Unicode keeps digits and letters in other dresses (𝟏, 🅰), as first and behind the last."""
_ZERO: Final = "\0"
_CODEC: Final = codecs.charmap_build((_ZERO + DIGIT_SIGNS + LETTER_SIGNS).ljust(256, "\ufffe"))
# How those begin in UTF-8.
_DRESSED: Final = (b"\xf0\x9d", b"\xf0\x9f\x84", b"\xf0\x9f\x85", b"\xf0\x9f\x86", b"\xf0\x9f\x87")
_NO_DIGIT: Final = bytes([0, *range(1 + len(DIGIT_SIGNS), 256)])


def count_signs(text: str) -> tuple[int, int]:
    """How many digits and how many Latin letters of any style a text has: upper bounds, cheaply
    had. Signs beyond the basic plane (𝟏, 🅰) count as both.
    """
    found = codecs.charmap_encode(text, "ignore", _CODEC)[0]
    digits = len(found.translate(None, _NO_DIGIT)) if found else 0
    raw = text.encode("utf-8", "ignore")
    beyond = sum(map(raw.count, _DRESSED)) if b"\xf0" in raw else 0
    return digits + beyond, len(found) - digits + beyond


class Spelling(Struct, frozen=True, gc=False):
    """`plain`: the spelling; `places`: for each of its signs the place in the text it came from."""

    plain: str
    places: Sequence[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The part of the text that a part of the spelling (not empty) came from."""
        return self.places[start], self.places[end - 1] + 1

    def without(self, signs: str) -> "Spelling":
        """The same without some signs, the letters beside them brought together."""
        for sign in signs:
            if sign in self.plain:
                break
        else:
            return self
        kept = [place for place, sign in enumerate(self.plain) if sign not in signs]
        return self.only(kept)

    def only(self, kept: Sequence[int]) -> "Spelling":
        """The signs at these places alone."""
        plain = "".join(map(self.plain.__getitem__, kept))
        return Spelling(plain, list(map(self.places.__getitem__, kept)))


def spell(text: str) -> Spelling:
    """Spell a text out."""
    spelled = text.translate(_TABLE)
    return Spelling(spelled, range(len(spelled))).without(GONE)
