"""The normal form, acknowledgements and repeated lines."""

import pytest

from streams.text import fold, is_acknowledgement, repeated_line
from streams.text.normal import places


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("支持", "支 持~"),
        ("支持", "支持👍🏻！！"),
        ("产后修复", "產後修復"),
        ("www", "ＷｗＷ"),
        ("café", "cafe\u0301"),
        ("拉票", "拉\u200b票\ufeff"),
        ("12", "①２"),
        ("12", "❶➁"),
        ("一二", "壹贰"),
        ("vx", "ⅴх"),
        ("hb", "ʜ🅱"),
        ("车门", "⻋⾨"),
        ("红包", "红丶包"),
        ("红包", "红\u3164包"),
        ("红包", "红҉包\u20e3"),
    ],
)
def test_texts_that_read_alike_have_one_normal_form(text: str, other: str) -> None:
    assert fold(text) == fold(other)


def test_a_text_without_letters_has_an_empty_normal_form() -> None:
    assert fold("👍🎉 。。。\u200b\ud800") == ""


def test_marks_that_tell_words_apart_are_kept() -> None:
    assert fold("が") != fold("か")
    assert fold("བོད") != fold("བད")


def test_places_lead_from_the_normal_form_back_to_the_text() -> None:
    text = "微-商 ㎏！"

    assert fold(text) == "微商kg"
    assert places(text) == [0, 2, 4, 4]


@pytest.mark.parametrize(
    "text",
    [
        "收到", "好的", "已阅", "谢谢老师", "辛苦老师", "OK", "1", "收到，谢谢王老师", "好的老师",
        "辛苦了", "一凡妈妈收到", "收到收到", "好的👌", "知道了，谢谢", "老师辛苦了", "+1",
        "回复：收到", "嗯嗯", "感謝老師", "王小明爸爸已阅",
    ],
)  # fmt: skip
def test_bare_acknowledgements_are_known(text: str) -> None:
    assert is_acknowledgement(fold(text))


@pytest.mark.parametrize(
    "text",
    [
        "支持", "顶", "好吗", "收到吗？", "老师好", "参加", "666", "您好", "了解一下", "请问收到了吗",
        "好多人", "谢谢你全家", "1班", "同意", "可以吗", "哈哈", "", "收到" * 40,
    ],
)  # fmt: skip
def test_questions_and_opinions_are_no_acknowledgements(text: str) -> None:
    assert not is_acknowledgement(fold(text))


def test_the_most_frequent_line_of_a_message_is_counted() -> None:
    assert repeated_line("求解答\n求 解 答！\n\n在吗\r\n求解答") == 3


def test_a_message_of_one_line_holds_it_once_and_of_marks_alone_never() -> None:
    assert repeated_line("求解答求解答") == 1
    assert repeated_line("👍\n👍\n👍") == 0
