"""Which children of a class a text names."""

from collections.abc import Sequence

import pytest

from streams.fingerprints import Prints
from streams.naming.children import LETTERS_MAX, SHARED_MAX, ChildIndex
from streams.naming.roster import roster_prints

PRINTS = Prints(b"key")
CLASS = ("张一凡", "刘子墨", "陈可欣", "王浩然", "赵雨桐", "高博", "欧阳明轩", "张杨知夏")


def index(names: Sequence[str], prints: Prints = PRINTS) -> ChildIndex[str]:
    lines = [(name, *roster_prints(None, name, prints.of_name)[1:]) for name in names]
    return ChildIndex(lines, prints)


CHILDREN = index(CLASS)


def named(text: str, children: ChildIndex[str] = CHILDREN) -> list[tuple[str, str]]:
    """The children with the letters that name them."""
    return [(key, text[start:end]) for key, start, end in children.named(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("张一凡今天没交作业", [("张一凡", "张一凡")]),
        ("請問張一凡到了嗎", [("张一凡", "張一凡")]),
        ("张 一*凡又迟到", [("张一凡", "张 一*凡")]),
        ("子墨上课捣乱", [("刘子墨", "子墨")]),
        ("🌹子墨，刘子墨", [("刘子墨", "子墨"), ("刘子墨", "刘子墨")]),
        ("欧阳明轩和明轩", [("欧阳明轩", "欧阳明轩"), ("欧阳明轩", "明轩")]),
        ("张杨知夏、知夏", [("张杨知夏", "张杨知夏"), ("张杨知夏", "知夏")]),
        ("高博没来", [("高博", "高博")]),
        ("雨 桐家长请看", [("赵雨桐", "雨 桐")]),
        ("老师说明天要检查", []),
        ("", []),
        ("🌹", []),
        ("\ud800一凡", [("张一凡", "一凡")]),
    ],
)
def test_children_are_found_by_full_and_by_given_names(
    text: str, found: list[tuple[str, str]]
) -> None:
    assert named(text) == found


@pytest.mark.parametrize("text", ["吴一凡没来", "林浩然家长", "表扬马子墨", "吴一凡妈妈"])
def test_a_given_name_behind_another_surname_is_somebody_else(text: str) -> None:
    assert named(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "大家可欣赏音乐",
        "新买的子墨水好用",
        "浩然正气",
        "看浩，然后写",
        "第一。凡是没交的",
        "第一\n凡是没交的",
        "他身高博士帽都戴不上",
    ],
)
def test_letters_that_belong_to_other_words_name_nobody(text: str) -> None:
    assert named(text) == []


@pytest.mark.parametrize(
    ("text", "child"),
    [
        ("浩然后来哭了", "王浩然"),
        ("子墨水平很高", "刘子墨"),
        ("明天一凡要带水彩笔", "张一凡"),
        ("可欣和雨桐吵架了", "陈可欣"),
        ("大家可来，可欣，赏花去", "陈可欣"),
        ("关于一凡的事", "张一凡"),
        ("昨天说明轩迟到了", "欧阳明轩"),
        ("一凡是小组长", "张一凡"),
        ("第二名是吴，一凡第三", "张一凡"),
    ],
)
def test_a_name_beside_a_word_is_still_a_name(text: str, child: str) -> None:
    assert child in [key for key, _ in named(text)]


WORDLIKE = index(["王高兴", "李天天", "周阳光", "张文静", "赵小红", "安宁", "钱天文"])


@pytest.mark.parametrize(
    "text",
    [
        "今天真高兴",
        "天天迟到怎么行",
        "阳光体育节",
        "高兴同学们都来了",
        "阳光家长会",
        "她很文静",
        "红花要发给小红花墙",
        "宿舍安宁",
        "真高兴，同学也高兴",
        "周末去参观天文台",
    ],
)
def test_a_given_name_that_is_a_word_names_nobody_in_ordinary_sentences(text: str) -> None:
    assert named(text, WORDLIKE) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("高兴同学今天没来", [("王高兴", "高兴")]),
        ("天天妈妈在吗", [("李天天", "天天")]),
        ("王高兴今天真高兴", [("王高兴", "王高兴")]),
        ("安宁妈妈在吗", [("安宁", "安宁")]),
        ("文静没交作业", [("张文静", "文静")]),
    ],
)
def test_such_a_name_counts_in_full_or_with_a_person_s_word_behind_it(
    text: str, found: list[tuple[str, str]]
) -> None:
    assert named(text, WORDLIKE) == found


def test_a_full_name_comes_before_a_shorter_one_that_it_holds() -> None:
    children = index(["张子", "张子墨", "子墨涵"])

    assert named("张子墨涵", children) == [("张子墨", "张子墨")]
    assert named("张子来了", children) == [("张子", "张子")]


def test_a_shared_given_name_names_each_but_where_the_full_name_says_which() -> None:
    children = index(["刘子墨", "张子墨"])

    assert [key for key, _ in named("子墨没来", children)] == ["刘子墨", "张子墨"]
    assert [key for key, _ in named("张子墨没来，子墨病了", children)] == ["张子墨", "张子墨"]
    assert children.replaced("子墨没来", "某") == "某没来"


def test_a_given_name_that_many_share_names_nobody() -> None:
    many = index([f"{surname}子墨" for surname in "王李张刘陈"])

    assert len(many.named("王子墨")) == 1
    assert SHARED_MAX < 5
    assert many.named("子墨没来") == ()


def test_of_two_with_one_name_the_first_one_s_key_stands() -> None:
    full, given = PRINTS.of_name("张一凡"), PRINTS.of_name("一凡")
    children = ChildIndex([("mother", full, given), ("father", full, given)], PRINTS)

    assert [one.key for one in children.named("张一凡，一凡")] == ["mother", "mother"]


def test_names_of_one_letter_and_none_name_nobody() -> None:
    children = ChildIndex(
        [
            ("none", 0, 0),
            ("one", PRINTS.of_name("凡"), 0),
            ("two", PRINTS.of_name("张凡"), PRINTS.of_name("凡")),
        ],
        PRINTS,
    )

    assert [one.key for one in children.named("凡来了，张凡没来")] == ["two"]


def test_a_name_with_the_father_s_behind_it_is_found_both_ways() -> None:
    children = index(["艾力·买买提"])

    assert named("艾力买买提到了", children) == [("艾力·买买提", "艾力买买提")]
    assert named("艾力到了", children) == [("艾力·买买提", "艾力")]


def test_names_are_replaced_where_they_stand() -> None:
    assert CHILDREN.replaced("🌹張一凡和子墨，都很好！", "某同学") == "🌹某同学和某同学，都很好！"
    assert CHILDREN.replaced("都很好！", "某同学") == "都很好！"


def test_an_index_without_children_finds_none() -> None:
    assert index([]).named("张一凡") == ()


def test_a_text_that_names_nobody_is_seldom_hashed_with_the_key() -> None:
    asked: list[str] = []

    class Counted(Prints):
        def of_letters(self, letters: str) -> int:
            asked.append(letters)
            return super().of_letters(letters)

    children = index(CLASS, Counted(b"key"))
    asked.clear()
    for number in range(100):
        children.named(f"今天的作业写完了吗第{number}页明天要检查一下")

    assert len(asked) <= 200


def test_of_a_long_text_the_first_letters_are_looked_at() -> None:
    filler = "长" * (LETTERS_MAX - 3)

    assert named(f"{filler}张一凡") == [("张一凡", "张一凡")]
    assert named(f"长{filler}张一凡") == []
