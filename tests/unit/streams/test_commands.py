"""What a person may order, and what follows."""

from typing import Any

import msgspec
import pytest

from schemas.event import RosterLine
from schemas.policy import Commands, Rule, When, Where
from streams.policy.compile import Policy
from streams.state import EVIDENCE_MAX, EXEMPTIONS_MAX
from tests.strategies import (
    HOUR,
    MINUTE,
    NOON,
    PACKETS,
    QUIET,
    TEACHERS,
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
QUARREL = "你家孩子先动手的，凭什么怪我们家孩子"
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


BEYOND = Rule(
    id="beyond",
    text="各司其职",
    clause="C4",
    when=When(command="beyond"),
    handling="plain",
    do=("review",),
    to="owner",
    propose="nothing",
)
ADMIN = join("admin", NOON, "adm", platform_role="admin")


@pytest.mark.parametrize("role", ["teacher", "class_cadre", "school_office"])
def test_the_roster_s_offices_have_the_authority_that_the_pack_gives_them(role: Any) -> None:
    chat = Chat(policy(authority=(role,)))
    chat.send(roster(lines=(RosterLine(member_id="x1", role=role),)))

    assert kinds(chat.send(command("c", "remove", LATER, "p1", member="x1"))) == ["remove"]
    assert chat.send(command("d", "remove", LATER, "p1", member="t1")) == []


def test_the_pack_says_who_may_give_which_command() -> None:
    chat = chat_of(policy(BEYOND, commands=Commands(remove=("owner", "head_teacher"))))
    chat.send(ADMIN)

    assert kinds(chat.send(command("c1", "mute", LATER, "p1", member="adm"))) == ["mute"]
    assert kinds(chat.send(command("c2", "remove", LATER, "p1", member="t1"))) == ["remove"]
    (review,) = chat.send(command("c3", "remove", LATER, "p1", member="adm"))

    assert (review.kind, review.member_id) == ("review", "adm")
    assert (review.clause, review.params["to_role"]) == ("test#C4", "owner")
    assert review.evidence == ("c3",)


def test_a_second_order_beyond_one_s_rights_joins_the_open_question() -> None:
    chat = chat_of(policy(BEYOND, authority=("head_teacher",)))
    chat.send(ADMIN, command("c1", "remove", LATER, "p1", member="adm"))

    assert chat.send(command("c2", "mute", LATER, "p1", member="adm")) == []
    assert chat.member("adm").reviews[0].evidence == ["c1", "c2"]


def test_who_may_not_remove_can_t_by_approving_it() -> None:
    bad = content("bad", "red_packet", handling="severe")
    chat = chat_of(policy(BEYOND, bad, commands=Commands(remove=("head_teacher",))))
    chat.send(ADMIN, red_packet("r", NOON))

    assert kinds(chat.send(command("c1", "approve", LATER, "p1", member="adm"))) == ["review@adm"]
    assert kinds(chat.send(command("c2", "approve", LATER, "p1"))) == ["remove"]


def test_a_guest_s_order_brings_nothing_at_all() -> None:
    chat = chat_of(policy(BEYOND))

    assert chat.send(command("c", "remove", LATER, "p2", member="p1")) == []
    assert chat.send(command("d", "dance", LATER, "p2", member="t2")) == []


def test_a_rule_may_be_about_some_orders_alone() -> None:
    rule = msgspec.structs.replace(BEYOND, where=Where(commands=("remove",)))
    chat = chat_of(policy(rule, authority=("owner",)))

    assert chat.send(command("c", "warn", LATER, "p1", member="t2")) == []
    assert kinds(chat.send(command("d", "remove", LATER, "p1", member="t2"))) == ["review@t2"]


@pytest.mark.parametrize("name", ["approve", "reject", "undo", "unmute"])
def test_nobody_decides_about_himself(name: str) -> None:
    chat = chat_of(SEVERE)
    chat.send(join("j", NOON, "p1", platform_role="admin"), red_packet("r", NOON))
    before = (chat.strikes(), chat.member().mute_until, len(chat.member().reviews))

    assert chat.send(command("c", name, LATER, "p1", member="p1")) == []
    assert (chat.strikes(), chat.member().mute_until, len(chat.member().reviews)) == before


def test_authority_moves_on_with_the_owner_s_rank() -> None:
    chat = chat_of(policy(authority=("owner",)))
    chat.send(message("e0", NOON, "早", "p2", platform_role="owner"))
    assert kinds(chat.send(command("c0", "warn", NOON, "p1", member="p2"))) == ["remind"]

    chat.send(
        message("e1", LATER, "早", "p2", platform_role="member"),
        join("j", LATER, "p3", platform_role="owner"),
    )

    assert chat.send(command("c1", "warn", LATER, "p1", member="p2")) == []
    assert kinds(chat.send(command("c2", "warn", LATER, "p1", member="p3"))) == ["remind"]


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


def test_a_person_silences_a_pupil_for_longer_than_the_system_may() -> None:
    pack = policy(content("bad", "red_packet", handling="severe"), mutes=True, mute_ms=HOUR)
    chat = Chat(pack)
    chat.send(roster(lines=(*TEACHERS, RosterLine(member_id="p1", role="student"))))

    (by_system,) = [a for a in chat.send(red_packet("r", NOON)) if a.kind == "mute"]
    (by_person,) = chat.send(command("c", "mute", LATER, "p1", minutes=30))
    (of_parent,) = [a for a in chat.send(red_packet("q", NOON, "p2")) if a.kind == "mute"]

    assert by_system.params == {"duration_s": 600}
    assert by_person.params == {"duration_s": 1_800}
    assert of_parent.params == {"duration_s": 3_600}


def test_a_warning_brings_the_review_of_its_rung() -> None:
    chat = chat_of(policy(PACKETS, ladder="owner_removes"))

    remind, review = chat.send(command("c", "warn", LATER, "p1"))

    assert (remind.kind, review.kind) == ("remind", "review")
    assert review.params == {"to_role": "owner", "proposal": "remove"}
    chat.send(command("u", "undo", LATER, "p1"))
    assert chat.member().reviews == ()


def test_one_of_the_staff_who_is_warned_is_not_proposed_for_removal() -> None:
    chat = chat_of(policy(PACKETS, ladder="owner_removes"))

    assert kinds(chat.send(command("c", "warn", LATER, "t2"))) == ["remind@t2"]


def test_unmute_and_remove_follow_at_once() -> None:
    chat = chat_of()

    assert kinds(chat.send(command("c1", "unmute", LATER, "p1"))) == ["unmute"]
    assert kinds(chat.send(command("c2", "remove", LATER, "p1"))) == ["remove"]


def test_undo_takes_the_last_strike_back_and_the_mute_that_came_with_it() -> None:
    chat = chat_of(SEVERE)
    chat.send(red_packet("r", NOON))

    unmute, report = chat.send(command("c", "undo", LATER, "p1"))

    assert (unmute.kind, unmute.strikes) == ("unmute", 0)
    assert report.kind == "report"
    assert chat.strikes() == 0
    assert chat.member().mute_until == 0


def test_undo_of_nothing_changes_nothing() -> None:
    assert chat_of().send(command("c", "undo", LATER, "p1")) == []


def test_a_mute_that_has_ended_is_not_lifted() -> None:
    chat = chat_of(SEVERE)
    chat.send(red_packet("r", NOON))

    assert kinds(chat.send(command("c", "undo", NOON + 11 * MINUTE, "p1"))) == ["report"]
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


def test_an_appeal_is_one_review_to_somebody_other_than_who_decided() -> None:
    chat = chat_of()
    chat.send(command("m", "mute", NOON, "p1"))

    (review,) = chat.send(command("c", "appeal", LATER, member="p1"))

    assert (review.kind, review.member_id) == ("review", "p1")
    assert review.params["to_role"] == "school_office"
    assert review.evidence == ("m", "c")
    assert chat.send(command("c2", "appeal", LATER, member="p1")) == []


def test_an_appeal_against_the_system_goes_to_who_decides_in_the_covenant() -> None:
    chat = Chat(policy(PACKETS, review_to="owner"))
    chat.send(red_packet("r", NOON))

    (review,) = chat.send(command("c", "appeal", LATER, member="p1"))

    assert review.params["to_role"] == "owner"


def test_an_appeal_shows_the_words_of_both_sides() -> None:
    quarrels = content("quarrel", "conflict", handling="judgement", hold=True)
    chat = chat_of(policy(quarrels))
    chat.send(
        message("e0", NOON, QUARREL, "p2", mentions=("p1",)),
        message("e1", NOON, QUARREL, mentions=("p2",)),
    )

    (review,) = chat.send(command("c", "appeal", LATER, member="p1"))

    assert review.evidence == ("e0", "e1", "c")
    assert chat.member().reviews[-1].hold


def test_the_evidence_of_a_review_is_bounded() -> None:
    chat = chat_of(GUESS)
    chat.send(*(message(f"e{i}", NOON + i * MINUTE, "傻逼") for i in range(60)))

    assert len(chat.member().reviews[0].evidence) == EVIDENCE_MAX


# --- several must agree

CADRES = tuple(RosterLine(member_id=name, role="class_cadre") for name in ("k1", "k2", "k3"))


def jury() -> Chat:
    """Three strikes of p1: a review that two of the cadres must approve."""
    chat = Chat(
        policy(
            PACKETS,
            ladder="discretion",
            ladder_quorum=2,
            authority=("head_teacher", "class_cadre"),
            review_to="class_cadre",
        )
    )
    chat.send(roster(lines=(*TEACHERS, *CADRES)))
    review = chat.send(*(red_packet(f"r{i}", NOON + i) for i in range(3)))[-1]
    assert review.params == {"to_role": "class_cadre", "proposal": "remove", "quorum": 2}
    return chat


def test_joint_punishment_needs_two_different_yeses() -> None:
    chat = jury()

    assert chat.send(command("c1", "approve", LATER, "p1", member="k1")) == []
    assert chat.send(command("c2", "approve", LATER, "p1", member="k1")) == []
    assert kinds(chat.send(command("c3", "approve", LATER, "p1", member="k2"))) == ["remove"]


def test_of_a_joint_decision_any_no_is_the_end() -> None:
    chat = jury()

    chat.send(command("c1", "approve", LATER, "p1", member="k1"))
    chat.send(command("c2", "reject", LATER, "p1", member="k3"))

    assert chat.send(command("c3", "approve", LATER, "p1", member="k2")) == []


def test_a_joint_decision_is_of_those_who_were_asked() -> None:
    chat = jury()

    assert chat.send(command("c1", "approve", LATER, "p1", member="t1")) == []
    assert chat.send(command("c2", "approve", LATER, "p1", member="k1")) == []
    assert kinds(chat.send(command("c3", "approve", LATER, "p1", member="k2"))) == ["remove"]


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
    chat.send(*(command(f"c{i}", "exempt", NOON, capability="x", minutes=9) for i in range(300)))

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
