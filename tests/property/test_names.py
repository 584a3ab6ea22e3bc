"""Names: script, spaces and marks change no answer, and nobody's name passes for another's."""

from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from streams.fingerprints import Prints, letters_in
from streams.naming.children import ChildIndex
from streams.naming.patterns import NamePattern, asked, fits, other_relation
from streams.naming.roster import given_name, roster_prints
from streams.text import fold
from streams.text.traditional import SIMPLIFIED, TRADITIONAL

PRINTS = Prints(b"key")
TO_TRADITIONAL = {
    ord(simple): old for old, simple in zip(TRADITIONAL, SIMPLIFIED, strict=True) if old != simple
}

FAMILY = st.sampled_from("王李张刘陈赵欧韩")
GIVEN = st.text("一凡子墨浩然雨桐可欣静国爱乐", min_size=1, max_size=2)
NAMES = st.builds(str.__add__, FAMILY, GIVEN)
RELATIONS = ("爸爸", "妈妈")
PATTERNS = (
    NamePattern.of(["parent"], is_="{child}{relation}", relations=RELATIONS),
    NamePattern.of(["parent"], has="{child}"),
    NamePattern.of(["staff"], is_="{subject}{name}"),
    NamePattern.of(["parent"], has="班{child}{relation}"),
    NamePattern.of(["teacher"], is_="{name}"),
)
SHOWN = st.one_of(
    st.text(max_size=80),
    st.lists(
        st.one_of(NAMES, st.sampled_from([*RELATIONS, "语文", "数学", "三班", "的", "外婆"])),
        max_size=5,
    ).map("".join),
)
MARKS = st.text(" \u200b-_·*★🌹（）\u3000", max_size=3)
TEXTS = st.one_of(
    st.text(max_size=40),
    st.text(st.characters(exclude_categories=()), max_size=40),
    st.lists(
        st.one_of(NAMES, GIVEN, st.sampled_from(["今天", "妈妈", "，", "同学", "㎏", "很", "\n"])),
        max_size=12,
    ).map("".join),
)


@st.composite
def spread(draw: st.DrawFn, text: str) -> str:
    """The text with marks and spaces put in anywhere, and characters made traditional."""
    signs = [
        draw(MARKS) + (s.translate(TO_TRADITIONAL) if draw(st.booleans()) else s) for s in text
    ]
    return "".join(signs) + draw(MARKS)


@pytest.mark.parametrize("pattern", PATTERNS)
@given(data=st.data(), shown=SHOWN, own=NAMES, child=NAMES)
def test_script_spaces_and_marks_change_no_answer(
    pattern: NamePattern, data: st.DataObject, shown: str, own: str, child: str
) -> None:
    other = data.draw(spread(shown))
    assume(fold(other) == fold(shown))
    prints = PRINTS.of_name(own), PRINTS.of_name(child)

    assert fits(other, [pattern], *prints, PRINTS.of_name) == fits(
        shown, [pattern], *prints, PRINTS.of_name
    )
    assert other_relation(other, RELATIONS) == other_relation(shown, RELATIONS)


@given(data=st.data(), child=NAMES, relation=st.sampled_from(RELATIONS))
def test_a_name_that_fits_still_fits_with_spaces_anywhere(
    data: st.DataObject, child: str, relation: str
) -> None:
    name = data.draw(spread(child + relation))

    assert fits(name, PATTERNS[:1], 0, PRINTS.of_name(child), PRINTS.of_name)


@given(child=NAMES, other=NAMES, relation=st.sampled_from(RELATIONS))
def test_another_child_s_name_never_fits(child: str, other: str, relation: str) -> None:
    assume(child != other)
    print_ = PRINTS.of_name(child)

    assert not fits(other + relation, PATTERNS[:1], 0, print_, PRINTS.of_name)
    assume(child not in other + relation)
    assert not fits(other + relation, PATTERNS[1:2], 0, print_, PRINTS.of_name)


@given(shown=SHOWN, own=NAMES, child=NAMES)
def test_whether_a_name_fits_is_what_trying_all_ways_to_part_it_says(
    shown: str, own: str, child: str
) -> None:
    letters = fold(shown)
    prints = PRINTS.of_name(own), PRINTS.of_name(child)

    def by_name(pattern: NamePattern) -> bool:
        return fits(shown, [pattern], *prints, PRINTS.of_name)

    assume(len(letters) <= 64)
    assert by_name(PATTERNS[0]) == (letters in {fold(child) + relation for relation in RELATIONS})
    assert by_name(PATTERNS[1]) == (fold(child) in letters)
    assert by_name(PATTERNS[3]) == any(f"班{child}{relation}" in letters for relation in RELATIONS)
    assert by_name(PATTERNS[4]) == (letters == fold(own))


@given(name=st.text(st.characters(exclude_categories=()), max_size=80))
def test_any_name_of_a_roster_leaves_prints(name: str) -> None:
    own, child, given_ = roster_prints(name, name, PRINTS.of_name)
    less = given_name(name)

    assert own == child
    assert letters_in(given_) in {0, len(less)}
    assert len(less) != 1
    assert less in fold(name)


@given(text=TEXTS, names=st.lists(NAMES, max_size=8))
def test_what_names_a_child_is_its_name_and_shares_no_letter(text: str, names: list[str]) -> None:
    children = index(names)
    found = children.named(text)

    for key, start, end in found:
        assert 0 <= start < end <= len(text)
        assert fold(text[start:end]) in {fold(key), given_name(key)}
    spans = sorted({(start, end) for _, start, end in found})
    assert all(behind <= start for (_, behind), (start, _) in pairwise(spans))
    assert children.replaced(text, "") == "".join(
        sign for at, sign in enumerate(text) if not any(start <= at < end for start, end in spans)
    )


@given(data=st.data(), text=TEXTS, name=NAMES)
def test_a_full_name_of_three_letters_is_found_however_it_is_written(
    data: st.DataObject, text: str, name: str
) -> None:
    assume(len(fold(name)) == 3)
    written = data.draw(spread(name))

    found = index([name]).named(f"{text}{written}")

    assert any(fold(f"{text}{written}"[start:end]) == fold(name) for _, start, end in found)


@given(text=TEXTS, names=st.lists(NAMES, unique=True, max_size=6))
def test_the_order_of_the_roster_changes_nothing_of_whom_a_text_names(
    text: str, names: list[str]
) -> None:
    assert set(index(names).named(text)) == set(index(names[::-1]).named(text))


def index(names: list[str]) -> ChildIndex[str]:
    lines = [(name, *roster_prints(None, name, PRINTS.of_name)[1:]) for name in names]
    return ChildIndex(lines, PRINTS)


@given(patterns=st.lists(st.sampled_from(PATTERNS), max_size=4))
def test_what_is_asked_for_is_one_line(patterns: list[NamePattern]) -> None:
    assert asked(patterns).count("\n") == 0
    assert bool(asked(patterns)) == bool(patterns)
