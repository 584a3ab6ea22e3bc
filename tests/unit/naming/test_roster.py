"""What is kept of the roster's names."""

import pytest

from streams.fingerprints import NAME_LETTERS_MAX, Prints, letters_in, tag_in
from streams.naming.roster import given_name, roster_prints

PRINTS = Prints(b"key")


@pytest.mark.parametrize(
    ("full", "given"),
    [
        ("张一凡", "一凡"),
        ("張壹凡", "一凡"),
        ("劉 子 墨", "子墨"),
        ("欧阳娜娜", "娜娜"),
        ("歐陽修遠", "修远"),
        ("张杨子墨", "子墨"),
        ("张子墨涵", "子墨涵"),
        ("阿杨古丽", "杨古丽"),
        ("艾力·买买提", "艾力"),
        ("阿卜杜拉•艾合买提", "阿卜杜拉"),
        ("张静", ""),
        ("欧阳娜", ""),
        ("欧阳", ""),
        ("张", ""),
        ("阿卜杜拉买买提", ""),
        ("Tom Lee", ""),
        ("🌹", ""),
        ("", ""),
    ],
)
def test_a_given_name_is_what_the_surname_leaves(full: str, given: str) -> None:
    assert given_name(full) == given


def test_a_line_leaves_the_prints_of_its_names() -> None:
    prints = roster_prints("李芸", "张一凡", PRINTS.of_name)

    assert prints == (PRINTS.of_name("李芸"), PRINTS.of_name("张一凡"), PRINTS.of_name("一凡"))
    assert roster_prints("李芸", "张静", PRINTS.of_name).given == 0
    assert roster_prints(None, None, PRINTS.of_name) == (0, 0, 0)


def test_a_name_s_print_is_keyed_and_ignores_script_spaces_and_marks() -> None:
    assert PRINTS.of_name("张一凡") == PRINTS.of_name(" 張-一凡🌹") == PRINTS.of_letters("张一凡")
    assert PRINTS.of_name("张一凡") != Prints(b"another").of_name("张一凡")
    assert PRINTS.of_name("张一凡") != PRINTS.of_name("张一平")


def test_a_print_says_how_long_its_name_is_and_is_a_positive_number_of_63_bits() -> None:
    for length in range(1, NAME_LETTERS_MAX + 1):
        found = PRINTS.of_name("凡" * length)
        assert letters_in(found) == length
        assert 0 < found < 1 << 63


def test_what_is_no_person_s_name_has_no_print() -> None:
    prints = Prints(b"key")

    assert prints.of_name("") == prints.of_name("🌹") == 0
    assert prints.of_name("凡" * (NAME_LETTERS_MAX + 1)) == 0


def test_a_print_has_the_tag_of_the_name_s_first_two_letters() -> None:
    first, second, *_ = PRINTS.tags("张一凡今天")

    assert tag_in(PRINTS.of_name("张一凡")) == tag_in(PRINTS.of_name("张一")) == first
    assert tag_in(PRINTS.of_name("一凡")) == second
    assert list(PRINTS.tags("张")) == list(PRINTS.tags("")) == []
    assert list(PRINTS.tags("张一凡")) != list(Prints(b"another").tags("张一凡"))


def test_a_tag_gives_away_no_more_than_twelve_bits_of_a_name() -> None:
    tags = {
        tag_in(PRINTS.of_name(f"{first}{second}"))
        for first in "张王李刘"
        for second in map(chr, range(0x4E00, 0x8000))
    }

    assert len(tags) <= 1 << 12
