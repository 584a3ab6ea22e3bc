"""Undo: what a strike brought is taken back, and what else is void is said."""

from typing import Any

import msgspec

from schemas.policy import OpenReview, Rule, When
from streams.parts import AGENDA, Agenda
from tests.strategies import (
    HOUR,
    MINUTE,
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

LATER = NOON + MINUTE
OFFICE = Rule(
    id="office",
    text="及时处理。",
    when=When(open_review=OpenReview(to="owner", for_ms=HOUR)),
    handling="plain",
    do=("escalate",),
    to="school_office",
)
MUTING = content("packets", "red_packet", do=("remind", "mute"))


def chat_of(*rules: Rule, **more: Any) -> Chat:
    chat = Chat(policy(*rules, **more))
    chat.send(roster())
    return chat


def test_a_plain_strike_leaves_nothing_to_be_said() -> None:
    chat = chat_of(PACKETS)
    chat.send(red_packet("r", NOON))

    assert chat.send(command("u", "undo", LATER, "p1")) == []
    assert chat.strikes() == 0


def test_the_review_of_the_strike_is_closed_with_its_deadlines_and_said() -> None:
    chat = chat_of(PACKETS, OFFICE, ladder="owner_removes")
    review = chat.send(red_packet("r", NOON))[-1]

    (report,) = chat.send(command("u", "undo", LATER, "p1", member="t1"))

    assert (report.kind, report.member_id) == ("report", "p1")
    assert report.params["to_member"] == "t1"
    assert report.params["voids"] == [{"kind": "review", "id": review.id}]
    assert chat.member().reviews == ()
    agenda = chat.group().look(AGENDA, Agenda)
    assert agenda is not None
    assert agenda.dues == []
    assert chat.send(tick(NOON + 30 * HOUR)) == []


def test_of_a_review_that_holds_more_only_the_strike_s_evidence_goes() -> None:
    chat = chat_of(PACKETS, ladder="owner_removes")
    chat.send(red_packet("r0", NOON), red_packet("r1", NOON))

    assert chat.send(command("u0", "undo", LATER, "p1")) == []
    (review,) = chat.member().reviews
    assert (review.evidence, review.messages) == (["r0"], ["r0"])

    assert kinds(chat.send(command("u1", "undo", LATER, "p1"))) == ["report"]
    assert chat.member().reviews == ()


def test_a_review_that_something_else_opened_stays() -> None:
    severe = content("bad", "red_packet", handling="severe", strike=0)
    also = content("words", "abuse", handling="severe")
    chat = chat_of(severe, also)
    chat.send(red_packet("r", NOON), message("e", NOON, "傻逼"))

    assert chat.send(command("u", "undo", LATER, "p1")) == []
    assert chat.member().reviews[0].evidence == ["r"]


def test_however_much_has_joined_a_review_what_opened_it_is_remembered() -> None:
    chat = chat_of(PACKETS, ladder="owner_removes")
    chat.send(*(red_packet(f"r{i}", NOON + i) for i in range(20)))
    chat.send(*(command(f"u{i}", "undo", LATER, "p1") for i in range(19)))

    assert chat.member().reviews[0].evidence == ["r0"]


def test_a_notice_that_waits_for_the_morning_is_never_posted() -> None:
    chat = chat_of(PACKETS, QUIET, ladder="three_steps")
    chat.send(red_packet("r0", local("12:00")), red_packet("r1", local("23:00")))
    assert len(chat.group().desk.waiting) == 1

    (report,) = chat.send(command("u", "undo", local("23:30"), "p1"))

    assert [void["kind"] for void in report.params["voids"]] == ["notice"]
    assert chat.send(tick(local("08:00", day=8))) == []


def test_what_others_were_told_is_named() -> None:
    chat = chat_of(PACKETS, ladder="three_steps")
    *_, escalate = chat.send(*(red_packet(f"r{i}", NOON + i) for i in range(3)))

    (report,) = chat.send(command("u", "undo", LATER, "p1"))

    assert report.params["voids"] == [{"kind": "escalate", "id": escalate.id}]


def test_a_longer_silence_that_a_person_ordered_stays() -> None:
    chat = chat_of(MUTING)
    chat.send(red_packet("r", NOON), command("m", "mute", LATER, "p1", minutes=60))

    assert chat.send(command("u", "undo", LATER, "p1")) == []
    assert chat.member().mute_until == LATER + HOUR


def test_a_silence_from_before_the_strike_comes_back() -> None:
    chat = chat_of(MUTING)
    chat.send(red_packet("r0", NOON), red_packet("r1", NOON + 5 * MINUTE))

    (mute,) = chat.send(command("u", "undo", NOON + 6 * MINUTE, "p1"))

    assert (mute.kind, mute.params) == ("mute", {"duration_s": 240})
    assert chat.member().mute_until == NOON + 10 * MINUTE


def test_who_was_let_speak_meanwhile_is_not_let_speak_again() -> None:
    chat = chat_of(MUTING)
    chat.send(red_packet("r", NOON), command("m", "unmute", LATER, "p1"))

    assert chat.send(command("u", "undo", LATER, "p1")) == []


def test_a_strike_that_lapsed_is_nothing_to_undo() -> None:
    chat = chat_of(PACKETS, ladder="owner_removes", lapse_ms=HOUR)
    chat.send(red_packet("r", NOON))

    assert chat.send(command("u", "undo", NOON + HOUR, "p1")) == []


def test_an_outcome_of_an_undone_strike_touches_no_other() -> None:
    chat = chat_of(PACKETS, ladder="three_steps")
    first = chat.send(red_packet("r0", NOON))[-1]
    second = chat.send(red_packet("r1", NOON + 1))[-1]
    chat.send(command("u", "undo", LATER, "p1"))

    chat.send(outcome("o", second.id, "failed", LATER))

    assert [strike.told for strike in chat.member().strikes] == [True]
    assert len(chat.group().desk.steps) == 1
    chat.send(outcome("o2", first.id, "failed", LATER))
    assert kinds(chat.send(red_packet("r2", LATER))) == ["delete", "remind"]


def test_the_same_flood_is_not_struck_again() -> None:
    chat = Chat(policy())
    chat.send(roster(), *(message(f"e{i}", NOON + i, "团购") for i in range(3)))
    chat.send(command("u", "undo", NOON + 3, "p1"))

    assert kinds(chat.send(message("e3", NOON + 4, "团购"))) == ["delete"]
    assert chat.strikes() == 0


def test_what_a_strike_brought_survives_the_changelog() -> None:
    chat = chat_of(PACKETS, ladder="owner_removes", mutes=True)
    chat.send(red_packet("r", NOON))
    (strike,) = chat.member().strikes

    assert msgspec.msgpack.decode(msgspec.msgpack.encode(strike), type=type(strike)) == strike
