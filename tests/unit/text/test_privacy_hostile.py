"""Private data and links: total for every text, with work in proportion to its length."""

import sys
from collections.abc import Callable
from types import FrameType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.text.links import find_links, is_allowed, kind_of, registrable
from streams.text.links.hosts import KINDS
from streams.text.privacy import digits_of, find_private
from streams.text.privacy.rolls import names_listed
from streams.text.spelling import count_signs, spell

PARTS = st.sampled_from(
    [
        "138", "0013", "8000", "一三八", "①", "1️⃣", "o", "l", "-", " ", "\n", "电话", "订单号", "x", "+86", "0571",
        "身份证", "330106", "19900307", "6222", "银行卡", "扣扣", "vx", "li_jing", "@", ".", "。", "点", "com", "www", "://",
        "/s/", "提取码", "[", "]", "dot", "住", "阳光小区", "号楼", "单元", "栋", "村", "路", "浙A", "\u200b", "\ud800", "🅰",
        "#小程序://", "$", "二维码", "家", "张伟",
    ]
)  # fmt: skip
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=())), st.lists(PARTS, max_size=25).map("".join)
)


@given(TEXTS)
def test_what_is_found_stands_in_the_text(text: str) -> None:
    for label, start, end in find_private(text, ("0571",), ("edu.cn",)):
        assert label.startswith("privacy_")
        assert 0 <= start < end <= len(text)
    for link in find_links(text, ("a.com",)):
        assert link.kind in KINDS
        assert 0 <= link.start < link.end <= len(text)


@given(TEXTS)
def test_every_function_answers_any_text(text: str) -> None:
    assert all(sign.isdecimal() for sign in digits_of(text))
    assert is_allowed(text) in (True, False)
    assert kind_of(text, text) in KINDS
    assert registrable(text) == "" or text.lower().strip(".").endswith(registrable(text))
    assert len(spell(text).plain) == len(spell(text).places) <= len(text)


@given(TEXTS)
def test_a_spelling_s_places_rise(text: str) -> None:
    places = list(spell(text).places)

    assert places == sorted(set(places))


@given(TEXTS)
def test_signs_are_never_counted_too_few(text: str) -> None:
    digits, letters = count_signs(text)

    assert digits >= sum(sign in "0123456789" for sign in text)
    assert letters >= sum(sign.isascii() and sign.isalpha() for sign in text)


HOSTILE = [
    "1 3", "1 ", "138 0013 8000 ", "6222 0000 0048 5741 577 ", "110101199003077774 ", "一1", "1x", "l", "ooo0", "a.",
    "a点", "[.]", "a b . c ", "www.a.com ", "a@b.", "qq1234567 ", "vx:a", "浙A12345 ", "住阳光小区7号楼1单元501，", "住3栋",
    "园1-1-", "中山路1号", "http://", "学.cn", "([{<", " dot ", "\u200b", "\ud800", "1😀", "a,", "www,a,com ", "$a1b2c3d4e5f$",
    "/s/aaaaaaa ", "扫二维码", "1.2.3.4 ", "+852 1", "张伟",
]  # fmt: skip


def steps(work: Callable[[], object]) -> int:
    """How many calls of functions, Python's and C's, some work takes."""
    count = 0

    def on_event(frame: FrameType, event: str, arg: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(on_event)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("part", HOSTILE)
def test_hostile_texts_cost_steps_in_proportion(part: str) -> None:
    def cost(size: int) -> int:
        text = part * (size // len(part))
        return steps(lambda: (find_links(text), find_private(text), names_listed(text)))

    assert cost(12_000) <= 6 * cost(3_000) + 2_000


def test_a_message_without_digits_and_letters_is_left_after_a_few_steps() -> None:
    text = "明天上午有公开课请各位家长提前到校，孩子要穿校服吗谢谢老师"

    assert steps(lambda: (find_links(text), find_private(text))) < 25
