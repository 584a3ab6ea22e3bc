"""How well private data is found: a large set made by seed, each kind in each disguise.

`python -m quality.pii [FILE.jsonl …]` prints a row per kind and technique with the share found, the
share of innocent messages flagged, some that went wrong, and a summary of each labelled file.
Pure but for `main`.
"""

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Final

from msgspec import Struct

from streams.text.privacy import find_private

SEED: Final = 20260908
ROUNDS: Final = 40
"""Samples of each kind and technique."""

FLOORS: Final = {
    "privacy_phone": 0.98,
    "privacy_id": 0.98,
    "card": 0.98,
    "privacy_address": 0.85,
    "privacy_other": 0.9,
}
FALSE_MAX: Final = 0.01

_HOSTS: Final = ("edu.cn", "gov.cn")


class Sample(Struct, frozen=True):
    """A message; `label` is empty where nothing private stands in it."""

    text: str
    label: str
    kind: str
    technique: str


_NAMES: Final = [
    "李静",
    "王小明",
    "何勇",
    "赵一鸣",
    "陈可欣",
    "孙悦",
    "周子涵",
    "吴浩然",
    "郑雨桐",
    "冯佳怡",
    "马晓东",
    "林芳",
]
_WHO: Final = ["妈妈", "爸爸", "奶奶", "爷爷", "外婆", "家长"]


def _person(dice: Random) -> str:
    return dice.choice(_NAMES) + dice.choice(["", *_WHO])


# Numbers.


def _digits(dice: Random, count: int) -> str:
    return "".join(dice.choice("0123456789") for _ in range(count))


def _mobile(dice: Random) -> str:
    return dice.choice(["13", "14", "15", "16", "17", "18", "19"]) + _digits(dice, 9)


def _landline(dice: Random) -> str:
    area = dice.choice(["010", "021", "0571", "0755", "028", "0512", "0311", "0898"])
    return (
        f"{area}-{dice.choice('2345678')}{_digits(dice, 7 if len(area) < 4 or area > '05' else 6)}"
    )


def _identity(dice: Random) -> str:
    day = f"{dice.randint(1, 12):02}{dice.randint(1, 28):02}"
    area = dice.choice(
        ["110101", "330106", "320583", "440305", "510107", "420111", "370202", "610113"]
    )
    body = f"{area}{dice.randint(1950, 2020)}{day}{_digits(dice, 3)}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(weight * int(digit) for weight, digit in zip(weights, body, strict=True))
    return body + "10X98765432"[total % 11]


def _old_identity(dice: Random) -> str:
    day = f"{dice.randint(1, 12):02}{dice.randint(1, 28):02}"
    return f"330106{dice.randint(50, 99)}{day}{_digits(dice, 3)}"


def _card(dice: Random) -> str:
    bin_ = dice.choice(["622202", "621700", "622848", "621661", "622588", "623052", "621226"])
    body = bin_ + _digits(dice, dice.choice([9, 12]))
    return body + _luhn_digit(body)


def _luhn_digit(body: str) -> str:
    total = sum(
        sum(divmod(int(digit) * (2 if place % 2 == 0 else 1), 10))
        for place, digit in enumerate(reversed(body))
    )
    return str(-total % 10)


# Disguises.

_STYLES: Final = {
    "full width": "０１２３４５６７８９",
    "circled": "⓪①②③④⑤⑥⑦⑧⑨",
    "Chinese": "零一二三四五六七八九",
    "Chinese, round zero": "〇一二三四五六七八九",
    "financial": "零壹贰叁肆伍陆柒捌玖",
    "spoken": "洞幺两三四五六拐八九",
    "bold": "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗",
    "black circles": "⓿❶❷❸❹❺❻❼❽❾",
}


def _styled(table: str) -> Callable[[str, Random], str]:
    return lambda number, _: number.translate(str.maketrans("0123456789", table))


def _mixed(number: str, dice: Random) -> str:
    tables = ["0123456789", *list(_STYLES.values())[:5]]
    return "".join(dice.choice(tables)[int(sign)] if sign.isdecimal() else sign for sign in number)


def _joined(mark: str) -> Callable[[str, Random], str]:
    return lambda number, _: mark.join(number)


def _grouped(mark: str) -> Callable[[str, Random], str]:
    def group(number: str, dice: Random) -> str:
        sizes = {11: (3, 4, 4), 18: (6, 8, 4), 15: (6, 6, 3), 16: (4,) * 4, 19: (4, 4, 4, 4, 3)}
        parts, at = [], 0
        for size in sizes[len(number)]:
            parts.append(number[at : at + size])
            at += size
        return mark.join(parts)

    return group


def _spoken_between(number: str, dice: Random) -> str:
    words = dice.choice(
        [("，然后", "，最后"), ("…中间", "…后面"), (" 接着是 ", " 再 "), ("啊", "啊")]
    )
    return f"{number[:3]}{words[0]}{number[3:7]}{words[1]}{number[7:]}"


TECHNIQUES: Final[Mapping[str, Callable[[str, Random], str]]] = {
    "plain": lambda number, _: number,
    **{name: _styled(table) for name, table in _STYLES.items()},
    "mixed": _mixed,
    "groups, space": _grouped(" "),
    "groups, dash": _grouped("-"),
    "groups, dot": _grouped("."),
    "groups, line": _grouped("\n"),
    "groups, emoji": _grouped("😊"),
    "groups, star": _grouped("*"),
    "apart, space": _joined(" "),
    "apart, dash": _joined("-"),
    "apart, dot": _joined("·"),
    "apart, emoji": _joined("🌸"),
    "apart, line": _joined("\n"),
    "no width": _joined("\u200b"),
    "keycap": _joined("\ufe0f\u20e3"),
    "o for 0": lambda number, _: number.replace("0", "o"),
    "O for 0, l for 1": lambda number, _: number.replace("0", "O").replace("1", "l"),
    "I for 1": lambda number, _: number[0] + number[1:].replace("1", "I"),
}

_PHONE_FRAMES: Final = (
    "手机号{}", "{who}电话：{}", "请拨{}", "我的电话是{}，谢谢", "+86 {}", "有事打我电话 {} 哈", "{who} {}",
    "联系方式：{}（{who}）", "这是{who}的号码{}，加一下", "{}，这是我手机", "接送孩子找阿姨{}", "我换号了，新号{}",
    "星期一联系{}", "3班{who}{}", "1、{who}：{}", "tel:{}", "紧急联系人{}有事找他", "{}打这个能找到我",
)  # fmt: skip
_NAMED_FRAMES: Final = _PHONE_FRAMES[:4]
_ID_FRAMES: Final = (
    "身份证号{}", "{who}的证件 {}", "孩子身份证 {} 麻烦老师登记", "{who} {}", "证件号：{}，对吗", "sfz {}",
    "学籍号G{}", "报名信息：{who}，{}，男", "户口本上是{}",
)  # fmt: skip
_OLD_FRAMES: Final = ("身份证号{}", "老证件号 {}", "爷爷的身份证：{}")
_CARD_FRAMES: Final = (
    "银行卡：{}", "打到这张卡 {} 工商银行 {who}", "卡号{}，户名{who}", "建行 {}", "{} 农业银行 {who}", "转账到{}",
    "餐费转我卡上：{}",
)  # fmt: skip
_LANDLINE_FRAMES: Final = (
    "我家电话{}", "{who}家里座机 {}", "家里固话：{}，白天有人", "我办公室{}转8012", "孩子奶奶家 {}", "打我单位{}",
)  # fmt: skip

_ESTATES: Final = [
    "阳光小区",
    "翠湖花园",
    "绿城桂花园",
    "锦绣园",
    "城南新村",
    "万科金色家园",
    "滨江华府",
    "梧桐里",
    "金都公寓",
    "香榭丽舍",
    "世纪新城",
    "保利天汇苑",
]
_ROADS: Final = [
    "中山路",
    "建国南路",
    "文三西路",
    "人民大道",
    "和平街",
    "柳营巷",
    "学院路",
    "天目山路",
]
_VILLAGES: Final = ["石桥村", "李家村", "东风村", "上塘村", "杨柳村"]


def _address(dice: Random) -> str:
    estate, road = dice.choice(_ESTATES), dice.choice(_ROADS)
    house, unit = dice.randint(1, 30), dice.randint(1, 4)
    room = f"{dice.randint(1, 28)}0{dice.randint(1, 6)}"
    return dice.choice(
        [
            f"{estate}{house}栋{unit}单元{room}", f"{estate}{house}号楼{room}室", f"{estate}{house}幢{room}",
            f"{road}{dice.randint(1, 300)}号{estate}{house}幢{room}", f"{road}{house}弄{unit}号{room}室",
            f"{estate}{house}-{unit}-{room}", f"{estate}{house}号楼{unit}单元{room}号", f"{estate}{house}座{room}",
            f"杭州市西湖区{road}{house}号{unit}栋{room}", f"{estate}{house}#{room}", f"{estate}二期{house}栋{room}",
        ]
    )  # fmt: skip


def _village(dice: Random) -> str:
    name = dice.choice(_VILLAGES)
    return dice.choice(
        [
            f"{name}{dice.randint(1, 9)}组{dice.randint(1, 60)}号",
            f"双林镇{name}三组",
            f"{name}{dice.randint(1, 99)}号",
        ]
    )


def _dormitory(dice: Random) -> str:
    return dice.choice(
        [
            f"宿舍{dice.randint(1, 9)}号楼{dice.randint(101, 630)}",
            f"学生公寓{dice.randint(1, 9)}栋{dice.randint(101, 630)}室",
            f"{dice.randint(1, 9)}号宿舍楼{dice.randint(101, 630)}",
        ]
    )


_HOME_FRAMES: Final = (
    "我家在{}", "{name}住在{}", "收货地址：{}", "{name}家住{}", "家庭住址：{}", "快递寄到{}，谢谢", "我们搬到{}了，欢迎来玩",
    "孩子住{}，放学一起走", "家就在{}，随时来拿", "他家{}，别说出去", "来我家玩呀，{}", "我家地址是{}", "帮忙送到{}",
)  # fmt: skip
_BARE_FRAMES: Final = ("{}，{name}", "地址{}", "{}的有没有一起拼车接孩子的")
_LIVE_FRAMES: Final = ("{name}住在{}", "孩子住{}", "我家在{}", "{name}家住{}", "家庭住址：{}")

_DRESSED: Final[Mapping[str, Callable[[str, Random], str]]] = {
    "plain": lambda text, _: text,
    "full width": _styled(_STYLES["full width"]),
    "circled": _styled(_STYLES["circled"]),
    "Chinese": _styled(_STYLES["Chinese"]),
    "spaces": _joined(" "),
    "no width": _joined("\u200b"),
    "traditional": lambda text, _: text.translate(
        str.maketrans("号楼栋单园区庄门", "號樓棟單園區莊門")
    ),
    "emoji": lambda text, dice: text[:4] + dice.choice("🏠😊🌸") + text[4:],
}


def _account(dice: Random) -> str:
    qq = dice.choice("123456789") + _digits(dice, dice.randint(4, 9))
    wechat = dice.choice(["li_jing", "wxid_", "mama-", "chenkx", "sunny"]) + _digits(dice, 4)
    return dice.choice(
        [
            f"扣扣 {qq} 加我", f"加我qq {qq}", f"QQ号：{qq}", f"我的微信号是{wechat}", f"vx:{wechat}", f"加V {wechat}",
            f"微信 {wechat}", f"我微信{wechat}，加我", f"企鹅号{qq}", f"wx {wechat} 备注孩子名字", f"q:{qq}", f"薇信：{wechat}",
            f"{qq}是我qq", f"邮箱 {wechat}@163.com", f"发我 {qq}@qq.com", f"联系我{wechat}@example.org",
        ]
    )  # fmt: skip


def _plate(dice: Random) -> str:
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ"
    province, letter = dice.choice("京沪浙苏粤川鲁鄂"), dice.choice("ABCDEF")
    tail = dice.choice(
        [
            _digits(dice, 5), dice.choice(letters) + _digits(dice, 4), _digits(dice, 3) + "".join(dice.choices(letters, k=2)),
            "D" + _digits(dice, 5), "F" + dice.choice(letters) + _digits(dice, 4),
        ]
    )  # fmt: skip
    mark = dice.choice(["", "·", " ", "-"])
    return dice.choice(["车牌{}", "我的车是{}", "{}挡门了", "接孩子的车 {}"]).format(
        province + letter + mark + tail
    )


_TENS: Final = ("十", "二十", "三十", "四十")
_INNOCENT: Final[Mapping[str, Callable[[Random], str]]] = {
    "order": lambda d: (
        f"{d.choice(['订单号', '订单编号', '快递单号', '运单号', '流水号', '物流单号'])}{d.choice(['', '：', ' '])}{d.choice(['1', '7', '13', '62'])}{_digits(d, d.choice([10, 12, 13, 16]))}"
    ),
    "order like a telephone": lambda d: (
        f"{d.choice(['订单号 ', '单号', '学号：', '流水号', '参赛编号', '报名号', '考号'])}{_mobile(d)}"
    ),
    "order with letters": lambda d: (
        f"{d.choice(['SF', 'YT', 'JD', 'ZTO', 'EMS'])}{_digits(d, d.choice([11, 12, 13, 15]))}到了"
    ),
    "isbn": lambda d: (
        f"ISBN {d.choice(['978-7-', '9787'])}{_digits(d, 3)}{d.choice(['-', ''])}{_digits(d, 5)}{d.choice(['-', ''])}{_digits(d, 1)}"
    ),
    "date and time": lambda d: (
        f"2026年{d.randint(1, 12)}月{d.randint(1, 28)}日{d.randint(7, 20)}:{d.randint(10, 59)}到{d.randint(7, 20)}:30开会"
    ),
    "timetable": lambda d: " ".join(
        f"{d.randint(13, 18)}:{d.randint(10, 59)}-{d.randint(13, 18)}:{d.randint(10, 59)} {d.choice(['语文', '数学', '英语'])}"
        for _ in range(4)
    ),
    "times in a row": lambda d: (
        "作息 " + " ".join(f"{d.randint(13, 18)}:{d.randint(10, 59)}" for _ in range(6))
    ),
    "dates in a row": lambda d: (
        f"{d.choice(['放假', '值班'])} 2026-{d.randint(10, 12)}-{d.randint(10, 28)} 至 2026.{d.randint(10, 12)}.{d.randint(10, 28)}"
    ),
    "sums": lambda d: (
        "口算 "
        + " ".join(
            f"{d.randint(100, 199)}-{d.randint(10, 99)}={d.randint(1, 99)}" for _ in range(4)
        )
    ),
    "scores": lambda d: (
        "本周各组得分 " + " ".join(str(d.randint(13, 99)) for _ in range(d.randint(5, 9)))
    ),
    "numbers in a row": lambda d: (
        "找规律填数 "
        + d.choice([" ", "，", ","]).join(str(x) for x in range(1, 2 * d.randint(6, 12), 2))
    ),
    "digits in a row": lambda d: "抄写数字 " + " ".join(["1", d.choice("3456789"), *_digits(d, 9)]),
    "answers": lambda d: "答案 1.A 2.C 3.B 4.D 5.A 6." + d.choice("ABCD") + f" 7.{_digits(d, 2)}",
    "meeting": lambda d: (
        f"{d.choice(['会议号', '腾讯会议', '腾讯会议号：', '会议ID '])} {_digits(d, 3)} {_digits(d, 3)} {_digits(d, d.choice([3, 4]))}"
    ),
    "meeting, long": lambda d: (
        f"腾讯会议号：1{d.choice('345678')}{_digits(d, 1)}-{_digits(d, 4)}-{_digits(d, 4)}"
    ),
    "codes": lambda d: (
        f"{d.choice(['验证码', '签到码', '取件码', '准考证号', '班级码', '邀请码'])} {_digits(d, d.choice([4, 6, 8, 11]))}"
    ),
    "money": lambda d: (
        f"共收班费{d.randint(1000, 99999)}.{d.randint(10, 99)}元，结余{d.randint(100, 9999)}元，人均{d.randint(10, 99)}元"
    ),
    "large sums": lambda d: f"票房{_mobile(d)}元，预算15000000美元",
    "identity without its check": lambda d: (
        f"编号{'330106' + _digits(d, 11)}{d.choice('0123456789')}"
    ),
    "hotlines": lambda d: d.choice(
        ["服务热线400-{}-{}", "客服电话800{}{}", "心理援助热线12355，400{}{}"]
    ).format(_digits(d, 3), _digits(d, 4)),
    "short numbers": lambda d: d.choice(
        [
            "报警110，急救120，火警119，教育热线12345",
            "银行客服95588，移动10086",
            "防诈骗96110来电一定要接",
        ]
    ),
    "offices": lambda d: d.choice(
        [
            "学校总机{}",
            "门卫室电话{}，有事打这个",
            "教务处 {}",
            "医院咨询电话：{}",
            "派出所值班{}",
            "景点电话是{}，你可以问问",
            "图书馆 {}",
        ]
    ).format(_landline(d)),
    "head counts": lambda d: (
        f"全校{d.randint(1300, 1999)}人，{d.randint(10, 60)}个班，男生{d.randint(500, 900)}，女生{d.randint(500, 900)}"
    ),
    "pages": lambda d: (
        f"口算第{d.randint(100, 199)}页到{d.randint(100, 199)}页，第{d.randint(1, 9)}、{d.randint(10, 15)}、{d.randint(16, 20)}题"
    ),
    "rooms at school": lambda d: d.choice(
        [
            "家长会在{}号楼{}教室",
            "考场：教学楼{}栋{}室",
            "实验楼{}号楼{}集合",
            "图书馆{}楼{}室借书",
            "请到行政楼{}单元{}办公室领取",
            "综合楼{}座{}会议室开会",
        ]
    ).format(d.randint(1, 6), d.randint(101, 520)),
    "public places": lambda d: d.choice(
        [
            "博物馆在{}{}号，周六参观",
            "研学地点：{}{}号科技馆",
            "书店地址{}{}号，自行购买",
            "医院在{}{}号门诊楼3楼",
            "集合地点{}{}号体育馆",
            "地址在北京市海淀区{}{}号，电话你知道吗",
        ]
    ).format(d.choice(_ROADS), d.randint(1, 300)),
    "talk of homes": lambda d: d.choice(
        [
            "我们小区今天停水",
            "你家住哪个小区",
            "住得远的同学请提前出发",
            "住宿费每学期600元",
            "他住院了，祝早日康复",
            "作业：画一画我家的房子",
            "请记住三个单元的生词",
            "第{}单元测试卷签字",
            "第{}单元复习，做到{}题",
            "数学题：小明家住{}楼，每层楼梯{}级，一共多少级",
            "我家孩子排在{}号",
            "家在学校附近的同学可以走读",
        ]
    ).format(d.randint(1, 8), d.randint(10, 24)),
    "letters and marks": lambda d: d.choice(
        [
            "英语 Unit {} lesson {} page 12",
            "QQ群文件里有第{}课，密码{}",
            "微信步数今天{}{}000步",
            "微信支付{}{}00元已缴",
            "型号A{}-B{}",
            "公众号：阳光小学{}{}",
            "v1.{}.{}更新了",
        ]
    ).format(d.randint(1, 9), d.randint(10, 99)),
    "official mail": lambda d: f"投稿邮箱 zhengwen{_digits(d, 2)}@jyj.example.gov.cn",
    "temperatures": lambda d: (
        "晨检体温 " + " ".join(f"36.{d.randint(1, 9)}" for _ in range(d.randint(4, 8)))
    ),
    "Chinese numbers": lambda d: (
        f"一年级一班{d.choice(_TENS)}人，二年级三班{d.choice(_TENS)}五人，三年级一班四十一人，四五六年级各两个班"
    ),
    "routes": lambda d: (
        f"校车{d.randint(1, 30)}号线改道，请坐{d.randint(100, 199)}路或{d.randint(1300, 1399)}路，车牌见车头"
    ),
    "chain": lambda d: (
        "接龙 "
        + " ".join(
            f"{n}.{d.choice(_NAMES)} {d.choice(['参加', '1人', '2本'])}" for n in range(1, 9)
        )
    ),
    "population": lambda d: (
        f"我国人口1411780000，面积9600000平方千米，{d.randint(1900, 2020)}年统计"
    ),
}


def _numbers(
    dice: Random, kind: str, label: str, make: Callable[[Random], str], frames: Sequence[str]
) -> Iterator[Sample]:
    for technique, disguise in TECHNIQUES.items():
        for _ in range(ROUNDS):
            number = disguise(make(dice), dice)
            text = dice.choice(frames).format(number, who=_person(dice))
            yield Sample(text, label, kind, technique)


def _homes(
    dice: Random, kind: str, make: Callable[[Random], str], frames: Sequence[str]
) -> Iterator[Sample]:
    for technique, disguise in _DRESSED.items():
        for _ in range(ROUNDS):
            text = dice.choice(frames).format(disguise(make(dice), dice), name=dice.choice(_NAMES))
            yield Sample(text, "privacy_address", kind, technique)


def samples(seed: int = SEED) -> Iterator[Sample]:
    """The set: the same for the same seed."""
    dice = Random(seed)
    yield from _numbers(dice, "mobile", "privacy_phone", _mobile, _PHONE_FRAMES)
    yield from _numbers(dice, "identity", "privacy_id", _identity, _ID_FRAMES)
    yield from _numbers(dice, "old identity", "privacy_id", _old_identity, _OLD_FRAMES)
    yield from _numbers(dice, "card", "privacy_other", _card, _CARD_FRAMES)
    for _ in range(4 * ROUNDS):
        text = dice.choice(_NAMED_FRAMES).format(_spoken_between(_mobile(dice), dice), who="")
        yield Sample(text, "privacy_phone", "mobile", "words between")
        text = dice.choice(_LANDLINE_FRAMES).format(_landline(dice), who=_person(dice))
        yield Sample(text, "privacy_phone", "landline", "plain")
        yield Sample(_account(dice), "privacy_other", "account", "plain")
        yield Sample(_plate(dice), "privacy_other", "plate", "plain")
    yield from _homes(dice, "home", _address, _HOME_FRAMES)
    yield from _homes(dice, "home, no word for it", _address, _BARE_FRAMES)
    yield from _homes(dice, "village", _village, _LIVE_FRAMES)
    yield from _homes(dice, "dormitory", _dormitory, _LIVE_FRAMES)
    for kind, make in _INNOCENT.items():
        for _ in range(ROUNDS):
            yield Sample(make(dice), "", kind, "innocent")


def found(text: str) -> set[str]:
    """The labels found in a text."""
    return {label for label, _, _ in find_private(text, allowed=_HOSTS)}


def shares(made: Sequence[Sample]) -> dict[tuple[str, str], tuple[int, int]]:
    """For each kind and technique how many were judged right, and of how many."""
    right: Counter[tuple[str, str]] = Counter()
    total: Counter[tuple[str, str]] = Counter()
    for sample in made:
        key = (sample.kind, sample.technique)
        labels = found(sample.text)
        total[key] += 1
        right[key] += sample.label in labels if sample.label else not labels
    return {key: (right[key], total[key]) for key in total}


def table(made: Sequence[Sample], worst: int = 2) -> Iterator[str]:
    """The lines of the report, with some of the messages that were judged wrong."""
    for (kind, technique), (right, total) in shares(made).items():
        if technique == "innocent":
            yield f"innocent  {kind:28} false {(total - right) / total:6.1%}"
        else:
            yield f"{kind:22} {technique:22} found {right / total:6.1%}  of {total}"
    missed: Counter[tuple[str, str]] = Counter()
    for sample in made:
        labels = found(sample.text)
        if (sample.label not in labels) if sample.label else labels:
            missed[sample.kind, sample.technique] += 1
            if missed[sample.kind, sample.technique] <= worst:
                yield f"wrong: {sample.kind}/{sample.technique}: {sample.text!r} -> {sorted(labels)}"


def summary(made: Sequence[Sample]) -> Iterator[str]:
    """One line a kind over all techniques, and the innocent together."""
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for (kind, technique), (good, count) in shares(made).items():
        name = technique if technique == "innocent" else kind
        right[name] += good
        total[name] += count
    for name in total:
        yield f"{name:22} right {right[name] / total[name]:7.2%} of {total[name]}"


def read_samples(lines: Sequence[str]) -> list[Sample]:
    """The samples of a file: JSON lines with `text`, and `labels` and `technique` where known.

    Only labels of private data count; a line without one is innocent.
    """
    made = []
    for row in map(json.loads, lines):
        private = [label for label in row.get("labels", ()) if label.startswith("privacy_")]
        label = private[0] if private else ""
        made.append(Sample(row["text"], label, label or "innocent", row.get("technique", "")))
    return made


def main(paths: Sequence[str]) -> None:
    """Print the tables for the made set, and the summary of each file given."""
    made = list(samples())
    for line in (*table(made), "", *summary(made)):
        print(line)
    for path in paths:
        print(f"\n{Path(path).name}")
        for line in summary(read_samples(Path(path).read_text(encoding="utf-8").splitlines())):
            print(line)


if __name__ == "__main__":
    main(sys.argv[1:])
