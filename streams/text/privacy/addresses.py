"""Where people live or have things sent: homes, villages, dormitories; no school, no public place.

A part of a house (栋, 单元, 室) under another one is a home's by itself. One part alone, a road or
the name of an estate needs a word that says that somebody lives there.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any, Final

import re2

from streams.text.privacy.cues import has
from streams.text.spelling import Spelling

_HOMES_MAX: Final = 50
"""Homes that are looked at in one message: a bound on the work."""

_SIMPLE: Final = tuple(
    zip("號樓棟單園區縣鎮鄉門裡灣莊層戶廈", "号楼栋单园区县镇乡门里湾庄层户厦", strict=True)
)
_DROPPED: Final = " *~_^`'\"·"

_N: Final = r"(?:[0-9]{1,5}[a-d]?|[a-d]|[零〇一二三四五六七八九十百壹贰叁肆伍陆柒捌玖拾两]{1,6})"
_ROOM: Final = r"(?:[0-9]{2,5}|[零〇一二三四五六七八九十壹贰叁肆伍陆柒捌玖]{3,5})"
_S: Final = r"[-,.#/]?"
_HOUSE: Final = r"(?:号楼|栋|幢|座|弄|排|#楼?)"
_ESTATE: Final = (
    r"(?:小区|花园|家园|公寓|新村|新城|花苑|雅苑|佳苑|名苑|苑|山庄|庄园|别墅|华府|公馆|名邸|豪庭|雅庭|庭院|嘉园|"
    r"名都|名城|新居|家属院|大院|华庭|水岸|御园)"
)
# Also the end of an estate's name, where a house's number follows.
_ENDING: Final = r"(?:小区|花园|家园|公寓|社区|园|苑|村|城|府|庄|墅|馆|邸|庭|湾|居|里|坊|阁|轩|郡|院|寓|都|廷|岸|郦|国际|广场|期|区)"
_ROAD: Final = r"(?:大道|大街|路|街|巷|胡同|弄堂)"

# A part of a house under another: 7号楼1单元501, 3幢402, 18弄5号601室.
_DEEP: Final = (
    rf"{_N}{_HOUSE}{_S}(?:{_N}(?:单元|梯|门|号楼|号|栋|幢){_S}){{0,2}}(?:{_N}[楼层]{_S})?{_ROOM}(?:室|号|房|户)?"
    rf"|{_N}单元{_S}(?:{_N}[楼层]{_S})?{_N}(?:室|号|房|户|楼|层)?"
    rf"|{_N}{_HOUSE}{_S}{_N}(?:单元|门|室|号|梯|层|楼)"
)
_DEEP_AT: Final = re2.compile(
    rf"(?:\p{{Han}}{{1,10}}{_ENDING}{_S}(?:{_N}(?:期|区){_S})?|\p{{Han}}{{1,8}}{_ROAD}{_N}号?(?:院|弄)?{_S})?(?:{_DEEP})"
    rf"|\p{{Han}}{{1,10}}{_ENDING}{_S}{_N}[-#/.]{_N}[-#/.]{_ROOM}(?:室)?"
    rf"|\p{{Han}}{{1,10}}{_ENDING}{_S}{_N}[-#/]{_ROOM}(?:室)?"
    rf"|\p{{Han}}{{1,8}}{_ROAD}{_N}(?:-[0-9]{{1,3}})?号[甲乙丙丁]?{_S}(?:{_N}[-#]{_N}(?:[-#]{_N})?|{_ROOM})"
    rf"|楼{_S}{_N}门{_S}{_ROOM}"
    rf"|\p{{Han}}{{1,8}}{_ROAD}{_N}(?:号|弄){_S}(?:\p{{Han}}{{0,10}}{_S})?{_N}(?:号|栋|幢|楼|层)?{_S}{_ROOM}[室房户]"
)
_SHALLOW_AT: Final = re2.compile(
    rf"\p{{Han}}{{1,10}}{_ENDING}{_S}{_N}(?:{_HOUSE}|单元|号|室|组)"
    rf"|\p{{Han}}{{1,10}}{_ROAD}{_S}{_N}(?:号|弄)"
    rf"|\p{{Han}}{{1,8}}村\p{{Han}}{{0,4}}?{_S}{_N}(?:组|号|队|社|屯)"
    rf"|\p{{Han}}{{2,8}}(?:县|镇|乡|街道)\p{{Han}}{{1,6}}(?:村|屯|庄|寨|组)"
    rf"|(?:宿舍|寝室|公寓)楼?{_S}(?:{_N}(?:号楼|栋|幢|号|楼|区){_S})?{_N}(?:室|号|寝|房|栋|幢)?"
    rf"|{_N}(?:号|栋|幢)?(?:宿舍|公寓)楼?{_S}{_N}(?:室|号|寝|房)?"
    rf"|{_N}(?:栋|幢|号楼){_S}{_ROOM}?"
    rf"|\p{{Han}}{{1,8}}(?:村|庄|屯|寨)\p{{Han}}{{0,3}}?第?{_N}(?:排|家|户)"
    rf"|那(?:栋|幢|排|单元)(?:\p{{Han}}{{0,2}}?){_N}楼"
    rf"|\p{{Han}}{{2}}{_N}[-#/](?:{_N}[-#/])?{_ROOM}室?"
    rf"|\p{{Han}}{{2,10}}{_ESTATE}"
)
_PARTS: Final = (
    "栋",
    "棟",
    "幢",
    "单",
    "單",
    "楼",
    "樓",
    "室",
    "弄",
    "座",
    "#",
    "户",
    "村",
    "路",
    "街",
)
_STARTS: Final = ("住", "家在", "址", "搬", "寄")
SIGNS: Final = "住址搬寄"
PARTS: Final = "".join(_PARTS) + "-"
"""An address holds one of the first, or 家 and 在, or a digit and one of the others."""
_NAMES: Final = ("区", "區", "园", "園", "苑", "府", "庭", "湾", "居", "寓", "里", "城")
_LIVING: Final = (
    "家住", "住在", "住址", "我住", "他住", "她住", "们住", "现住", "家在", "家庭地址", "家地址", "我家在", "家就在", "我家是", "家里地址", "门牌", "搬到", "搬去", "搬进",
    "来我家", "去我家", "到我家", "到家里", "我的地址", "我地址", "租在", "租住", "租的", "家:", "家,", "住的", "就住",
    "还住", "也住", "都住", "同住", "住", "我们家", "他们家", "她家", "他家", "我家", "家里在", "家是",
    "老家", "户籍", "户口在", "居住", "家就是", "家就", "屋头", "闺女在", "儿子在", "女儿在", "我娃在", "们在",
)  # fmt: skip
_SENT: Final = (
    *_LIVING, "寄我", "寄这", "直接寄", "寄:", "收货", "收貨", "收件", "寄到", "寄给", "寄往", "邮寄", "送到", "快递", "放到",
)  # fmt: skip
_NOT_LIVING: Final = (
    "住院", "住宿费", "住房", "住校生", "住宅", "住持", "住手", "记住", "站住", "忍住", "抓住", "停住", "拦住", "住宿",
    "挡住", "困住", "堵住", "保住", "留住", "不住", "得住", "吸引住", "盖住", "住户", "住建", "住店", "入住",
)  # fmt: skip
_PUBLIC: Final = (
    "医务", "保健室", "门卫", "传达室", "保安", "住院",
    "教学楼", "实验", "综合楼", "行政楼", "办公楼", "办公室", "考场", "考点", "会议", "学校", "校区", "校内", "报告厅",
    "图书馆", "教室", "医院", "门诊", "酒店", "宾馆", "商场", "大厦", "写字楼", "公司", "培训", "机构", "体育",
    "中心", "政务", "服务", "派出所", "法院", "影城", "展厅", "展馆", "博物馆", "集合", "活动", "报名", "讲座", "开会",
    "上课", "比赛", "体检", "接种", "领取", "签到", "面试", "报到", "家长会", "公园", "景点", "门票", "驿站", "居委会",
    "物业", "食堂", "操场", "少年宫", "科技馆", "幼儿园", "小学", "中学", "大学", "值日", "功能室", "机房", "专用",
    "地铁", "车站", "公交", "座位", "剧院", "影院", "电影", "车厢", "课文", "每层", "应用题", "这道题", "多少层",
    "几层", "几号楼", "超市", "药店", "银行", "书店", "餐厅", "饭店", "火锅", "店", "校门", "楼梯", "一共", "疾控",
    "检票", "出版", "排练",
)  # fmt: skip
_SOME: Final = ("一栋", "两栋", "一幢", "两幢", "几栋", "几幢")
_NUMERALS: Final = (
    *"0123456789零〇一二三四五六七八九十壹贰叁肆伍陆柒捌玖拾abcd",
    "村",
    "屯",
    "寨",
    "庄",
)
_BESIDE: Final = ("吗", "?", "附近", "门口", "旁", "对面", "的同学", "的学生")
_SUMS: Final = ("多少", "相差", "一共", "每层", "几层")
_ASKED: Final = (
    "哪个", "什么", "这个", "那个", "我们小区", "一个", "同一", "同个", "隔壁", "哪里", "哪栋", "附近", "几个", "各", "咱们",
    "某", "封闭", "高档", "豪华", "老旧", "聚集", "普通", "出租", "自己", "单身", "你们", "老小区", "每个", "本小区", "新小区",
)  # fmt: skip


def may_hold_address(text: str, digits: int) -> bool:
    """The question that most messages end at."""
    if has(text, _STARTS):
        return True
    return digits > ("家" not in text) and (
        has(text, _PARTS) or ("-" in text and has(text, _NAMES))
    )


def find_addresses(spelling: Spelling) -> list[tuple[int, int]]:
    """Homes as places in the text."""
    near = spelling.without(_DROPPED)
    plain = near.plain
    for traditional, simple in _SIMPLE:
        plain = plain.replace(traditional, simple)
    found: list[tuple[int, int]] = []
    if "-" in plain or has(plain, _PARTS):
        found = list(islice(_places(plain, _DEEP_AT, _is_home), _HOMES_MAX))
    if not found and _says(plain, _SENT):
        found = list(islice(_places(plain, _SHALLOW_AT, _is_lived_in), _HOMES_MAX))
    return [near.span(start, end) for start, end in found]


def _places(
    plain: str, pattern: Any, holds: Callable[[str, int, int], bool]
) -> Iterator[tuple[int, int]]:
    for match in pattern.finditer(plain):
        start, end = match.span()
        # A name has no 在 or 的 in it: 住在学校后面的和平里 begins at 和.
        start += max(match.group().rfind(sign) for sign in "的在住到是") + 1
        if start < end and holds(plain, start, end):
            yield start, end


def _is_home(plain: str, start: int, end: int) -> bool:
    head, match, tail = plain[max(0, start - 14) : start], plain[start:end], plain[end : end + 6]
    if has(head[-8:] + match + tail, _PUBLIC):
        return _says(head[-8:], _LIVING) and not has(match, _PUBLIC)
    return (
        _says(head + match, _SENT)
        or has(match, ("单元", "栋", "幢", "弄", "室", "户"))
        or _ESTATE_IN.search(match) is not None
        or (_ROAD_IN.search(match) is not None and not _goes_on(tail))
        or "址" in head[-4:]
    )


_ROAD_IN: Final = re2.compile(
    rf"{_ROAD}{_N}(?:-[0-9]{{1,3}})?号[甲乙丙丁]?{_S}(?:{_N}[-#]{_N}|{_ROOM})"
)
_ESTATE_IN: Final = re2.compile(
    rf"{_ESTATE}|\p{{Han}}[苑府庭居墅邸轩郡寓园湾里]{_S}{_N}[号栋幢座#-]"
)


def _goes_on(tail: str) -> bool:
    """Whether a room's number is a part of something else (18号798艺术区, 12号2024年)."""
    return "一" <= tail[:1] <= "龥" and tail[0] not in "室房户收转"


def _is_lived_in(plain: str, start: int, end: int) -> bool:
    head, match, tail = plain[max(0, start - 14) : start], plain[start:end], plain[end : end + 20]
    is_cut = tail[:1].isdecimal() and match[-1].isdecimal()
    if is_cut or match[:2] in _SOME or not _is_a_name(head, match):
        return False
    if has(match, _ASKED) or has(tail[:3], _BESIDE) or has(tail, _SUMS):
        return False
    beside = "" if head.endswith(("面的", "边的", "近的", "旁的", "门的")) else head[-6:]
    return _says(head + match, _SENT) and not has(beside + match + tail[:4], _PUBLIC)


def _is_a_name(head: str, match: str) -> bool:
    """Whether an estate without any number is named, right behind the word for living there."""
    if has(match, _NUMERALS):
        return True
    return len(match) > 3 and head.endswith(("在", "住", "到", "是", ":"))


def _says(text: str, words: Sequence[str]) -> bool:
    """Whether one of the words stands in a text, those that only look like it aside."""
    if not has(text, words):
        return False
    text = text.replace("住宿舍", "住在舍")
    for word in _NOT_LIVING:
        text = text.replace(word, "")
    return has(text, words)
