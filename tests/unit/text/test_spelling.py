"""Spelling out: plain signs in place of dressed ones, and the way back to the text."""

import pytest

from streams.text.spelling import count_signs, spell


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("１３８ＡＢ", "138ab"), ("①⓪❷➌⑷⒌", "102345"), ("1️⃣3️⃣", "13"), ("𝟏𝐚🅰🇼", "1aaw"), ("аɡé", "aɡe"),
        ("一㈡㊂", "一二三"), ("a\u200bb\ufeffc", "abc"), ("，。：￥", ",。:$"), ("😀🏠", "  "), ("٣४", "34"),
        ("\ud800好", " 好"), ("点點", "点点"),
    ],
)  # fmt: skip
def test_digits_and_letters_of_every_style_become_plain(text: str, plain: str) -> None:
    assert spell(text).plain == plain


def test_a_place_in_the_spelling_leads_back_to_the_text() -> None:
    text = "\u200b手机１\u200b３ ８"
    spelling = spell(text).without(" ")

    assert spelling.plain == "手机138"
    assert text[slice(*spelling.span(2, 5))] == "１\u200b３ ８"


def test_signs_are_counted_of_every_style() -> None:
    assert count_signs("明天好") == (0, 0)
    assert count_signs("1２③四aＢ") == (4, 2)
    assert count_signs("𝟏") == (1, 1)
    assert count_signs("\ud800😀") == (0, 0)
