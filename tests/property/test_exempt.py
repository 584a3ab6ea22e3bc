"""Whoever is exempt is punished for nothing but what is severe."""

from collections.abc import Sequence
from typing import Final

from hypothesis import given

from schemas.action import Action
from schemas.event import Event, Roster, RosterLine
from schemas.policy import Rule, When
from tests.strategies import (
    DAY,
    GROUPS,
    PACKETS,
    QUIET,
    RATE,
    REPEAT,
    TEACHERS,
    Chat,
    Step,
    command,
    content,
    local,
    plans,
    policy,
    unfold,
)

SEVERE: Final = content("bad", "abuse", handling="severe")
RULES: Final = (RATE, REPEAT, QUIET, PACKETS, SEVERE)
PUNISHED: Final = frozenset({"delete", "mute", "remove"})
ORDERS: Final = frozenset({"warn", "mute", "remove", "approve", "undo", "exempt", "own_policy"})


def log_of(plan: Sequence[Step], version: str) -> list[Event]:
    """The log of a plan in which nobody orders anything."""
    return unfold([step for step in plan if step.kind not in ORDERS], (version,))


def punished(actions: Sequence[Action], member: str) -> set[str]:
    """The labels for which a member was punished."""
    about = [one for one in actions if one.member_id == member and one.kind in PUNISHED]
    return {label for one in about for label in one.labels or ("none",)}


@given(plans)
def test_no_one_of_the_staff_is_punished_but_for_what_is_severe(plan: list[Step]) -> None:
    # Even by a rule that says that it binds the staff too.
    named = Rule(
        id="all",
        text="人人如此。",
        when=When(message="any"),
        handling="clear",
        by=("staff", "others"),
        do=("delete", "mute", "remind"),
    )
    first = policy(*RULES, named, ladder="discretion", mutes=True)
    chat = Chat(first)

    actions = chat.send(*log_of(plan, first.ref.version))

    assert punished(actions, "t1") <= {"abuse"}
    assert not [a for a in actions if a.member_id == "t1" and a.kind == "mute"]
    for group in GROUPS:
        if "t1" in chat.group(group).members:
            assert chat.strikes("t1") == 0


@given(plans)
def test_what_a_person_let_rest_is_punished_in_nobody(plan: list[Step]) -> None:
    first = policy(*RULES, ladder="discretion", mutes=True)
    capabilities = ("flood_rate", "flood_repeat", "quiet_hours", "content:red_packet")
    start = local("20:00")
    rest = [
        command(f"{group}-{name}", "exempt", start, group=group, capability=name, minutes=10**9)
        for group in GROUPS
        for name in capabilities
    ]
    first_ones, rest_of_log = _split(log_of(plan, first.ref.version))
    # What was approved holds for thirty days, and never backwards.
    within = [one for one in rest_of_log if start <= one.sent_at < start + 30 * DAY]

    chat = Chat(first)
    actions = chat.send(*first_ones, *rest, *within)

    for member in ("p1", "p2"):
        assert punished(actions, member) <= {"abuse"}


@given(plans)
def test_what_the_pack_spares_is_punished_in_nobody_whom_it_spares(plan: list[Step]) -> None:
    spare = Rule(
        id="pupils",
        text="学生例外。",
        when=When(message="any"),
        handling="spare",
        by=("student",),
        spare=("red_packet", "flood_rate", "flood_repeat", "quiet_hours", "flood"),
    )
    first = policy(*RULES, spare, ladder="discretion", mutes=True)
    lines = (*TEACHERS, RosterLine(member_id="p1", role="student"))
    log = [
        Roster(
            id=one.id,
            platform=one.platform,
            group_id=one.group_id,
            sent_at=one.sent_at,
            member_id=one.member_id,
            roster=lines,
        )
        if isinstance(one, Roster)
        else one
        for one in log_of(plan, first.ref.version)
    ]

    assert punished(Chat(first).send(*log), "p1") <= {"abuse"}


def _split(log: list[Event]) -> tuple[list[Event], list[Event]]:
    """The policy and the rosters of a log, and all that follows."""
    return log[: 1 + len(GROUPS)], log[1 + len(GROUPS) :]
