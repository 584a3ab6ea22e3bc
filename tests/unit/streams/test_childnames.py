"""Children of the roster in texts: who is meant, what a parent says of the own one, who is family."""

from typing import Any, Final

import pytest

from schemas.event import RosterLine
from streams.childnames import index_of, named_parents, read
from streams.fingerprints import Prints
from streams.people import INDEXED_MAX, People
from streams.said import Said
from streams.state import Group
from streams.text import CHILD
from streams.turn import Turn
from tests.strategies import DAY, NOON, PACKETS, Chat, content, edit, message, policy, roster

CLASS: Final = (
    RosterLine(member_id="t1", role="head_teacher", name="周敏"),
    RosterLine(member_id="p1", role="parent", name="李芸", student="张一凡"),
    RosterLine(member_id="p2", role="parent", name="王磊", student="王浩然"),
    RosterLine(member_id="p3", role="parent", name="赵红", student="王浩然"),
)
BLAME: Final = content("blame", "criticise_child", handling="judgement")


def chat_of(*rules: Any) -> Chat:
    chat = Chat(policy(*(rules or (BLAME,))))
    chat.send(roster("first", NOON - DAY, CLASS))
    return chat


def turn_of(chat: Chat, member: str = "p1") -> Turn:
    group, (pack,) = chat.group(), chat.packs.values()
    return Turn(group, pack, member, group.peek(member), NOON, [], chat.partition._judge.people)


def read_as(
    chat: Chat, monkeypatch: pytest.MonkeyPatch, text: str, said: Said, member: str = "p1"
) -> tuple[list[str], Said, tuple[int, ...]]:
    """The texts that the reader got, what came of its answer, and which children were named."""
    turn = turn_of(chat, member)
    texts = listening(turn, monkeypatch, said)
    found, children = read(turn, message("m", NOON, text, member))
    return texts, found, children


def listening(turn: Turn, monkeypatch: pytest.MonkeyPatch, said: Said) -> list[str]:
    """The texts that the reader will get, who answers this to all of them."""
    texts: list[str] = []

    def listen(text: str, *_: object) -> Said:
        texts.append(text)
        return said

    monkeypatch.setattr(turn.policy, "said", listen)
    return texts


def test_names_of_the_class_are_read_as_a_child_s(monkeypatch: pytest.MonkeyPatch) -> None:
    chat = chat_of()

    texts, _, children = read_as(chat, monkeypatch, "浩然和張一凡打架", Said())

    assert texts == [f"{CHILD}和{CHILD}打架"]
    assert children == (chat.member("p2").child, chat.member("p1").child)


@pytest.mark.parametrize("text", ["明天带伞", "李小龙打架"])
def test_other_texts_are_read_as_they_are(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    assert read_as(chat_of(), monkeypatch, text, Said())[0] == [text]


def test_a_pack_that_asks_for_no_names_reads_texts_as_they_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert read_as(chat_of(PACKETS), monkeypatch, "浩然打架", Said())[0] == ["浩然打架"]


def test_what_a_parent_says_of_the_own_child_is_a_private_matter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    blame = Said(labels=("criticise_child", "abuse"))

    own = read_as(chat_of(), monkeypatch, "一凡太懒了", blame)[1]
    other = read_as(chat_of(), monkeypatch, "浩然太懒了", blame)[1]
    both = read_as(chat_of(), monkeypatch, "一凡和浩然太懒了", blame)[1]

    assert own.labels == ("private_matter", "abuse")
    assert other.labels == both.labels == blame.labels


def test_a_pupil_who_is_named_is_nobody_s_own_child(monkeypatch: pytest.MonkeyPatch) -> None:
    chat, blame = chat_of(), Said(labels=("criticise_child",))
    chat.send(roster("r", NOON, [RosterLine(member_id="s1", role="student", name="张一凡")]))

    assert read_as(chat, monkeypatch, "一凡太懒了", blame, "s1")[1] == blame


def test_a_teacher_has_no_own_child_in_the_class(monkeypatch: pytest.MonkeyPatch) -> None:
    blame = Said(labels=("criticise_child",))

    assert read_as(chat_of(), monkeypatch, "一凡太懒了", blame, "t1")[1] == blame


def test_a_roll_is_told_by_the_names_as_they_were_written() -> None:
    lines = [
        RosterLine(member_id=f"q{i}", role="parent", student=f"{surname}{given}")
        for i, (surname, given) in enumerate(
            zip(
                "李孙周吴郑冯陈褚卫蒋",
                ["明轩", "子涵", "雨桐", "可欣", "嘉怡", "思远", "佳慧", "俊杰", "若曦", "沐阳"],
                strict=True,
            )
        )
    ]
    chat = chat_of(content("roll", "privacy_other", handling="clear"), BLAME)
    chat.send(roster("more", NOON, lines))
    names = "、".join(line.student or "" for line in lines)

    assert read(turn_of(chat), message("m", NOON, names))[0].is_roll


def test_an_edit_is_read_like_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    turn = turn_of(chat_of())
    texts = listening(turn, monkeypatch, Said())

    read(turn, edit("e", "m", NOON, "浩然打人"))

    assert texts == [f"{CHILD}打人"]


def test_a_new_roster_s_children_are_known_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    chat = chat_of()
    read_as(chat, monkeypatch, "早", Said())
    monkeypatch.undo()

    chat.send(roster("r", NOON, [RosterLine(member_id="p4", role="parent", student="陈可欣")]))

    assert read_as(chat, monkeypatch, "可欣打人", Said())[0] == [f"{CHILD}打人"]


def test_a_group_without_a_roster_has_no_children() -> None:
    group = Group("qq", "g", b"qq:g")

    assert index_of(group, People(Prints(b""))) is None


def test_only_so_many_groups_hold_their_children_ready() -> None:
    people, groups = People(Prints(b"")), []
    for number in range(INDEXED_MAX + 1):
        group = Group("qq", str(number), f"qq:{number}".encode())
        group.head.is_rostered = True
        index_of(group, people)
        groups.append(group)

    assert groups[0].named_children is None
    assert all(group.named_children is not None for group in groups[1:])


@pytest.mark.parametrize(
    ("text", "parents"),
    [
        ("浩然妈妈你什么意思", ("p2", "p3")),
        ("王浩然家长出来说清楚", ("p2", "p3")),
        ("浩然他爸别装死", ("p2", "p3")),
        ("浩然同学的媽媽管管", ("p2", "p3")),
        ("浩然今天没来", ()),
        ("一凡妈妈来了", ()),
        ("李雷妈妈来了", ()),
    ],
)
def test_a_member_is_named_by_the_child_and_the_relation(
    text: str, parents: tuple[str, ...]
) -> None:
    """Nobody names himself."""
    assert named_parents(turn_of(chat_of()), text) == parents
