"""The normal form of a text: what is left when script, width, case, spaces and marks are ignored.

Each character is mapped by itself, whatever stands beside it. So the form of two texts joined is
their forms joined, and a place in the form belongs to exactly one character of the original.
"""

import unicodedata
from collections import Counter
from typing import Final

import re2

from streams.text.digits import DIGITS, SAME
from streams.text.lookalikes_signs import FILLERS, LETTERS, RADICAL_FORMS, TWINS
from streams.text.traditional import SIMPLIFIED, TRADITIONAL

_TO_SIMPLIFIED: Final = str.maketrans(TRADITIONAL, SIMPLIFIED)

# Signs that are another one in disguise, or nothing. A traditional numeral is simplified first.
_DISGUISED: Final[dict[int, str]] = {
    **LETTERS,
    **RADICAL_FORMS,
    **DIGITS,
    **dict.fromkeys(map(ord, FILLERS), ""),
}
_PLAIN: Final[dict[int, str]] = {
    **{code: _DISGUISED.get(plain, chr(plain)) for code, plain in _TO_SIMPLIFIED.items()},
    **_DISGUISED,
}

# Marks that decorate: accents over Latin letters, signs that are strewn over others, and the
# choice of a glyph. Marks that tell words apart (Tibetan vowels, kana's voicing) stay.
_DECORATION: Final = frozenset(
    code
    for first, last in (
        (0x0300, 0x036F),
        (0x0483, 0x0489),
        (0x0591, 0x05BD),
        (0x064B, 0x065F),
        (0x06D6, 0x06ED),
        (0x0E47, 0x0E4E),
        (0x180B, 0x180F),
        (0x1AB0, 0x1AFF),
        (0x1DC0, 0x1DFF),
        (0x20D0, 0x20FF),
        (0x302A, 0x302F),
        (0xFE00, 0xFE2F),
        (0xE0100, 0xE01EF),
    )
    for code in range(first, last + 1)
)

# Rare Chinese characters. A later Unicode version adds to them: they are kept without asking
# Python's tables, so that workers on different Pythons see the same text.
_RARE_HAN: Final = range(0x20000, 0x323B0)

# The blocks that chats are made of; what lies outside is worked out each time it is met.
_HAN: Final = range(0x4E00, 0xA000)
_COMMON: Final = (
    range(0x3400),
    range(0xF900, 0xFB00),
    range(0xFE00, 0x10000),
    range(0x1F000, 0x1FB00),
)


class _Table(dict[int, str]):
    """A table for `str.translate`. It does not grow: a text of a million strange characters
    costs time in proportion, and no memory that stays.
    """

    def __missing__(self, code: int) -> str:
        return _normal(code)


def _kept(sign: str) -> bool:
    return unicodedata.category(sign)[0] in "LMN" and ord(sign) not in _DECORATION


def _once(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).casefold().lower().translate(_PLAIN)
    return "".join(filter(_kept, plain))


def _normal(code: int) -> str:
    """One character's normal form: empty, one character, or a few (as of ㎏)."""
    sign = chr(code)
    if code in _HAN or code in _RARE_HAN or code in _DISGUISED:
        return sign.translate(_PLAIN)
    if not unicodedata.decomposition(sign) and sign.casefold().lower() == sign:
        return sign.translate(_PLAIN) if _kept(sign) else ""
    form = _once(sign)
    # A folded letter may fold again (the signs of some old scripts do so once more). Cherokee
    # folds to its capitals; made small, no capital is left in any form.
    while (again := _once(form)) != form:
        form = again
    return form


_TABLE: Final = _Table((code, chr(code)) for code in _HAN)
_TABLE.update((code, _normal(code)) for block in _COMMON for code in block)
_TABLE.update(_PLAIN)


class _Skeleton(dict[int, str]):
    """As `_Table`, with `_SAME` on top."""

    def __missing__(self, code: int) -> str:
        return _normal(code).translate(_SAME)


_SAME: Final = SAME | TWINS
FORMS: Final[dict[int, str]] = _Skeleton(
    (code, form.translate(_SAME)) for code, form in _TABLE.items()
)
"""What `skeleton` makes of the characters that chats are made of, by code point."""


def fold(text: str) -> str:
    """The form in which texts are compared: no spaces, punctuation, symbols or emoji, one width,
    one case, one script. Total: a lone surrogate is no letter and is left out.
    """
    return text.translate(_TABLE)


def skeleton(text: str) -> str:
    """The form in which words are looked for: `fold` with one way to write each digit and one of
    characters that nobody tells apart. As long as `fold(text)`: the same places serve both.
    """
    return text.translate(FORMS)


def places(text: str) -> list[int]:
    """For each character of `fold(text)` the place in `text` that it came from."""
    lengths = map(len, map(_TABLE.__getitem__, map(ord, text)))
    return [place for place, length in enumerate(lengths) for _ in range(length)]


# The usual ones, answered without the pattern.
_BARE: Final = frozenset({"收到", "好的", "好", "已阅", "谢谢老师", "辛苦老师", "ok", "1", "嗯"})

ACKNOWLEDGEMENT_MAX: Final = 32
"""Nobody acknowledges at greater length; a longer text holds something else."""

_ADDRESS: Final = (
    r"(?:各位|全体|我们|咱们)?[\p{Han}]{0,2}(?:老师|主任|校长)们?(?:和[\p{Han}]{0,2}老师)?[您你]?"
)
_KIN: Final = r"(?:妈妈|爸爸|妈|爸|家长|奶奶|爷爷|外婆|外公|姥姥|姥爷)"
# A name without a relation is one by its surname; 没, 还 and the like before the word deny it.
_PUPIL: Final = (
    r"(?:[0-9一二三四五六七八九十]{1,3}(?:年级[0-9一二三四五六七八九十]{1,2})?班)?(?:[0-9]{1,2}号)?"
    r"(?:[王李张刘陈杨赵黄吴徐孙胡朱林郭罗梁宋郑谢韩唐冯董萧曹袁邓傅沈彭吕苏卢蒋蔡贾丁魏薛叶阎潘杜戴夏"
    r"钟汪田姜范姚谭廖邹熊陆郝孔崔邱秦江顾侯邵孟龚]|周[^\P{Han}一二三四五六日天末])"
    r"\p{Han}{0,1}[^\P{Han}没未还才刚不都谁]"
)
_WHO: Final = rf"(?:[\p{{Han}}]{{0,4}}{_KIN}|{_PUPIL})?"
_TAIL: Final = r"[了啦啊呀哦噢喔哈呢嘞哒滴的您你]*"
_DONE: Final = r"(?:已经?)?(?:收到|接收到|收悉|悉知|悉|阅|阅读|读|知悉|知晓|知道|明白|了解|看到)"
_FINE: Final = (
    r"(?:好的|好滴|好哒|好嘞|好咧|好呀|好|行|可以的|没问题|嗯+|嗯呐|恩+|哦+|噢+|得嘞|要得|妥"
    r"|ok+|okay|okok|遵命|1+|roger|yes)"
)
_THANKS: Final = (
    r"(?:非常|十分|太|真是)?(?:谢谢|感谢|感恩|多谢|谢过|谢|辛苦|费心|受累|thanks|thankyou|3q)"
)
_FOR: Final = r"(?:的?(?:辛苦|辛勤)?(?:付出|提醒|通知|费心|操心|分享))?"
_COMPLY: Final = (
    r"(?:(?:我们|我)?(?:会|一定|马上|立刻|尽快|按时|积极|全力)*(?:配合|照办|执行|落实|去办|办))?"
)
# How a program writes its pictures where it can't show them: [玫瑰].
_DRAWN: Final = r"(?:玫瑰|抱拳|强|握手|合十|鼓掌|爱心|微笑|愉快|比心|鲜花|赞|太阳|拥抱|ok)"
_ACKNOWLEDGEMENT: Final = re2.compile(
    rf"(?:{_WHO}{_ADDRESS})?{_WHO}"
    rf"(?:(?:回复)?(?:{_DONE}|{_FINE}|{_THANKS}){_TAIL}(?:(?:{_ADDRESS}|大家|各位){_FOR})?{_TAIL})+"
    rf"{_COMPLY}{_TAIL}(?:[\p{{Han}}]{{0,4}}{_KIN})?{_DRAWN}*"
)
_DRAWN_ALONE: Final = re2.compile(rf"(?:\[{_DRAWN}\]\s*)+")

# The pictures that say as much by themselves, and what colours them.
_NODS: Final = frozenset("👌👍👏🙏🤝💪🫡🌹🌷💐❤🆗✅☑✔")
_COLOURS: Final = frozenset(" \ufe0f\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")
_ASKED: Final = frozenset("?\uff1f\u2753\u2754")

# What an acknowledgement may end with: the last letters of the pattern's parts. Most texts end
# otherwise, and are spared the pattern.
_ENDS: Final = frozenset(
    "到悉阅读知晓道白解好滴哒嘞咧呀呐行的题嗯恩妥得oky命1rs谢恩苦心累uq师任长们家位了啦啊哦噢喔哈呢您你"
    "出醒享合办行实妈爸奶爷婆公姥玫瑰拳强手十掌笑快花赞阳抱"
)
# With these a word of greeting begins a talk, it ends none.
_GREETINGS: Final = ("老师好", "妈妈好", "爸爸好", "家长好", "奶奶好", "爷爷好", "大家好")


def is_acknowledgement(text: str) -> bool:
    """Whether a text is a bare acknowledgement (收到, 好的, 谢谢老师, OK, 1, 👌 …) and no more.

    `text` as it was written, or its normal form. Of that nothing is left of a picture alone or of a
    question mark, so the former is no acknowledgement then, and the latter does not count.
    """
    if not text or len(text) > 2 * ACKNOWLEDGEMENT_MAX or not _ASKED.isdisjoint(text):
        return False
    last = fold(text[-1])
    if last and last not in _ENDS:
        return False
    if text[0] in _NODS and (_NODS | _COLOURS).issuperset(text):
        return True
    folded = fold(text)
    if not folded or len(folded) > ACKNOWLEDGEMENT_MAX or folded.endswith(_GREETINGS):
        return False
    if folded in _BARE or _ACKNOWLEDGEMENT.fullmatch(folded) is not None:
        return True
    return _DRAWN_ALONE.fullmatch(text) is not None


def repeated_line(text: str) -> int:
    """How often the most frequent line stands in one message, compared by normal form.

    A message without a line break holds its line once; one without any letter holds none. Of
    several lines, bare acknowledgements are not counted.
    """
    lines = text.splitlines()
    if len(lines) < 2:
        return int(bool(fold(text)))
    folded = filter(None, map(fold, lines))
    counts = Counter(line for line in folded if not is_acknowledgement(line))
    return max(counts.values(), default=0)
