"""Notices that ask for an answer: what opens one, who has answered, what the deadline brings."""

from typing import Any

import msgspec
import pytest

from schemas.action import Action
from schemas.event import Attachment, Command, CommandCall, Message, RosterLine
from schemas.policy import Count, Rule, Unanswered, When, Where
from streams.parts import NOTICES_MAX
from tests.strategies import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    UNANSWERED,
    Chat,
    content,
    counting,
    edit,
    kinds,
    message,
    policy,
    reading,
    recall,
    restarted,
    roster,
    tick,
)

CLASS = (
    RosterLine(member_id="t1", role="head_teacher"),
    RosterLine(member_id="p1", role="parent", student="张一"),
    RosterLine(member_id="p2", role="parent", student="张一"),
    RosterLine(member_id="p3", role="parent", student="李二"),
    RosterLine(member_id="p4", role="parent", student="王三"),
)
BEFORE = NOON - HOUR


def class_of(*rules: object, **more: object) -> Chat:
    """A class of which everybody has written, so that all are present."""
    pack = policy(*(rules or (UNANSWERED,)), **more)  # type: ignore[arg-type]
    chat = Chat(pack)
    chat.send(roster(at=BEFORE, lines=CLASS))
    chat.send(*(message(f"hello-{i}", BEFORE, "早", f"p{i}") for i in range(1, 5)))
    return chat


def ask(event_id: str = "n1", at: int = NOON, member: str = "t1") -> Message:
    return message(event_id, at, "明早交回执，请回复", member)


def announced(
    of: str = "n1", at: int = NOON + MINUTE, member: str = "t1", **args: object
) -> Command:
    return Command(
        id=f"c-{of}-{at}",
        platform="qq",
        group_id="g1",
        sent_at=at,
        member_id=member,
        message_id=of,
        command=CommandCall(name="notice", args=args),
    )


def reminded(actions: list[Action]) -> list[str | None]:
    return [action.member_id for action in actions if action.kind == "remind"]


def test_who_is_silent_is_reminded_and_the_author_hears_how_it_stands() -> None:
    chat = class_of()
    assert chat.send(ask(), message("a", NOON + 1, "好", "p3")) == []

    actions = chat.send(tick(NOON + DAY + 1))

    assert reminded(actions) == ["p1", "p2", "p4"]
    (report,) = [action for action in actions if action.kind == "report"]
    assert (report.member_id, report.params) == (
        None,
        {
            "to_member": "t1",
            "message_id": "n1",
            "counts": {"owed": 4, "answered": 1, "missing": 3},
            "answered": ["p3"],
            "missing": ["p1", "p2", "p4"],
        },
    )


def test_one_parent_serves_the_child() -> None:
    chat = class_of()
    chat.send(ask(), message("a", NOON + 1, "收到", "p2"))

    assert reminded(chat.send(tick(NOON + DAY + 1))) == ["p3", "p4"]


def test_the_time_for_an_answer_includes_its_last_moment() -> None:
    chat = class_of()
    chat.send(ask())
    assert chat.send(tick(NOON + DAY), message("a", NOON + DAY, "收到", "p4")) == []

    assert reminded(chat.send(tick(NOON + DAY + 1))) == ["p1", "p2", "p3"]


def test_where_all_have_answered_only_the_report_follows() -> None:
    chat = class_of()
    answers = [message(f"a{i}", NOON + i, "好", f"p{i}") for i in (1, 3, 4)]
    chat.send(ask(), *answers)

    assert kinds(chat.send(tick(NOON + DAY + 1))) == ["report@None"]


def test_a_question_is_no_answer() -> None:
    chat = class_of()
    chat.send(ask(), message("q", NOON + 1, "交到哪里？", "p3"))

    assert "p3" in reminded(chat.send(tick(NOON + DAY + 1)))


def test_a_question_that_becomes_an_answer_by_an_edit_is_one() -> None:
    chat = class_of()
    chat.send(ask(), message("q", NOON + 1, "几点交？", "p3"))

    chat.send(edit("x", "q", NOON + 2, "收到，明早交", "p3"))

    assert reminded(chat.send(tick(NOON + DAY + 1))) == ["p1", "p2", "p4"]


def test_a_finding_is_no_answer() -> None:
    chat = class_of(UNANSWERED, content("packets", "red_packet"))
    pack = next(iter(chat.packs.values()))
    reading(pack, red_packet="红包")
    chat.send(ask(), message("f", NOON + 1, "发红包", "p3"))

    assert "p3" in reminded(chat.send(tick(NOON + DAY + 1)))


def test_an_answer_before_the_notice_is_none() -> None:
    chat = class_of()
    chat.send(ask(), message("a", NOON - 1, "收到", "p3"))

    assert "p3" in reminded(chat.send(tick(NOON + DAY + 1)))


def test_a_reply_to_one_notice_answers_that_one_alone() -> None:
    chat = class_of()
    chat.send(ask(), ask("n2", NOON + 1), message("a", NOON + 2, "好", "p3", reply_to="n2"))

    first = chat.send(tick(NOON + DAY + 1))
    second = chat.send(tick(NOON + DAY + 2))

    assert ("p3" in reminded(first), "p3" in reminded(second)) == (True, False)


def test_another_message_answers_all_open_notices() -> None:
    chat = class_of()
    chat.send(ask(), ask("n2", NOON + 1), message("a", NOON + 2, "好", "p3"))

    assert "p3" not in reminded(chat.send(tick(NOON + DAY + 2)))


def test_after_an_answer_further_messages_change_nothing() -> None:
    chat = class_of()
    chat.send(ask(), message("a", NOON + 1, "好", "p3"))
    before = chat.states()
    chat.send(message("a", NOON + 1, "好", "p3"), ask())

    assert chat.states()[1:] == before[1:]


def test_what_others_than_the_staff_ask_for_is_tracked_by_command_alone() -> None:
    chat = class_of()
    chat.send(ask(member="p4"))
    assert chat.send(tick(NOON + DAY + 1)) == []

    chat.send(announced(at=NOON + 2 * DAY, need_reply=True, minutes=600))
    assert chat.send(tick(NOON + 2 * DAY + 600 * MINUTE)) == []
    actions = chat.send(tick(NOON + 2 * DAY + 600 * MINUTE + 1))

    assert reminded(actions) == ["p1", "p2", "p3"]
    assert actions[-1].params["to_member"] == "p4"


def test_a_command_sets_another_deadline_for_a_message_that_is_tracked() -> None:
    chat = class_of()
    chat.send(ask(), announced(need_reply=True, minutes=10))

    assert len(reminded(chat.send(tick(NOON + 11 * MINUTE + 1)))) == 4
    assert chat.send(tick(NOON + 3 * DAY)) == []


@pytest.mark.parametrize("args", [{}, {"need_reply": False}, {"need_reply": "yes"}])
def test_an_announcement_that_asks_for_nothing_is_not_tracked(args: dict[str, Any]) -> None:
    chat = class_of()
    chat.send(message("n1", NOON, "周五大扫除", "t1"), announced(**args))

    assert chat.send(tick(NOON + 3 * DAY)) == []


def test_a_parent_announces_nothing() -> None:
    chat = class_of()
    chat.send(message("n1", NOON, "周五大扫除", "t1"), announced(member="p1", need_reply=True))

    assert chat.send(tick(NOON + 3 * DAY)) == []


def test_a_recalled_notice_asks_nobody() -> None:
    chat = class_of()
    chat.send(ask(), recall("r", "n1", NOON + 1, "t1"))

    assert chat.send(tick(NOON + 3 * DAY)) == []


def test_nobody_else_takes_a_notice_back() -> None:
    chat = class_of()
    chat.send(ask(), recall("r", "n1", NOON + 1, "p1"))

    assert len(reminded(chat.send(tick(NOON + 3 * DAY)))) == 4


def test_an_edit_does_not_open_a_closed_notice_again() -> None:
    chat = class_of()
    chat.send(ask(), tick(NOON + DAY + 1))
    chat.send(edit("x", "n1", NOON + DAY + 2, "改到周五，请回复", "t1"))

    assert chat.send(tick(NOON + 9 * DAY)) == []


def test_an_edit_may_make_a_message_ask() -> None:
    chat = class_of()
    chat.send(message("n1", NOON, "明早交回执", "t1"))
    chat.send(edit("x", "n1", NOON + HOUR, "明早交回执，请回复", "t1"))

    assert len(reminded(chat.send(tick(NOON + HOUR + DAY + 1)))) == 4


def test_who_is_exempt_is_not_reminded() -> None:
    chat = class_of()
    exempt = Command(
        id="x",
        platform="qq",
        group_id="g1",
        sent_at=NOON,
        member_id="t1",
        target_id="p4",
        command=CommandCall(name="exempt", args={"capability": "notice_ack", "minutes": 2_000}),
    )
    chat.send(ask(), exempt)

    assert reminded(chat.send(tick(NOON + DAY + 1))) == ["p1", "p2", "p3"]


def test_a_trial_tells_as_a_trial() -> None:
    trial = policy(msgspec.structs.replace(UNANSWERED, state="shadow"))
    chat = Chat(trial)
    chat.send(roster(at=BEFORE, lines=CLASS), message("h", BEFORE, "早", "p1"), ask())

    assert {action.mode for action in chat.send(tick(NOON + DAY + 1))} == {"shadow"}


def test_a_notice_of_a_rule_that_is_gone_is_forgotten() -> None:
    chat = class_of()
    other = policy(content("words", "abuse"), id="other")
    chat.packs[other.ref.version] = other
    chat.send(ask())
    order = CommandCall(name="policy", args={"policy": other.ref.version})
    chat.send(
        Command(
            id="c", platform="qq", group_id="g1", sent_at=NOON + 1, member_id="t1", command=order
        ),
        message("m", NOON + 2, "好", "p1"),
    )

    assert chat.group().named(b"n") == []
    assert chat.send(tick(NOON + 3 * DAY)) == []


def test_answers_that_are_alike_are_no_flood_of_the_group() -> None:
    alike = counting("alike", Count(of="members", at_least=3, within_ms=10 * MINUTE, by="text"))
    chat = class_of(UNANSWERED, alike)
    same = [message(f"s{i}", NOON + i, "已签字", f"p{i}") for i in (1, 3, 4)]

    assert kinds(chat.send(*same)) == ["remind@p4"]
    chat = class_of(UNANSWERED, alike)
    assert chat.send(ask(), *same) == []


def test_an_answer_that_shows_that_it_is_one_is_no_chitchat() -> None:
    chat = class_of(UNANSWERED, content("chat", "chitchat", handling="off_topic"))
    reading(next(iter(chat.packs.values())), chitchat="唱歌")
    chat.send(ask())

    assert chat.send(message("a", NOON + 1, "我报唱歌", "p1", reply_to="n1")) == []
    assert chat.send(message("b", NOON + 2, "3. 李二 唱歌", "p3")) == []
    assert kinds(chat.send(message("d", NOON + 3, "昨晚唱歌去了", "p4"))) == ["remind@p4"]


def test_only_so_many_notices_are_open_and_the_last_due_gives_way() -> None:
    chat = class_of()
    chat.send(*(ask(f"n{i:02}", NOON + i) for i in range(NOTICES_MAX + 4)))

    assert chat.group().named(b"n") == [f"n{i:02}" for i in range(NOTICES_MAX)]


def test_whom_a_rule_names_owes_the_answer() -> None:
    of_pupils = When(unanswered=Unanswered(owed_by=("student",)))
    chat = class_of(msgspec.structs.replace(UNANSWERED, when=of_pupils))
    chat.send(ask())

    assert kinds(chat.send(tick(NOON + DAY + 1))) == ["report@None"]


def test_what_is_open_survives_a_restart() -> None:
    chat = class_of()
    chat.send(ask())

    after = restarted(chat)
    after.send(message("a", NOON + 1, "好", "p3"), message("b", NOON + 2, "好", "p4"))

    assert reminded(after.send(tick(NOON + DAY + 1))) == ["p1", "p2"]


def test_whom_a_rule_lets_ask_opens_a_notice_by_words() -> None:
    asked_by_all = msgspec.structs.replace(UNANSWERED, by=("staff", "parent"))
    chat = class_of(asked_by_all)
    chat.send(ask(member="p4"))

    assert reminded(chat.send(tick(NOON + DAY + 1))) == ["p1", "p2", "p3"]


def test_a_way_of_speaking_of_the_staff_is_heard_in_each_of_their_messages() -> None:
    demands = Rule(
        id="demands",
        text="不能要求家长回复。",
        when=When(cues=("asks_reply",)),
        by=("staff",),
        handling="plain",
        do=("remind",),
    )
    chat = class_of(demands)

    assert chat.send(message("m", NOON, "明天带跳绳", "t1")) == []
    assert kinds(chat.send(ask(at=NOON + 1))) == ["remind@t1"]
    assert chat.send(tick(NOON + 3 * DAY)) == []


def test_a_rule_may_tell_a_reply_to_an_open_notice_from_another_message() -> None:
    pictures = Rule(
        id="pictures",
        text="不发图片。",
        when=When(attachments=("image",)),
        where=Where(not_reply_to=("notice",)),
        handling="plain",
        do=("remind",),
    )
    chat = class_of(UNANSWERED, pictures)
    picture = (Attachment(type="image"),)
    chat.send(ask())

    assert chat.send(message("a", NOON + 1, "", "p3", attachments=picture, reply_to="n1")) == []
    assert kinds(chat.send(message("b", NOON + 2, "", "p3", attachments=picture))) == ["remind@p3"]
