"""Telephone numbers of people: mobile ones, those abroad, and landlines that are somebody's own."""

from collections.abc import Iterator
from typing import Final

import re2

from streams.text.privacy.cues import MATHS, NUMBERED, OTHER, TELEPHONE, Nearest, before, has
from streams.text.privacy.runs import Figures, Run

# The ways in which people group a mobile number. Any other grouping needs a word beside it, or a
# line of sums and marks would be a telephone.
_GROUPED: Final = frozenset(
    {(11,), (3, 4, 4), (3, 3, 5), (4, 3, 4), (4, 4, 3), (3, 8), (7, 4), (3, 5, 3), (1, 3, 3, 4)}
)
_APART: Final = (1,) * 11
_COUNTED: Final = "元块万亿年美个页题字岁克米秒毫"
_COUNTING: Final = frozenset("元块万亿年页题分岁克米秒人只本支道次月日点班号楼加减乘除等于")

_AREA: Final = re2.compile(r"0(?:10|2[0-9]|[3-9][0-9]{2})[2-8][0-9]{6,7}")
_PERSONAL: Final = (
    "我家", "家里", "家庭", "住宅", "宅电", "座机", "固话", "我的", "我爸", "我妈", "妈妈", "爸爸", "妈", "爸",
    "奶奶", "爷爷", "外婆", "外公", "姥姥", "姥爷", "家长", "本人", "他家", "她家", "找我", "打我", "我电话", "我办公室",
    "我单位", "我公司", "我这边", "老家", "孩子家", "联系我", "阿姨", "叔叔", "家电",
)  # fmt: skip
_PUBLIC: Final = (
    "学校", "总机", "门卫", "值班", "教务", "传达室", "保安", "校", "医院", "医务", "派出所", "热线", "客服", "咨询",
    "社区", "居委", "物业", "图书馆", "酒店", "少年宫", "营业厅", "银行", "局", "中心", "馆", "园", "前台", "投诉",
    "监督", "报警", "机构", "门诊", "车站", "餐厅", "景点", "办公电话", "服务", "他们", "接种", "疾控", "基地",
    "救助", "给我的", "办公室",
)  # fmt: skip
_OWN: Final = Nearest(_PERSONAL, (*_PUBLIC, *OTHER))
_NAME: Final = re2.compile(
    r"(?:^|[^\p{Han}])[赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜谢邹喻苏潘葛范彭郎鲁"
    r"马苗方俞任袁柳鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝安常于傅康伍余顾孟平黄穆萧尹姚邵汪毛戴宋庞熊纪舒屈项祝"
    r"董梁杜阮蓝季贾路江童颜郭梅盛林钟徐邱骆高夏蔡田樊胡凌霍虞万柯管卢莫丁邓洪包石崔龚程陆翁段侯武刘龙叶白"
    r"赖乔温易廖曾关向古][\p{Han}]{1,2}的?(?:家|家里)?(?:的?(?:电话|座机|号码|联系方式))?[^\p{Han}0-9a-z]{0,3}$"
)
_BEHIND: Final = re2.compile(r"0[0-9]{2,3}[- ]?[2-8][0-9]{6,7}[ ,;/]{1,2}(?:1[3-9][0-9]{9}[,;/])?$")
_HOME: Final = re2.compile(
    r"(?:座机|宅电|固话|家里电话|家庭电话|家里的电话)[^0-9]{0,4}([2-8][0-9]{2,3}-?[0-9]{4})(?:[^0-9]|$)"
)
_ABROAD: Final = re2.compile(
    r"\+ ?\(?(?:852|853|886|1|44|61|65|81|82|49|33|64|60|66|7)\)?[ -]?[0-9](?:[ -]{0,2}[0-9]){6,10}(?:[^0-9]|$)"
)


_KIN: Final = (
    "妈妈", "爸爸", "他妈", "她妈", "他爸", "她爸", "奶奶", "爷爷", "外婆", "外公", "姥姥", "姥爷", "家长联系方式",
    "家长电话", "家长手机", "家长的电话", "家长的手机", "父亲", "母亲",
)  # fmt: skip
_OF_STAFF: Final = (
    "我", "老师", "主任", "学校", "值班", "咨询", "办公", "门卫", "各位爸爸", "各位妈妈", "爸爸妈妈", "爷爷奶奶", "请拨",
    "可拨", "拨打", "热线",
)  # fmt: skip


def is_of_kin(text: str, start: int) -> bool:
    """Whether a number stands right behind a word for a child's parent (赵子涵妈妈电话186…)."""
    head = before(text, start, 14)
    return has(head, _KIN) and not has(head, _OF_STAFF)


def find_phones(figures: Figures) -> Iterator[tuple[int, int, str]]:
    """The numbers as (start, end, digits) of the spelling, one place perhaps more than once."""
    for run in figures.runs("1", (11,)):
        if run.digits[1] in "3456789" and "x" not in run.digits and _is_mobile(figures, run):
            yield _with_country(figures.plain, run.start), run.end, run.digits
    for run in figures.runs("08", (13, 15)):
        digits = run.digits.removeprefix("00")
        if digits.startswith(("8613", "8614", "8615", "8616", "8617", "8618", "8619")):
            named = TELEPHONE.kind(before(figures.plain, run.start))
            named = named or has(figures.plain[run.end : run.end + 12], NUMBERED)
            plus = figures.plain[max(0, run.start - 1) : run.start] == "+"
            if len(digits) == 13 and run.soft and (plus or named > 0):
                yield run.start - plus, run.end, digits[2:]
    for run in figures.runs("0", (10, 11, 12)):
        if run.soft and _AREA.fullmatch(run.digits) and _is_personal(figures.plain, run):
            yield run.start, run.end, run.digits


def find_named_phones(plain: str) -> Iterator[tuple[int, int, str]]:
    """Numbers that need no count of digits: with + and another country's code, or a home's short
    one right behind the word for it.
    """
    if "+" in plain:
        for match in _ABROAD.finditer(plain):
            number = match.group().rstrip()
            end = match.start() + len(number) - (not number[-1].isdecimal())
            yield match.start(), end, "".join(filter(str.isdecimal, number))
    if has(plain, ("座机", "宅电", "固话", "家里", "家庭电话")):
        for match in _HOME.finditer(plain):
            yield *match.span(1), match.group(1).replace("-", "")


def _is_mobile(figures: Figures, run: Run) -> bool:
    plain = figures.plain
    named = TELEPHONE.kind(before(plain, run.start))
    if named < 0 or not _stands_free(figures, run) or _is_of_an_office(plain, run.start):
        return False
    beside = before(plain, run.start) + plain[run.end : run.end + 12]
    named = named > 0 or has(beside, NUMBERED) or plain[run.start - 1 : run.start] in ("打", "拨")
    if not run.soft:
        return _is_spoken(figures, run, named)
    if run.sizes in _GROUPED:
        return True
    near = plain[max(0, run.start - 24) : run.end + 8]
    if run.sizes == _APART:
        return named or (run.whole and not has(near, MATHS))
    return named and run.whole and not has(near, MATHS)


def _is_of_an_office(plain: str, start: int) -> bool:
    """Whether a number stands right behind an office's landline, as its second one."""
    head = before(plain, start, 34)
    match = _BEHIND.search(head)
    return match is not None and not has(head[: match.start()], _PERSONAL)


def _stands_free(figures: Figures, run: Run) -> bool:
    """Neither a sum of money nor a fraction nor a part of a longer code or a calculation."""
    plain, view = figures.plain, figures.view
    last, after = plain[run.start - 1 : run.start], plain[run.end : run.end + 1]
    if (last and last in "$=*/%") or (after and after in "=%"):
        return False
    if view[max(0, run.start - 1) : run.start] in ("y", "x") and run.sizes == (11,):
        return not _is_code(plain, run.start)
    if plain[max(0, run.start - 2) : run.start] in ("0.", "3."):
        return False
    return not (after and after in _COUNTED and len(run.sizes) == 1)


def _is_code(plain: str, start: int) -> bool:
    """Whether Latin letters right before a number make both a code (SF138…), not a word (tel138…)."""
    begin = start
    while begin and start - begin < 8 and plain[begin - 1].isascii() and plain[begin - 1].isalpha():
        begin -= 1
    return not has(plain[begin:start], ("tel", "phone", "mob", "call", "vx", "wx", "qq", "v", "t"))


def _is_spoken(figures: Figures, run: Run, named: bool) -> bool:
    """Digits with words between them, where a word says that they are a telephone's."""
    if not named or not (run.sizes in _GROUPED or run.sizes == _APART):
        return False
    words = [
        sign
        for sign, kind in zip(
            figures.plain[run.start : run.end], figures.view[run.start : run.end], strict=True
        )
        if kind in "zy"
    ]
    return _COUNTING.isdisjoint(words)


def _with_country(plain: str, start: int) -> int:
    """Where a number begins together with +86 before it."""
    head = plain[max(0, start - 7) : start]
    bare = head.rstrip(" -)")
    for code in ("+86", "(+86", "0086", "(86", "86"):
        if bare.endswith(code):
            return start - len(head) + len(bare) - len(code)
    return start


def _is_personal(plain: str, run: Run) -> bool:
    head = before(plain, run.start, 14)
    named = _OWN.kind(head)
    return named > 0 or (named == 0 and _NAME.search(head) is not None)
