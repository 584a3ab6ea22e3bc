"""A review that nobody answers is handed on in time, step by step."""

from typing import Any

import pytest

from schemas.policy import OpenReview, Recipient, Rule, When
from streams.parts import AGENDA, Agenda
from tests.strategies import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    Chat,
    command,
    content,
    kinds,
    message,
    policy,
    red_packet,
    roster,
    tick,
)


def step(rule_id: str, of: Recipient, to: Recipient, wait: int, **more: Any) -> Rule:
    fields: dict[str, Any] = {"handling": "plain", "do": ("escalate",), "clause": "C11"}
    when = When(open_review=OpenReview(to=of, for_ms=wait))
    return Rule(id=rule_id, text="及时处理。", when=when, to=to, **(fields | more))


OFFICE = step("office", "head_teacher", "school_office", HOUR)
LEADER = step("leader", "school_office", "school_leader", DAY)
JUDGED = content("words", "abuse", handling="judgement")
DUE = NOON + HOUR + 1
"""An answer at the hour's very end is in time."""


def opened(*rules: Rule, **more: Any) -> tuple[Chat, str]:
    """A chat with an open review about p1, and the review's id."""
    chat = Chat(policy(JUDGED, *(rules or (OFFICE, LEADER)), **more))
    chat.send(roster())
    (review,) = chat.send(message("e0", NOON, "傻逼"))
    return chat, review.id


def test_an_open_review_is_handed_to_the_office_and_then_to_the_leader() -> None:
    chat, review = opened()

    assert chat.send(tick(DUE - 1)) == []
    (office,) = chat.send(tick(DUE))
    assert (office.kind, office.member_id, office.clause) == ("escalate", "p1", "test#C11")
    assert (office.evidence, office.decided_at) == (("e0",), DUE)
    assert office.params == {"to_role": "school_office", "review": review}
    assert chat.send(tick(DUE + DAY)) == []
    (leader,) = chat.send(tick(DUE + DAY + 1))
    assert leader.params["to_role"] == "school_leader"
    assert chat.send(tick(NOON + 30 * DAY)) == []


def test_any_record_of_the_group_brings_what_is_due() -> None:
    chat, _ = opened()

    actions = chat.send(message("e1", NOON + 2 * HOUR, "早", "p2"))

    assert [(a.kind, a.decided_at) for a in actions] == [("escalate", DUE)]


@pytest.mark.parametrize("name", ["approve", "reject", "warn", "mute", "unmute", "undo", "exempt"])
@pytest.mark.parametrize("at", [NOON + MINUTE, DUE - 1])
def test_a_person_s_command_about_the_member_is_an_answer(name: str, at: int) -> None:
    chat, _ = opened()
    chat.send(command("c", name, at, "p1"))

    assert chat.send(tick(NOON + 30 * DAY)) == []


def test_a_command_about_another_or_without_authority_is_none() -> None:
    chat, _ = opened()
    chat.send(command("c", "warn", NOON, "p2"), command("d", "warn", NOON, "p1", member="p3"))

    assert kinds(chat.send(tick(DUE))) == ["escalate"]


def test_an_answer_after_the_first_step_stops_the_second() -> None:
    chat, _ = opened()
    chat.send(tick(DUE), command("c", "warn", DUE + 1, "p1"))

    assert chat.send(tick(NOON + 30 * DAY)) == []


def test_reviews_to_others_are_not_handed_on() -> None:
    chat, _ = opened(review_to="owner")

    assert chat.send(tick(NOON + 30 * DAY)) == []


def test_what_joins_the_review_does_not_set_the_clock_back() -> None:
    chat, _ = opened()
    chat.send(message("e1", NOON + HOUR, "傻逼"))

    (office,) = chat.send(tick(DUE))

    assert office.evidence == ("e0", "e1")


def test_two_reviews_of_one_member_are_handed_on_each_by_itself() -> None:
    severe = content("bad", "red_packet", handling="severe")
    chat = Chat(policy(JUDGED, severe, OFFICE))
    chat.send(message("e0", NOON, "傻逼"), red_packet("e1", NOON))
    reviews = {review.action for review in chat.member().reviews}

    told = chat.send(tick(DUE))

    assert len({action.id for action in told}) == 2
    assert {action.params["review"] for action in told} == reviews


def test_no_two_rules_hand_a_review_to_and_fro() -> None:
    back = step("back", "school_office", "head_teacher", HOUR)
    chat, _ = opened(OFFICE, back)

    assert len(chat.send(tick(NOON + 300 * DAY))) == 2


def test_a_step_on_trial_is_said_to_nobody() -> None:
    chat, _ = opened(step("office", "head_teacher", "school_office", HOUR, state="shadow"))

    assert {action.mode for action in chat.send(tick(DUE))} == {"shadow"}


def test_a_closed_review_leaves_no_deadline_behind() -> None:
    chat, _ = opened()
    chat.send(command("c", "reject", NOON, "p1"))

    agenda = chat.group().look(AGENDA, Agenda)

    assert agenda is not None
    assert agenda.dues == []


def test_the_staff_s_reviews_are_handed_on_too() -> None:
    chat = Chat(policy(JUDGED, LEADER))
    chat.send(roster(), message("e0", NOON, "傻逼", "t2"))

    assert kinds(chat.send(tick(NOON + DAY + 1))) == ["escalate@t2"]
