"""Members who did nothing for so long: each at the own time, by one deadline a group."""

from typing import Any, Final

import msgspec

from schemas.event import Leave, Rename, RosterLine
from schemas.policy import Rule, When
from streams.parts import AGENDA, Agenda
from tests.strategies import DAY, MINUTE, NOON, Chat, command, message, policy, roster, tick

CLASS: Final = (
    RosterLine(member_id="t1", role="head_teacher"),
    RosterLine(member_id="s1", role="student"),
    RosterLine(member_id="s2", role="student"),
)
ABSENT: Final = Rule(
    id="absent",
    text="清理。",
    when=When(absent_ms=90 * DAY),
    handling="plain",
    do=("review",),
    propose="remove",
)


def chat_of(*rules: Rule) -> Chat:
    chat = Chat(policy(*(rules or (ABSENT,))))
    chat.send(roster("first", NOON - DAY, CLASS))
    return chat


def found(chat: Chat, at: int) -> list[tuple[Any, int]]:
    return [(action.member_id, action.decided_at) for action in chat.send(tick(at))]


def test_each_is_found_at_the_own_exact_time() -> None:
    chat = chat_of()
    chat.send(message("m1", NOON, "早", "s1"), message("m2", NOON + MINUTE, "早", "s2"))

    assert found(chat, NOON + 90 * DAY - 1) == []
    assert found(chat, NOON + 91 * DAY) == [
        ("s1", NOON + 90 * DAY),
        ("s2", NOON + MINUTE + 90 * DAY),
    ]


def test_the_action_asks_a_person_to_remove_and_nothing_goes_by_itself() -> None:
    chat = chat_of()
    chat.send(message("m", NOON, "早", "s1"))

    (action,) = chat.send(tick(NOON + 91 * DAY))

    assert (action.kind, action.params["proposal"]) == ("review", "remove")


def test_any_event_of_the_own_begins_the_time_anew() -> None:
    chat = chat_of()
    chat.send(
        message("m1", NOON, "早", "s1"),
        Rename(id="n", platform="qq", group_id="g1", sent_at=NOON + DAY, member_id="s1", name="一"),
        message("m2", NOON + 80 * DAY, "早", "t1"),
    )

    assert found(chat, NOON + 91 * DAY - 1) == []
    assert found(chat, NOON + 92 * DAY) == [("s1", NOON + 91 * DAY)]


def test_staff_who_never_came_and_who_left_are_not_missed() -> None:
    chat = chat_of()
    chat.send(
        message("m1", NOON, "早", "t1"),
        message("m2", NOON, "早", "s1"),
        Leave(id="l", platform="qq", group_id="g1", sent_at=NOON + 1, member_id="s1"),
    )

    assert found(chat, NOON + 400 * DAY) == []


def test_one_who_stays_away_is_found_once_a_period() -> None:
    chat = chat_of()
    chat.send(message("m", NOON, "早", "s1"))

    assert len(found(chat, NOON + 91 * DAY)) == 1
    assert found(chat, NOON + 179 * DAY) == []
    chat.send(command("c", "reject", NOON + 179 * DAY, "s1"))
    assert found(chat, NOON + 181 * DAY) == [("s1", NOON + 180 * DAY)]


def test_the_time_of_another_member_finds_nobody_again() -> None:
    chat = chat_of(msgspec.structs.replace(ABSENT, do=("remind",), propose=None))
    chat.send(*(message(f"m{i}", NOON + i * MINUTE, "早", f"s{i}") for i in range(4)))

    assert [member for member, _ in found(chat, NOON + 91 * DAY)] == ["s0", "s1", "s2", "s3"]


def test_who_is_on_no_roster_is_remembered_until_missed() -> None:
    chat = chat_of()
    chat.send(message("m", NOON, "早", "guest"))

    assert found(chat, NOON + 91 * DAY) == [("guest", NOON + 90 * DAY)]


def test_a_group_has_one_deadline_however_many_members_it_has() -> None:
    chat = chat_of()
    chat.send(*(message(f"m{i}", NOON + i, "早", f"s{i}") for i in range(40)))

    agenda = chat.group().look(AGENDA, Agenda)

    assert agenda is not None
    assert len(agenda.dues) == 1


def test_a_new_version_of_the_pack_goes_on_and_finds_nobody_twice() -> None:
    first, second = policy(ABSENT), policy(ABSENT, version="2")
    chat = Chat(first, second)
    chat.send(roster("first", NOON - DAY, CLASS), message("m", NOON, "早", "s1"))
    assert len(found(chat, NOON + 91 * DAY)) == 1
    chat.send(command("c", "reject", NOON + 91 * DAY, "s1"))

    chat.send(command("p", "policy", NOON + 92 * DAY, policy=second.ref.version))
    chat.send(message("n", NOON + 92 * DAY, "早", "t1"))

    assert found(chat, NOON + 179 * DAY) == []
    assert found(chat, NOON + 181 * DAY) == [("s1", NOON + 180 * DAY)]


def test_a_record_that_came_late_is_missed_a_little_late_and_not_forgotten() -> None:
    chat = chat_of()
    chat.send(message("m1", NOON + DAY, "早", "s2"), message("m2", NOON, "早", "s1"))

    assert [member for member, _ in found(chat, NOON + 92 * DAY)] == ["s1", "s2"]


def test_a_trial_takes_no_time_from_what_is_live() -> None:
    trial = Rule(
        id="absent",
        text="。",
        when=When(absent_ms=90 * DAY),
        handling="plain",
        do=("review",),
        state="shadow",
    )
    chat = chat_of(trial)
    chat.send(message("m", NOON, "早", "s1"))

    assert [action.mode for action in chat.send(tick(NOON + 91 * DAY))] == ["shadow"]
    assert chat.member("s1").reviews == ()
