"""Quiet hours in which the whole group is muted."""

import msgspec

from schemas.policy import QuietHours, When
from tests.strategies import (
    CURFEW,
    NOON,
    QUIET,
    Chat,
    kinds,
    local,
    message,
    policy,
    tick,
)


def test_the_group_is_muted_from_the_begin_of_its_quiet_hours_to_their_end() -> None:
    chat = Chat(policy(CURFEW))
    chat.send(message("m", NOON, "早"))

    assert chat.send(tick(local("22:00") - 1)) == []
    (mute,) = chat.send(tick(local("22:00")))
    assert (mute.kind, mute.member_id, mute.params) == ("mute_all", None, {"duration_s": 28_800})
    assert mute.expires_at == local("06:00", 8)
    assert chat.send(tick(local("06:00", 8) - 1)) == []
    assert kinds(chat.send(tick(local("06:00", 8)))) == ["unmute_all@None"]
    assert kinds(chat.send(tick(local("22:00", 8)))) == ["mute_all@None"]


def test_nights_without_a_record_are_made_up_for_in_order() -> None:
    chat = Chat(policy(CURFEW))
    chat.send(message("m", NOON, "早"))

    actions = chat.send(message("n", local("12:00", 9), "早"))

    assert [(a.kind, a.decided_at) for a in actions] == [
        ("mute_all", local("22:00")),
        ("unmute_all", local("06:00", 8)),
        ("mute_all", local("22:00", 8)),
        ("unmute_all", local("06:00", 9)),
    ]


def test_only_nights_that_begin_on_the_rule_s_days_are_muted() -> None:
    on_monday = When(quiet_hours=QuietHours(start=22 * 60, end=6 * 60, days=("mon",)))
    chat = Chat(policy(msgspec.structs.replace(CURFEW, when=on_monday)))
    chat.send(message("m", NOON, "早"))

    actions = chat.send(tick(local("21:00", 14)))

    assert [action.decided_at for action in actions] == [local("22:00"), local("06:00", 8)]


def test_other_quiet_hours_mute_nobody() -> None:
    chat = Chat(policy(QUIET))

    assert chat.send(message("m", NOON, "早"), tick(local("12:00", 9))) == []


def test_a_trial_mutes_nobody() -> None:
    chat = Chat(policy(msgspec.structs.replace(CURFEW, state="shadow")))
    chat.send(message("m", NOON, "早"))

    assert {a.mode for a in chat.send(tick(local("12:00", 9)))} == {"shadow"}
