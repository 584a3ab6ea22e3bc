"""Reading texts: total and linear for every input."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.event import Attachment
from streams.text import CUES, LABELS, WordReader, fold, is_acknowledgement, repeated_line
from streams.text.normal import places, skeleton
from streams.text.pinyin import readings, spelled
from streams.text.row import Row

READER = WordReader.default()
HEARING = READER.with_cues(CUES)

WORDS = st.sampled_from(
    [
        "代购",
        "红包",
        "发红包",
        "不要",
        "老师",
        "孩子",
        "，",
        "。",
        "www.a.com",
        "点com",
        "1",
        "13900001122",
        "学校",
        "黑心",
        "蜂蜜",
        "包邮",
        "@",
        "🐢",
        "②",
        "妈的",
        "\n",
        "\u200b",
        "\ud800",
        "h t t p",
        "hongbao",
        "bao",
        "宏包",
        "贝兼",
        "红红",
        "h b",
    ]
)
TEXTS = st.one_of(
    st.text(),
    st.text(st.characters(exclude_categories=())),
    st.lists(WORDS, max_size=30).map("".join),
)


MESSAGES = st.tuples(
    TEXTS,
    st.lists(
        st.builds(
            Attachment,
            type=st.sampled_from(["image", "link", "red_packet", "card"]),
            title=st.none() | WORDS,
            url=st.none() | st.just("http://a.example.com"),
        ),
        max_size=2,
    ),
    st.sampled_from(["parent", "teacher", "outsider"]),
)


@given(st.lists(MESSAGES, min_size=8, max_size=24))
def test_many_messages_read_at_once_say_what_each_says_alone(
    messages: list[tuple[str, list[Attachment], str]],
) -> None:
    assert READER.read_all(messages) == [READER.read(*message) for message in messages]


@given(st.lists(MESSAGES, max_size=24))
def test_ways_of_speaking_stand_beside_the_findings_and_change_none(
    messages: list[tuple[str, list[Attachment], str]],
) -> None:
    heard = HEARING.read_all(messages)

    assert heard == [HEARING.read(*message) for message in messages]
    for found, plain, (text, _, _) in zip(heard, READER.read_all(messages), messages, strict=True):
        assert [match for match in found if match.label not in CUES] == list(plain)
        assert all(0 <= match.start <= match.end <= len(text) for match in found)


@given(st.lists(TEXTS, min_size=8, max_size=24))
def test_texts_side_by_side_have_the_forms_of_each_alone(texts: list[str]) -> None:
    row = Row.of(texts)

    assert list(row.shapes) == [skeleton(text) for text in texts]
    assert row.codes.split("\n") == [readings(skeleton(text)) for text in texts]


@given(TEXTS)
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(TEXTS, TEXTS)
def test_the_form_of_two_texts_is_their_forms_joined(text: str, more: str) -> None:
    assert fold(text + more) == fold(text) + fold(more)


@given(TEXTS)
def test_each_letter_of_the_form_has_its_place_in_the_text(text: str) -> None:
    folded, places_ = fold(text), places(text)

    assert len(folded) == len(places_)
    assert all(letter in fold(text[place]) for letter, place in zip(folded, places_, strict=True))


@given(TEXTS, st.sampled_from(["parent", "teacher", "outsider", ""]))
def test_a_match_is_the_part_of_the_text_between_its_places(text: str, role: str) -> None:
    for match in READER.read(text, (), role):
        assert match.label in LABELS
        assert text[match.start : match.end] == match.text
        assert match.text


@given(TEXTS, st.lists(st.builds(Attachment, type=st.sampled_from(["link", "file"]), title=TEXTS)))
def test_any_attachment_is_read_without_harm(text: str, attachments: list[Attachment]) -> None:
    for match in READER.read(text, attachments):
        assert 0 <= match.start <= match.end <= len(text)


@given(TEXTS)
def test_acknowledgements_and_lines_are_told_for_any_text(text: str) -> None:
    assert is_acknowledgement(fold(text)) in (True, False)
    assert 0 <= repeated_line(text) <= text.count("\n") + len(text.splitlines()) + 1


HOSTILE: dict[str, Callable[[int], str]] = {
    "no width": lambda n: "\u200b" * n,
    "calls": lambda n: "@" * n,
    "lone surrogates": lambda n: "\ud800" * n,
    "one word": lambda n: "发红包" * (n // 3),
    "many rules": lambda n: "代购蜂蜜特价加微信学校老师黑心，" * (n // 16),
    "dots": lambda n: "a." * (n // 2),
    "strewn": lambda n: "h t t p " * (n // 8),
    "digits": lambda n: "1 3" * (n // 3),
    "lines": lambda n: "好\n" * (n // 2),
    "sentences": lambda n: "不要。" * (n // 3),
    "one label": lambda n: "a" * n + ".com",
    "rare signs": lambda n: "".join(chr(0x10000 + i % 0xE000) for i in range(n)),
    "syllables": lambda n: "한국어" * (n // 3),
    "pinyin": lambda n: "hongbao" * (n // 7),
    "one long run": lambda n: "n" * n,
    "spaced pinyin": lambda n: "hong bao " * (n // 9),
    "sounds": lambda n: "宏包。" * (n // 3),
    "parts": lambda n: "贝兼钅戋" * (n // 4),
    "initials": lambda n: "hb " * (n // 3),
    "repeats": lambda n: "红" * n + "包" * n,
    "strewn letters": lambda n: "代a" * (n // 2),
    "look-alikes": lambda n: "徽商" * (n // 2),
    "marks": lambda n: "\u0336" * n,
    "thanks": lambda n: "谢谢" * (n // 2),
}


def steps(work: Callable[[], object]) -> int:
    """The lines of Python that some work takes: the same number on every machine."""
    count = 0

    def line(frame: FrameType, event: str, arg: Any) -> Any:
        nonlocal count
        count += event == "line"
        return line

    before = sys.gettrace()
    sys.settrace(line)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def read_all(text: str) -> None:
    READER.read(text)
    is_acknowledgement(fold(text))
    repeated_line(text)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_texts_cost_steps_in_proportion(name: str) -> None:
    small, large = HOSTILE[name](1_500), HOSTILE[name](12_000)
    read_all(large)

    # Something quadratic would take sixty-four times as many.
    assert steps(lambda: read_all(large)) < 10 * steps(lambda: read_all(small)) + 1000


@given(TEXTS)
def test_the_skeleton_has_the_places_of_the_normal_form(text: str) -> None:
    assert len(skeleton(text)) == len(fold(text))
    assert skeleton(skeleton(text)) == skeleton(text)


@given(st.lists(st.sampled_from(["红", "hong", "包", "bao", " ", "丶", "贝", "兼", "x", "⑴"])))
def test_pinyin_keeps_its_places(parts: list[str]) -> None:
    text = "".join(parts)
    folded = fold(text)
    written = spelled(folded, skeleton(text), places(text))

    if written is not None:
        assert written.starts == sorted(written.starts)
        assert len(written.starts) == len(written.codes) + 1
        assert written.starts[-1] == len(folded)


def test_a_million_signs_without_width_are_read() -> None:
    assert READER.read("\u200b" * 1_000_000) == ()
