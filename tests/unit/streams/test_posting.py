"""When the system posts in the group: not in quiet hours, and within the hours that a pack names."""

import msgspec

from schemas.action import Action
from schemas.policy import Hours, QuietHours, When
from streams.policy.compile import Policy
from tests.strategies import CHAIN, QUIET, Chat, local, message, policy, roster, tick


def quiet(rule_id: str, start: int, end: int, *days: str) -> object:
    when = When(quiet_hours=QuietHours(start=start * 60, end=end * 60, days=days))  # type: ignore[arg-type]
    return msgspec.structs.replace(QUIET, id=rule_id, when=when, do=(), strike=0)


def posted(pack: Policy, at: int) -> list[Action]:
    """The notice that three acknowledgements from `at` on bring, whenever it comes."""
    chat = Chat(pack)
    sent = [message(f"a{i}", at + i, "收到", f"p{i}") for i in range(3)]
    actions = chat.send(roster(at=at), message("n", at, "明天降温", "t1"), *sent)
    actions += chat.send(tick(at + 8 * 86_400_000))
    return [action for action in actions if action.kind == "notice"]


def chains(*rules: object, **more: object) -> Policy:
    return policy(CHAIN, *rules, **more)  # type: ignore[arg-type]


def test_at_night_a_notice_waits_for_the_morning() -> None:
    (notice,) = posted(chains(quiet("night", 22, 6)), local("23:00"))

    assert notice.decided_at == local("06:00", 8)


def test_a_night_that_the_rule_does_not_name_is_open() -> None:
    (notice,) = posted(chains(quiet("night", 22, 6, "sat")), local("23:00"))

    assert notice.decided_at == local("23:00") + 2


def test_where_one_closed_time_ends_within_another_the_notice_waits_for_both() -> None:
    rules = (quiet("night", 22, 6), quiet("early", 5, 7), quiet("school", 7, 8))

    (notice,) = posted(chains(*rules), local("23:00"))

    assert notice.decided_at == local("08:00", 8)


def test_outside_of_the_hours_for_posting_a_notice_waits_for_them() -> None:
    pack = chains(posting=Hours(start=8 * 60, end=18 * 60, days=("weekdays",)))

    (friday_evening,) = posted(pack, local("19:00", 11))
    (at_noon,) = posted(pack, local("12:00", 11))

    assert friday_evening.decided_at == local("08:00", 14)
    assert at_noon.decided_at == local("12:00", 11) + 2


def test_hours_for_posting_that_never_come_lose_no_notice() -> None:
    pack = chains(posting=Hours(start=8 * 60, end=18 * 60, days=("exams",)))

    assert len(posted(pack, local("12:00"))) == 1
