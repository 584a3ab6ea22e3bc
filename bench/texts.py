"""Texts of parents and teachers in class groups, made of parts: some 30,000 different ones.

They need only be as long and as varied as real ones (8 to 30 characters). One in a hundred holds
what a full pack looks for, so that its row pays for matches too and not for misses alone.
"""

from random import Random

_OPENINGS = (
    "王老师好，", "李老师，", "请问老师，", "各位家长，", "收到，", "谢谢老师，", "大家好，", "不好意思，",
    "老师辛苦了，", "麻烦问一下，", "提醒一下，", "孩子说", "刚看到通知，", "明白了，", "好的，", "打扰了，",
    "班长你好，", "晚上好，", "早上好，", "我家孩子",
)  # fmt: skip
_SUBJECTS = (
    "数学作业", "语文练习册", "英语听力", "明天的春游", "家长会", "校服尺码", "午餐费", "体检单", "运动会报名",
    "读书笔记", "美术课材料", "口算本", "请假条", "安全教育平台的作业", "疫苗接种表", "班级合唱", "科学小实验",
    "值日安排", "接送时间", "课后服务", "期末复习资料", "作文草稿", "跳绳打卡", "古诗背诵", "手抄报", "消防演练",
    "视力检查", "图书角捐书", "家庭联系卡", "周末实践活动",
)  # fmt: skip
_ENDINGS = (
    "今天需要交吗？", "已经完成了。", "是写在本子上吗？", "几点之前交？", "我们明天带过来。", "忘在学校了。",
    "要家长签字吗？", "请大家看一下群文件。", "还差一点，晚上补上。", "可以周一再交吗？", "我来负责收齐。",
    "请按学号顺序排好。", "第几页没有听清楚。", "需要打印出来吗？", "一共几道题？", "已经放进书包了。",
    "辛苦老师再说一遍。", "请家长在家陪着做。", "孩子自己检查过了。", "不用带课本。", "在哪里领取？",
    "材料文具店可以买到。", "按照上周的要求来。", "请穿校服参加。", "下雨的话顺延。", "麻烦帮忙转告一下。",
    "以老师的通知为准。", "我们小组已经商量好了。", "要不要拍照上传？", "今晚八点以前发给组长。",
)  # fmt: skip
_UNWANTED = (
    "本人做香港代购多年，有需要加好友", "帮我孩子投一票吧，链接在上面", "出售二手钢琴，价格可以谈",
    "加微信领取免费试听课，仅限今日", "刚发了一个红包，大家快来抢", "理财产品年化高，稳赚不赔",
)  # fmt: skip
_UNWANTED_SHARE = 0.01


def draw(rnd: Random) -> str:
    """Draw one text."""
    return draw_unwanted(rnd) if rnd.random() < _UNWANTED_SHARE else draw_ordinary(rnd)


def draw_ordinary(rnd: Random) -> str:
    """Draw one of which nothing is found."""
    return rnd.choice(_OPENINGS) + rnd.choice(_SUBJECTS) + rnd.choice(_ENDINGS)


def draw_unwanted(rnd: Random) -> str:
    """Draw one of those that a full pack looks for."""
    return rnd.choice(_UNWANTED) + rnd.choice(_SUBJECTS)


def draw_other_than(rnd: Random, previous: str | None) -> str:
    """Draw a text that differs from the one before it, so that no run of repeats grows by chance."""
    while (text := draw(rnd)) == previous:
        pass
    return text
