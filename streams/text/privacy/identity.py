"""Numbers of identity cards, new and old, and of passports and permits that are named so."""

from collections.abc import Iterator
from typing import Final

import re2

from streams.text.privacy.cues import OTHER, Nearest, before, has
from streams.text.privacy.runs import Figures, Run

_PROVINCES: Final = frozenset(
    [
    "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36",
    "37", "41", "42", "43", "44", "45", "46", "50", "51", "52", "53", "54", "61", "62",
    "63", "64", "65", "71", "81", "82", "83", "91",
    ]
)  # fmt: skip
_NAMED: Final = (
    "身份", "证件", "证号", "户口", "证是", "公民", "sfz", "身份證", "证件號", "id card", "idcard",
)  # fmt: skip
_CARD: Final = Nearest(_NAMED, OTHER)
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_DAYS: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_PASSPORT: Final = re2.compile(
    r"(?:护照|通行证|港澳证|台胞证|回乡证|护照号|護照|居住证|出生证|出生证明|医学证明|出生醫學證明)[^a-z0-9]{0,8}"
    r"([a-z]{1,2}[ -]?[0-9](?: ?[0-9]){6,9})(?:[^a-z0-9]|$)"
    r"|(?:准考证|准考證|考生)号?[^a-z0-9]{0,4}([0-9]{9,16})(?:[^a-z0-9]|$)"
    r"|身份证(?:号码?)?(?:最后|后|末)[四六八468][位个][^a-z0-9]{0,4}([0-9]{3,8}x?)(?:[^a-z0-9]|$)"
)
_PAPERS: Final = (
    "护照", "護照", "行证", "澳证", "胞证", "乡证", "住证", "生证", "学证明", "學證明", "考证", "考證", "考生", "份证",
)  # fmt: skip


def find_identities(figures: Figures) -> Iterator[tuple[int, int, str]]:
    """The numbers as (start, end, digits) of the spelling."""
    for run in figures.runs("123456789", (15, 17, 18)):
        number = _number(figures, run)
        if number and number[0][:2] in _PROVINCES and _is_identity(figures.plain, run, number[0]):
            yield run.start, number[1], number[0]


def find_passports(plain: str) -> Iterator[tuple[int, int, str]]:
    """Papers that have no check, right behind their name, and an identity number's last figures."""
    if has(plain, _PAPERS):
        for match in _PASSPORT.finditer(plain):
            which = next(group for group in (1, 2, 3) if match.group(group))
            yield *match.span(which), match.group(which)


def _is_identity(plain: str, run: Run, number: str) -> bool:
    if len(number) == 15:
        return run.soft and _is_old(plain, run)
    return len(number) == 18 and _checks(number)


def _number(figures: Figures, run: Run) -> tuple[str, int] | None:
    """The digits and the end; an x that stands apart, or is written 叉, is the eighteenth."""
    if len(run.digits) != 17 or "x" in run.digits:
        return run.digits, run.end
    tail = figures.plain[run.end : run.end + 4]
    bare = tail.lstrip(" -,._·*+")
    if bare.startswith(("x", "叉")):
        return run.digits + "x", run.end + len(tail) - len(bare) + 1
    return None


def _checks(number: str) -> bool:
    """Whether the date is one and the last sign is the one that GB 11643 works out."""
    year, month, day = number[6:10], number[10:12], number[12:14]
    if "x" in number[:17] or not "1900" <= year <= "2099" or not _is_day(month, day):
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, number, strict=False))
    return number[-1] == "10x98765432"[total % 11]


def _is_day(month: str, day: str) -> bool:
    return 1 <= int(month) <= 12 and 1 <= int(day) <= _DAYS[int(month) - 1]


def _is_old(plain: str, run: Run) -> bool:
    """Fifteen digits have no check: a word must say what they are."""
    if "x" in run.digits or not _is_day(run.digits[8:10], run.digits[10:12]):
        return False
    return _CARD.kind(before(plain, run.start)) > 0
