"""Ways to reach a person that are given out: WeChat and QQ ids, mail addresses, plates of cars."""

from collections.abc import Iterator, Sequence
from typing import Final

import re2

from streams.text.privacy.cues import has
from streams.text.spelling import HAN_DIGITS

_LINK: Final = r"(?:[ :,.=\->]|是|为|号码|号|加|搜索|搜|id|我|的|一下){0,6}"
_WECHAT: Final = r"(?:微信号|微信|薇信|威信|徽信|微伈|维信|卫星号|v信|vx|wx|v x|w x|weixin|wechat|加v|\+ ?v|\+ ?微|加微|加薇|加威|加我v|加个v|薇芯|微芯|绿泡泡|v号|v:)"
_QQ: Final = r"(?:qq|q q|扣扣|抠抠|叩叩|企鹅|球球|秋秋|q号|扣号|口口|加q|我q|q:|丘丘)"
_ACCOUNT: Final = re2.compile(
    rf"{_WECHAT}{_LINK}([a-z][a-z0-9_-]{{5,19}}|[0-9](?:[ -]?[0-9]){{5,11}})(?:[^a-z0-9_]|$)"
    rf"|{_QQ}{_LINK}([1-9](?:[ .,*-]{{0,2}}[0-9]){{4,10}})(?:[^0-9]|$)"
    rf"|(?:^|[^0-9])([1-9](?:[ -]?[0-9]){{4,10}})[ ,(]{{0,3}}(?:是我|我的|加我|这是我){{1,2}}的?{_QQ}"
)
_NAMED: Final = (
    "微", "薇", "威信", "徽信", "维信", "vx", "wx", "v x", "w x", "v信", "加v", "我v", "个v", "+v", "+ v", "v号", "v:",
    "weixin", "wechat", "卫星", "绿泡泡", "qq", "q q", "q号", "加q", "我q", "q:", "扣", "抠", "叩", "企鹅", "球球",
    "秋秋", "口口", "丘丘",
)  # fmt: skip
SIGNS: Final = "".join(sorted({sign for word in _NAMED for sign in word if sign >= "\u4e00"}))
"""An account of figures alone stands beside one of these, or beside a letter."""
_EXPLICIT: Final = (
    "号", "vx", "wx", "id", "加v", "加微", "加我", "搜", "v信", "weixin", "v:", "薇", "威信", "徽",
)  # fmt: skip
_NOBODYS: Final = (
    "群号", "qq群", "公众号", "小程序", "微信群", "支付", "付款", "收款", "转账", "视频号", "服务号", "订阅号", "红包",
    "扣扣群", "企业微信", "步数", "客服",
)  # fmt: skip
_COUNTED: Final = frozenset("元块.步人个分天名次级年")
_OF_QQ: Final = ("q", "扣", "抠", "叩", "企鹅", "球球", "秋秋")
_HAN_DIGITS: Final = {ord(sign): digit for sign, digit in HAN_DIGITS.items()}
_WORDS: Final = frozenset(
    [
    "wechat", "weixin", "group", "please", "official", "hello", "english", "school",
    "teacher", "parent", "message", "number",
    ]
)  # fmt: skip
_MAIL: Final = re2.compile(
    r"([a-z0-9][a-z0-9._%+-]{1,63}) ?(?:@|\(at\)|\[at\]|艾特|#@) ?([a-z0-9-]{1,63}(?:(?: ?[.。点] ?| dot )[a-z0-9-]{1,63}){0,4}(?: ?[.。点] ?| dot )[a-z]{2,10})"
)
_OFFICIAL: Final = (
    "学校邮箱", "投稿", "报名邮箱", "客服", "官方邮箱", "校长信箱", "投诉邮箱", "举报邮箱", "作品发",
)  # fmt: skip
_PROVINCES: Final = frozenset("京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼")
_PLATE: Final = re2.compile(
    rf"[{''.join(sorted(_PROVINCES))}][ .·-]{{0,2}}[a-hj-np-z][ .·-]{{0,3}}"
    r"((?:[a-hj-np-z0-9][ .-]{0,2}){4,5}[a-hj-np-z0-9学警挂])(?:[^a-z0-9]|$)"
)
_BUS: Final = ("校车", "大巴", "班车", "公交", "救护", "警车", "中巴", "旅游车", "号车")


def find_accounts(plain: str) -> Iterator[tuple[int, int]]:
    """WeChat and QQ ids that stand beside a word for them, as places in the spelling."""
    if not has(plain, _NAMED):
        return
    matches = list(_ACCOUNT.finditer(plain))
    if not matches and has(plain, _OF_QQ):
        matches = list(_ACCOUNT.finditer(plain.translate(_HAN_DIGITS)))
    for match in matches:
        which = next(group for group in (1, 2, 3) if match.group(group))
        start, end = match.span(which)
        if _is_given(plain, match.start(), start, match.group(which), which):
            yield start, end


def _is_given(plain: str, begin: int, start: int, account: str, which: int) -> bool:
    named = plain[max(0, begin - 4) : start]
    if has(named, _NOBODYS) or account in _WORDS:
        return False
    if (
        plain[begin].isascii()
        and begin
        and plain[begin - 1].isascii()
        and plain[begin - 1].isalnum()
    ):
        return False
    if plain[start + len(account) : start + len(account) + 1] in _COUNTED:
        return False
    if which != 1 or (not account.isalpha() and account[0].isalpha()):
        return True
    return has(named, _EXPLICIT)


def find_mails(plain: str, allowed: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Mail addresses, those of schools and offices aside."""
    if "@" not in plain and "at" not in plain and "艾特" not in plain:
        return
    for match in _MAIL.finditer(plain):
        host = match.group(2).replace("dot", ".").replace("点", ".").replace("。", ".")
        host = host.replace(" ", "")
        if any(host == name or host.endswith("." + name) for name in allowed):
            continue
        if not has(plain[max(0, match.start() - 10) : match.start()], _OFFICIAL):
            yield match.span()


def find_plates(plain: str) -> Iterator[tuple[int, int]]:
    """Plates of private cars."""
    if _PROVINCES.isdisjoint(plain):
        return
    for match in _PLATE.finditer(plain):
        signs = [sign for sign in match.group(1) if sign.isalnum()]
        if sum(map(str.isdecimal, signs)) >= 2 and not has(
            plain[max(0, match.start() - 6) : match.start()], _BUS
        ):
            yield match.start(), match.end(1)
