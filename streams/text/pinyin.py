"""Readings: Chinese characters and pinyin as one letter a syllable, without tone."""

import re
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Final

from streams.text.readings_table import READINGS

_FIRST_CODE: Final = 0x0590
"""Syllables are written with the letters of Hebrew and its neighbours: short in UTF-8, which the
automaton reads. Where those stand in a text themselves they are no syllable.
"""

_OTHERS: Final[dict[str, str]] = {
    "行": "hang", "重": "chong", "长": "zhang", "乐": "yue", "还": "huan", "没": "mo", "率": "lu",
    "调": "tiao", "弹": "tan", "传": "zhuan", "卡": "qia", "单": "shan", "会": "kuai", "差": "chai",
    "恶": "wu", "色": "shai", "血": "xie", "校": "jiao", "折": "she", "券": "juan", "曝": "pu",
    "攒": "cuan", "便": "pian", "模": "mu", "圈": "juan", "尿": "sui", "系": "ji", "省": "xing",
    "盛": "cheng", "觉": "jiao", "角": "jue", "脏": "zang", "得": "dei", "都": "du", "车": "ju",
    "贾": "gu", "屏": "bing", "给": "ji", "着": "zhao", "了": "liao", "薄": "bao", "剥": "bo",
    "秘": "bi", "宿": "xiu", "藏": "zang", "朝": "zhao", "降": "xiang", "参": "shen",
}  # fmt: skip
"""Second readings that words are met with."""

_SIGNS_OF: Final[dict[str, str]] = dict(re.findall(r"([a-z]+)([^a-z ]+)", READINGS))
_CODES: Final = {
    syllable: chr(_FIRST_CODE + place)
    for place, syllable in enumerate(dict.fromkeys((*_SIGNS_OF, *_OTHERS.values())))
}
_CODES.update({f"{first}v": _CODES[f"{first}u"] for first in "nl"})
# A list is read faster than a mapping. Characters behind its end are left as they are.
CODES: Final[list[str]] = list(map(chr, range(0xA000)))
CODES[_FIRST_CODE:0x0800] = ["\ufffd"] * (0x0800 - _FIRST_CODE)
for _syllable, _signs in _SIGNS_OF.items():
    for _sign in _signs:
        CODES[ord(_sign)] = _CODES[_syllable]
_LONGEST: Final = max(map(len, _CODES))

# Nothing to go back to in it: Python's own engine is linear here, and several times as fast.
_RUN: Final = re.compile(r"[a-z][a-z1-5]+")


def readings(text: str) -> str:
    """A normal form with a code in place of each Chinese character, one for one."""
    return text.translate(CODES)


def spellings(word: str, at_most: int = 4) -> Sequence[str]:
    """The codes that a word may have: by its characters' readings, and as its pinyin falls apart
    when it is written without spaces (fangan: fan-gan, though it is fang-an).
    """
    several = [
        [reading, _CODES[_OTHERS[sign]]] if sign in _OTHERS else [reading]
        for sign, reading in zip(word, readings(word), strict=True)
    ]
    found = ["".join(codes) for _, codes in zip(range(at_most), product(*several), strict=False)]
    syllables = list(map(_letters, found[0]))
    letters = "".join(syllables)
    # A letter of its own is no syllable yet: 加wei is.
    mixed = any(map(str.isascii, found[0]))
    again = _codes(letters) if mixed or _may_fall_apart(syllables, letters) else ""
    return [*found, again] if again and again not in found else found


_BEGINNINGS: Final = frozenset(
    syllable[:length] for syllable in _CODES for length in range(1, len(syllable) + 1)
)
_SPELLED: Final = {code: syllable for syllable, code in reversed(_CODES.items())}


def _letters(code: str) -> str:
    return _SPELLED.get(code, code)


def _codes(letters: str) -> str:
    return "".join(_CODES[syllable] for syllable in _cut(letters))


def _may_fall_apart(syllables: Sequence[str], letters: str) -> bool:
    """Whether letters may be cut into as few syllables as these, and others: then one reaches
    beyond the end of one of these, and syllables stand before and behind it. In most words none
    does.
    """
    end = 0
    for syllable in syllables[:-1]:
        start, end = end, end + len(syllable)
        for at in range(start, end):
            if letters[at : end + 1] not in _BEGINNINGS:
                continue
            for behind in range(end + 1, min(at + _LONGEST, len(letters)) + 1):
                if letters[at:behind] in _CODES and _fits(letters[start:at], letters[behind:]):
                    return True
    return False


def _fits(head: str, tail: str) -> bool:
    """Whether a head is made of syllables, or empty, and a tail begins with one."""
    if head and not _cut(head):
        return False
    return not tail or any(tail[:length] in _CODES for length in range(1, _LONGEST + 1))


def _cut(letters: str) -> list[str]:
    """Letters cut into the fewest syllables, the longer ones first; empty if they can't be."""
    size = len(letters)
    fewest = [0] * (size + 1)
    longest = [0] * (size + 1)
    for start in range(size - 1, -1, -1):
        fewest[start] = size + 1
        for length in range(min(_LONGEST, size - start), 0, -1):
            count = fewest[start + length] + 1
            if count < fewest[start] and letters[start : start + length] in _CODES:
                fewest[start], longest[start] = count, length
    if fewest[0] > size:
        return []
    cuts, start = [], 0
    while start < size:
        cuts.append(letters[start : start + longest[start]])
        start += longest[start]
    return cuts


class Spelled:
    """A text's codes and the place of its normal form that each begins at (with the end's)."""

    __slots__ = ("codes", "starts")

    def __init__(self, codes: str, starts: list[int]) -> None:
        self.codes = codes
        self.starts = starts


def may_be_spelled(text: str, folded: str) -> bool:
    """Whether pinyin may stand in a text: some run of letters falls into syllables, or is not written
    in one piece. Most texts with Latin letters end at this question.
    """
    lower = text.lower()
    return any(
        run not in lower or _cut("".join(filter(str.isalpha, run)))
        for run in set(_RUN.findall(folded))
    )


def spelled(folded: str, skeleton: str, places: Sequence[int]) -> Spelled | None:
    """The codes of a text in which pinyin stands; None if none does.

    `places` are those of the normal form in the text: where spaces divide the syllables they are
    heeded, unless only the letters as a whole make syllables (h o n g).
    """
    codes: list[str] = []
    starts: list[int] = []
    behind = 0
    for match in _RUN.finditer(folded):
        start, end = match.span()
        pieces = list(_pieces(folded, start, end, places))
        if not any(code in _SPELLED for code, _ in pieces):
            continue
        codes.append(readings(skeleton[behind:start]))
        starts.extend(range(behind, start))
        for code, place in pieces:
            codes.append(code)
            starts.append(place)
        behind = end
    if not behind:
        return None
    codes.append(readings(skeleton[behind:]))
    starts.extend(range(behind, len(folded) + 1))
    return Spelled("".join(codes), starts)


def _pieces(folded: str, start: int, end: int, places: Sequence[int]) -> Iterator[tuple[str, int]]:
    """The syllables of a run, or what can't be one, letter by letter; each with its place."""
    bounds = [start]
    bounds += [at for at in range(start + 1, end) if places[at] - places[at - 1] > 1]
    bounds.append(end)
    tokens = [(bounds[i], bounds[i + 1]) for i in range(len(bounds) - 1)]
    cuts = [_cut_token(folded, *token) for token in tokens]
    if not all(cuts) and (whole := _cut_token(folded, start, end)):
        yield from whole
        return
    for token, cut in zip(tokens, cuts, strict=True):
        yield from cut or [(folded[at], at) for at in range(*token)]


def _cut_token(folded: str, start: int, end: int) -> list[tuple[str, int]]:
    """Syllables of this stretch with their places, the tones' digits left out."""
    kept = [at for at in range(start, end) if folded[at].isalpha()]
    found: list[tuple[str, int]] = []
    done = 0
    for syllable in _cut("".join([folded[at] for at in kept])):
        found.append((_CODES[syllable], kept[done]))
        done += len(syllable)
    return found
