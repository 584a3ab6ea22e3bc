"""Words by their initials, from a fixed list: hb for 红包."""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Final

from ahocorasick_rs import AhoCorasick, MatchKind

INITIALS: Final[Mapping[str, tuple[str, ...]]] = {
    "hb": ("红包",),
    "wx": ("微信",),
    "vx": ("微信",),
    "jwx": ("加微信", "加我微信"),
    "jvx": ("加微信", "加我微信"),
    "jv": ("加微", "加v"),
    "jw": ("加微",),
    "jq": ("加群",),
    "jqq": ("加qq",),
    "jhy": ("加好友",),
    "sl": ("私聊",),
    "sx": ("私信",),
    "dl": ("代理",),
    "dg": ("代购",),
    "ws": ("微商",),
    "jm": ("加盟",),
    "jz": ("兼职",),
    "sd": ("刷单",),
    "tp": ("投票",),
    "lp": ("拉票",),
    "dz": ("点赞",),
    "kj": ("砍价",),
    "kyd": ("砍一刀",),
    "zl": ("助力",),
    "mj": ("募捐",),
    "zc": ("众筹",),
    "db": ("赌博",),
    "bc": ("博彩",),
    "lhc": ("六合彩",),
    "bjl": ("百家乐",),
    "xz": ("下注",),
    "yp": ("约炮",),
    "yyq": ("一夜情",),
    "ll": ("裸聊",),
    "hp": ("黄片",),
    "sq": ("色情",),
    "cj": ("抽奖",),
    "qhb": ("抢红包",),
    "fhb": ("发红包",),
    "lhb": ("领红包",),
    "kfp": ("开发票",),
    "dkfp": ("代开发票",),
    "bz": ("办证",),
    "xyk": ("信用卡",),
    "dk": ("贷款",),
    "rz": ("人渣", "弱智"),
    "rzh": ("人渣",),
    "sb": ("傻逼", "傻b"),
    "nc": ("脑残",),
    "zz": ("智障",),
    "wbd": ("王八蛋",),
    "cs": ("畜生",),
    "nmsl": ("你妈死了", "你妈死"),
    "cnm": ("操你妈",),
    "nmb": ("你妈逼",),
    "tmd": ("他妈的",),
    "nmd": ("你妈的",),
    "mlgb": ("妈了个",),
    "gck": ("滚出去",),
    "gd": ("滚蛋",),
    "byl": ("不要脸",),
    "qsb": ("去死吧",),
    "wdnmd": ("我操你妈", "你妈的"),
    "djb": ("大鸡巴", "鸡巴"),
    "jb": ("鸡巴",),
    "nb": ("牛逼", "牛b"),
    "zb": ("装逼",),
    "lsj": ("老司机",),
    "ds": ("屌丝",),
    "qj": ("请假",),
    "sdfy": ("刷单返佣",),
    "flg": ("法轮功",),
}
"""Initials and what they stand for, in normal form."""


_INITIALS_OF: Final = {
    meaning: [initials for initials, meant in INITIALS.items() if meaning in meant]
    for meaning in dict.fromkeys(chain.from_iterable(INITIALS.values()))
}
_MEANT: Final = AhoCorasick(list(_INITIALS_OF), matchkind=MatchKind.Standard)


def abbreviated(word: str) -> Iterator[str]:
    """The ways to write a word with initials for a part of it or for the whole."""
    for meaning in dict.fromkeys(_MEANT.find_matches_as_strings(word, overlapping=True)):
        for initials in _INITIALS_OF[meaning]:
            yield word.replace(meaning, initials, 1)
