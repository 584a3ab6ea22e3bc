"""The four ladders, step by step, and what the steps rest on."""

import pytest

from schemas.action import Action
from streams.ladder import in_force, rung_of, weight_of
from streams.state import Member, Strike
from tests.strategies import (
    DAY,
    NOON,
    PACKETS,
    QUIET,
    Chat,
    command,
    content,
    kinds,
    local,
    message,
    outcome,
    policy,
    red_packet,
    roster,
    tick,
)

SEVERE = content("bad", "abuse", handling="severe")


def climbed(chat: Chat, strikes: int) -> list[list[Action]]:
    return [chat.send(red_packet(f"r{i}", NOON + i)) for i in range(strikes)]


def told(chat: Chat, strikes: int) -> list[list[str]]:
    return [kinds(actions) for actions in climbed(chat, strikes)]


def test_guide_reminds_and_asks_for_a_look_from_the_third_strike() -> None:
    steps = climbed(Chat(policy(PACKETS, ladder="guide")), 4)

    assert [kinds(step) for step in steps] == [
        ["delete", "remind"],
        ["delete", "remind"],
        ["delete", "remind", "review"],
        ["delete", "remind"],
    ]
    assert "proposal" not in steps[2][2].params


def test_discretion_mutes_second_and_proposes_removal_in_place_of_the_third_reminder() -> None:
    steps = climbed(Chat(policy(PACKETS, ladder="discretion", mutes=True)), 4)

    assert [kinds(step) for step in steps] == [
        ["delete", "remind"],
        ["delete", "mute", "remind"],
        ["delete", "review"],
        ["delete"],
    ]
    assert steps[1][1].params == {"duration_s": 600}
    assert steps[2][1].params["proposal"] == "remove"


def test_discretion_without_mutes_reminds_twice() -> None:
    chat = Chat(policy(PACKETS, ladder="discretion"))

    assert told(chat, 3) == [["delete", "remind"], ["delete", "remind"], ["delete", "review"]]


def test_owner_removes_asks_the_owner_at_the_first_strike_and_once() -> None:
    steps = climbed(Chat(policy(PACKETS, ladder="owner_removes")), 2)

    assert [kinds(step) for step in steps] == [["delete", "remind", "review"], ["delete", "remind"]]
    assert steps[0][2].params == {"to_role": "owner", "proposal": "remove"}


def test_three_steps_remind_then_tell_the_group_then_hand_over() -> None:
    steps = climbed(Chat(policy(PACKETS, ladder="three_steps")), 4)

    assert [kinds(step) for step in steps] == [
        ["delete", "remind"],
        ["delete", "notice"],
        ["delete", "escalate"],
        ["delete", "escalate"],
    ]
    assert steps[2][1].params["to_role"] == "admin"


@pytest.mark.parametrize("status", ["failed", "unsupported", "expired"])
def test_a_step_that_did_not_reach_the_member_is_taken_again(status: str) -> None:
    chat = Chat(policy(PACKETS, ladder="three_steps"))
    first = climbed(chat, 1)[0]

    chat.send(outcome("o", first[1].id, status, NOON))

    assert kinds(chat.send(red_packet("again", NOON + 1))) == ["delete", "remind"]
    assert kinds(chat.send(red_packet("more", NOON + 2))) == ["delete", "notice"]


def test_a_silence_that_the_platform_can_t_do_is_ordered_again() -> None:
    chat = Chat(policy(PACKETS, ladder="discretion", mutes=True))
    _, second = climbed(chat, 2)
    chat.send(outcome("o", second[1].id, "unsupported", NOON + 2))

    assert kinds(chat.send(red_packet("again", NOON + 3))) == ["delete", "mute", "remind"]
    assert kinds(chat.send(red_packet("more", NOON + 4))) == ["delete", "review"]


def test_a_question_that_reached_nobody_is_a_rung_that_was_not_climbed() -> None:
    chat = Chat(policy(PACKETS, ladder="three_steps"))
    third = climbed(chat, 3)[2]
    chat.send(outcome("o", third[1].id, "failed", NOON + 3))

    again = chat.send(red_packet("again", NOON + 4))

    assert kinds(again) == ["delete", "escalate"]
    assert again[1].strikes == 4


def test_what_is_severe_goes_past_the_ladder_and_counts_on_it() -> None:
    chat = Chat(policy(SEVERE, PACKETS, ladder="discretion", mutes=True))

    assert kinds(chat.send(message("e0", NOON, "傻逼"))) == ["delete", "mute", "review"]
    assert kinds(chat.send(red_packet("r", NOON + 1))) == ["delete", "mute", "remind"]


def test_the_three_steps_go_on_beside_what_is_severe() -> None:
    chat = Chat(policy(SEVERE, ladder="three_steps"))

    steps = [kinds(chat.send(message(f"e{i}", NOON + i, "傻逼"))) for i in range(3)]

    # The review of the first takes the others in.
    assert steps == [["delete", "remind", "review"], ["delete", "notice"], ["delete", "escalate"]]


@pytest.mark.parametrize("status", ["done", "duplicate"])
def test_a_step_that_was_done_is_climbed(status: str) -> None:
    chat = Chat(policy(PACKETS, ladder="three_steps"))
    first = climbed(chat, 1)[0]

    chat.send(outcome("o", first[1].id, status, NOON))

    assert kinds(chat.send(red_packet("again", NOON + 1))) == ["delete", "notice"]


def test_an_outcome_of_another_action_changes_nothing() -> None:
    chat = Chat(policy(PACKETS, ladder="three_steps"))
    first = climbed(chat, 1)[0]

    chat.send(outcome("o1", first[0].id, "failed", NOON), outcome("o2", "none", "failed", NOON))

    assert kinds(chat.send(red_packet("again", NOON + 1))) == ["delete", "notice"]


def test_an_undone_strike_leaves_the_ladder_as_if_it_had_never_been() -> None:
    chat = Chat(policy(PACKETS, ladder="three_steps"))
    chat.send(roster())
    climbed(chat, 1)

    chat.send(command("u", "undo", NOON, "p1"))

    assert kinds(chat.send(red_packet("again", NOON + 1))) == ["delete", "remind"]


def test_strikes_lapse_at_their_last_moment_exactly() -> None:
    member = Member(strikes=(Strike(1_000, 1, 0), Strike(2_000, 2, 0)))

    assert len(in_force(member, 1_000 + DAY - 1, DAY)) == 2
    assert [strike.at for strike in in_force(member, 1_000 + DAY, DAY)] == [2_000]
    assert len(in_force(member, 10**15, None)) == 2


def test_only_strikes_that_were_told_climb_and_all_of_them_weigh() -> None:
    strikes = [Strike(0, 1, 0), Strike(0, 0.5, 0, told=False)]

    assert rung_of(strikes) == 2
    assert weight_of(strikes) == 1.5


def test_after_the_lapse_the_ladder_begins_again() -> None:
    chat = Chat(policy(PACKETS, ladder="three_steps", lapse_ms=DAY))
    climbed(chat, 1)

    assert kinds(chat.send(red_packet("later", NOON + DAY))) == ["delete", "remind"]


def test_a_notice_of_the_night_waits_for_the_morning() -> None:
    chat = Chat(policy(PACKETS, QUIET, ladder="three_steps"))
    night, morning = local("23:00"), local("06:00", day=8)
    chat.send(red_packet("r0", local("12:00")))
    chat.send(message("m", local("12:01"), "早", "p2"))

    assert kinds(chat.send(red_packet("r1", night))) == ["delete"]

    assert chat.send(tick(morning - 1)) == []
    (notice,) = chat.send(tick(morning))
    assert (notice.kind, notice.decided_at) == ("notice", morning)
    assert notice.expires_at == morning + 30 * 60_000
    assert chat.send(tick(morning + DAY)) == []


def test_a_record_of_the_group_brings_the_notice_too_and_before_itself() -> None:
    chat = Chat(policy(PACKETS, QUIET, ladder="three_steps"))
    chat.send(red_packet("r0", local("12:00")), red_packet("r1", local("23:00")))

    actions = chat.send(red_packet("r2", local("08:00", day=8), "p2"))

    assert kinds(actions) == ["notice", "delete@p2", "remind@p2"]
    assert actions[0].decided_at == local("06:00", day=8)


def test_an_action_names_the_strikes_after_it() -> None:
    steps = climbed(Chat(policy(PACKETS)), 3)

    assert [{action.strikes for action in step} for step in steps] == [{1}, {2}, {3}]
