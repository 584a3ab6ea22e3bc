"""The words that people read: periods, clock times, names of findings, sentences in Chinese."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from streams.calendar import DAY_MS, MINUTE_MS, local_day

LABEL_WORDS: Final[Mapping[str, str]] = {
    "ad": "广告",
    "red_packet": "红包",
    "vote_canvass": "拉票集赞",
    "bargain": "砍价助力",
    "donation": "募捐",
    "link_external": "外部链接",
    "abuse": "辱骂",
    "discrimination": "歧视",
    "conflict": "争吵",
    "defame_school": "对学校的不实指责",
    "porn": "色情",
    "vulgar": "低俗",
    "gambling": "赌博",
    "politics": "政治话题",
    "religion": "宗教",
    "superstition": "迷信",
    "rumour": "未经核实的消息",
    "fraud": "诈骗",
    "illegal": "违法信息",
    "violence": "暴力",
    "privacy_phone": "他人电话",
    "privacy_id": "证件号码",
    "privacy_address": "住址",
    "privacy_other": "个人隐私",
    "grades": "成绩排名",
    "criticise_child": "点名批评孩子",
    "leave_request": "请假",
    "private_matter": "个人事项",
    "chitchat": "闲聊",
    "flaunt": "炫耀攀比",
    "flood": "刷屏",
    "at_spam": "随意@人",
    "quiet_hours": "安静时段发言",
    "secret": "机密材料",
    "media": "图片表情娱乐内容",
}


SIGN_WORDS: Final[Mapping[str, str]] = {
    "question": "提问",
    "proposal": "提建议",
    "asks_reply": "要求回复",
    "asks_form": "要求填写",
    "urgent": "标明着急",
    "emergency": "说到紧急情况",
    "incite": "号召一起行动",
    "study": "谈学习",
    "parenting": "谈家庭教育",
    "class_matter": "谈班级事务",
    "image": "发图片",
    "video": "发视频",
    "voice": "发语音",
    "file": "发文件",
    "sticker": "发表情图",
    "link": "发链接",
    "red_packet": "发红包",
    "card": "发名片",
    "mini_program": "发小程序",
    "forward": "转来聊天记录",
    "all": "@所有人",
    "staff": "@老师",
    "member": "@成员",
    "any": "发消息",
}


def sign_words(signs: Sequence[str]) -> str:
    """Ways of speaking, attachments and mentions in words: 消息里提问、发图片."""
    return f"消息里{'、'.join(SIGN_WORDS[sign] for sign in signs)}"


_COUNTED: Final[Mapping[str, str]] = {
    "messages": "{}条消息",
    "attachments": "{}个附件",
    "members": "{}位成员",
}
_COUNTED_BY: Final[Mapping[str, str]] = {
    "member": "同一成员",
    "group": "全群",
    "text": "同样的话",
    "child": "同一个孩子的事",
    "pair": "同样两个人之间",
    "mentioned": "@同一个人",
    "notice": "同一条通知下",
}


def count_words(of: str, number: int, within_ms: int, by: str) -> str:
    """A full window in words: 同一成员10分钟内3个附件."""
    return f"{_COUNTED_BY[by]}{period(within_ms)}内{_COUNTED[of].format(number)}"


@lru_cache(maxsize=256)
def period(ms: int) -> str:
    """A period in words: 10分钟, 60秒."""
    if ms % DAY_MS == 0:
        return f"{ms // DAY_MS}天"
    if ms % MINUTE_MS == 0 and ms > MINUTE_MS:
        return f"{ms // MINUTE_MS}分钟"
    return f"{ms / 1000:g}秒"


def clock(at: int, offset: int) -> str:
    """The local time of day: 22:05."""
    minute = (at + offset - local_day(at, offset) * DAY_MS) // MINUTE_MS
    return f"{minute // 60}:{minute % 60:02d}"


def label_words(labels: Sequence[str]) -> str:
    """Labels in words, joined."""
    return "、".join(LABEL_WORDS.get(label, label) for label in labels)


def number(value: float) -> str:
    """A count or weight without a needless fraction."""
    return f"{value:g}"


def sentence(because: str, consequence: str, strikes: float) -> str:
    """An action's explanation: the counts that decided it, what follows, the strikes after it."""
    return f"{because}，{consequence}；现有违规{number(strikes)}次。"


@lru_cache(maxsize=4_096)
def remind_text(because: str, clauses: tuple[str, ...], office_contact: str, *, quiet: bool) -> str:
    """What the member reads in private. It quotes the covenant, never the member's own words."""
    quoted = "；".join(clause.rstrip("。；!！") for clause in dict.fromkeys(clauses))
    parts = [f"您好，温馨提醒：{because}。"]
    if quoted:
        parts.append(f"群公约写明：“{quoted}”。")
    if quiet:
        parts.append("急事请私下联系老师。")
    if office_contact:
        parts.append(f"学校办公室：{office_contact}。")
    parts.append("如有异议，可以申诉。谢谢理解！")
    return "".join(parts)


def chain_words(members: int) -> str:
    """A chain of acknowledgements in words."""
    return f"同一条通知下{members}位成员回复了“收到”一类的话，而通知没有要求回复"


def unanswered_words(owed: int, missing: int) -> str:
    """How a notice stands at its deadline."""
    return f"通知的回复时间已到，应回复{owed}人，还差{missing}人"


def unreplied_words(within_ms: int) -> str:
    """A reply clock that ran out."""
    return f"被@后{period(within_ms)}内没有回复"


_SIDES: Final[Mapping[str, str]] = {"staff": "老师", "others": "成员", "anyone": "群里"}


def silence_words(of: str, for_ms: int) -> str:
    """A silence that is long enough to be told."""
    return f"{_SIDES[of]}已经{period(for_ms)}没有发言"


def weekly_words(messages: int, strikes: int, open_reviews: int) -> str:
    """A week in one line."""
    return f"本周成员发言{messages}条，记违规{strikes}次，待处理{open_reviews}件"
