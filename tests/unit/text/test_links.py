"""Links: found however they are written, allowed by name, and sorted by what they are for."""

import pytest

from streams.text.links import allow_list, find_links, is_allowed, link_kind, registrable


def links(text: str, *allowed: str) -> list[str]:
    return [text[link.start : link.end] for link in find_links(text, allow_list(allowed))]


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("网址 http://www.kuaibo-tv.cc 快来", "http://www.kuaibo-tv.cc"),
        ("看看 bit.ly/3xYzAb 里面", "bit.ly/3xYzAb"),
        ("短链t.cn/A6abcd看一下", "t.cn/A6abcd"),
        ("ｗｗｗ．ｄｙ８８．ｃｏｍ 高清", "ｗｗｗ．ｄｙ８８．ｃｏｍ"),
        ("h t t p : / / tk-lucky . top 有", "h t t p : / / tk-lucky . top"),
        ("看这个 www点taobao-tj点example点com", "www点taobao-tj点example点com"),
        ("去 www.ba\u200bidu.com 看", "www.ba\u200bidu.com"),
        ("www。abc。com", "www。abc。com"),
        ("http://www.edu.cn@evil.com/x", "http://www.edu.cn@evil.com/x"),
        ("www.edu.cn.evil.com", "www.edu.cn.evil.com"),
        ("打开1.2.3.4:8080", "1.2.3.4:8080"),
        ("浏览器输入 12.34.56.78", "12.34.56.78"),
        ("http://12.34.56.78", "http://12.34.56.78"),
        ("abc点com快来", "abc点com"),
        ("abc 点 com", "abc 点 com"),
        ("看 abc dot com 吧", "abc dot com"),
        ("看abc[.]com", "abc[.]com"),
        ("看abc【点】com", "abc【点】com"),
        ("网址是 a b c 1 2 3 . c c", "a b c 1 2 3 . c c"),
        ("去 abc.c o m", "abc.c o m"),
        ("www,abc,com", "www,abc,com"),
        ("hxxp://abc.com/x", "hxxp://abc.com/x"),
        (r"http:\\abc.com", r"http:\\abc.com"),
        ("аbс.com", "аbс.com"),
        ("🅰🅱🅲.com", "🅰🅱🅲.com"),
        ("𝐰𝐰𝐰.𝐚𝐛𝐜.𝐜𝐨𝐦", "𝐰𝐰𝐰.𝐚𝐛𝐜.𝐜𝐨𝐦"),
        ("中文.cn", "中文.cn"),
        ("例子.中国", "例子.中国"),
        ("xn--fiqs8s.xn--55qx5d", "xn--fiqs8s.xn--55qx5d"),
        ("点击abc.online领取", "abc.online"),
        ("vip8.xyz", "vip8.xyz"),
        ("abc.tk/x?y=1", "abc.tk/x?y=1"),
        ("#小程序://抽奖助手/abcDEF", "#小程序://抽奖助手/abcDEF"),
        ("weixin://dl/business", "weixin://dl/business"),
        ("magnet:?xt=urn:btih:abcdef0123", "magnet:?xt=urn:btih:abcdef0123"),
        ("网盘 /s/1AbCdEfGh 自取", "/s/1AbCdEfGh"),
        ("百度网盘 提取码：ab12", "提取码：ab12"),
        ("复制￥aB3dE5fG7hK￥打开淘宝", "￥aB3dE5fG7hK￥"),
        ("长按识别二维码进入", "长按识别二维码进入"),
    ],
)
def test_links_are_found_however_they_are_written(text: str, link: str) -> None:
    assert [found.strip() for found in links(text)][-1:] == [link]


@pytest.mark.parametrize(
    "text",
    [
        "作业在 http://www.sx.example.edu.cn/zy", "通知 https://cdc.example.gov.cn/a", "笔记.docx",
        "abc@qq.com", "I like my dog.Me too", "The class. Come on", "圆周率3.14，v1.2.3", "8点到校",
        "我平时也逛书店的网站", "http://", "README.md", "main.py怎么写", "S.H.E", "C.Y.Kong编曲",
        "1.in 2.on 3.at", "A.to B.be C.is D.are", "1.work 2.live 3.fun", "Mr.Li", "a.m. and p.m.",
        "Do you like it?Yes.It is fun", "第一.我们走", "1.公司 2.网络", "今天8.30到校，9.15上课", "3.14.15.9题",
        "connect the dots", "扫码签到", "二维码扫不了", "网盘满了", "单价 $12.5 $13.5", "提取码是多少",
    ],
)  # fmt: skip
def test_schools_files_mails_and_sentences_are_no_links(text: str) -> None:
    assert links(text) == []


def test_a_host_that_is_allowed_allows_what_lies_below_it_and_nothing_beside_it() -> None:
    assert is_allowed("https://a.school.com/x", ["school.com"])
    assert is_allowed("School.com:8080", ["school.com"])
    assert not is_allowed("https://myschool.com", ["school.com"])
    assert not is_allowed("https://school.com.evil.cn", ["school.com"])
    assert not is_allowed("", ["school.com"])


def test_www_stands_for_the_whole_name_however_a_school_writes_it() -> None:
    assert links("https://jy.school.com.cn/a", "https://www.School.com.cn/index") == []
    assert links("https://tieba.baidu.com/a", "pan.baidu.com") == ["https://tieba.baidu.com/a"]


def test_a_public_suffix_allows_nothing() -> None:
    assert allow_list(["com.cn", "github.io", "school.github.io", "10.0.0.1", "lan"]) == (
        "school.github.io",
        "10.0.0.1",
        "lan",
    )


def test_a_look_alike_letter_is_another_host() -> None:
    assert links("https://www.school.gоv.cn/a") == ["https://www.school.gоv.cn/a"]
    assert not is_allowed("https://www.school.gоv.cn/a")
    assert is_allowed("https://ｗｗｗ.school.gov.cn/a")


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("a.b.com.cn", "b.com.cn"), ("com.cn", ""), ("x.github.io", "x.github.io"), ("b.com", "b.com"),
        ("www.ck", "www.ck"), ("a.b.ck", "a.b.ck"), ("b.ck", ""), ("1.2.3.4", ""), ("", ""),
        ("a.中国", "a.中国"), ("a.xn--fiqs8s", "a.xn--fiqs8s"),
    ],
)  # fmt: skip
def test_a_host_s_registrable_name_follows_the_public_suffix_list(host: str, name: str) -> None:
    assert registrable(host) == name


@pytest.mark.parametrize(
    ("host", "path", "near", "kind"),
    [
        ("www.toupiao.example.com", "/a", "", "vote"),
        ("a.example.com", "/vote?id=3", "", "vote"),
        ("a.example.com", "/x", "给我家娃投票", "vote"),
        ("a.example.com", "/x", "红包来啦", "red_packet"),
        ("mobile.yangkeduo.com", "/x", "", "bargain"),
        ("kj.example.com", "/a", "", "bargain"),
        ("a.example.com", "/x", "帮我砍一刀", "bargain"),
        ("www.shuidichou.com", "/cf", "", "donation"),
        ("a.example.com", "/x", "恳请捐款", "donation"),
        ("pan.baidu.com", "/s/1", "", "download"),
        ("a.example.com", "/a.apk", "", "download"),
        ("a.example.com", "/x", "看看", "unknown"),
        ("a.example.com", "/x", "不要点红包链接", "unknown"),
        ("company.example.com", "/panel", "", "unknown"),
    ],
)
def test_a_link_s_kind_follows_from_host_path_and_words(
    host: str, path: str, near: str, kind: str
) -> None:
    assert link_kind(host, path, near) == kind


def test_a_shared_file_s_code_makes_its_link_a_download() -> None:
    assert [link.kind for link in find_links("链接: https://a.example.com/s/1 提取码: 8888")] == [
        "download",
        "download",
    ]


def test_padding_does_not_hide_a_link() -> None:
    assert links("S.H.E " * 200 + "www.abc.com") == ["www.abc.com"]
