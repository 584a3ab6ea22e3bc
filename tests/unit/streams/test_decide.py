"""From findings to actions: ids, recipients, expiry, words."""

import pytest

from schemas.event import RosterLine
from schemas.policy import Beside, Rule, Settings, When
from streams.turn import expiry
from tests.strategies import (
    DAY,
    MINUTE,
    NOON,
    PACKETS,
    TEACHERS,
    Chat,
    command,
    content,
    join,
    kinds,
    message,
    policy,
    red_packet,
    roster,
)


def test_each_further_role_is_told_by_an_action_of_its_own() -> None:
    rule = content("bad", "red_packet", escalate=("owner", "school_office"))
    actions = Chat(policy(rule)).send(red_packet("r"))

    told = [action for action in actions if action.kind == "escalate"]

    assert [action.params["to_role"] for action in told] == ["owner", "school_office"]
    assert len({action.id for action in actions}) == len(actions)


def test_the_ladder_s_hand_over_and_a_rule_s_have_ids_of_their_own() -> None:
    rule = content("bad", "red_packet", escalate=("owner",))
    chat = Chat(policy(rule, ladder="three_steps"))
    chat.send(red_packet("r0"), red_packet("r1", NOON + 1))

    actions = chat.send(red_packet("r2", NOON + 2))

    assert kinds(actions) == ["delete", "escalate", "escalate"]
    assert len({action.id for action in actions}) == 3


def test_the_same_log_gives_the_same_ids_and_another_policy_gives_others() -> None:
    log = [red_packet("r0"), red_packet("r1", NOON + 1)]
    ids = [action.id for action in Chat(policy(PACKETS)).send(*log)]

    assert [action.id for action in Chat(policy(PACKETS)).send(*log)] == ids
    assert {a.id for a in Chat(policy(PACKETS, version="2")).send(*log)}.isdisjoint(ids)


@pytest.mark.parametrize(
    ("kind", "after"),
    [
        ("remind", 30 * MINUTE),
        ("notice", 30 * MINUTE),
        ("welcome", 30 * MINUTE),
        ("rename_request", 30 * MINUTE),
        ("delete", DAY),
        ("remove", DAY),
        ("report", DAY),
        ("purge", 7 * DAY),
        ("unmute", None),
        ("unmute_all", None),
        ("review", None),
        ("escalate", None),
    ],
)
def test_a_kind_expires_as_the_contract_says(kind: object, after: int | None) -> None:
    assert expiry(kind, NOON, {}) == (None if after is None else NOON + after)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["mute", "mute_all"])
def test_a_mute_expires_with_its_duration(kind: object) -> None:
    assert expiry(kind, NOON, {"duration_s": 90}) == NOON + 90_000  # type: ignore[arg-type]


def test_an_admin_is_not_asked_about_himself() -> None:
    chat = Chat(policy(content("bad", "red_packet", handling="severe"), review_to="admin"))
    chat.send(join("j", NOON, "p1", platform_role="admin"))

    review = chat.send(red_packet("r"))[-1]

    assert review.params["to_role"] == "head_teacher"


def test_an_explanation_is_a_sentence_with_the_counts_that_decided() -> None:
    delete, remind = Chat(policy()).send(*(message(f"e{i}", NOON + i, "团购") for i in range(3)))

    assert delete.explain == "10分钟内连续3条相同内容，删除这条消息；现有违规1次。"
    assert remind.explain == "10分钟内连续3条相同内容，私下提醒；现有违规1次。"


def test_a_reminder_quotes_the_covenant_and_never_the_member() -> None:
    settings = Settings(office_contact="010-12345678")
    rule = content("words", "abuse", handling="speech")
    chat = Chat(policy(rule, settings=settings))

    remind = chat.send(message("e0", text="傻逼东西"))[1]

    assert "不发words" in remind.params["text"]
    assert "010-12345678" in remind.params["text"]
    assert "傻逼" not in str(remind)


def test_a_rule_may_have_words_of_its_own() -> None:
    rule = content("words", "red_packet", remind="请把红包留给孩子")

    assert "请把红包留给孩子" in Chat(policy(rule)).send(red_packet("r"))[1].params["text"]


def test_staff_get_one_private_reminder_of_all_that_binds_them() -> None:
    ads = content("ads", "ad", clause="C1")
    grades = content("grades", "grades", clause="C2")
    chat = Chat(policy(ads, grades))
    chat.send(roster())

    actions = chat.send(
        message("e0", NOON, "低价出游戏账号,扫码进店下单；期中成绩排名：第一名王浩然", "t2")
    )

    assert kinds(actions) == ["remind@t2", "review@t2"]
    assert actions[0].params["clauses"] == ["test#C1", "test#C2"]
    assert actions[1].params["to_role"] == "school_office"


def test_a_rule_may_name_its_own_actions_and_the_ladder_adds_its_own() -> None:
    rule = content("ads", "red_packet", do=("remind",))
    chat = Chat(policy(rule, ladder="owner_removes"))

    assert kinds(chat.send(red_packet("r"))) == ["remind", "review"]


def test_a_rule_may_be_answered_once_and_never_again() -> None:
    chat = Chat(policy(content("packets", "red_packet", do=("remind",), strike=0, once="ever")))

    assert kinds(chat.send(red_packet("r0"))) == ["remind"]
    assert chat.send(red_packet("r1", NOON + 9 * DAY)) == []
    assert kinds(chat.send(red_packet("r2", NOON + 9 * DAY, "p2"))) == ["remind@p2"]


def test_a_quarrel_is_reviewed_and_its_writer_reminded() -> None:
    rule = content("quarrel", "conflict", handling="judgement")
    chat = Chat(policy(rule))

    actions = chat.send(
        message("e0", text="你家孩子先动手的，凭什么怪我们家孩子", mentions=("p2",))
    )

    assert kinds(actions) == ["remind", "review"]
    assert actions[1].params == {
        "to_role": "head_teacher",
        "proposal": "delete",
        "other_side": "p2",
    }


def test_angry_words_against_nobody_are_no_quarrel() -> None:
    chat = Chat(policy(content("quarrel", "conflict", handling="judgement")))

    assert chat.send(message("e0", text="你家孩子先动手的，凭什么怪我们家孩子")) == []


def test_what_a_command_orders_names_the_command_as_its_rule() -> None:
    chat = Chat(policy())
    chat.send(roster())

    (remove,) = chat.send(command("c", "remove", NOON, "p1"))

    assert (remove.rule, remove.clause, remove.evidence) == ("command.remove", None, ("c",))


def test_a_strike_of_somebody_beside_takes_their_own_rung_of_the_ladder() -> None:
    let_in = Rule(
        id="let_in",
        text="不得擅自拉人进群",
        when=When(joins="stranger"),
        handling="plain",
        do=("review",),
        propose="remove",
        beside=(Beside(about="inviter", strike=1),),
    )
    chat = Chat(policy(let_in, ladder="discretion"))
    parent = RosterLine(member_id="p1", role="parent", student="张一凡")
    chat.send(roster(lines=(*TEACHERS, parent)))

    brought = [
        kinds(chat.send(join(f"j{number}", NOON + number, f"x{number}", inviter_id="p1")))
        for number in range(3)
    ]

    assert brought == [
        ["review@x0", "remind"],
        ["review@x1", "remind"],
        ["review@x2", "review"],
    ]
    assert chat.strikes() == 3


def test_what_a_rule_asks_of_the_staff_by_name_is_read_for_them() -> None:
    talk = "今晚谁上号开黑，三缺一"
    of_staff = content("staff", "chitchat", handling="plain", by=("staff",), do=("remind",))
    asked, general = Chat(policy(of_staff)), Chat(policy(content("talk", "chitchat")))
    for chat in (asked, general):
        chat.send(roster())

    assert kinds(asked.send(message("e0", NOON, talk, "t1"))) == ["remind@t1"]
    assert general.send(message("e0", NOON, talk, "t1")) == []
