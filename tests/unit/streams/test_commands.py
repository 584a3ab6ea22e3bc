"""What a person may order, and what follows."""

from typing import Any

import pytest

from streams.policy.compile import Policy
from streams.state import EVIDENCE_MAX, EXEMPTIONS_MAX
from tests.strategies import (
    MINUTE,
    NOON,
    PACKETS,
    QUIET,
    Chat,
    command,
    content,
    edit,
    join,
    kinds,
    local,
    message,
    policy,
    red_packet,
    roster,
    unapproved,
)

LATER = NOON + MINUTE
PLAIN = policy()
GUESS = policy(PACKETS, content("words", "abuse", handling="judgement", clause="C9"))
SEVERE = policy(content("bad", "red_packet", handling="severe"), mutes=True)


def chat_of(pack: Policy = PLAIN) -> Chat:
    chat = Chat(pack)
    chat.send(roster())
    return chat


# --- authority


@pytest.mark.parametrize("name", ["warn", "mute", "unmute", "remove", "undo", "approve", "reject"])
def test_a_command_without_authority_changes_nothing(name: str) -> None:
    chat = chat_of(GUESS)
    chat.send(message("e0", NOON, "傻逼"), red_packet("r", NOON))
    before = (chat.strikes(), len(chat.member().reviews))

    assert chat.send(command("c", name, LATER, "p1", member="p2")) == []
    assert (chat.strikes(), len(chat.member().reviews)) == before


def test_authority_comes_from_the_roster_or_from_the_platform() -> None:
    chat = chat_of()
    chat.send(join("j", NOON, "own", platform_role="owner"))

    assert kinds(chat.send(command("c1", "warn", LATER, "p1", member="t1"))) == ["remind"]
    assert kinds(chat.send(command("c2", "warn", LATER, "p1", member="own"))) == ["remind"]
    assert chat.send(command("c3", "warn", LATER, "p1", member="t2")) == []


def test_an_unknown_command_is_no_error() -> None:
    assert chat_of().send(command("c", "dance", LATER, "p1")) == []


# --- acts


def test_warn_reminds_and_strikes_and_quotes_no_empty_clause() -> None:
    chat = chat_of()

    (remind,) = chat.send(command("c", "warn", LATER, "p1"))

    assert chat.strikes() == 1
    assert remind.evidence == ("c",)
    assert "“”" not in remind.params["text"]


@pytest.mark.parametrize(
    ("minutes", "seconds"),
    [(30, 1_800), (None, 600), (0, 600), (-5, 600), (True, 600), ("9", 600), (10**9, 2_592_000)],
)
def test_mute_lasts_as_long_as_ordered_within_reason(minutes: object, seconds: int) -> None:
    chat = chat_of()

    (mute,) = chat.send(command("c", "mute", LATER, "p1", minutes=minutes))

    assert mute.params == {"duration_s": seconds}
    assert mute.expires_at == LATER + seconds * 1000 == chat.member().mute_until


def test_unmute_and_remove_follow_at_once() -> None:
    chat = chat_of()

    assert kinds(chat.send(command("c1", "unmute", LATER, "p1"))) == ["unmute"]
    assert kinds(chat.send(command("c2", "remove", LATER, "p1"))) == ["remove"]


def test_undo_takes_the_last_strike_back_and_the_mute_that_came_with_it() -> None:
    chat = chat_of(SEVERE)
    chat.send(red_packet("r", NOON))

    (unmute,) = chat.send(command("c", "undo", LATER, "p1"))

    assert (unmute.kind, unmute.strikes) == ("unmute", 0)
    assert chat.strikes() == 0
    assert chat.member().mute_until == 0


def test_undo_of_nothing_changes_nothing() -> None:
    assert chat_of().send(command("c", "undo", LATER, "p1")) == []


def test_a_mute_that_has_ended_is_not_lifted() -> None:
    chat = chat_of(SEVERE)
    chat.send(red_packet("r", NOON))

    assert chat.send(command("c", "undo", NOON + 11 * MINUTE, "p1")) == []
    assert chat.strikes() == 0


# --- reviews


def test_approving_a_judgement_deletes_reminds_and_strikes() -> None:
    chat = chat_of(GUESS)
    chat.send(message("e0", NOON, "傻逼"), message("e1", NOON, "傻逼"))

    actions = chat.send(command("c", "approve", LATER, "p1"))

    assert kinds(actions) == ["delete", "delete", "remind"]
    assert [action.params["message_id"] for action in actions[:2]] == ["e0", "e1"]
    assert len({action.id for action in actions}) == 3
    assert {action.clause for action in actions} == {"test#C9"}
    assert chat.strikes() == 1
    assert chat.send(command("c2", "approve", LATER, "p1")) == []


def test_approving_a_judgement_about_an_edit_deletes_the_message() -> None:
    chat = chat_of(GUESS)
    chat.send(message("e0", NOON, "早"), edit("x", "e0", NOON, "傻逼"))

    actions = chat.send(command("c", "approve", LATER, "p1"))

    assert [a.params["message_id"] for a in actions if a.kind == "delete"] == ["e0"]


def test_approving_a_removal_removes() -> None:
    chat = chat_of(SEVERE)
    chat.send(red_packet("r", NOON))

    assert kinds(chat.send(command("c", "approve", LATER, "p1"))) == ["remove"]


def test_rejecting_closes_and_nothing_follows() -> None:
    chat = chat_of(GUESS)
    chat.send(message("e0", NOON, "傻逼"))

    assert chat.send(command("c", "reject", LATER, "p1")) == []
    assert chat.send(command("c2", "approve", LATER, "p1")) == []


def test_of_several_reviews_the_newest_is_meant_or_the_one_named() -> None:
    both = policy(
        content("bad", "red_packet", handling="severe"),
        content("words", "abuse", handling="judgement"),
    )
    chat = chat_of(both)
    opened = chat.send(red_packet("r", NOON), message("e0", NOON, "傻逼"))
    removal = next(a for a in opened if a.params.get("proposal") == "remove")

    named = chat.send(command("c", "approve", LATER, "p1", review=removal.id))
    newest = chat.send(command("c2", "approve", LATER, "p1"))

    assert kinds(named) == ["remove"]
    assert kinds(newest) == ["delete", "remind"]
    assert chat.send(command("c3", "approve", LATER, "p1", review="none")) == []


def test_a_third_strike_of_guide_with_a_judgement_still_proposes_to_delete() -> None:
    chat = chat_of(GUESS)
    chat.send(red_packet("r0", NOON), red_packet("r1", NOON))

    (review,) = [
        action
        for action in chat.send(
            message("e0", NOON, "傻逼", attachments=red_packet("x").attachments)
        )
        if action.kind == "review"
    ]

    assert review.params["proposal"] == "delete"


def test_an_appeal_is_one_review_to_another_person() -> None:
    chat = chat_of()

    (review,) = chat.send(command("c", "appeal", LATER, member="p1"))

    assert (review.kind, review.member_id) == ("review", "p1")
    assert review.params["to_role"] == "school_office"
    assert chat.send(command("c2", "appeal", LATER, member="p1")) == []


def test_the_evidence_of_a_review_is_bounded() -> None:
    chat = chat_of(GUESS)
    chat.send(*(message(f"e{i}", NOON + i * MINUTE, "傻逼") for i in range(60)))

    assert len(chat.member().reviews[0].evidence) == EVIDENCE_MAX


# --- approval of the group


def test_a_group_that_nobody_approved_is_judged_in_shadow() -> None:
    chat = chat_of(unapproved(PACKETS))

    assert {a.mode for a in chat.send(red_packet("r0", NOON))} == {"shadow"}
    chat.send(command("c", "approve", NOON))

    assert {a.mode for a in chat.send(red_packet("r1", LATER))} == {"live"}
    assert chat.strikes() == 1


# --- exemptions


def exempted(capability: str = "quiet_hours", target: str | None = None) -> Chat:
    chat = chat_of(policy(QUIET, PACKETS))
    at = local("22:00")
    chat.send(command("c", "exempt", at, target, capability=capability, minutes=30))
    return chat


def test_a_rule_rests_from_the_command_on_for_as_long_as_said() -> None:
    chat = exempted()

    assert chat.send(message("e0", local("22:00"), "在吗", "p1")) == []
    assert chat.send(message("e1", local("22:29:59.999"), "在吗", "p2")) == []
    assert kinds(chat.send(message("e2", local("22:30"), "在吗", "p3"))) == ["remind@p3"]


def test_who_wrote_while_the_rule_rested_is_reminded_afterwards() -> None:
    chat = exempted()
    chat.send(message("e0", local("22:10"), "在吗"))

    assert kinds(chat.send(message("e1", local("23:00"), "在吗"))) == ["remind"]


def test_an_exemption_of_one_member_is_for_that_member_alone() -> None:
    chat = exempted(target="p1")

    assert chat.send(message("e0", local("22:10"), "在吗", "p1")) == []
    assert kinds(chat.send(message("e1", local("22:10"), "在吗", "p2"))) == ["remind@p2"]


def test_a_label_can_rest() -> None:
    chat = exempted("content:red_packet", "p1")

    assert "delete" not in kinds(chat.send(red_packet("r", local("22:10"))))


def test_an_exemption_is_never_backwards() -> None:
    chat = chat_of(policy(QUIET))
    chat.send(command("c", "exempt", local("22:30"), capability="quiet_hours", minutes=30))

    assert kinds(chat.send(message("e0", local("22:29"), "在吗"))) == ["remind"]


@pytest.mark.parametrize(
    "args",
    [
        {},
        {"capability": "quiet_hours"},
        {"minutes": 5},
        {"capability": 5, "minutes": 5},
        {"capability": "x" * 65, "minutes": 5},
    ],
)
def test_an_exemption_without_its_words_changes_nothing(args: dict[str, Any]) -> None:
    chat = chat_of()

    chat.send(command("c", "exempt", NOON, **args))

    assert chat.group().desk.exemptions == []


def test_exemptions_are_bounded() -> None:
    chat = chat_of()
    chat.send(*(command(f"c{i}", "exempt", NOON, capability="x", minutes=9) for i in range(99)))

    assert len(chat.group().desk.exemptions) == EXEMPTIONS_MAX


# --- policies


def test_a_policy_holds_from_its_record_on_for_its_group_alone() -> None:
    other = policy(PACKETS, ladder="three_steps", id="other")
    chat = Chat(PLAIN, other)
    chat.send(roster(), command("c", "policy", NOON, policy=other.ref.version))

    mine = chat.send(red_packet("r", LATER))
    theirs = chat.send(red_packet("r", LATER, group_id="g2"))

    assert {action.policy.id for action in mine} == {"other"}
    assert {action.policy.id for action in theirs} == {"test"}


def test_a_policy_of_all_groups_gives_way_to_a_group_s_own() -> None:
    own, all_ = policy(PACKETS, id="own"), policy(PACKETS, id="all")
    chat = Chat(PLAIN, own, all_)
    chat.send(
        roster(),
        command("c1", "policy", NOON, policy=own.ref.version),
        command("c2", "policy", NOON, member="system", group="*", policy=all_.ref.version),
    )

    assert chat.send(red_packet("r", LATER))[0].policy.id == "own"
    assert chat.send(red_packet("r", LATER, group_id="g2"))[0].policy.id == "all"


@pytest.mark.parametrize("name", ["mute", "remove", "warn", "undo"])
def test_a_command_about_nobody_changes_nothing(name: str) -> None:
    chat = chat_of()

    assert chat.send(command("c", name, NOON, "")) == []


def test_a_pack_that_is_not_at_hand_is_waited_for() -> None:
    chat = chat_of()
    missing = "0" * 32

    assert chat.verdict(command("c", "policy", NOON, policy=missing)).lacks == missing


def test_nobody_waits_for_a_pack_that_was_named_without_authority() -> None:
    chat = chat_of()

    assert chat.send(command("c", "policy", NOON, member="p1", policy="0" * 32)) == []
    assert chat.send(command("d", "policy", NOON, member="p9", policy="0" * 32)) == []
    assert kinds(chat.send(red_packet("r", LATER))) == ["delete", "remind"]


@pytest.mark.parametrize("named", ["short", 5, None, "0" * 33, "z" * 32, "A" * 32])
def test_a_malformed_name_of_a_pack_changes_nothing(named: object) -> None:
    assert chat_of().send(command("c", "policy", NOON, policy=named)) == []
