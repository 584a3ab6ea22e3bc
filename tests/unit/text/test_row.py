"""Texts read side by side are read as each alone."""

import json
from itertools import cycle
from pathlib import Path

import pytest

from streams.text import WordReader
from streams.text.row import pictured, telling

DATA = Path(__file__).parents[3] / "quality" / "data"
READER = WordReader.default()


def texts_of(name: str) -> list[str]:
    return [json.loads(line)["text"] for line in (DATA / name).read_bytes().splitlines()]


@pytest.mark.parametrize("name", sorted(path.name for path in DATA.glob("*.jsonl")))
def test_a_batch_says_of_each_message_what_it_says_alone(name: str) -> None:
    roles = cycle(["parent", "outsider", "teacher", "parent"])
    # Every other one: how they are read does not depend on which stand beside them.
    messages = [(text, (), role) for text, role in zip(texts_of(name)[::2], roles, strict=False)]

    assert READER.read_all(messages) == [READER.read(*message) for message in messages]


@pytest.mark.parametrize(
    "text",
    [
        "我就住 学校后面的和平里",
        "三栋 在那边",
        "我家就在 那边",
        "请看 .ｃｎ",
        "扫太阳码进",
        "某某小程序",
        "ab",
        "１３９００１２",
        "企鹅１３９００",
        "q１３９００",
        "𝟏𝟐𝟑𝟒𝟓",
        "🅰🅱",
    ],
)
def test_what_may_tell_something_is_looked_at_among_others(text: str) -> None:
    told = telling(["大家好"] * 9 + [text, "谢谢老师"])

    assert told == [False] * 9 + [True, False]


def test_a_year_or_a_sum_is_not_looked_at() -> None:
    assert not any(telling(["大家好"] * 9 + ["１９８９年２月", "1200元，共3份", "2026年"]))


@pytest.mark.parametrize("others", [1, 20])
def test_pictures_that_may_be_read_are_found_in_any_batch(others: int) -> None:
    texts = ["好的😀"] * others + ["脑🐢", "", "🐴上到"]

    assert list(pictured(texts)) == [others, others + 2]


def test_a_strange_character_costs_no_other_text_its_form() -> None:
    texts = ["㎏包邮", "\ud800代购", "𠀀𠀁红包", "代购奶粉", "한국 代购", "", "㐀代购"] * 3

    messages = [(text, (), "parent") for text in texts]

    assert READER.read_all(messages) == [READER.read(text) for text in texts]
    assert READER.read_all([]) == []
