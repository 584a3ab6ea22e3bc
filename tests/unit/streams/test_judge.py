"""The judge, by its covenant: floods, quiet hours, content, lateness, duplicates."""

import msgspec
import pytest

from agents.outbox import size_of
from schemas.event import Attachment, Message, RosterLine
from schemas.policy import QuietHours, Rate, Rule, When
from streams.state import encode_member
from streams.topology import BATCH_BYTES_MAX
from tests.strategies import (
    DAY,
    HOUR,
    MINUTE,
    NOON,
    PACKETS,
    QUIET,
    RATE,
    REPEAT,
    SECOND,
    Chat,
    command,
    content,
    edit,
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

PLAIN = policy()


@pytest.fixture
def chat() -> Chat:
    return Chat(PLAIN)


def row(texts: list[str], every: int = SECOND, at: int = NOON, member: str = "p1") -> list[Message]:
    return [message(f"e{i}", at + i * every, text, member) for i, text in enumerate(texts)]


# --- the same text in a row


def test_the_third_identical_text_in_a_row_is_deleted_reminded_and_struck(chat: Chat) -> None:
    actions = chat.send(*row(["团购"] * 3))

    assert kinds(actions) == ["delete", "remind"]
    assert actions[0].params == {"message_id": "e2"}
    assert actions[0].evidence == ("e0", "e1", "e2")
    assert chat.strikes() == 1


def test_texts_are_compared_by_their_normal_form(chat: Chat) -> None:
    assert kinds(chat.send(*row(["團購 OK!", "团购ok", "团购，ＯＫ😀"]))) == ["delete", "remind"]


def test_other_members_do_not_break_a_run_and_another_text_does(chat: Chat) -> None:
    assert chat.send(*row(["团购", "团购", "带伞", "团购"])) == []
    chat.send(message("f0", NOON + MINUTE, "团购"), message("f1", NOON + MINUTE, "早", "p2"))

    assert kinds(chat.send(message("f2", NOON + MINUTE, "团购"))) == ["delete", "remind"]


def test_a_message_without_text_neither_counts_nor_breaks(chat: Chat) -> None:
    assert kinds(chat.send(*row(["团购", "", "团购", "", "团购"]))) == ["delete", "remind"]


def test_bare_acknowledgements_never_count(chat: Chat) -> None:
    assert chat.send(*row(["收到"] * 5)) == []


def test_an_acknowledgement_is_another_text_and_breaks_a_run(chat: Chat) -> None:
    assert chat.send(*row(["团购", "团购", "收到", "团购"])) == []


def test_one_flood_is_one_strike_and_what_follows_is_only_deleted(chat: Chat) -> None:
    actions = chat.send(*row(["团购"] * 8))

    assert kinds(actions) == ["delete", "remind", *["delete"] * 5]
    assert chat.strikes() == 1


def test_a_slow_run_is_one_run(chat: Chat) -> None:
    """Each three of it lie within ten minutes, each four do not."""
    actions = chat.send(*row(["团购"] * 6, every=5 * MINUTE))

    assert kinds(actions) == ["delete", "remind", *["delete"] * 3]
    assert chat.strikes() == 1


def test_the_same_text_after_a_pause_is_another_run(chat: Chat) -> None:
    chat.send(*row(["团购"] * 3))

    later = [message(f"l{i}", NOON + 2 * HOUR + i, "团购") for i in range(3)]

    assert kinds(chat.send(*later)) == ["delete", "remind"]
    assert chat.strikes() == 2


def test_one_message_with_the_same_line_three_times_is_a_run(chat: Chat) -> None:
    actions = chat.send(message("e0", text="团购\n团购！\n团 购"))

    assert kinds(actions) == ["delete", "remind"]
    assert actions[0].evidence == ("e0",)


@pytest.mark.parametrize("text", ["好的\n好的\n好的\n明天见", "收到\n" * 20])
def test_lines_of_acknowledgement_are_no_run(chat: Chat, text: str) -> None:
    assert chat.send(message("e0", text=text)) == []


def test_the_record_that_completes_a_run_out_of_order_brings_the_actions(chat: Chat) -> None:
    assert chat.send(message("e0", NOON, "团购"), message("e2", NOON + 2 * SECOND, "团购")) == []

    actions = chat.send(message("e1", NOON + SECOND, "团购"))

    assert kinds(actions) == ["delete", "remind"]
    assert actions[0].params == {"message_id": "e1"}


def test_an_edit_replaces_a_text_in_a_run(chat: Chat) -> None:
    chat.send(*row(["团购", "早", "团购"]))

    actions = chat.send(edit("x", "e1", NOON + MINUTE, "团购"))

    assert kinds(actions) == ["delete", "remind"]
    assert actions[0].params == {"message_id": "e1"}


def test_an_edit_that_changes_nothing_strikes_no_run_again(chat: Chat) -> None:
    first = chat.send(*row(["团购"] * 3))

    again = chat.send(edit("x", "e2", NOON + MINUTE, "团购!"))

    assert chat.strikes() == 1
    assert kinds(again) == ["delete"]
    assert {action.id for action in first}.isdisjoint(action.id for action in again)


def test_an_edit_adds_no_message_to_a_count(chat: Chat) -> None:
    texts = [str(number) for number in range(9)]
    chat.send(*row(texts))

    assert chat.send(edit("x", "e0", NOON + 9 * SECOND, "别的")) == []


def test_a_recalled_message_counts_in_no_run(chat: Chat) -> None:
    chat.send(*row(["团购", "团购"]), recall("x", "e0", NOON + 2 * SECOND))

    assert chat.send(message("e2", NOON + 3 * SECOND, "团购")) == []


def test_strikes_given_stand_when_a_message_is_recalled(chat: Chat) -> None:
    chat.send(*row(["团购"] * 3), recall("x", "e2", NOON + MINUTE))

    assert chat.strikes() == 1


# --- rate


def test_the_tenth_message_within_a_minute_is_reminded_and_struck(chat: Chat) -> None:
    actions = chat.send(*row([str(i) for i in range(10)], every=6_666))

    assert kinds(actions) == ["remind"]
    assert actions[0].evidence == tuple(f"e{i}" for i in range(10))
    assert chat.strikes() == 1


def test_ten_messages_in_a_whole_minute_are_no_flood(chat: Chat) -> None:
    ninth = row([str(i) for i in range(9)])

    assert chat.send(*ninth, message("e9", NOON + MINUTE, "9")) == []


def test_a_window_has_one_finding_and_the_next_has_its_own(chat: Chat) -> None:
    actions = chat.send(*row([str(i) for i in range(61)]))

    assert [action.decided_at - NOON for action in actions] == [9 * SECOND, 60 * SECOND]


def test_two_rates_do_not_hide_each_other() -> None:
    slow = Rule(
        id="slow", text="慢。", when=When(rate=Rate(messages=12, within_ms=HOUR)), handling="flood"
    )
    chat = Chat(policy(RATE, slow))

    actions = chat.send(*row([str(i) for i in range(12)]))

    assert [action.rule for action in actions] == ["rate", "slow"]


# --- quiet hours


@pytest.mark.parametrize(
    ("clock", "found"),
    [("21:59:59.999", 0), ("22:00:00.000", 1), ("05:59:59.999", 1), ("06:00:00.000", 0)],
)
def test_quiet_hours_begin_and_end_to_the_millisecond(chat: Chat, clock: str, found: int) -> None:
    actions = chat.send(message("e0", local(clock), "在吗"))

    assert kinds(actions) == ["remind"] * found


def test_one_reminder_and_one_strike_a_member_and_night(chat: Chat) -> None:
    evening, morning = local("22:10", day=7), local("05:10", day=8)

    actions = chat.send(
        message("e0", evening, "在吗"),
        message("e1", evening + HOUR, "在？"),
        message("e2", evening + HOUR, "在吗", "p2"),
        message("e3", morning, "早"),
        message("e4", morning + DAY, "早"),
    )

    assert kinds(actions) == ["remind", "remind@p2", "remind"]
    assert [action.evidence for action in actions] == [("e0",), ("e2",), ("e4",)]
    assert chat.strikes() == 2


def test_a_late_message_of_a_night_before_is_held_against_that_night(chat: Chat) -> None:
    chat.send(message("e0", local("22:10", day=8), "在吗"))

    actions = chat.send(message("e1", local("22:10", day=7), "在吗"))

    assert [(action.kind, action.mode) for action in actions] == [("remind", "late")]


def test_two_quiet_times_have_a_reminder_each() -> None:
    noon = QuietHours(start=13 * 60, end=14 * 60)
    rest = Rule(id="rest", text="午休。", when=When(quiet_hours=noon), handling="quiet")
    chat = Chat(policy(rest, QUIET))

    actions = chat.send(
        message("e0", local("13:10"), "在吗"),
        message("e1", local("22:10"), "在吗"),
        message("e2", local("23:10"), "在吗"),
    )

    assert [action.rule for action in actions] == ["rest", "quiet"]


def test_staff_may_write_at_night(chat: Chat) -> None:
    chat.send(roster(at=local("12:00")))

    assert chat.send(message("e0", local("22:10"), "明天停课", "t2")) == []


# --- shadow


SHADOW: list[tuple[Rule, Rule, list[Message]]] = [
    (
        QUIET,
        QUIET,
        [message(f"e{i}", local("22:10") + i, "在吗") for i in range(2)],
    ),
    (RATE, RATE, row([str(i) for i in range(12)])),
    (PACKETS, PACKETS, [red_packet("e0")]),
    (
        content("chat", "abuse", handling="off_topic"),
        content("chat", "abuse", handling="off_topic"),
        [message("e0", text="傻逼"), message("e1", NOON + 1, "傻逼")],
    ),
]


@pytest.mark.parametrize(("live", "other", "log"), SHADOW)
def test_a_rule_in_shadow_takes_nothing_from_a_live_one(
    live: Rule, other: Rule, log: list[Message]
) -> None:
    shadow = msgspec.structs.replace(other, id="shadow", state="shadow")
    alone = Chat(policy(live)).send(*log)

    both = Chat(policy(shadow, live)).send(*log)

    assert kinds([a for a in both if a.mode == "live"]) == kinds(alone)
    assert kinds([a for a in both if a.mode == "shadow"]) == kinds(alone)


def test_shadow_leaves_no_strike_no_mute_and_no_review() -> None:
    rule = content("bad", "abuse", handling="severe", state="shadow")
    chat = Chat(policy(rule, mutes=True))

    actions = chat.send(message("e0", text="傻逼"))

    assert {action.mode for action in actions} == {"shadow"}
    assert kinds(actions) == ["delete", "mute", "review"]
    member = chat.member()
    assert (member.strikes, member.reviews, member.mute_until) == ((), (), 0)


def test_a_finding_in_shadow_adds_nothing_to_an_open_review() -> None:
    live = content("rumours", "abuse", handling="judgement")
    trial = content("trial", "red_packet", handling="judgement", state="shadow")
    chat = Chat(policy(live, trial))
    chat.send(message("e0", text="傻逼"))

    actions = chat.send(red_packet("e1", NOON + 1))

    assert [(action.kind, action.mode) for action in actions] == [("review", "shadow")]
    assert chat.member().reviews[0].evidence == ["e0"]


# --- late, duplicates, ticks


def test_what_is_late_is_said_and_punishes_nobody(chat: Chat) -> None:
    chat.send(message("e0", NOON, "早", "p2"))

    actions = chat.send(red_packet("e1", NOON - 10 * MINUTE - 1))

    assert [(a.kind, a.mode) for a in actions] == [("delete", "late"), ("remind", "late")]
    assert chat.strikes() == 0


def test_a_late_severe_finding_mutes_nobody() -> None:
    chat = Chat(policy(content("bad", "red_packet", handling="severe"), mutes=True))
    chat.send(message("e0", NOON, "早", "p2"))

    actions = chat.send(red_packet("e1", NOON - HOUR))

    assert kinds(actions) == ["delete", "mute", "review"]
    assert {action.mode for action in actions} == {"late"}
    member = chat.member()
    assert (member.mute_until, member.strikes, member.reviews) == (0, (), ())


def test_ten_minutes_behind_is_not_late(chat: Chat) -> None:
    chat.send(message("e0", NOON, "早", "p2"))

    assert {a.mode for a in chat.send(red_packet("e1", NOON - 10 * MINUTE))} == {"live"}


def test_a_tick_makes_nothing_late(chat: Chat) -> None:
    chat.send(message("e0", NOON, "早"), tick(NOON + HOUR))

    assert {a.mode for a in chat.send(red_packet("e1", NOON + 1))} == {"live"}


def test_a_late_finding_opens_no_review_and_joins_none() -> None:
    chat = Chat(policy(content("rumours", "abuse", handling="judgement")))
    chat.send(message("e0", NOON, "傻逼"))

    chat.send(message("e1", NOON - HOUR, "傻逼"))

    assert chat.member().reviews[0].evidence == ["e0"]


def test_a_duplicate_changes_nothing(chat: Chat) -> None:
    chat.send(roster(), *row(["团购"] * 3), red_packet("r", NOON + MINUTE))
    chat.send(command("w", "warn", NOON + MINUTE, "p1"))
    chat.send(edit("x", "e0", NOON + 2 * MINUTE, "别的"))
    before = chat.states()

    for event in (*row(["团购"] * 3), red_packet("r", NOON + MINUTE)):
        assert chat.send(event) == []
    assert chat.send(command("w", "warn", NOON + MINUTE, "p1")) == []
    assert chat.send(edit("x", "e0", NOON + 2 * MINUTE, "别的")) == []

    assert chat.states() == before


def test_a_command_is_not_obeyed_twice_after_many_outcomes(chat: Chat) -> None:
    chat.send(roster(), command("w", "warn", NOON, "p1"))
    chat.send(*(outcome(f"o{i}", f"a{i}", at=NOON + i) for i in range(200)))

    assert chat.send(command("w", "warn", NOON, "p1")) == []
    assert chat.strikes() == 1


def test_a_flood_within_one_second_hides_nothing_that_follows_in_it() -> None:
    chat = Chat(policy(RATE, content("severe", "porn", handling="severe"), ladder="guide"))
    chat.send(*(message(f"e{i}", NOON, f"第{i}页") for i in range(200)))

    found = chat.send(message("last", NOON, "裸聊 约炮"))

    assert "delete" in kinds(found)


def test_a_parents_edits_do_not_make_a_teachers_order_look_old(chat: Chat) -> None:
    chat.send(roster(), red_packet("r"))
    chat.send(*(edit(f"e{i}", "r", NOON + SECOND, "早") for i in range(70)))

    assert kinds(chat.send(command("c", "remove", NOON + SECOND - 1, "p1"))) == ["remove"]
    assert chat.send(command("c", "remove", NOON + SECOND - 1, "p1")) == []


def test_a_wave_of_edits_within_one_second_hides_no_edit(chat: Chat) -> None:
    chat.send(message("m", NOON, "早"))
    chat.send(*(edit(f"e{i}", "m", NOON + SECOND, "早") for i in range(70)))

    assert chat.send(edit("last", "m", NOON + SECOND, "在群里发个红包")) != []


def test_a_late_message_takes_no_reminder_from_one_in_time(chat: Chat) -> None:
    night = local("22:20")
    chat.send(message("other", night, "早", "p2"))

    late = chat.send(message("late", local("22:05"), "早"))
    now = chat.send(message("now", night, "早"))

    assert [(action.kind, action.mode) for action in late] == [("remind", "late")]
    assert [(action.kind, action.mode) for action in now] == [("remind", "live")]


def test_what_was_answered_in_time_needs_no_late_answer(chat: Chat) -> None:
    night = local("22:20")
    assert len(chat.send(message("now", night, "早"))) == 1

    assert chat.send(message("late", local("22:05"), "早")) == []


def test_what_staff_repeated_takes_no_strike_from_a_parent(chat: Chat) -> None:
    chat.send(roster(), *row(["团购", "团购", "团购"], member="t1"))
    chat.send(roster("roster2", NOON + MINUTE, [RosterLine(member_id="t1", role="parent")]))

    assert "remind@t1" in kinds(chat.send(message("fourth", NOON + MINUTE, "团购", "t1")))


def test_a_roster_of_long_names_fits_into_one_record_batch(chat: Chat) -> None:
    group = "🙂" * 512
    lines = [RosterLine(member_id=f"m{i}", role="parent") for i in range(5_000)]

    verdict = chat.verdict(roster(lines=lines, group=group))

    [changes] = verdict.changes
    assert len(changes) > 1_000
    assert sum(map(size_of, changes)) < BATCH_BYTES_MAX


def test_what_is_older_than_the_ring_of_other_records_changes_nothing(chat: Chat) -> None:
    chat.send(roster(), command("w", "warn", NOON, "p1"))
    chat.send(*(recall(f"r{i}", "none", NOON + 1 + i) for i in range(200)))

    assert chat.send(command("w", "warn", NOON, "p1")) == []
    assert chat.strikes() == 1


# --- forgetting


def ticked(chat: Chat, until: int) -> None:
    chat.send(tick(until))


def test_a_member_equal_to_an_unknown_one_is_forgotten_after_two_weeks(chat: Chat) -> None:
    chat.send(message("e0", NOON, "早"))

    ticked(chat, NOON + 14 * DAY - 1)
    assert "p1" in chat.group().members

    verdict = chat.verdict(tick(NOON + 15 * DAY))
    assert "p1" not in chat.group().members
    (changes,) = [change for change in verdict.changes if change[0][0].startswith(b"qq:g1")]
    assert (b"qq:g1\x1fmp1", None) in [(key, value) for key, value, _ in changes]


def test_a_look_for_those_to_forget_leaves_who_wrote_since(chat: Chat) -> None:
    chat.send(message("e0", NOON, "早"), message("e1", NOON + 2 * DAY, "早", "p2"))

    ticked(chat, NOON + 15 * DAY)

    assert list(chat.group().members) == ["p2"]


def test_who_has_a_strike_is_not_forgotten_before_it_lapses() -> None:
    chat = Chat(policy(lapse_ms=30 * DAY))
    chat.send(red_packet("e0", NOON))

    ticked(chat, NOON + 29 * DAY)
    assert "p1" in chat.group().members

    ticked(chat, NOON + 32 * DAY)
    assert "p1" not in chat.group().members


def test_an_owner_who_is_silent_for_long_keeps_the_authority(chat: Chat) -> None:
    chat.send(join("j", NOON, "own", platform_role="owner"))
    chat.send(message("e0", NOON, "早", "p2"), tick(NOON + 20 * DAY))

    chat.send(command("w", "warn", NOON + 20 * DAY, "p1", member="own"))

    assert chat.strikes() == 1


def test_an_older_message_gives_no_rights_back(chat: Chat) -> None:
    chat.send(message("now", NOON, "早", platform_role="member"))
    chat.send(message("before", NOON - 1, "早", platform_role="owner"))
    chat.send(join("earlier", NOON - 2, platform_role="admin"))

    assert chat.member().rank == "member"


def test_a_rank_that_nobody_knows_is_not_kept(chat: Chat) -> None:
    chat.send(message("e0", NOON, "早", platform_role="x" * 10_000))

    assert chat.member().rank == ""


# --- content


def test_a_severe_finding_brings_its_class_alone() -> None:
    severe = content("bad", "red_packet", handling="severe")
    speech = content("words", "abuse", handling="speech")
    chat = Chat(policy(speech, severe, mutes=True))

    actions = chat.send(message("e0", text="傻逼", attachments=(Attachment(type="red_packet"),)))

    assert kinds(actions) == ["delete", "mute", "review"]
    assert {action.rule for action in actions} == {"bad"}
    assert actions[2].params["proposal"] == "remove"
    assert chat.strikes() == 1


def test_several_findings_are_one_strike_and_one_reminder_of_all_clauses() -> None:
    words = content("words", "abuse", handling="speech", clause="C5")
    chat = Chat(policy(words, PACKETS))

    actions = chat.send(message("e0", text="傻逼", attachments=(Attachment(type="red_packet"),)))

    assert kinds(actions) == ["delete", "remind"]
    assert actions[1].params["clauses"] == ["test#C5", "test#C4"]
    assert chat.strikes() == 1


def test_judgement_asks_a_person_and_deletes_nothing() -> None:
    chat = Chat(policy(content("words", "abuse", handling="judgement")))

    actions = chat.send(message("e0", text="傻逼"), message("e1", NOON + 1, "傻逼"))

    assert kinds(actions) == ["review"]
    assert chat.member().reviews[0].evidence == ["e0", "e1"]
    assert chat.strikes() == 0


def test_off_topic_talk_is_reminded_once_a_day() -> None:
    chat = Chat(policy(content("talk", "abuse", handling="off_topic")))

    actions = chat.send(
        message("e0", NOON, "傻逼"),
        message("e1", local("23:59:59.999"), "傻逼"),
        message("e2", local("00:00", day=8), "傻逼"),
    )

    assert [action.evidence for action in actions] == [("e0",), ("e2",)]
    assert chat.strikes() == 0


# --- staff


BOUND = (
    content("ads", "red_packet"),
    content("words", "abuse", handling="speech"),
)


def test_what_staff_write_is_not_deleted_and_a_person_hears_of_it() -> None:
    chat = Chat(policy(*BOUND))
    chat.send(roster())

    actions = chat.send(message("e0", NOON, "傻逼", "t2"), red_packet("e1", NOON + 1, "t2"))

    assert kinds(actions) == ["review@t2"]
    assert actions[0].params["to_role"] == "school_office"


def test_staff_are_not_muted_or_struck_even_for_severe_content() -> None:
    bad = content("bad", "abuse", handling="severe")
    worse = content("worse", "red_packet", handling="severe")
    chat = Chat(policy(bad, worse, mutes=True))
    chat.send(roster())

    actions = chat.send(
        message("e0", NOON, "傻逼", "t2", attachments=(Attachment(type="red_packet"),))
    )

    assert kinds(actions) == ["delete@t2", "escalate@t2"]
    assert actions[1].params["to_role"] == "school_office"
    assert chat.strikes("t2") == 0


def test_repeat_alone_is_a_rule_too() -> None:
    assert kinds(Chat(policy(REPEAT)).send(*row(["团购"] * 3))) == ["delete", "remind"]


# --- a class's roll

CHILDREN = [f"{family}{given}" for family in "王李张刘陈" for given in ("小明", "静", "可欣")]
CLASS = [
    RosterLine(member_id="t1", role="teacher"),
    *(RosterLine(member_id=f"p{n}", role="parent", student=c) for n, c in enumerate(CHILDREN)),
]
LISTED = "、".join(CHILDREN[:9])


@pytest.fixture
def school() -> Chat:
    school = Chat(policy(content("private", "privacy_other")))
    school.send(roster(lines=CLASS))
    return school


def test_who_gives_out_the_class_s_roll_gives_out_private_data(school: Chat) -> None:
    assert kinds(school.send(message("e1", NOON, LISTED))) == ["delete", "remind"]


@pytest.mark.parametrize(
    "text", ["、".join(CHILDREN[:7]), "、".join(f"赵{name[1:]}" for name in CHILDREN)]
)
def test_a_few_children_and_other_people_s_names_are_no_roll(school: Chat, text: str) -> None:
    assert school.send(message("e1", NOON, text)) == []


def test_a_teacher_may_name_the_class(school: Chat) -> None:
    assert school.send(message("e1", NOON, LISTED, "t1")) == []


def test_without_a_roster_a_list_of_names_is_no_roll() -> None:
    chat = Chat(policy(content("private", "privacy_other")))

    assert chat.send(message("e1", NOON, LISTED)) == []


def test_a_child_that_left_the_roster_counts_no_more(school: Chat) -> None:
    gone = [RosterLine(member_id=f"p{n}", role="parent") for n in range(4)]
    school.send(roster("again", NOON + SECOND, gone))

    assert school.send(message("e1", NOON + MINUTE, LISTED)) == []
    assert school.send(message("e2", NOON + MINUTE, "、".join(CHILDREN[4:])))


def test_no_child_s_name_stands_in_the_state(school: Chat) -> None:
    group = school.group()
    state = b"".join(encode_member(group.peek(member_id)) for member_id in group.members)

    assert len(group.children()) == len(CHILDREN)
    assert not any(name.encode() in state for name in CHILDREN)
