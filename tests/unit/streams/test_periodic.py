"""A group goes over to another pack: what comes by time is set anew, and told where it should be."""

import msgspec

from schemas.policy import Hours, Weekly, When
from streams.parts import AGENDA, Agenda
from tests.strategies import (
    CHANGED,
    DAY,
    MINUTE,
    NOON,
    PACKETS,
    REPORT,
    Chat,
    command,
    kinds,
    local,
    message,
    policy,
    roster,
    silent,
    tick,
)


def over_to(chat: Chat, version: str, at: int) -> None:
    assert chat.send(command("over", "policy", at, policy=version)) == []


def test_a_change_of_rules_is_told_once_in_the_group_by_the_first_record_after_it() -> None:
    first, second = policy(PACKETS, CHANGED), policy(CHANGED, version="2")
    chat = Chat(first, second)
    assert chat.send(roster(at=NOON), message("m", NOON, "早")) == []
    over_to(chat, second.ref.version, NOON + MINUTE)

    (notice,) = chat.send(message("n", NOON + 2 * MINUTE, "好"))

    assert (notice.kind, notice.member_id) == ("notice", None)
    assert notice.policy.version == second.ref.version
    assert chat.send(message("o", NOON + 3 * MINUTE, "好的呀")) == []


def test_a_change_at_night_is_told_in_the_morning() -> None:
    posting = policy(CHANGED, version="2", posting=Hours(start=6 * 60, end=22 * 60))
    chat = Chat(policy(PACKETS), posting)
    chat.send(roster(at=local("22:30")), message("m", local("22:30"), "早"))
    over_to(chat, posting.ref.version, local("22:31"))

    assert chat.send(message("n", local("22:32"), "好")) == []
    (notice,) = chat.send(tick(local("06:00", 8)))
    assert notice.decided_at == local("06:00", 8)


def test_a_pack_sets_what_comes_by_time_anew_and_drops_the_former_s() -> None:
    earlier = msgspec.structs.replace(REPORT, when=When(weekly=Weekly(day="tue", at=8 * 60)))
    second = policy(earlier, version="2")
    chat = Chat(policy(REPORT, silent("staff")), second)
    chat.send(roster(at=NOON), message("m", NOON, "早"))
    over_to(chat, second.ref.version, NOON + 1)
    chat.send(message("n", NOON + 2, "好"))

    agenda = chat.group().look(AGENDA, Agenda)
    assert agenda is not None
    assert [due.at for due in agenda.dues] == [local("08:00", 8)]
    assert kinds(chat.send(tick(local("08:00", 8)))) == ["report@None"]


def test_a_rule_that_stays_goes_on_counting_its_week() -> None:
    first, second = policy(REPORT, PACKETS), policy(REPORT, PACKETS, version="2")
    chat = Chat(first, second)
    chat.send(roster(at=NOON), message("m", NOON, "早"))
    over_to(chat, second.ref.version, NOON + DAY)
    chat.send(message("n", NOON + 2 * DAY, "好"))

    (report,) = chat.send(tick(local("20:00", 13)))

    assert report.params["period"]["from"] == NOON
    assert report.params["counts"]["messages"] == 2


def test_a_silence_under_another_pack_has_one_deadline() -> None:
    first, second = policy(silent("staff", 1)), policy(silent("staff", 1), version="2")
    chat = Chat(first, second)
    chat.send(roster(at=NOON), message("m", NOON, "早"))
    assert len(chat.send(tick(NOON + 2 * DAY))) == 1
    over_to(chat, second.ref.version, NOON + 2 * DAY)
    chat.send(message("t", NOON + 2 * DAY, "早", "t1"))

    assert len(chat.send(tick(NOON + 5 * DAY))) == 1
