"""Weekly reports and purges: when, once each, and what they tell."""

import msgspec

from schemas.event import Command, CommandCall, Leave
from tests.strategies import (
    DAY,
    HOUR,
    NOON,
    PACKETS,
    PURGE,
    REPORT,
    UNANSWERED,
    Chat,
    content,
    join,
    kinds,
    local,
    message,
    outcome,
    policy,
    recall,
    red_packet,
    roster,
    tick,
)

SUNDAY = local("20:00", 13)
"""The first after `NOON`, a Monday."""
WEEK = 7 * DAY


def test_the_report_comes_at_the_minute_of_its_day_and_once_a_week() -> None:
    chat = Chat(policy(REPORT))
    chat.send(message("m", NOON, "早"))

    assert chat.send(tick(SUNDAY - 1)) == []
    (report,) = chat.send(tick(SUNDAY))
    assert (report.kind, report.member_id, report.decided_at) == ("report", None, SUNDAY)
    assert chat.send(tick(SUNDAY + HOUR)) == []
    assert kinds(chat.send(tick(SUNDAY + WEEK))) == ["report@None"]


def test_each_week_that_was_missed_comes_once_with_its_own_time() -> None:
    chat = Chat(policy(REPORT, PURGE))
    chat.send(message("m", NOON, "早"))

    actions = chat.send(message("n", SUNDAY + 2 * WEEK + DAY, "好"))

    assert [(a.kind, a.decided_at) for a in actions] == [
        (kind, SUNDAY + i * WEEK + later)
        for i in range(3)
        for kind, later in (("report", 0), ("purge", 3 * HOUR))
    ]


def test_nothing_is_due_before_a_group_has_begun() -> None:
    chat = Chat(policy(REPORT))

    assert chat.send(roster(at=NOON), tick(SUNDAY + WEEK)) == []
    chat.send(join("j", SUNDAY + WEEK + 1))
    assert kinds(chat.send(tick(SUNDAY + 2 * WEEK))) == ["report@None"]


def test_a_group_that_begins_at_that_moment_waits_a_week() -> None:
    chat = Chat(policy(REPORT))

    assert chat.send(message("m", SUNDAY, "早"), tick(SUNDAY + DAY)) == []


def test_the_report_counts_the_week_and_begins_anew() -> None:
    chat = Chat(policy(REPORT, PACKETS))
    chat.send(
        roster(at=NOON),
        join("j", NOON, "p3"),
        message("m", NOON, "早", "p2"),
        red_packet("r", NOON + 1),
        Leave(id="l", platform="qq", group_id="g1", sent_at=NOON + 2, member_id="p3"),
        message("n", NOON + 3, "好", "p2"),
    )

    (report,) = chat.send(tick(SUNDAY))
    assert report.params["to_role"] == "head_teacher"
    assert report.params["period"] == {"from": NOON, "until": SUNDAY}
    assert report.params["counts"] == {
        "joins": 1,
        "leaves": 1,
        "red_packet": 1,
        "messages": 3,
        "strikes": 1,
        "open_reviews": 0,
        "outside": report.params["counts"]["outside"],
        "standing": 0,
    }

    (second,) = chat.send(tick(SUNDAY + WEEK))
    assert second.params["period"] == {"from": SUNDAY, "until": SUNDAY + WEEK}
    assert set(second.params["counts"].values()) <= {0, second.params["counts"]["outside"]}


def test_two_reports_of_one_week_tell_the_same() -> None:
    other = msgspec.structs.replace(REPORT, id="other", to="owner")
    chat = Chat(policy(REPORT, other, PACKETS))
    chat.send(red_packet("r", NOON))

    one, two = chat.send(tick(SUNDAY))

    assert one.params["counts"] == two.params["counts"]
    assert {one.params["to_role"], two.params["to_role"]} == {"head_teacher", "owner"}


def test_announcements_are_found_in_the_report_of_their_week() -> None:
    chat = Chat(policy(REPORT))
    notice = Command(
        id="c",
        platform="qq",
        group_id="g1",
        sent_at=NOON + 1,
        member_id="t1",
        message_id="n1",
        command=CommandCall(name="notice", args={}),
    )
    chat.send(roster(at=NOON), message("n1", NOON, "周五大扫除", "t1"), notice)

    assert chat.send(tick(SUNDAY))[0].params["announced"] == ["n1"]
    assert chat.send(tick(SUNDAY + WEEK))[0].params["announced"] == []


def test_what_could_not_be_deleted_still_stands_until_it_is() -> None:
    chat = Chat(policy(REPORT, PACKETS))
    delete, _ = chat.send(red_packet("r", NOON))
    chat.send(red_packet("s", NOON + 1))
    chat.send(outcome("o", delete.id, "unsupported", NOON + 2))

    assert chat.send(tick(SUNDAY))[0].params["standing"] == ["r"]
    chat.send(outcome("p", delete.id, "done", SUNDAY + 1))
    assert chat.send(tick(SUNDAY + WEEK))[0].params["standing"] == []


def test_what_its_writer_took_back_stands_no_more() -> None:
    chat = Chat(policy(REPORT, PACKETS))
    delete, _ = chat.send(red_packet("r", NOON))
    chat.send(outcome("o", delete.id, "failed", NOON + 2), recall("x", "r", NOON + 3))

    assert chat.send(tick(SUNDAY))[0].params["standing"] == []


def test_what_waits_for_a_person_still_stands() -> None:
    chat = Chat(policy(REPORT, content("doubt", "red_packet", handling="judgement")))
    (review,) = chat.send(red_packet("r", NOON))

    (report,) = chat.send(tick(SUNDAY))

    assert report.params["standing"] == ["r"]
    assert report.params["open_reviews"] == [review.id]


def test_a_trial_is_not_counted() -> None:
    chat = Chat(policy(REPORT, content("trial", "red_packet", state="shadow")))
    chat.send(red_packet("r", NOON))

    assert "red_packet" not in chat.send(tick(SUNDAY))[0].params["counts"]


def test_the_roster_does_not_know_who_is_outside() -> None:
    chat = Chat(policy(REPORT))
    chat.send(roster(at=NOON), message("m", NOON, "早", "p1"), message("t", NOON, "早", "t1"))
    chat.group().head.is_rostered = True

    assert chat.send(tick(SUNDAY))[0].params["outside"] == ["p1"]


def test_a_purge_keeps_what_shows_severe_findings_and_what_is_asked_about() -> None:
    rules = (
        content("severe", "red_packet", handling="severe"),
        content("doubt", "abuse", handling="judgement"),
    )
    chat = Chat(policy(PURGE, *rules))
    chat.send(red_packet("r", NOON), message("d", NOON + 1, "傻逼", "p2"))
    chat.send(message("m", NOON + 2, "早"))

    (purge,) = chat.send(tick(local("23:00", 13)))

    assert purge.kind == "purge"
    assert purge.params == {"before": local("23:00", 13), "keep": ["r", "d"]}
    assert chat.strikes() == 1


def test_no_text_and_no_name_stands_in_a_report() -> None:
    chat = Chat(policy(REPORT, UNANSWERED, PACKETS))
    chat.send(message("m", NOON, "秘密的话", "p1", name="张三"), red_packet("r", NOON + 1))

    told = str(chat.send(tick(SUNDAY)))

    assert "秘密" not in told
    assert "张三" not in told
