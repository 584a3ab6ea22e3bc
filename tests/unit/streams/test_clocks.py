"""Reply clocks: who is mentioned has a time to say a word, within the rule's hours alone."""

import msgspec
import pytest

from schemas.event import Message, RosterLine
from schemas.policy import Hours, Unreplied, When
from tests.strategies import (
    HOUR,
    MINUTE,
    NOON,
    UNREPLIED,
    Chat,
    kinds,
    local,
    message,
    policy,
    recall,
    restarted,
    roster,
    tick,
)

TEAM = (
    RosterLine(member_id="t1", role="head_teacher"),
    RosterLine(member_id="p1", role="parent"),
    RosterLine(member_id="p2", role="parent"),
)
TWENTY = 20 * MINUTE


def team(rule: object = UNREPLIED) -> Chat:
    chat = Chat(policy(rule))  # type: ignore[arg-type]
    chat.send(roster(at=NOON - 9 * HOUR, lines=TEAM))
    chat.send(*(message(f"h{i}", NOON - 9 * HOUR, "早", f"p{i}") for i in (1, 2)))
    return chat


def task(at: int = NOON, *whom: str, text: str = "把表报上来", by: str = "t1") -> Message:
    return message(f"k{at}", at, text, by, mentions=whom or ("p1",))


def test_without_a_word_the_member_is_reminded_and_the_superior_told() -> None:
    chat = team()
    assert chat.send(task(), tick(NOON + TWENTY)) == []

    remind, escalate = chat.send(tick(NOON + TWENTY + 1))

    assert (remind.kind, remind.member_id, remind.evidence) == ("remind", "p1", (f"k{NOON}",))
    assert (escalate.kind, escalate.params) == ("escalate", {"to_role": "school_office"})
    assert remind.decided_at == NOON + TWENTY + 1
    assert remind.strikes == 0


def test_a_word_at_the_last_moment_is_in_time() -> None:
    chat = team()

    assert chat.send(task(), message("a", NOON + TWENTY, "好"), tick(NOON + HOUR)) == []


def test_a_word_of_somebody_else_stops_nothing() -> None:
    chat = team()
    chat.send(task(NOON, "p1", "p2"))

    actions = chat.send(message("a", NOON + 1, "好", "p2"), tick(NOON + HOUR))

    assert kinds(actions) == ["remind", "escalate"]


def test_any_record_of_the_group_moves_its_clock() -> None:
    chat = team()

    assert kinds(chat.send(task(), message("a", NOON + HOUR, "领到了", "p2"))) == [
        "remind",
        "escalate",
    ]


def test_what_has_fired_stays_and_comes_once() -> None:
    chat = team()
    chat.send(task(), tick(NOON + HOUR))

    late = message("a", NOON + 10 * MINUTE, "好")
    assert chat.send(late, tick(NOON + 2 * HOUR)) == []


def test_an_answer_may_come_before_its_task() -> None:
    chat = team()

    assert chat.send(message("a", NOON + 1, "好"), task(), tick(NOON + HOUR)) == []


@pytest.mark.parametrize(
    ("at", "due"),
    [
        (local("22:50"), local("06:10", 8)),
        (local("23:30"), local("06:20", 8)),
        (local("05:00"), local("06:20")),
        (local("22:40"), local("23:00")),
    ],
)
def test_the_clock_runs_inside_its_hours_alone(at: int, due: int) -> None:
    chat = team()

    assert chat.send(task(at), tick(due)) == []
    assert kinds(chat.send(tick(due + 1))) == ["remind", "escalate"]


@pytest.mark.parametrize(
    "sent",
    [
        message("k", NOON, "都来打扫", "t1", mentions=("all",)),
        message("k", NOON, "把表报上来", "t1"),
        message("k", NOON, "把表报上来", "p2", mentions=("p1",)),
        message("k", NOON, "收到", "t1", mentions=("p1",)),
        message("k", NOON, "把表报上来", "t1", mentions=("nobody",)),
        message("k", NOON, "记得", "t1", mentions=("t1",)),
    ],
)
def test_what_starts_no_clock(sent: Message) -> None:
    assert team().send(sent, tick(NOON + HOUR)) == []


def test_a_rule_of_questions_asks_by_questions_alone() -> None:
    asked = Unreplied(
        within_ms=TWENTY,
        asked_by=("parent",),
        asks="question",
        hours=Hours(start=0, end=23 * 60),
    )
    asks = msgspec.structs.replace(UNREPLIED, when=When(unreplied=asked), escalate=())
    chat = team(asks)
    chat.send(task(NOON, "p2", by="p1"), task(NOON + 1, "p2", text="谁管？", by="p1"))

    (remind,) = chat.send(tick(NOON + HOUR))

    assert remind.evidence == (f"k{NOON + 1}",)


def test_a_recalled_task_asks_nobody() -> None:
    chat = team()

    assert chat.send(task(), recall("r", f"k{NOON}", NOON + 1, "t1"), tick(NOON + HOUR)) == []
    assert chat.group().asked == frozenset()


def test_the_same_task_twice_starts_one_clock() -> None:
    chat = team()

    assert kinds(chat.send(task(), task(), tick(NOON + HOUR))) == ["remind", "escalate"]


def test_so_many_clocks_run_and_no_more() -> None:
    chat = team()
    names = [f"q{i}" for i in range(100)]
    chat.send(*(message(f"h{who}", NOON - HOUR, "早", who) for who in names))

    actions = chat.send(task(NOON, *names), tick(NOON + HOUR))

    assert len([action for action in actions if action.kind == "remind"]) == 64


def test_who_owes_a_word_is_known_after_a_restart() -> None:
    chat = team()
    chat.send(task())

    after = restarted(chat)

    assert after.send(message("a", NOON + 1, "好"), tick(NOON + HOUR)) == []
