"""Numbers of people: mobile telephones and identity cards, however their digits are written."""

import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

import re2

from streams.text.views import View

_DIGITS_MIN: Final = 11
"""Fewer signs than this that may be digits hold neither."""

_HAN_DIGITS: Final = dict(
    zip(
        "零〇一二三四五六七八九壹贰叁肆伍陆柒捌玖貳參陸幺两",
        "0012345678912345678923612",
        strict=True,
    )
)
_SEPARATORS: Final = " \t-_.·•,，、—–/()（）\u200b\u200c\u200d\u2060\ufeff\u3000"


def _spell(sign: str) -> str:
    if sign in _HAN_DIGITS:
        return _HAN_DIGITS[sign]
    if sign in _SEPARATORS:
        return "-"
    plain = unicodedata.normalize("NFKC", sign).casefold()
    if plain in ("x", "o", "+"):
        return plain
    # Some signs (⒈, ⑴) are a digit in a frame.
    digits = [part for part in plain if part.isdecimal()]
    return str(int(digits[0])) if len(digits) == 1 and len(plain) < 4 else ""


_VIEW: Final = View(_spell, more="".join(_HAN_DIGITS) + "⒈⒉⒊⒋⒌⒍⒎⒏⒐❶❷❸❹❺❻❼❽❾", other="z")
# A letter o is often written for a zero.
_DIGITS: Final = frozenset(chr(code) for code, plain in _VIEW.items() if plain in "0123456789o")

# Whole, in the groups that people write (3-4-4, 3-3-5), or with every digit apart. Looser, and
# a line of sums would be a telephone.
_PHONE: Final = re2.compile(
    r"(?:^|[^0-9])((?:\+?86-?)?(?:1[3-9][0-9o]{9}|1[3-9][0-9o]-{1,3}[0-9o]{4}-{1,3}[0-9o]{4}"
    r"|1[3-9][0-9o]-{1,3}[0-9o]{3}-{1,3}[0-9o]{5}|1-{1,3}[3-9](?:-{1,3}[0-9o]){9}))(?:[^0-9]|$)"
)
_IDENTITY: Final = re2.compile(
    r"(?:^|[^0-9])([1-9][0-9]{5}-{0,2}(?:18|19|20)[0-9]{2}-{0,2}(?:0[1-9]|1[0-2])-{0,2}"
    r"(?:0[1-9]|[12][0-9]|3[01])-{0,2}[0-9]{3}-{0,2}[0-9x]|[1-9](?:-{1,2}[0-9]){16}-{1,2}[0-9x])"
    r"(?:[^0-9]|$)"
)
_OTHER_NUMBER: Final = (
    "单号",
    "單號",
    "订单",
    "編號",
    "编号",
    "学号",
    "條碼",
    "条码",
    "流水",
    "序列",
    "会议号",
    "群号",
)
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def find_numbers(text: str, public: Sequence[str] = ()) -> list[tuple[str, int, int]]:
    """Telephone and identity numbers as (label, start, end); those in `public` are nobody's own."""
    if sum(map(_DIGITS.__contains__, text)) < _DIGITS_MIN:
        return []
    view = text.translate(_VIEW)
    identities = [("privacy_id", *span) for span in _identities(view)]
    return identities + [("privacy_phone", *span) for span in _phones(text, view, public)]


def digits_of(number: str) -> str:
    """The digits of a number as somebody wrote it, without the country's."""
    digits = "".join(sign for sign in number.translate(_VIEW) if sign.isdecimal())
    return digits.removeprefix("86") if len(digits) == 13 else digits


def _phones(text: str, view: str, public: Sequence[str]) -> Iterator[tuple[int, int]]:
    for match in _PHONE.finditer(view):
        start, end = match.span(1)
        digits = view[start:end].replace("o", "0").replace("-", "").removeprefix("+")
        named = text[max(0, start - 8) : start]
        if digits[-11:] not in public and not any(word in named for word in _OTHER_NUMBER):
            yield start, end


def _identities(view: str) -> Iterator[tuple[int, int]]:
    for match in _IDENTITY.finditer(view):
        start, end = match.span(1)
        if _checks(view[start:end].replace("-", "")):
            yield start, end


def _checks(number: str) -> bool:
    """Whether the last sign is the one that GB 11643 works out of the others."""
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, number, strict=False))
    return number[-1] == "10x98765432"[total % 11]
