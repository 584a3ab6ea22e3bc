"""Silences: one report for each, to a role, and nothing in the group."""

import msgspec

from tests.strategies import (
    DAY,
    HOUR,
    NOON,
    Chat,
    kinds,
    message,
    policy,
    roster,
    silent,
    tick,
)

WEEK = 7 * DAY


def test_a_silence_of_the_staff_is_told_once() -> None:
    chat = Chat(policy(silent("staff")))
    chat.send(roster(at=NOON), message("m", NOON, "新学期好", "t1"))
    chat.send(message("a", NOON + DAY, "课表出了吗", "p1"))

    assert chat.send(tick(NOON + WEEK - 1)) == []
    (report,) = chat.send(tick(NOON + WEEK))

    assert (report.kind, report.member_id) == ("report", None)
    assert report.params == {"to_role": "head_teacher", "silent": "staff", "since": NOON}
    assert chat.send(tick(NOON + 5 * WEEK)) == []


def test_the_next_silence_is_told_at_its_own_time() -> None:
    chat = Chat(policy(silent("staff")))
    chat.send(roster(at=NOON), message("m", NOON, "新学期好", "t1"), tick(NOON + WEEK))
    spoke = NOON + WEEK + 2 * DAY
    chat.send(message("n", spoke, "今天晨读", "t1"))

    assert chat.send(tick(spoke + WEEK - 1)) == []
    (report,) = chat.send(tick(spoke + 2 * WEEK))

    assert report.decided_at == spoke + WEEK


def test_who_speaks_is_not_silent() -> None:
    chat = Chat(policy(silent("others")))
    sent = [message(f"m{i}", NOON + i * DAY, f"第{i}页") for i in range(30)]

    assert chat.send(*sent) == []


def test_a_side_that_never_spoke_is_silent_since_the_group_began() -> None:
    chat = Chat(policy(silent("staff")))
    chat.send(roster(at=NOON - DAY), message("a", NOON, "有人吗"))

    (report,) = chat.send(tick(NOON + WEEK))

    assert report.params["since"] == NOON


def test_anyone_s_word_ends_a_silence_of_all() -> None:
    chat = Chat(policy(silent("anyone")))
    chat.send(roster(at=NOON), message("a", NOON, "早"), message("b", NOON + DAY, "好", "t1"))

    assert chat.send(tick(NOON + WEEK)) == []
    assert kinds(chat.send(tick(NOON + DAY + WEEK))) == ["report@None"]


def test_a_group_without_a_word_is_no_silent_one() -> None:
    chat = Chat(policy(silent("anyone")))

    assert chat.send(roster(at=NOON), tick(NOON + 9 * WEEK)) == []


def test_the_report_s_sentence_is_the_rule_s() -> None:
    rule = msgspec.structs.replace(silent("others"), report="可以出个话题")
    chat = Chat(policy(rule))
    (report,) = chat.send(message("a", NOON, "早"), tick(NOON + WEEK + HOUR))

    assert report.params["text"] == "可以出个话题"
    assert "成员已经7天没有发言，可以出个话题" in report.explain
