"""Characters that look like others: drawn alike, or one with a radical more or another radical."""

from collections.abc import Iterator, Mapping
from typing import Final

from streams.text.normal import skeleton
from streams.text.parts import PARTS_OF, RADICALS

_SHAPES: Final = (
    "未末 士土 入人八 干千于 大犬太 天夭无 午牛 甲由申 田由 目自 贝见 今令 刀刁力 九丸 儿几 了子 王主玉 壬王 "
    "代伐 微徽薇溦 信偣佶 加咖架 红缸江虹纡 包句苞 购构沟 商啇熵 投没役 票漂 赌睹堵 博搏膊 彩采 赚嫌 "
    "钱线浅 卖买 免兔 兑说 抢枪沧 领领岭 拉垃啦 群郡裙 砍吹坎 价阶介 助肋 力办 募慕幕墓暮 捐涓 集焦 赞攒 "
    "刷涮 单阜 佣拥 押抻 注住柱 贷货 款欵 发友 拔拨 折拆 析折 炸诈 侯候 茶荼 治冶 准淮 辩辨辫 "
    "傻俊 逼副 滚衮 妈吗 蛋旦 狗佝 猪诸 死列 脑恼 残浅 智知 障彰 蠢春 废发 垃拉 圾级极 骗偏 骂驾 "
    "色邑包 情清晴 黄寅 裸棵课 聊柳 约钓 炮泡 淫婬 性姓 爱受 妓伎 嫖漂 操澡躁 肏 "
    "枪抢 弹殚 毒每 药约 冰水氷 麻痳 证征 票粟 印卯 章意 考老 试拭 答荅 案桉 "
    "神伸 佛拂 教敎 功攻 法去 轮论 主住 耶 稣酥 算祘 命令 运远 符苻 卦挂 转传 "
    "请倩 假暇 病痛 电龟 话活 号亏 码妈 身射 份扮 银根 卡咔 密蜜 校佼 师帅 长张 "
    "杀刹 刀刃 砸咂 打钉 揍凑 烧浇 捅桶 弄卉 堵睹 "
    "秒抄 筹俦 慈兹 善膳 筒简 优忧 惠穗 费弗 兼謙 职取 招沼 聘骋 训川 课棵 培陪 补扑 习刁 "
)


def _derived() -> Iterator[tuple[str, str]]:
    """Pairs of which one is the other with a radical beside it, or with another radical."""
    beside: dict[str, list[str]] = {}
    for sign, divisions in PARTS_OF.items():
        for division in divisions:
            cores = [part for part in division if part not in RADICALS]
            if len(division) == 2 and len(cores) == 1:
                yield cores[0], sign
                yield sign, cores[0]
                beside.setdefault(cores[0], []).append(sign)
    for signs in beside.values():
        for sign in signs[:_FAMILY_MAX]:
            for other in signs[:_FAMILY_MAX]:
                yield sign, other


_FAMILY_MAX: Final = 8
"""A part that more characters share tells them too little."""


def _lookalikes() -> Mapping[str, str]:
    found: dict[str, dict[str, None]] = {}
    for group in _SHAPES.split():
        for sign in group:
            found.setdefault(sign, {}).update(dict.fromkeys(group))
    for sign, other in _derived():
        found.setdefault(sign, {})[other] = None
    return {
        sign: "".join(other for other in others if other != sign) for sign, others in found.items()
    }


LOOKALIKES: Final = _lookalikes()
"""For a character those that it may be written as."""


def _shown() -> Mapping[str, str]:
    shown = {sign: filter(_is_one, map(skeleton, LOOKALIKES[sign])) for sign in LOOKALIKES}
    return {sign: "".join(others) for sign, others in shown.items()}


def _is_one(form: str) -> bool:
    return len(form) == 1


SHOWN: Final = _shown()
"""The same as it stands in a skeleton."""


def _families() -> Mapping[int, str]:
    """A union of all pairs; each family goes by the character of the lowest number."""
    head: dict[str, str] = {}

    def of(sign: str) -> str:
        while (above := head.setdefault(sign, sign)) != sign:
            head[sign] = head[above]
            sign = above
        return sign

    for sign, others in SHOWN.items():
        for other in others:
            first, last = sorted((of(sign), of(other)))
            head[last] = first
    return {ord(sign): of(sign) for sign in list(head)}


FAMILIES: Final = _families()
"""For the code point of a character the one that stands for all that look like it, or like one that
does: texts that are drawn alike have one form."""


def looks(text: str) -> str:
    """A normal form with one character for all of a family, one for one."""
    return text.translate(FAMILIES)
