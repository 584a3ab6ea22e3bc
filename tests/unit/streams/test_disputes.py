"""Disputes: who is at odds with whom, one review for the pair, and what waits for it."""

from typing import Any

import pytest

from schemas.event import RosterLine
from schemas.policy import Beside, Where
from streams.parts import DISPUTES, DISPUTES_MAX, Disputes
from tests.strategies import (
    MINUTE,
    NOON,
    PACKETS,
    TEACHERS,
    Chat,
    command,
    content,
    edit,
    kinds,
    message,
    policy,
    red_packet,
    roster,
)

WORDS = "你家孩子先动手的，凭什么怪我们家孩子"
INSULT = "傻逼东西"
QUARREL = content("quarrel", "conflict", handling="judgement", clause="C11")
PLAIN = policy(QUARREL)


def chat_of(*rules: Any, **more: Any) -> Chat:
    chat = Chat(policy(*(rules or (QUARREL,)), **more))
    chat.send(roster())
    return chat


def against(event_id: str, other: str, member: str = "p1", at: int = NOON) -> Any:
    return message(event_id, at, WORDS, member, mentions=(other,))


# --- the other side


def test_whoever_is_answered_is_the_other_side() -> None:
    chat = chat_of()
    chat.send(message("e0", NOON, "早", "p2"))

    remind, review = chat.send(message("e1", NOON, WORDS, reply_to="e0"))

    assert (remind.kind, review.kind) == ("remind", "review")
    assert review.params["other_side"] == "p2"


def test_whoever_is_named_by_child_and_relation_is_the_other_side() -> None:
    chat = chat_of()
    child = RosterLine(member_id="p2", role="parent", student="王浩然")
    chat.send(roster("roster2", lines=(child,)))

    review = chat.send(message("e0", NOON, f"浩然妈妈，{WORDS}"))[-1]

    assert (review.kind, review.params["other_side"]) == ("review", "p2")
    assert chat.send(message("e1", NOON, f"浩然，{WORDS}", "p3")) == []


@pytest.mark.parametrize(("wait", "heard"), [(10 * MINUTE, True), (10 * MINUTE + 1, False)])
def test_an_answer_to_nobody_is_against_who_attacked_its_writer(wait: int, heard: bool) -> None:
    chat = chat_of()
    chat.send(against("e0", "p2"))

    answer = chat.send(message("e1", NOON + wait, WORDS, "p2"))

    assert kinds(answer) == (["remind@p2"] if heard else [])


def test_an_insult_makes_its_answer_a_quarrel_too() -> None:
    insult = content("words", "abuse", handling="speech")
    chat = chat_of(QUARREL, insult)
    chat.send(message("e0", NOON, INSULT, mentions=("p2",)))

    review = chat.send(message("e1", NOON, WORDS, "p2"))[-1]

    assert (review.kind, review.params["other_side"]) == ("review", "p1")
    assert review.evidence == ("e0", "e1")


def test_the_newest_attack_is_answered_whatever_order_the_words_came_in() -> None:
    chat = chat_of()
    chat.send(against("e1", "p2", "p3", NOON + 2), against("e0", "p2", "p1", NOON + 1))

    (remind,) = chat.send(message("e2", NOON + 3, WORDS, "p2"))

    assert remind.evidence == ("e1", "e2")


def test_a_trial_s_finding_makes_no_answer_a_quarrel() -> None:
    insult = content("words", "abuse", handling="speech", state="shadow")
    chat = chat_of(QUARREL, insult)
    chat.send(message("e0", NOON, INSULT, mentions=("p2",)))

    assert chat.send(message("e1", NOON, WORDS, "p2")) == []


def test_quarrelling_words_that_are_kept_are_bounded_and_are_no_texts() -> None:
    chat = chat_of()
    chat.send(*(against(f"e{i}", f"q{i}", "p1", NOON + i) for i in range(99)))

    kept = chat.group().look(DISPUTES, Disputes)

    assert kept is not None
    assert len(kept.known) == DISPUTES_MAX
    assert kept.known[-1].message == "e98"


# --- one review for the pair


def test_both_sides_have_one_review_and_each_writer_a_reminder() -> None:
    chat = chat_of()
    first = chat.send(against("e0", "p2"))

    assert kinds(first) == ["remind", "review"]
    assert kinds(chat.send(against("e1", "p1", "p2"))) == ["remind@p2"]
    assert kinds(chat.send(against("e2", "p2"))) == ["remind"]
    assert chat.member("p2").reviews == ()
    assert chat.member().reviews[0].evidence == ["e0", "e1", "e2"]


def test_a_third_member_s_dispute_is_another() -> None:
    chat = chat_of()
    chat.send(against("e0", "p2"))

    assert kinds(chat.send(against("e1", "p3"))) == ["remind", "review"]


@pytest.mark.parametrize("again", [("p1", "p2"), ("p2", "p1")])
def test_after_it_is_closed_a_new_quarrel_opens_a_new_one(again: tuple[str, str]) -> None:
    chat = chat_of()
    chat.send(against("e0", "p2"), command("c", "reject", NOON, "p1"))

    writer, other = again
    (_, review) = chat.send(against("e1", other, writer, NOON + 1))

    assert (review.kind, review.member_id) == ("review", writer)


def test_approval_takes_the_writer_s_words_away_and_not_the_other_side_s() -> None:
    chat = chat_of()
    chat.send(against("e0", "p2"), against("e1", "p1", "p2"), against("e2", "p2"))

    actions = chat.send(command("c", "approve", NOON, "p1"))

    assert kinds(actions) == ["delete", "delete", "remind"]
    assert [a.params["message_id"] for a in actions[:2]] == ["e0", "e2"]
    assert (chat.strikes("p1"), chat.strikes("p2")) == (1, 0)


def test_an_edit_may_quarrel_too() -> None:
    chat = chat_of()
    chat.send(against("e0", "p2"), message("e1", NOON, "早", "p2"))

    assert kinds(chat.send(edit("x", "e1", NOON, WORDS, "p2"))) == ["remind@p2"]


# --- with whom


def test_a_rule_may_be_about_disputes_with_staff_alone() -> None:
    rule = content(
        "teachers",
        "conflict",
        handling="judgement",
        where=Where(other_side=("staff",)),
        to="school_office",
        beside=(Beside(about="other_side", remind="已转学校办公室"),),
    )
    chat = chat_of(rule)

    with_teacher = chat.send(against("e0", "t2"))

    assert kinds(with_teacher) == ["remind", "review", "remind@t2"]
    assert with_teacher[1].params["to_role"] == "school_office"
    assert chat.send(against("e1", "p2")) == []
    assert chat.send(against("e2", "nobody")) == []


def test_a_teacher_s_quarrel_is_heard_by_the_office_once_for_the_pair() -> None:
    chat = chat_of()
    chat.send(against("e0", "t2"))

    assert chat.send(against("e1", "p1", "t2")) == []
    (review,) = chat.send(against("e2", "p3", "t2"))
    assert (review.kind, review.params["to_role"]) == ("review", "school_office")


# --- what waits


HOLDING = content(
    "quarrel",
    "conflict",
    handling="judgement",
    hold=True,
    beside=(Beside(about="other_side", remind="请说说您的看法"),),
)
MUTING = content("packets", "red_packet", do=("remind", "mute"))


def test_both_sides_are_asked_when_the_dispute_opens_and_not_by_every_word() -> None:
    chat = chat_of(HOLDING)

    assert kinds(chat.send(against("e0", "p2"))) == ["remind", "review", "remind@p2"]
    assert kinds(chat.send(against("e1", "p2"))) == ["remind"]


@pytest.mark.parametrize("member", ["p1", "p2"])
def test_nobody_of_an_open_dispute_is_muted_by_the_system(member: str) -> None:
    chat = chat_of(HOLDING, MUTING)
    chat.send(against("e0", "p2"))

    assert "mute" not in [a.kind for a in chat.send(red_packet("r0", NOON, member))]
    assert kinds(chat.send(command("m", "mute", NOON, member))) == kinds_of("mute", member)
    chat.send(command("c", "reject", NOON, "p1"))
    assert "mute" in [a.kind for a in chat.send(red_packet("r1", NOON, member))]
    kept = chat.group().look(DISPUTES, Disputes)
    assert kept is not None
    assert kept.held == []


def kinds_of(kind: str, member: str) -> list[str]:
    return [kind if member == "p1" else f"{kind}@{member}"]


@pytest.mark.parametrize("member", ["p1", "p2"])
def test_nobody_of_an_open_dispute_is_proposed_for_removal(member: str) -> None:
    chat = chat_of(HOLDING, PACKETS, ladder="owner_removes")
    chat.send(against("e0", "p2"))

    review = chat.send(red_packet("r0", NOON, member))[-1]
    assert (review.kind, "proposal" in review.params) == ("review", False)

    chat.send(command("c0", "reject", NOON, member), command("c1", "reject", NOON, "p1"))
    review = chat.send(red_packet("r1", NOON, member))[-1]
    assert review.params["proposal"] == "remove"


def test_a_dispute_s_review_serves_a_ladder_that_wants_a_look() -> None:
    chat = Chat(policy(HOLDING, PACKETS))
    chat.send(roster(lines=(*TEACHERS, RosterLine(member_id="p1", role="parent"))))
    chat.send(red_packet("r0", NOON), red_packet("r1", NOON))

    both = message("e0", NOON, WORDS, mentions=("p2",), attachments=red_packet("x").attachments)
    actions = chat.send(both)

    assert kinds(actions) == ["delete", "remind", "review", "remind@p2"]
    assert actions[2].params["other_side"] == "p2"
    assert chat.member().reviews[0].hold
