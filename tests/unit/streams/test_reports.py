"""Members report: a person is asked, nobody is punished, and a reporter's doings are bounded."""

from typing import Any

import msgspec
import pytest

from schemas.event import Attachment, Report, RosterLine
from schemas.policy import Beside, Reported, Reports, Rule, When
from streams.parts import (
    REPORTED_MAX,
    REPORTERS_MAX,
    REPORTERS_OF_ONE_MAX,
    REPORTING,
    Reporting,
)
from streams.policy.compile import Policy
from tests.strategies import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    PACKETS,
    TEACHERS,
    Chat,
    command,
    join,
    kinds,
    message,
    policy,
    roster,
)

LATER = NOON + MINUTE


def asking(rule_id: str = "asked", reporters: int = 1, what: Any = "any", **more: Any) -> Rule:
    fields: dict[str, Any] = {"handling": "plain", "do": ("review",), "clause": "C15"}
    when = When(reported=Reported(reporters=reporters, what=what))
    return Rule(id=rule_id, text="可以举报。", when=when, **(fields | more))


ASKED = policy(asking())
DELETING = policy(asking(propose="delete"))


def report(
    event_id: str, member: str, of: str | None = "m", at: int = LATER, target: str = "p1"
) -> Report:
    return Report(
        id=event_id,
        platform="qq",
        group_id="g1",
        sent_at=at,
        member_id=member,
        target_id=target,
        message_id=of,
    )


def chat_of(pack: Policy = ASKED, *lines: RosterLine) -> Chat:
    chat = Chat(pack)
    chat.send(roster(lines=(*TEACHERS, *lines)))
    picture = (Attachment(type="image"),)
    chat.send(message("m", NOON, attachments=picture), message("n", NOON, attachments=picture))
    # Only who was ever seen can be reported.
    chat.send(*(message(f"w{who}", NOON, "早", who) for who in ("q", *(f"q{i}" for i in range(9)))))
    return chat


def test_a_report_asks_a_person_about_the_reported_with_the_message() -> None:
    (review,) = chat_of().send(report("r", "p2"))

    assert (review.kind, review.member_id, review.clause) == ("review", "p1", "test#C15")
    assert review.evidence == ("m", "r")
    assert review.params == {"to_role": "head_teacher"}


def test_all_reporters_of_a_message_have_one_review() -> None:
    chat = chat_of()
    chat.send(report("r0", "p2"))

    assert chat.send(report("r1", "p3"), report("r2", "p2")) == []
    assert [one.evidence for one in chat.member().reviews] == [["m", "r0", "r1"]]


def test_who_reported_stands_in_no_action() -> None:
    chat = chat_of(DELETING)

    actions = chat.send(report("r0", "p2"), report("r1", "p3"), command("c", "approve", NOON, "p1"))

    assert not [action for action in actions if "p2" in str(action) or "p3" in str(action)]


def test_approval_deletes_the_message_where_the_rule_proposes_it() -> None:
    chat = chat_of(DELETING)
    (review,) = chat.send(report("r0", "p2"))
    chat.send(report("r1", "p2", "n"))

    actions = chat.send(command("c", "approve", LATER, "p1"))

    assert review.params["proposal"] == "delete"
    assert kinds(actions) == ["delete", "delete", "remind"]
    assert [a.params["message_id"] for a in actions if a.kind == "delete"] == ["m", "n"]


def test_where_no_message_was_reported_there_is_nothing_to_delete() -> None:
    chat = chat_of(DELETING)
    (review,) = chat.send(report("r0", "p2", None))

    assert "proposal" not in review.params
    assert chat.send(command("c", "approve", LATER, "p1")) == []


def test_so_many_must_report_as_the_rule_says_and_nobody_twice() -> None:
    chat = chat_of(policy(asking(reporters=2)))

    assert chat.send(report("r0", "p2"), report("r1", "p2"), report("r2", "p3", "n")) == []
    assert kinds(chat.send(report("r3", "p3"))) == ["review"]


def test_of_rules_for_as_many_reporters_the_first_answers() -> None:
    chat = chat_of(
        policy(
            asking("picture", what="message", propose="delete"),
            asking("rest"),
            asking("crowd", reporters=2, do=("escalate",), to="school_office"),
        )
    )

    assert [a.rule for a in chat.send(report("r0", "p2"))] == ["picture"]
    assert [a.rule for a in chat.send(report("r1", "p2", None))] == ["rest"]
    (escalate,) = chat.send(report("r2", "p3", "n"), report("r3", "p2", "n"))
    assert (escalate.rule, escalate.params["to_role"]) == ("crowd", "school_office")


@pytest.mark.parametrize("handling", ["clear", "severe", "speech", "flood"])
def test_a_report_alone_punishes_nobody_whatever_the_rule_says(handling: Any) -> None:
    rule = asking(handling=handling, do=("review", "delete", "mute", "remind"), strike=3)
    chat = chat_of(policy(rule, mutes=True, ladder="owner_removes"))

    actions = chat.send(*(report(f"r{i}", f"q{i}") for i in range(9)))

    assert kinds(actions) == ["remind", "review"]
    assert chat.strikes() == 0
    assert chat.member().mute_until == 0


def test_nobody_reports_himself_and_a_pack_may_hear_no_reports() -> None:
    assert chat_of().send(report("r", "p1")) == []
    assert chat_of(policy(PACKETS)).send(report("r", "p2")) == []


def test_a_message_of_somebody_else_is_no_ground() -> None:
    chat = chat_of(DELETING)
    chat.send(message("of_p3", NOON, "早", "p3"))

    (review,) = chat.send(report("r", "p2", "of_p3"))

    assert review.evidence == ("r",)
    assert "proposal" not in review.params


@pytest.mark.parametrize(
    ("role", "rank", "to", "asked"),
    [
        ("teacher", "", "head_teacher", "head_teacher"),
        ("head_teacher", "", "head_teacher", "school_office"),
        ("head_teacher", "owner", "owner", "school_office"),
        ("school_office", "", "school_office", "head_teacher"),
        ("parent", "owner", "owner", "head_teacher"),
        ("parent", "admin", "owner", "owner"),
        ("parent", "admin", "admin", "head_teacher"),
    ],
)
def test_a_report_about_one_in_office_goes_to_somebody_else(
    role: Any, rank: str, to: Any, asked: str
) -> None:
    chat = chat_of(policy(asking(to=to)), RosterLine(member_id="p1", role=role))
    chat.send(join("j", NOON, platform_role=rank))

    (review,) = chat.send(report("r", "p2"))

    assert (review.member_id, review.params["to_role"]) == ("p1", asked)


def test_a_late_report_opens_nothing_that_could_be_approved() -> None:
    chat = chat_of(DELETING)
    chat.send(message("now", NOON + HOUR, "早", "p2"))

    (review,) = chat.send(report("r", "p2", at=NOON))

    assert review.mode == "late"
    assert chat.send(command("c", "approve", NOON + HOUR, "p1")) == []
    assert kinds(chat.send(report("r1", "p3", at=NOON + HOUR))) == ["review"]


def test_a_rule_on_trial_asks_nobody_and_takes_nothing_from_a_live_one() -> None:
    trial = asking("trial", state="shadow")
    chat = chat_of(policy(trial, asking()))

    assert {(a.rule, a.mode) for a in chat.send(report("r", "p2"))} == {
        ("asked", "live"),
        ("trial", "shadow"),
    }
    assert len(chat.member().reviews) == 1


# --- a reporter's doings


def test_a_reporter_counts_for_so_many_reports_a_day() -> None:
    chat = chat_of(policy(asking(), reports=Reports(a_day=2)))
    targets = [report(f"r{i}", "p9", None, LATER + i, f"q{i}") for i in range(3)]

    assert kinds(chat.send(*targets)) == ["review@q0", "review@q1"]
    assert kinds(chat.send(report("s", "p9", None, LATER + DAY, "q2"))) == ["review@q2"]


def test_who_was_rejected_too_often_is_not_heard_for_a_time() -> None:
    chat = chat_of(policy(asking(), reports=Reports(rejected=2, within_ms=DAY)))
    for number in range(2):
        chat.send(report(f"r{number}", "p9", None, LATER, f"q{number}"))
        chat.send(command(f"c{number}", "reject", LATER, f"q{number}"))

    assert chat.send(report("s0", "p9", None, LATER + DAY - 1, "q2")) == []
    assert kinds(chat.send(report("s1", "p9", None, LATER + DAY, "q2"))) == ["review@q2"]


def test_an_approved_report_is_none_that_was_rejected() -> None:
    chat = chat_of(policy(asking(propose="remove"), reports=Reports(rejected=1)))
    chat.send(report("r0", "p9"), command("c", "approve", LATER, "p1"))

    assert kinds(chat.send(report("r1", "p9", None, LATER, "q"))) == ["review@q"]


def test_staff_are_heard_without_bound() -> None:
    chat = chat_of(policy(asking(), reports=Reports(a_day=1)))

    asked = chat.send(*(report(f"r{i}", "t2", None, LATER, f"q{i}") for i in range(3)))

    assert len(asked) == 3


def test_what_was_decided_is_not_asked_again_and_a_new_deed_is() -> None:
    chat = chat_of()
    chat.send(report("r0", "p2"), command("c0", "reject", LATER, "p1"))

    assert chat.send(report("r1", "p3")) == []
    chat.send(report("a0", "p2", "n"), command("a1", "approve", LATER, "p1"))
    assert chat.send(report("a2", "p3", "n")) == []
    chat.send(report("r2", "p3", None), command("c1", "reject", LATER, "p1"))
    assert kinds(chat.send(report("r3", "p4", None))) == ["review"]


def test_what_is_kept_of_reports_is_bounded_and_names_nobody() -> None:
    chat = chat_of(policy(asking(reporters=99), reports=Reports(a_day=99)))
    chat.send(*(report(f"r{i}", f"reporter{i}", f"x{i}") for i in range(300)))
    chat.send(*(report(f"s{i}", f"reporter{i}", "m") for i in range(99)))

    kept = chat.group().look(REPORTING, Reporting)

    assert kept is not None
    assert len(kept.reported) == REPORTED_MAX
    assert len(kept.reporters) == REPORTERS_MAX
    assert max(map(len, kept.reported.values())) == REPORTERS_OF_ONE_MAX
    assert b"reporter" not in msgspec.msgpack.encode(kept)


# --- a report as a dispute


def test_where_both_sides_are_asked_the_reporter_is_asked_in_private_and_held_too() -> None:
    rule = asking(
        do=("review", "remind"), beside=(Beside(about="other_side", remind="请说明"),), hold=True
    )
    floods = msgspec.structs.replace(PACKETS, do=("mute",), id="floods")
    chat = chat_of(policy(rule, floods))

    actions = chat.send(report("r0", "p2"))
    more = chat.send(report("r1", "p3"))

    assert kinds(actions) == ["remind", "review", "remind@p2"]
    assert "p2" not in str(actions[:2])
    assert more == []
    for member in ("p1", "p2"):
        packet = message(f"x-{member}", LATER, "", member)
        packet = msgspec.structs.replace(packet, attachments=(Attachment(type="red_packet"),))
        assert chat.send(packet) == []
    chat.send(command("c", "reject", LATER, "p1"))
    packet = message("y", LATER, "", "p2", attachments=(Attachment(type="red_packet"),))
    assert kinds(chat.send(packet)) == ["mute@p2"]
