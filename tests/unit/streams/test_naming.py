"""Names in the group: judged when a member comes in or takes another, and looked at again in time."""

from typing import Any, Final

import pytest

from schemas.action import Action
from schemas.event import Leave, Rename, RosterLine
from schemas.policy import NamePattern, Rule, When
from tests.strategies import DAY, HOUR, MINUTE, NOON, Chat, command, join, policy, roster, tick

CLASS: Final = (
    RosterLine(member_id="t1", role="head_teacher", name="周敏"),
    RosterLine(member_id="t2", role="teacher", name="韩雪"),
    RosterLine(member_id="p1", role="parent", name="李芸", student="张一凡"),
    RosterLine(member_id="x", role="outsider", name="马某"),
)
PARENTS: Final = NamePattern(by=("parent",), is_="{child}{relation}", relations=("爸爸", "妈妈"))
NAMES: Final = (PARENTS, NamePattern(by=("staff",), is_="{subject}{name}"))
ASK: Final = Rule(
    id="name",
    text="改名。",
    when=When(name="wrong"),
    handling="plain",
    do=("rename_request",),
)
STILL: Final = Rule(
    id="still",
    text="改名。",
    when=When(misnamed_ms=3 * DAY),
    handling="plain",
    do=("review",),
    propose="nothing",
)


def chat_of(*rules: Rule, **more: Any) -> Chat:
    chat = Chat(policy(*(rules or (ASK, STILL)), **({"names": NAMES} | more)))
    chat.send(roster("first", NOON - DAY, CLASS))
    return chat


def rename(event_id: str, name: str, at: int = NOON, member: str = "p1") -> Rename:
    return Rename(
        id=event_id, platform="qq", group_id="g1", sent_at=at, member_id=member, name=name
    )


def leave(event_id: str, at: int) -> Leave:
    return Leave(id=event_id, platform="qq", group_id="g1", sent_at=at, member_id="p1")


def told(actions: list[Action]) -> list[str]:
    return [f"{action.kind}@{action.member_id}" for action in actions]


def test_a_wrong_name_is_asked_to_be_another_one_in_private_and_is_no_strike() -> None:
    chat = chat_of()

    (action,) = chat.send(rename("n", "岁月静好"))

    assert (action.kind, action.member_id, action.evidence) == ("rename_request", "p1", ("n",))
    assert action.params["pattern"] == "{child}{relation}"
    assert "孩子姓名" in action.params["text"]
    assert chat.strikes() == 0


@pytest.mark.parametrize("name", ["张一凡妈妈", "張一凡 - 爸爸", "🌸张一凡妈妈🌸"])
def test_a_right_name_is_left_alone(name: str) -> None:
    assert chat_of().send(join("j", name=name), rename("n", name)) == []


def test_a_joiner_s_name_is_judged_like_a_new_one() -> None:
    assert told(chat_of().send(join("j", name="张一凡"))) == ["rename_request@p1"]
    assert chat_of().send(join("j")) == []


def test_staff_are_asked_by_their_own_pattern() -> None:
    chat = chat_of()

    assert told(chat.send(rename("n1", "老韩", member="t2"))) == ["rename_request@t2"]
    assert chat.send(rename("n2", "语文韩雪", NOON + 1, member="t2")) == []


@pytest.mark.parametrize("member", ["x", "stranger"])
def test_who_does_not_belong_to_the_class_is_not_asked_for_a_name(member: str) -> None:
    anybody = NamePattern(by=("staff", "others"), has="{name}")

    assert chat_of(names=(anybody,)).send(rename("n", "路过", member=member)) == []


def test_a_role_without_a_pattern_may_be_called_anything() -> None:
    assert chat_of(names=(PARENTS,)).send(rename("n", "老韩", member="t2")) == []


def test_every_new_wrong_name_is_asked_about_and_the_same_one_once_a_day() -> None:
    chat = chat_of()
    at = [NOON, NOON + 1, NOON + 2, NOON + 3, NOON + DAY]
    names = ["静好", "静好", "岁月", "静好", "静好"]

    asked = [chat.send(rename(f"n{i}", names[i], at[i])) for i in range(5)]

    assert [len(one) for one in asked] == [1, 0, 1, 1, 1]


def test_joining_and_taking_the_same_wrong_name_is_asked_about_once() -> None:
    chat = chat_of()

    assert len(chat.send(join("j", name="静好"), rename("n", "静 好", NOON + 1))) == 1


def test_an_older_record_says_nothing_of_the_name_that_stands() -> None:
    chat = chat_of()
    chat.send(rename("n2", "张一凡爸爸", NOON + MINUTE))

    assert chat.send(rename("n1", "静好", NOON)) == []
    assert chat.member().misnamed == 0


# --- the time for it


def test_a_name_still_wrong_when_the_time_is_over_is_a_finding_with_the_deadline_s_time() -> None:
    chat = chat_of()
    chat.send(rename("n", "静好"))

    assert chat.send(tick(NOON + 3 * DAY)) == []
    (action,) = chat.send(tick(NOON + 4 * DAY))

    assert (action.kind, action.member_id) == ("review", "p1")
    assert action.decided_at == NOON + 3 * DAY + 1
    assert chat.send(tick(NOON + 9 * DAY)) == []


def test_the_last_moment_of_the_time_is_in_time() -> None:
    chat = chat_of()
    chat.send(rename("n1", "静好"), rename("n2", "张一凡妈妈", NOON + 3 * DAY))

    assert chat.send(tick(NOON + 4 * DAY)) == []


def test_another_wrong_name_wins_no_time() -> None:
    chat = chat_of()
    chat.send(rename("n1", "静好"), rename("n2", "岁月", NOON + 2 * DAY))

    assert [action.decided_at for action in chat.send(tick(NOON + 9 * DAY))] == [NOON + 3 * DAY + 1]


def test_a_wrong_name_after_the_time_was_over_begins_anew() -> None:
    chat = chat_of()
    chat.send(rename("n1", "静好"), tick(NOON + 4 * DAY), command("c", "reject", NOON, "p1"))

    assert told(chat.send(rename("n2", "岁月", NOON + 5 * DAY))) == ["rename_request@p1"]
    assert told(chat.send(tick(NOON + 9 * DAY))) == ["review@p1"]


def test_who_left_owes_no_name() -> None:
    chat = chat_of()
    chat.send(rename("n", "静好"), leave("l", NOON + HOUR))

    assert chat.send(tick(NOON + 9 * DAY)) == []
    assert told(chat.send(join("j", NOON + 9 * DAY, name="静好"))) == ["rename_request@p1"]


def test_who_comes_back_under_the_wrong_name_is_asked_anew_and_has_the_whole_time() -> None:
    chat = chat_of()
    chat.send(rename("n", "静好"), leave("l", NOON + HOUR))

    assert told(chat.send(join("j", NOON + 2 * HOUR, name="静好"))) == ["rename_request@p1"]
    assert [action.decided_at for action in chat.send(tick(NOON + 9 * DAY))] == [
        NOON + 2 * HOUR + 3 * DAY + 1
    ]


def test_a_roster_that_changes_the_name_asked_for_begins_anew() -> None:
    chat = chat_of()
    chat.send(rename("n", "张亦凡妈妈"))
    chat.send(roster("same", NOON, CLASS))
    assert chat.member().misnamed == NOON

    line = RosterLine(member_id="p1", role="parent", name="李芸", student="张亦凡")
    chat.send(roster("other", NOON, [line]))
    assert chat.send(tick(NOON + 9 * DAY)) == []


def test_a_trial_sets_no_time() -> None:
    trial = Rule(id="t", text="。", when=When(name="wrong"), handling="plain", state="shadow",
                 do=("rename_request",))  # fmt: skip
    chat = chat_of(trial, STILL)

    assert [action.mode for action in chat.send(rename("n", "静好"))] == ["shadow"]
    assert chat.send(tick(NOON + 9 * DAY)) == []


def test_a_late_name_is_asked_about_late_and_sets_no_time() -> None:
    chat = chat_of()
    chat.send(join("j", NOON + HOUR, "t1"))

    assert [action.mode for action in chat.send(rename("n", "静好"))] == ["late"]
    assert chat.send(tick(NOON + 9 * DAY)) == []


def test_a_person_may_let_names_rest() -> None:
    chat = chat_of()
    chat.send(command("c", "exempt", NOON - 1, "p1", capability="naming", minutes=60))

    assert chat.send(rename("n", "静好")) == []


def test_without_a_rule_about_time_only_the_request_follows() -> None:
    chat = chat_of(ASK)
    chat.send(rename("n", "静好"))

    assert chat.send(tick(NOON + 30 * DAY)) == []
