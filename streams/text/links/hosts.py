"""What a link is for, as its host, its path and the words beside it tell."""

from typing import Final

import re2

KINDS: Final = ("vote", "red_packet", "bargain", "donation", "download", "unknown")
LABELS: Final = {
    "vote": "vote_canvass",
    "red_packet": "red_packet",
    "bargain": "bargain",
    "donation": "donation",
}
"""The labels of those kinds that are violations of their own."""

# By the registrable name or the host itself. Only where the whole site is for one thing.
_HOSTS: Final = {
    "shuidichou.com": "donation", "shuidihuzhu.com": "donation", "qschou.com": "donation",
    "qingsongchou.com": "donation", "gongyi.qq.com": "donation", "ssl.gongyi.qq.com": "donation",
    "aixinchou.com": "donation", "wuyouchou.com": "donation", "gofundme.com": "donation",
    "yangkeduo.com": "bargain", "pinduoduo.com": "bargain", "pddpic.com": "bargain",
    "toupiao.com": "vote", "toupiaola.com": "vote", "tpwx.com": "vote", "rrtp.com": "vote",
    "pan.baidu.com": "download", "yun.baidu.com": "download", "alipan.com": "download",
    "aliyundrive.com": "download", "pan.quark.cn": "download", "pan.xunlei.com": "download",
    "weiyun.com": "download", "115.com": "download", "123pan.com": "download",
    "123684.com": "download", "cloud.189.cn": "download", "caiyun.139.com": "download",
    "yun.139.com": "download", "lanzou.com": "download", "lanzoui.com": "download",
    "lanzoux.com": "download", "lanzouw.com": "download", "lanzouu.com": "download",
    "lanzous.com": "download", "cowtransfer.com": "download", "ctfile.com": "download",
    "wenshushu.cn": "download", "jianguoyun.com": "download", "mega.nz": "download",
    "mediafire.com": "download", "drive.google.com": "download", "dropbox.com": "download",
    "1drv.ms": "download", "onedrive.live.com": "download", "apps.apple.com": "download",
    "testflight.apple.com": "download", "app.mi.com": "download", "sj.qq.com": "download",
    "a.app.qq.com": "download", "pgyer.com": "download", "fir.im": "download",
}  # fmt: skip
_PARTS: Final = (
    ("vote", r"toupiao|piaoxuan|pingxuan|vote|voting|dianzan|lapiao|tp[0-9]|rqzz|renqi"),
    ("red_packet", r"hongbao|hong-bao|redpacket|red-packet|redenvelope|hbao|linghb|lhb"),
    ("bargain", r"kanjia|kan-jia|bargain|zhuli|pintuan|pin-tuan|kanyidao|cutprice|assist|groupbuy|kj[0-9]?"),
    ("donation", r"juankuan|juanzeng|mujuan|donat|choukuan|choukuan|shuidi|aixin|crowdfund|jiuzhu"),
    ("download", r"download|xiazai|apk|ipa|pan|netdisk|yunpan|wangpan|dl"),
)  # fmt: skip
_IN_LINK: Final = tuple(
    (kind, re2.compile(rf"(?:^|[^a-z])(?:{words})(?:[^a-z]|$)|{words.split('|')[0]}"))
    for kind, words in _PARTS
)
_FILE: Final = re2.compile(
    r"\.(?:apk|ipa|exe|msi|dmg|pkg|zip|rar|7z|tar|gz|iso|torrent|docx?|xlsx?|pptx?|pdf|mp4|mp3|mkv|avi|bat|scr|jar)(?:[?#].*)?$"
)
_WORDS: Final = (
    ("donation", ("水滴筹", "轻松筹", "众筹", "筹款", "捐款", "捐助", "募捐", "爱心筹", "捐钱", "捐赠", "救助", "献爱心")),
    ("bargain", ("砍价", "砍一刀", "砍一下", "帮砍", "助力", "拼团", "拼单", "免费拿", "0元购", "砍刀", "提现", "帮我砍")),
    ("vote", ("投票", "投一票", "投上一票", "拉票", "点赞", "集赞", "票选", "评选", "选手", "人气")),
    ("red_packet", ("红包", "领现金", "口令红", "抢包", "压岁钱")),
    ("download", ("下载", "网盘", "提取码", "云盘", "安装", "安卓版", "资源", "种子", "磁力")),
)  # fmt: skip
_TURNED: Final = (
    "不要", "别点", "勿", "警惕", "谨防", "诈骗", "骗子", "骗局", "小心", "当心", "禁止", "严禁", "举报", "病毒", "不发",
    "反诈", "防骗", "不能发", "不准", "不许",
)  # fmt: skip


def link_kind(host: str, path: str, near: str) -> str:
    """What a link is for: one of `KINDS`.

    `host` without user and port; `path` with query and fragment; `near` the words beside it.
    A warning's words say nothing of a link.
    """
    host, path = host.lower(), path.lower()
    labels = host.split(".")
    for start in range(max(0, len(labels) - 5), len(labels)):
        if kind := _HOSTS.get(".".join(labels[start:])):
            return kind
    for kind, pattern in _IN_LINK:
        if pattern.search(host) or pattern.search(path):
            return kind
    if _FILE.search(path):
        return "download"
    if any(word in near for word in _TURNED):
        return "unknown"
    return next((kind for kind, words in _WORDS if any(word in near for word in words)), "unknown")
