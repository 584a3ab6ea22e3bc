"""Links, and telephone and identity numbers."""

import pytest

from streams.text.links import find_links, is_allowed
from streams.text.numbers import digits_of, find_numbers


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("网址 http://www.kuaibo-tv.cc 快来", "http://www.kuaibo-tv.cc"),
        ("看看 bit.ly/3xYzAb 里面", "bit.ly/3xYzAb"),
        ("ｗｗｗ．ｄｙ８８．ｃｏｍ 高清", "ｗｗｗ．ｄｙ８８．ｃｏｍ"),
        ("h t t p : / / tk-lucky . top 有", "h t t p : / / tk-lucky . top"),
        ("看这个 www点taobao-tj点example点com", "www点taobao-tj点example点com"),
        ("去 www.ba\u200bidu.com 看", "www.ba\u200bidu.com"),
        ("www。abc。com", "www。abc。com"),
        ("http://www.edu.cn@evil.com/x", "http://www.edu.cn@evil.com/x"),
        ("www.edu.cn.evil.com", "www.edu.cn.evil.com"),
        ("打开1.2.3.4:8080", "1.2.3.4:8080"),
    ],
)
def test_links_are_found_however_they_are_written(text: str, link: str) -> None:
    assert [text[start:end].strip() for start, end in find_links(text)] == [link]


@pytest.mark.parametrize(
    "text",
    [
        "作业在 http://www.sx.example.edu.cn/zy", "通知 https://cdc.example.gov.cn/a", "笔记.docx",
        "abc@qq.com", "I like my dog.Me too", "The class. Come on", "圆周率3.14，v1.2.3", "8点到校",
        "我平时也逛书店的网站", "http://",
    ],
)  # fmt: skip
def test_schools_files_mails_and_sentences_are_no_links(text: str) -> None:
    assert find_links(text) == []


def test_a_host_that_is_allowed_allows_what_lies_below_it_and_nothing_beside_it() -> None:
    assert is_allowed("https://a.school.com/x", ["school.com"])
    assert is_allowed("School.com:8080", ["school.com"])
    assert not is_allowed("https://myschool.com", ["school.com"])
    assert not is_allowed("https://school.com.evil.cn", ["school.com"])
    assert not is_allowed("", ["school.com"])


@pytest.mark.parametrize(
    "number",
    [
        "13900001122", "138 1234 5678", "158-0000-5866", "１３７００００８８９９", "壹叁陆零零零零伍伍陆陆",
        "①③⑦⓪⓪⓪⓪⑦④⑤⑤", "1\u200b3\u200b7\u200b0\u200b0\u200b0\u200b0\u200b0\u200b5\u200b7\u200b8",
        "177oooo268o", "+86 130-0000-9306",
    ],
)  # fmt: skip
def test_mobile_numbers_are_found_however_their_digits_are_written(number: str) -> None:
    text = f"我的电话是{number}，谢谢"

    assert [(label, text[a:b]) for label, a, b in find_numbers(text)] == [("privacy_phone", number)]


@pytest.mark.parametrize(
    "text",
    [
        "订书编号9787020002207", "订单号 13812345678 已发货", "口算 13 25 46 78 91 24 35", "学校总机0571-12345678",
        "签到码 884213",
    ],
)  # fmt: skip
def test_other_numbers_are_no_telephones(text: str) -> None:
    assert find_numbers(text) == []


def test_a_number_that_the_school_made_public_is_no_finding() -> None:
    assert find_numbers("请拨 138 1234 5678", [digits_of("+86 13812345678")]) == []


def test_identity_numbers_need_their_check_digit() -> None:
    assert [found[0] for found in find_numbers("号码：330000201509060039")] == ["privacy_id"]
    assert find_numbers("号码：330000201509060038") == []
