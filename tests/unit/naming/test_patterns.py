"""Which display names are as a pattern has them, and what a member is told."""

from typing import Any

import pytest

from streams.fingerprints import Prints
from streams.naming.patterns import (
    LETTERS_MAX,
    PARTS_MAX,
    NamePattern,
    asked,
    fits,
    other_relation,
)

PRINTS = Prints(b"key")
OWN = PRINTS.of_name("韩雪")
CHILD = PRINTS.of_name("张一凡")

PARENTS = ("爸爸", "媽媽")
MOTHER_OR_FATHER = NamePattern.of(["parent"], is_="{child}{relation}", relations=PARENTS)
ANY_RELATION = NamePattern.of(["parent"], is_="{child}{relation}")
HAS_CHILD = NamePattern.of(["parent"], has="{child}")
TEACHER = NamePattern.of(["staff"], is_="{subject}{name}")
OWN_NAME = NamePattern.of(["staff"], is_="{name}")


def is_right(name: str, *patterns: NamePattern, own: int = OWN, child: int = CHILD) -> bool:
    return fits(name, patterns, own, child, PRINTS.of_name)


# --- fits


@pytest.mark.parametrize(
    "name",
    ["张一凡妈妈", "張一凡媽媽", "张一凡 爸爸", "张一凡-妈妈", "★张一凡★妈妈🌹", "张 一 凡(爸爸)"],
)
def test_marks_spaces_and_script_change_no_name(name: str) -> None:
    assert is_right(name, MOTHER_OR_FATHER)


@pytest.mark.parametrize(
    "name",
    [
        "张一凡",
        "一凡妈妈",
        "妈妈张一凡",
        "张一凡的妈妈",
        "三班张一凡妈妈",
        "刘子墨妈妈",
        "张一凡奶奶",
        "妈妈",
        "🌹",
        "",
    ],
)
def test_a_whole_name_has_its_parts_alone_and_in_order(name: str) -> None:
    assert not is_right(name, MOTHER_OR_FATHER)


@pytest.mark.parametrize("relation", ["妈妈", "妈", "奶奶", "外婆", "姥爷", "叔叔", "姨妈"])
def test_without_relations_of_its_own_a_pattern_takes_any(relation: str) -> None:
    assert is_right(f"张一凡{relation}", ANY_RELATION)


def test_a_name_that_has_the_child_s_may_say_more_around_it() -> None:
    for name in ("张一凡", "三班張一凡媽媽", "我是张 一凡的爸爸"):
        assert is_right(name, HAS_CHILD)
    for name in ("一凡妈妈", "张一平妈妈", "岁月静好"):
        assert not is_right(name, HAS_CHILD)


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("语文韩雪", True),
        ("语文-韩雪", True),
        ("道德与法治韩雪", True),
        ("韩雪", False),
        ("韩老师", False),
        ("语文韩雪老师", False),
        ("韩雪语文", False),
    ],
)
def test_a_teacher_s_name_is_subject_and_name(name: str, right: bool) -> None:
    assert is_right(name, TEACHER) is right


def test_a_pack_s_own_subjects_take_the_place_of_the_usual() -> None:
    chess = NamePattern.of(["staff"], is_="{subject}{name}", subjects=["围棋"])

    assert is_right("圍棋韩雪", chess)
    assert not is_right("语文韩雪", chess)


def test_letters_between_slots_must_stand_there() -> None:
    pattern = NamePattern.of(["parent"], is_="3班-{child}的{relation}")

    assert is_right("３班张一凡的妈妈", pattern)
    assert not is_right("张一凡的妈妈", pattern)
    assert not is_right("3班张一凡妈妈", pattern)


def test_every_way_to_part_a_name_is_tried() -> None:
    aunt = NamePattern.of(["parent"], is_="{relation}妈{child}", relations=["姨", "姨妈"])

    assert is_right("姨妈张一凡", aunt)
    assert is_right("姨妈妈张一凡", aunt)


def test_one_pattern_that_fits_is_enough() -> None:
    assert is_right("韩雪", TEACHER, OWN_NAME)
    assert not is_right("韩雪", TEACHER)


def test_without_patterns_any_name_fits() -> None:
    assert is_right("★★★")


def test_who_has_no_child_on_the_roster_is_not_asked_for_its_name() -> None:
    assert is_right("岁月静好", HAS_CHILD, child=0)
    assert is_right("岁月静好", MOTHER_OR_FATHER, child=0)
    assert not is_right("岁月静好", OWN_NAME, child=0)


def test_of_a_long_name_the_first_letters_are_looked_at() -> None:
    filler = "长" * (LETTERS_MAX - 3)

    assert is_right(f"{filler}张一凡", HAS_CHILD)
    assert not is_right(f"长{filler}张一凡", HAS_CHILD)
    assert not is_right(f"张一凡妈妈{filler}", MOTHER_OR_FATHER)


def test_what_is_longer_than_the_letters_that_are_looked_at_is_no_whole_name() -> None:
    long = NamePattern.of(["parent"], is_="{child}" + "长" * (LETTERS_MAX - 3))

    assert is_right("张一凡" + "长" * (LETTERS_MAX - 3), long)
    assert not is_right("张一凡" + "长" * (LETTERS_MAX - 2), long)


def test_the_work_is_bounded_by_the_letters_that_are_looked_at() -> None:
    tried = 0

    def count(_: str) -> int:
        nonlocal tried
        tried += 1
        return 0

    many = NamePattern.of(["parent"], has="{child}" * PARTS_MAX)
    assert not fits("张一凡" * 100_000, [many], OWN, CHILD, count)
    assert tried <= LETTERS_MAX


# --- patterns


@pytest.mark.parametrize(
    ("more", "fault"),
    [
        ({}, "one of `is` and `has`"),
        ({"is_": "{child}", "has": "{child}"}, "one of `is` and `has`"),
        ({"is_": ""}, "empty"),
        ({"has": "--"}, "empty"),
        ({"is_": "{kid}"}, "{kid} is no slot .*{child}, {name}, {relation}, {subject}"),
        ({"is_": "{child"}, "brace"),
        ({"is_": "child}"}, "brace"),
        ({"is_": "{child}-" * PARTS_MAX}, "parts"),
        ({"is_": "{child}{relation}", "relations": ["★"]}, "no letter"),
    ],
)
def test_a_pattern_that_can_t_be_one_is_refused_in_one_line(
    more: dict[str, Any], fault: str
) -> None:
    with pytest.raises(ValueError, match=fault) as caught:
        NamePattern.of(["parent"], **more)
    assert "\n" not in str(caught.value)


# --- asked


@pytest.mark.parametrize(
    ("patterns", "sentence"),
    [
        (
            [NamePattern.of(["parent"], is_="{child}{relation}", relations=["爸爸", "妈妈"])],
            "请把群昵称改为“孩子姓名+爸爸/妈妈”，例如“某某某妈妈”",
        ),
        ([ANY_RELATION], "请把群昵称改为“孩子姓名+爸爸/妈妈/爷爷/奶奶等”，例如“某某某妈妈”"),
        ([HAS_CHILD], "请把群昵称改为含有“孩子姓名”的名字，例如“某某某”"),
        ([TEACHER], "请把群昵称改为“任教学科+本人姓名”，例如“语文某某某”"),
        (
            [OWN_NAME, HAS_CHILD],
            "请把群昵称改为“本人姓名”，或含有“孩子姓名”的名字，例如“某某某”",
        ),
        (
            [NamePattern.of(["parent"], is_="三班-{child}的{relation}", relations=["家长"])],
            "请把群昵称改为“三班-孩子姓名的家长”，例如“三班-某某某的家长”",
        ),
        ([], ""),
    ],
)
def test_a_member_is_told_what_the_name_should_be(
    patterns: list[NamePattern], sentence: str
) -> None:
    assert asked(patterns) == sentence


@pytest.mark.parametrize("pattern", [MOTHER_OR_FATHER, ANY_RELATION, HAS_CHILD, TEACHER, OWN_NAME])
def test_the_example_is_one_that_fits(pattern: NamePattern) -> None:
    example = asked([pattern]).split("“")[-1].removesuffix("”")
    nobody = PRINTS.of_name("某某某")

    assert is_right(example, pattern, own=nobody, child=nobody)


# --- other relations


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("陈可欣奶奶", True),
        ("陳可欣外婆", True),
        ("王阿姨", True),
        ("可欣姨妈", True),
        ("可欣小舅妈", True),
        ("外公-陈可欣", True),
        ("陈可欣妈妈的姐姐", True),
        ("陈可欣妈妈", False),
        ("陈可欣媽媽", False),
        ("可欣妈", False),
        ("外婆(陈可欣妈妈)", False),
        ("陈可欣", False),
        ("爱笑的小姐姐", False),
        ("岁月静好", False),
        ("", False),
    ],
)
def test_a_name_says_another_relation_than_mother_or_father(name: str, other: bool) -> None:
    assert other_relation(name, PARENTS) is other


def test_another_word_for_an_allowed_relation_is_no_other() -> None:
    assert not other_relation("可欣姥姥", ["外婆"])
    assert not other_relation("可欣外婆", ["姥姥"])
    assert other_relation("可欣妈妈", ["外婆"])
