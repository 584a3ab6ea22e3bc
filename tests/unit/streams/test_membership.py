"""Who comes in, who writes and whom a roster names, held against the roster."""

from typing import Any, Final

import msgspec
import pytest

from schemas.action import Action
from schemas.event import Join, Leave, RosterLine
from schemas.policy import Beside, NamePattern, Rule, When, Where
from streams.state import LET_IN, TOLD
from tests.strategies import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    QUIET,
    SECOND,
    Chat,
    command,
    join,
    kinds,
    local,
    message,
    policy,
    roster,
    tick,
    unapproved,
)

CLASS: Final = (
    RosterLine(member_id="t1", role="head_teacher", name="周敏"),
    RosterLine(member_id="p1", role="parent", name="李芸", student="张一凡"),
    RosterLine(member_id="p2", role="parent", name="刘海", student="刘子墨"),
    RosterLine(member_id="s1", role="student", name="张一凡"),
)


def rule(rule_id: str, when: When, *do: Any, **more: Any) -> Rule:
    fields: dict[str, Any] = {"text": f"{rule_id}。", "handling": "plain", "do": do}
    return Rule(id=rule_id, when=when, **(fields | more))


WELCOME: Final = rule("welcome", When(joins="rostered"), "welcome")
STRANGER: Final = rule("stranger", When(joins="stranger"), "review", propose="remove")
PRESENT: Final = rule("present", When(present="stranger"), "review", propose="remove")
WRITING: Final = rule("writing", When(present="writing_stranger"), "review", propose="remove")
ADDED: Final = rule("added", When(added=("student",)), escalate=("class_cadre",), propose="join")


def chat_of(*rules: Rule, **more: Any) -> Chat:
    """A group whose roster came a day ago."""
    chat = Chat(policy(*rules, **({"welcome": "欢迎！"} | more)))
    assert chat.send(roster("first", NOON - DAY, CLASS)) == []
    return chat


def told(actions: list[Action]) -> list[str]:
    return [f"{action.kind}@{action.member_id}" for action in actions]


def leave(event_id: str, at: int, member: str) -> Leave:
    return Leave(id=event_id, platform="qq", group_id="g1", sent_at=at, member_id=member)


# --- joins


def test_a_rostered_joiner_is_welcomed_with_the_pack_s_words() -> None:
    (action,) = chat_of(WELCOME, STRANGER).send(join("j", NOON, "p1"))

    assert (action.kind, action.member_id, action.params) == ("welcome", "p1", {"text": "欢迎！"})


def test_one_of_the_staff_is_welcomed_too() -> None:
    assert told(chat_of(WELCOME).send(join("j", NOON, "t1"))) == ["welcome@t1"]


def test_a_stranger_gets_no_welcome_and_a_person_is_asked() -> None:
    (action,) = chat_of(WELCOME, STRANGER).send(join("j", NOON, "x"))

    assert (action.kind, action.member_id) == ("review", "x")
    assert action.params["proposal"] == "remove"
    assert action.evidence == ("j",)


def test_without_a_rule_about_strangers_one_is_neither_welcomed_nor_found() -> None:
    assert chat_of(WELCOME).send(join("j", NOON, "x")) == []


def test_an_outsider_of_the_roster_is_a_stranger() -> None:
    chat = chat_of(WELCOME, STRANGER)
    chat.send(roster("r", NOON, [RosterLine(member_id="x", role="outsider", name="马某")]))

    assert told(chat.send(join("j", NOON, "x"))) == ["review@x"]


def test_a_rule_may_say_who_else_is_a_stranger() -> None:
    """A pupil in a parents' group."""
    chat = chat_of(
        WELCOME, msgspec.structs.replace(STRANGER, by=("unknown", "outsider", "student"))
    )

    assert told(chat.send(join("j1", NOON, "s1"), join("j2", NOON, "p1"))) == [
        "review@s1",
        "welcome@p1",
    ]


@pytest.mark.parametrize("inviter", ["t1", "o1", "a1"])
def test_whom_the_staff_the_owner_or_an_admin_lets_in_is_approved(inviter: str) -> None:
    chat = chat_of(WELCOME, STRANGER, PRESENT)
    chat.send(
        message("m1", NOON, "早", "o1", platform_role="owner"),
        message("m2", NOON, "早", "a1", platform_role="admin"),
    )

    assert told(chat.send(join("j", NOON, "x", inviter_id=inviter))) == ["welcome@x"]
    assert chat.send(message("m3", NOON + 1, "大家好", "x")) == []


@pytest.mark.parametrize("inviter", ["p1", "nobody", "x", None])
def test_nobody_else_can_let_a_stranger_in(inviter: str | None) -> None:
    chat = chat_of(WELCOME, STRANGER)

    assert told(chat.send(join("j", NOON, "x", inviter_id=inviter))) == ["review@x"]


def test_an_admin_does_not_let_himself_in() -> None:
    chat = chat_of(WELCOME, STRANGER)
    chat.send(join("j1", NOON, "x", platform_role="admin"))

    assert chat.send(join("j2", NOON + 1, "x", inviter_id="x")) == []
    assert not chat.member("x").noted & LET_IN


def test_the_inviter_is_reminded_and_struck_where_the_rule_says_so() -> None:
    beside = (Beside(about="inviter", strike=1, remind="先问群主。"),)
    invited = rule(
        "invited",
        When(joins="stranger"),
        "review",
        propose="remove",
        where=Where(inviter=("parent",)),
        beside=beside,
    )
    chat = chat_of(invited, STRANGER)

    assert told(chat.send(join("j", NOON, "x", inviter_id="p1"))) == ["review@x", "remind@p1"]
    assert chat.strikes("p1") == 1
    assert told(chat.send(join("k", NOON, "y"))) == ["review@y"]
    assert told(chat.send(join("l", NOON, "z", inviter_id="s1"))) == ["review@z"]


def test_an_inviter_whom_nobody_knows_is_not_kept() -> None:
    invited = rule("invited", When(joins="stranger"), "review", beside=(Beside(about="inviter"),))
    chat = chat_of(invited)

    assert told(chat.send(join("j", NOON, "x", inviter_id="?" * 600))) == ["review@x"]
    assert set(chat.group().members) == {"t1", "p1", "p2", "s1", "x"}


def test_a_group_without_a_roster_has_no_strangers_and_welcomes_nobody() -> None:
    chat = Chat(policy(WELCOME, STRANGER, PRESENT))

    assert chat.send(join("j", NOON, "x"), message("m", NOON, "早", "x")) == []


def test_a_name_that_says_another_relation_is_a_finding_and_no_welcome() -> None:
    other = rule("other", When(joins="other_relation"), "review", propose="remove")
    names = (NamePattern(by=("parent",), is_="{child}{relation}", relations=("爸爸", "妈妈")),)
    chat = chat_of(WELCOME, other, names=names)

    assert told(chat.send(join("j1", NOON, "p1", name="张一凡外婆"))) == ["review@p1"]
    assert told(chat.send(join("j2", NOON, "p2", name="刘子墨妈妈"))) == ["welcome@p2"]
    assert told(chat.send(join("j3", NOON, "t1", name="语文王阿姨"))) == ["welcome@t1"]


def test_a_rule_in_shadow_takes_no_welcome_away() -> None:
    trial = msgspec.structs.replace(STRANGER, by=("parent",), state="shadow")
    actions = chat_of(WELCOME, trial).send(join("j", NOON, "p1"))

    assert sorted((action.kind, action.mode) for action in actions) == [
        ("review", "shadow"),
        ("welcome", "live"),
    ]


def test_a_late_join_opens_no_review() -> None:
    chat = chat_of(STRANGER, PRESENT)
    chat.send(message("m", NOON + HOUR, "早", "p1"))

    actions = chat.send(join("j", NOON, "x"))

    assert [(action.kind, action.mode) for action in actions] == [("review", "late")]
    assert chat.member("x").reviews == ()
    assert told(chat.send(message("n", NOON + HOUR, "早", "x"))) == ["review@x"]


def test_a_person_may_let_the_rule_about_strangers_rest_and_the_welcome_goes_on() -> None:
    chat = chat_of(WELCOME, STRANGER)
    chat.send(command("c", "exempt", NOON, capability="membership", minutes=60))

    actions = chat.send(join("j1", NOON + MINUTE, "x"), join("j2", NOON + MINUTE, "p1"))

    assert told(actions) == ["welcome@p1"]
    assert told(chat.send(join("j3", NOON + 2 * HOUR, "y"))) == ["review@y"]


# --- the welcome


def test_a_duplicate_join_and_a_second_one_that_day_bring_no_second_welcome() -> None:
    chat = chat_of(WELCOME)

    assert told(chat.send(*[join("j", NOON, "p1")] * 2)) == ["welcome@p1"]
    chat.send(leave("l", NOON + MINUTE, "p1"))
    assert chat.send(join("j2", NOON + HOUR, "p1")) == []
    assert told(chat.send(join("j3", NOON + DAY, "p1"))) == ["welcome@p1"]


def test_who_comes_at_night_is_welcomed_in_the_morning() -> None:
    chat = chat_of(WELCOME, QUIET)

    assert chat.send(join("j", local("22:30"), "p1")) == []

    (action,) = chat.send(tick(local("07:00", day=8)))
    assert (action.kind, action.decided_at) == ("welcome", local("06:00", day=8))


def test_a_pack_without_words_of_welcome_shows_the_rule() -> None:
    (action,) = chat_of(WELCOME, welcome="").send(join("j", NOON, "p1"))

    assert action.params["text"] == "欢迎加入！请先看群公约：welcome。"


# --- who writes


def test_a_stranger_who_writes_is_told_of_once() -> None:
    chat = chat_of(WRITING)

    assert told(chat.send(*(message(f"m{i}", NOON + i, f"{i}", "x") for i in range(4)))) == [
        "review@x"
    ]
    assert chat.send(message("n", NOON + DAY, "早", "p1")) == []


def test_who_was_told_of_when_coming_in_is_not_told_of_again_for_writing() -> None:
    chat = chat_of(STRANGER, PRESENT)

    assert told(chat.send(join("j", NOON, "x"), message("m", NOON, "早", "x"))) == ["review@x"]
    chat.send(command("c", "reject", NOON, "x"))
    assert chat.send(message("n", NOON + 1, "早", "x")) == []


def test_whom_a_roster_takes_in_is_no_stranger_and_whom_it_drops_is_one_again() -> None:
    chat = chat_of(WRITING)
    assert told(chat.send(message("m0", NOON, "早", "x"))) == ["review@x"]
    chat.send(command("c", "reject", NOON, "x"))

    chat.send(roster("r1", NOON, [RosterLine(member_id="x", role="parent")]))
    assert chat.send(message("m1", NOON, "中", "x")) == []
    assert chat.send(roster("r2", NOON, [RosterLine(member_id="x", role="outsider")])) == []
    assert told(chat.send(message("m2", NOON, "晚", "x"))) == ["review@x"]


def test_a_trial_is_told_of_once_too_and_takes_nothing_from_what_is_live() -> None:
    trial = msgspec.structs.replace(WRITING, state="shadow")
    chat = chat_of(trial)
    found = chat.send(*(message(f"m{i}", NOON + i, f"{i}", "x") for i in range(3)))
    assert [(action.kind, action.mode) for action in found] == [("review", "shadow")]

    waiting = Chat(unapproved(WRITING))
    waiting.send(roster("first", NOON - DAY, CLASS))
    assert [a.mode for a in waiting.send(message("m", NOON, "早", "x"))] == ["shadow"]
    waiting.send(command("c", "approve", NOON))
    assert [a.mode for a in waiting.send(message("n", NOON + 1, "早", "x"))] == ["live"]


def test_a_severe_message_does_not_swallow_what_is_found_of_its_writer() -> None:
    severe = Rule(id="severe", text="禁。", when=When(labels=("red_packet",)), handling="severe")
    to_cadre = msgspec.structs.replace(WRITING, to="class_cadre", propose="nothing")
    chat = chat_of(severe, to_cadre)

    actions = chat.send(message("m", NOON, "在群里发个红包", "x"))

    assert {a.params["to_role"] for a in actions if a.kind == "review"} == {
        "class_cadre",
        "head_teacher",
    }


# --- rosters


def test_the_first_roster_s_members_are_there_and_later_ones_when_they_come() -> None:
    chat = chat_of(STRANGER)
    chat.send(roster("r", NOON, [RosterLine(member_id="p3", role="parent")]))
    assert [chat.member(one).is_present for one in ("p1", "t1", "p3")] == [True, True, False]

    chat.send(message("m", NOON, "早", "p3"))
    assert chat.member("p3").is_present


def test_who_left_before_the_first_roster_is_not_there() -> None:
    chat = Chat(policy(STRANGER))
    chat.send(join("j", NOON, "p1"), leave("l", NOON + 1, "p1"), roster("r", NOON + 2, CLASS))

    assert not chat.member("p1").is_present


def test_an_older_message_brings_nobody_back_who_left_since() -> None:
    chat = chat_of(STRANGER)
    chat.send(leave("l", NOON + SECOND, "p1"), message("m", NOON, "早", "p1"))
    assert not chat.member("p1").is_present

    chat.send(message("n", NOON + 2 * SECOND, "早", "p1"), leave("o", NOON + SECOND, "p1"))
    assert chat.member("p1").is_present


def test_a_new_pupil_of_a_later_roster_who_is_not_there_is_to_be_brought_in() -> None:
    chat = chat_of(ADDED)
    lines = [
        RosterLine(member_id="s1", role="student", name="张一帆"),
        RosterLine(member_id="s2", role="student", name="林心怡"),
        RosterLine(member_id="p3", role="parent", student="林心怡"),
    ]

    (action,) = chat.send(roster("r", NOON, lines))

    assert (action.kind, action.member_id) == ("escalate", "s2")
    assert action.params == {"to_role": "class_cadre", "suggest": "join"}
    assert chat.send(roster("again", NOON + 1, lines)) == []


def test_who_is_there_already_needs_not_be_brought_in() -> None:
    chat = chat_of(ADDED)
    chat.send(join("j", NOON, "s2"))

    assert chat.send(roster("r", NOON, [RosterLine(member_id="s2", role="student")])) == []


def test_a_roster_that_makes_an_outsider_of_one_who_is_there_is_a_finding_once() -> None:
    chat = chat_of(PRESENT)
    chat.send(leave("l", NOON - HOUR, "p2"))
    lines = [RosterLine(member_id=one, role="outsider") for one in ("p1", "p2", "p3")]

    assert told(chat.send(roster("r1", NOON, lines))) == ["review@p1"]
    assert chat.send(roster("r2", NOON, lines), message("m", NOON, "早", "p1")) == []


def test_a_rule_may_wait_until_the_outsider_writes() -> None:
    chat = chat_of(WRITING)

    assert chat.send(roster("r", NOON, [RosterLine(member_id="p1", role="outsider")])) == []
    assert told(chat.send(message("m", NOON, "早", "p1"))) == ["review@p1"]


def test_an_approved_guest_whom_the_roster_calls_an_outsider_is_a_finding() -> None:
    chat = chat_of(PRESENT)
    chat.send(join("j", NOON, "x", inviter_id="t1"))

    lines = [RosterLine(member_id="x", role="outsider")]
    assert told(chat.send(roster("r", NOON, lines))) == ["review@x"]


def test_state_keeps_what_was_noted_and_no_name() -> None:
    chat = chat_of(STRANGER)
    chat.send(
        Join(id="j", platform="qq", group_id="g1", sent_at=NOON, member_id="x", name="优学教育")
    )

    assert chat.member("x").noted & TOLD
    raw = b"".join(value or b"" for value in chat.states())
    assert all(name.encode() not in raw for name in ("优学教育", "周敏", "张一凡", "一凡"))
    assert kinds(chat.send(command("c", "approve", NOON, "x"))) == ["remove@x"]
