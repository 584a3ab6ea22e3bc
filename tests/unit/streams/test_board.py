"""Chains of acknowledgements under a notice that asks for none."""

import msgspec
import pytest

from schemas.action import Action
from schemas.event import Command, CommandCall, Message
from schemas.policy import Count, When
from streams.parts import BOARD, Board
from tests.strategies import (
    CHAIN,
    HOUR,
    MINUTE,
    NOON,
    Chat,
    edit,
    kinds,
    message,
    policy,
    recall,
    roster,
)


def chat_of(*rules: object) -> Chat:
    chat = Chat(policy(*(rules or (CHAIN,))))  # type: ignore[arg-type]
    chat.send(roster(at=NOON - HOUR))
    return chat


def said(
    event_id: str = "n1", at: int = NOON, text: str = "明天降温", member: str = "t1"
) -> Message:
    return message(event_id, at, text, member)


def acks(*members: str, at: int = NOON + 1, **more: object) -> list[Message]:
    return [message(f"{who}-{at}", at + i, "收到", who, **more) for i, who in enumerate(members)]


def notices(actions: list[Action]) -> list[tuple[str, ...]]:
    return [action.evidence for action in actions if action.kind == "notice"]


def test_the_third_member_s_acknowledgement_brings_one_notice_in_the_group() -> None:
    chat = chat_of()
    chat.send(said())

    assert chat.send(*acks("p1", "p2")) == []
    (notice,) = chat.send(*acks("p3", at=NOON + 10))

    assert (notice.kind, notice.member_id, notice.rule) == ("notice", None, "chain")
    assert notice.evidence == (f"p1-{NOON + 1}", f"p2-{NOON + 1}", f"p3-{NOON + 10}")
    assert chat.send(*acks("p4", "p5", "p6", at=NOON + 20)) == []


def test_one_member_three_times_is_no_chain() -> None:
    chat = chat_of()
    chat.send(said(), *acks("p1", "p1", "p2"))

    assert chat.send(*acks("p2", at=NOON + 10)) == []


@pytest.mark.parametrize("text", ["明天降温，收到请回复", "明天谁来？"])
def test_what_asks_has_no_chain(text: str) -> None:
    chat = chat_of()

    assert chat.send(said(text=text), *acks("p1", "p2", "p3")) == []


def test_each_message_of_the_staff_has_its_own_chain() -> None:
    chat = chat_of()
    chat.send(said(), *acks("p1", "p2"), said("n2", NOON + MINUTE))

    assert chat.send(*acks("p3", "p1", at=NOON + MINUTE + 1)) == []
    assert len(chat.send(*acks("p2", at=NOON + MINUTE + 9))) == 1


def test_an_acknowledgement_belongs_to_the_message_that_it_replies_to() -> None:
    chat = chat_of()
    chat.send(said(), said("n2", NOON + 1))

    chat.send(*acks("p1", "p2", at=NOON + 2, reply_to="n1"))
    assert chat.send(*acks("p3", at=NOON + 9)) == []
    assert len(chat.send(*acks("p4", at=NOON + 10, reply_to="n1"))) == 1


def test_an_answer_to_a_parent_is_under_no_notice() -> None:
    chat = chat_of()
    chat.send(said(), message("m", NOON + 1, "群里发课表了", "p9"))

    assert chat.send(*acks("p1", "p2", "p3", at=NOON + 2, reply_to="m")) == []


def test_without_any_notice_there_is_no_chain() -> None:
    assert chat_of().send(*acks("p1", "p2", "p3")) == []


def test_an_acknowledgement_of_a_colleague_is_neither_notice_nor_link() -> None:
    chat = chat_of()
    chat.send(said(text="明天来，请回复"), message("k", NOON + 1, "收到", "t2"))

    assert chat.send(*acks("p1", "p2", "p3", at=NOON + 2)) == []


def test_a_notice_that_comes_after_its_acknowledgements_finds_them() -> None:
    chat = chat_of()
    chat.send(*acks("p1", "p2", "p3", at=NOON + MINUTE))

    assert notices(chat.send(said())) == [
        (f"p1-{NOON + MINUTE}", f"p2-{NOON + MINUTE}", f"p3-{NOON + MINUTE}", "n1")
    ]


def test_a_recalled_acknowledgement_counts_no_more() -> None:
    chat = chat_of()
    chat.send(said(), *acks("p1", "p2"))
    chat.send(recall("r", f"p1-{NOON + 1}", NOON + 5, "p1"))

    assert chat.send(*acks("p3", at=NOON + 6)) == []


def test_under_a_recalled_notice_there_is_no_chain() -> None:
    chat = chat_of()
    chat.send(said("n0", NOON - 1), said(), recall("r", "n1", NOON + 1, "t1"))

    assert chat.send(*acks("p1", "p2", "p3", at=NOON + 2)) == []


def test_an_edit_that_asks_ends_the_chain() -> None:
    chat = chat_of()
    chat.send(said(), *acks("p1", "p2"), edit("x", "n1", NOON + 5, "明天降温，请回复", "t1"))

    assert chat.send(*acks("p3", at=NOON + 6)) == []


def test_while_a_topic_is_open_there_is_no_chain() -> None:
    chat = chat_of()
    topic = Command(
        id="c",
        platform="qq",
        group_id="g1",
        sent_at=NOON,
        member_id="t1",
        command=CommandCall(name="notice", args={"topic": "旅行", "minutes": 10}),
    )
    chat.send(said(), topic)

    assert chat.send(*acks("p1", "p2", "p3")) == []
    assert len(chat.send(*acks("p1", "p2", "p3", at=NOON + 10 * MINUTE))) == 1


def test_more_members_may_be_needed() -> None:
    four = msgspec.structs.replace(
        CHAIN, when=When(count=Count(of="members", at_least=4, by="notice"))
    )
    chat = chat_of(four)

    assert chat.send(said(), *acks("p1", "p2", "p3")) == []
    assert kinds(chat.send(*acks("p4", at=NOON + 9))) == ["notice@None"]


def test_of_acknowledgements_from_which_nothing_follows_nothing_is_kept() -> None:
    chat = chat_of()
    chat.send(said(), *acks("p1", "p2", "p3", "p4", "p5"))
    board = chat.group().look(BOARD, Board)

    assert board is not None
    assert len(board.acks) == 3
    assert chat.group().chain_is_over
    chat.send(said("n2", NOON + MINUTE))
    assert len(chat.send(*acks("p1", "p2", "p3", at=NOON + MINUTE + 1))) == 1
