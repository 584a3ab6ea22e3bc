"""What is written in the simulated groups. Origins and licences: SOURCES.md beside this file."""

from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

import msgspec
from msgspec import Struct

from streams.simulate.dice import Dice

# How often each kind of trouble is met, relative to the others. Ads lead; grave things are rare.
_WEIGHTS: Final = {
    "ad": 30, "red_packet": 8, "vote_canvass": 8, "bargain": 6, "donation": 3, "link_external": 6,
    "abuse": 8, "discrimination": 2, "conflict": 4, "defame_school": 4, "porn": 1, "vulgar": 2,
    "gambling": 1, "politics": 1, "religion": 1, "superstition": 1, "rumour": 5, "fraud": 2,
    "illegal": 1, "privacy_phone": 4, "privacy_id": 1, "privacy_address": 2, "privacy_other": 1,
    "grades": 3, "criticise_child": 3, "leave_request": 8, "private_matter": 8, "chitchat": 8,
    "flaunt": 1,
}  # fmt: skip

# Seen over several messages or by the hour: the district makes these by itself.
_OF_THE_STREAM: Final = frozenset({"flood", "at_spam", "quiet_hours", "clean"})

ACKNOWLEDGEMENTS: Final = (
    "收到", "收到", "收到", "好的", "好的老师", "收到，谢谢老师", "已阅", "谢谢老师", "辛苦老师", "OK", "👌收到",
    "好的，谢谢", "收到🌹", "嗯嗯，收到",
)  # fmt: skip

HOMEWORK: Final = (
    "今天语文作业：抄写第{n}课生字，背诵第{m}段", "数学作业：练习册第{n}页到第{m}页", "英语：跟读第{n}课，单词每个写{m}遍",
    "体育课在{n}号场地，带跳绳", "请家长检查口算第{n}页并签字", "阅读打卡第{n}天，今天读{m}页",
    "周五班会主题第{n}期，请准备", "春季体检第{n}组明早八点，空腹", "值日安排：第{n}小组", "第{n}单元复习提纲已发群文件",
)  # fmt: skip

QUESTIONS: Final = (
    "请问第{n}课要带彩笔吗", "练习册第{n}页第{m}题怎么写", "老师，第{n}课要默写吗", "{n}号要穿校服吗", "胸牌{n}号是谁的，掉在门口了",
    "第{n}单元什么时候测验", "家长会在{n}号楼吗", "手工材料要买{n}份吗",
)  # fmt: skip

IMPATIENCE: Final = (
    "在吗", "老师", "我想问一下", "那个", "数学书", "第几页", "是不是", "要抄题", "还是", "只写答案", "急", "有人知道吗", "帮忙看看",
)  # fmt: skip


class Line(Struct, frozen=True, gc=False):
    """A text that breaks a rule, who writes such, and the labels it has."""

    text: str
    role: str
    labels: tuple[str, ...]


class Texts(Struct, frozen=True):
    """`wrong`: for each kind of trouble its lines; `kinds`: the kinds, as often as they happen."""

    notices: tuple[str, ...]
    talk: tuple[str, ...]
    wrong: dict[str, tuple[Line, ...]]
    kinds: tuple[str, ...]

    def trouble(self, dice: Dice) -> Line:
        """A line that breaks a rule, each kind as often as its weight says."""
        return dice.pick(self.wrong[dice.pick(self.kinds)])


@lru_cache(maxsize=1)
def load_texts() -> Texts:
    """The shipped lines: the package's own data, read once, before the first day is made."""
    school = list(_lines("school.jsonl"))
    wrong: dict[str, list[Line]] = {}
    notices: list[str] = []
    talk = [row["text"] for row in _lines("chat.jsonl")]
    for row in school:
        labels = tuple(label for label in row["labels"] if label not in _OF_THE_STREAM)
        if labels:
            line = Line(row["text"], row["role"], labels)
            wrong.setdefault(labels[0], []).append(line)
        elif row["labels"] == ["clean"]:
            (notices if row["role"] == "teacher" else talk).append(row["text"])
    return Texts(
        notices=tuple(notices),
        talk=tuple(talk),
        wrong={kind: tuple(lines) for kind, lines in wrong.items()},
        kinds=tuple(kind for kind in wrong for _ in range(_WEIGHTS[kind])),
    )


def _lines(name: str) -> Iterator[dict[str, Any]]:
    for line in (files(__name__) / name).read_bytes().splitlines():
        yield msgspec.json.decode(line)
