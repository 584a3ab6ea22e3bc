"""Words beside a number that say what it is."""

from collections.abc import Sequence
from typing import Final

from ahocorasick_rs import AhoCorasick, MatchKind

_REACH: Final = 16

PHONE: Final = (
    "电话", "手机", "號碼", "联系", "聯繫", "電話", "手機", "请拨", "拨打", "致电", "来电", "打给",
    "拨", "打我", "call", "tel", "phone", "mobile", "热线", "同号", "短信", "联络", "找我", "呼我",
    "打这个", "座机", "座機", "分机", "微信", "薇信", "vx", "妈妈", "爸爸", "奶奶", "爷爷", "外婆", "外公",
    "家长", "机主", "收件人", "收货", "紧急", "接送", "新号", "换号", "换了号",
    "老号", "备用号", "本机", "机号",
)  # fmt: skip
NUMBERED: Final = (*PHONE, "号码", "號碼", "号是", "我号", "这个号")
"""Also what names a telephone unless another word has named the number already (会议号码)."""
OTHER: Final = (
    "单号", "單號", "订单", "訂單", "编号", "編號", "学号", "學號", "条码", "條碼", "流水", "序列", "会议号",
    "会议id", "會議", "腾讯会议", "群号", "考号", "准考证", "书号", "isbn", "货号", "型号", "批号", "批次",
    "单据", "发票", "税号", "邮编", "验证码", "签到码", "取件码", "密码", "房间号", "直播间", "信用代码", "座位号",
    "资产", "工号", "存折", "票号", "运单", "快递单", "物流", "交易", "商户", "设备", "报名号", "报名序号", "受理号",
    "档案", "期号", "卡密", "兑换码", "课程码", "班级码", "邀请码", "账单", "凭证", "图书", "馆藏", "产品", "注册号",
    "qq群", "公众号", "id:", "id号", "序号", "代码", "户号", "电表", "燃气", "水表", "缴费号", "参赛号",
    "抄写", "读作", "写作", "读出",
)  # fmt: skip
MATHS: Final = (
    "口算", "计算", "数列", "规律", "答案", "排列", "数字", "排序", "填空", "选择题", "竖式", "加减", "乘", "除以",
    "成绩", "得分", "分数", "比分", "抄写", "页码", "题号", "听写", "找出", "圆周率", "步数", "打卡", "体温", "跳绳",
    "彩票", "开奖", "课表", "节课", "学生数", "座位",
)  # fmt: skip


class Nearest:
    """Two lists of words, of which one or the other says what a number is."""

    def __init__(self, named: Sequence[str], other: Sequence[str]) -> None:
        self._named = len(named)
        self._automaton = AhoCorasick([*named, *other], matchkind=MatchKind.Standard)

    def kind(self, head: str) -> int:
        """Which kind ends nearest before a number: 1 one of `named`, -1 of `other`, 0 none.

        Of words that end together the longer one says more (我办公室 is not 办公室).
        """
        hits = self._automaton.find_matches_as_indexes(head, overlapping=True)
        if not hits:
            return 0
        word, _, _ = max(hits, key=lambda hit: (hit[2], -hit[1], -hit[0]))
        return 1 if word < self._named else -1


TELEPHONE: Final = Nearest(PHONE, OTHER)


def before(plain: str, start: int, reach: int = _REACH) -> str:
    """What stands before a place, as far as it may name what follows."""
    return plain[max(0, start - reach) : start]


def has(text: str, words: Sequence[str]) -> bool:
    """Whether one of the words stands in the text."""
    for word in words:  # noqa: SIM110 - runs for most messages: a generator doubles the time
        if word in text:
            return True
    return False
