"""What somebody tries who wants to get around the covenant, or to turn it against others."""

import msgspec

from schemas.event import Leave, Message, Report, RosterLine
from schemas.policy import Reported, Rule, Unanswered, When
from streams.agenda import WEEKLY, plan_due
from streams.parts import AGENDA, DUES_MAX, Agenda, Due
from tests.strategies import (
    HOUR,
    MINUTE,
    NOON,
    REPEAT,
    SECOND,
    TEACHERS,
    Chat,
    command,
    content,
    kinds,
    message,
    policy,
    roster,
    tick,
)

GAMBLING = "澳门线上娱乐城，首充100送88，注册网址私发"


def ranked(event_id: str, rank: str, at: int = NOON, member: str = "p1") -> Message:
    return message(event_id, at, f"好{event_id}", member, platform_role=rank)


def test_a_command_delivered_again_is_not_carried_out_for_rights_gained_since() -> None:
    chat = Chat(policy())
    order = command("c", "remove", NOON, "p2", member="p1")
    chat.send(message("m", NOON, "早", "p2"), message("n", NOON, "早"), order)

    chat.send(ranked("a", "admin", NOON + 1))

    assert chat.send(order) == []


def test_who_left_gives_no_orders() -> None:
    chat = Chat(policy())
    chat.send(message("m", NOON, "早", "p2"), ranked("a", "admin"))
    gone = Leave(id="l", platform="qq", group_id="g1", sent_at=NOON + 1, member_id="p1")

    assert chat.send(gone, command("c", "remove", NOON + 2, "p2", member="p1")) == []


def test_a_new_owner_ends_the_rights_of_the_one_before() -> None:
    chat = Chat(policy())
    chat.send(message("m", NOON, "早", "p3"), ranked("a", "owner"))

    chat.send(ranked("b", "owner", NOON + 1, "p2"))

    assert chat.send(command("c", "remove", NOON + 2, "p3", member="p1")) == []
    assert kinds(chat.send(command("d", "remove", NOON + 3, "p3", member="p2"))) == ["remove@p3"]


def test_no_exemption_spares_what_the_law_forbids() -> None:
    chat = Chat(policy(content("severe", "gambling", handling="severe")))
    chat.send(roster())
    for number, capability in enumerate(("content:gambling", "content", "severe")):
        chat.send(command(f"c{number}", "exempt", NOON, capability=capability, minutes=60))

    assert kinds(chat.send(message("m", NOON + 1, GAMBLING))) == ["delete", "review"]


def test_nobody_lets_a_rule_rest_for_himself() -> None:
    chat = Chat(policy(REPEAT))
    chat.send(ranked("a", "admin"))
    chat.send(command("c", "exempt", NOON, "p1", "p1", capability="flood_repeat", minutes=60))

    sent = [message(f"m{i}", NOON + 1 + i, "顶一下") for i in range(3)]

    assert kinds(chat.send(*sent)) == ["delete", "remind"]


def test_reports_of_people_whom_nobody_saw_keep_no_place() -> None:
    rule = Rule(id="r", text="举报", when=When(reported=Reported()), handling="judgement")
    chat = Chat(policy(rule))
    ghost = Report(
        id="r0", platform="qq", group_id="g1", sent_at=NOON, member_id="p1", target_id="ghost"
    )

    assert chat.send(ghost) == []
    assert "ghost" not in chat.group().members


def test_a_late_text_that_divides_a_run_brings_no_second_strike_for_it() -> None:
    chat = Chat(policy(REPEAT))
    chat.send(
        message("a2", NOON + 10 * SECOND, "团购接龙"),
        message("a3", NOON + MINUTE, "团购接龙"),
        message("a4", NOON + 5 * MINUTE, "团购接龙"),
    )

    late = chat.send(message("b", NOON + 3 * MINUTE, "别的话"), message("a1", NOON, "团购接龙"))

    assert "remind" not in kinds(late)
    assert chat.strikes() == 1


def test_a_notice_asked_again_reminds_again() -> None:
    asked = Rule(
        id="asked",
        text="请及时回复",
        when=When(unanswered=Unanswered()),
        handling="plain",
        do=("remind", "report"),
    )
    chat = Chat(policy(asked))
    parent = RosterLine(member_id="p1", role="parent", student="张一凡")
    chat.send(roster(lines=(*TEACHERS, parent)), message("n", NOON, "明天春游", "t1"))
    rounds = []
    for number in range(2):
        at = NOON + number * 2 * HOUR
        ask = command(f"c{number}", "notice", at, need_reply=True, minutes=60)
        chat.send(msgspec.structs.replace(ask, message_id="n"))
        rounds.append(chat.send(tick(at + 2 * HOUR - 1)))

    assert [kinds(actions) for actions in rounds] == [["remind", "report@None"]] * 2
    assert len({action.id for actions in rounds for action in actions}) == 4


def test_what_comes_every_week_gives_way_to_nothing() -> None:
    chat = Chat(policy())
    chat.send(message("m", NOON, "早"))
    group = chat.group()
    plan_due(group, Due(NOON + 1_000 * HOUR, WEEKLY, rule="weekly"))

    for number in range(DUES_MAX + 5):
        plan_due(group, Due(NOON + number, 5, f"p{number}", "name"))

    agenda = group.look(AGENDA, Agenda)
    assert agenda is not None
    assert len(agenda.dues) == DUES_MAX
    assert agenda.dues[-1].kind == WEEKLY


def test_a_mute_without_minutes_lasts_as_long_as_the_pack_says() -> None:
    chat = Chat(policy(mutes=True, mute_ms=90_000))
    chat.send(roster(), message("m", NOON, "早"))

    (mute,) = chat.send(command("c", "mute", NOON + 1, "p1"))

    assert mute.params["duration_s"] == 90
