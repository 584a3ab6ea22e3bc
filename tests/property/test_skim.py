"""The quick look is an optimisation of the careful way, and no second judge."""

from itertools import pairwise
from typing import Any, Final

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import streams.partition
from schemas.event import Message, RosterLine
from schemas.policy import Count
from tests.strategies import (
    HOUR,
    MEMBERSHIP,
    NAMES,
    PACKETS,
    QUIET,
    RATE,
    REPEAT,
    TIMED,
    Chat,
    Step,
    command,
    content,
    counting,
    local,
    message,
    plans,
    policy,
    roster,
    steps,
    suspecting,
    suspicion,
    unfold,
)

FIRST = policy(RATE, REPEAT, lapse_ms=HOUR)
SECOND = suspecting(
    policy(
        RATE,
        REPEAT,
        QUIET,
        PACKETS,
        content("words", "abuse", handling="speech"),
        suspicion("doubts", "abuse"),
        *MEMBERSHIP,
        id="second",
        names=NAMES,
    )
)
THIRD = policy(
    REPEAT,
    content("trial", "abuse", state="shadow", handling="off_topic"),
    *(msgspec.structs.replace(rule, state="shadow") for rule in MEMBERSHIP),
    id="third",
    timezone="Pacific/Kiritimati",
)
POLICIES: Final = tuple(pack.ref.version for pack in (FIRST, SECOND, THIRD, TIMED))


def taken_in_with_care(at: int, *_more: Any) -> int:
    """In place of the quick look: nothing is plain."""
    return at


def compared(log: list[Any], cuts: list[int]) -> None:
    quick, careful = (Chat(FIRST, SECOND, THIRD, TIMED) for _ in range(2))
    bounds = sorted({0, len(log), *(cut % (len(log) + 1) for cut in cuts)})
    for begin, end in pairwise(bounds):
        found = quick.verdict(*log[begin:end])
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(streams.partition, "skim", taken_in_with_care)
            wanted = careful.verdict(*log[begin:end])
        assert found.actions == wanted.actions
        assert found.changes == wanted.changes
        assert (found.dead, found.judged, found.rejected_in_row) == (
            wanted.dead,
            wanted.judged,
            wanted.rejected_in_row,
        )


cuts = st.lists(st.integers(0, 1_000), max_size=4)


@given(plans, cuts)
def test_the_quick_look_changes_nothing(plan: list[Step], where: list[int]) -> None:
    compared(unfold(plan, POLICIES), where)


plain = st.lists(
    steps.map(lambda s: Step("message", s.gap, s.back, s.group, s.member, s.target, s.text, s.pick))
    | steps,
    min_size=20,
    max_size=60,
)


@given(plain, cuts, st.sampled_from((None, "owner", "member", "stranger")))
def test_it_changes_nothing_where_most_is_plain(
    plan: list[Step], where: list[int], role: str | None
) -> None:
    log = unfold(plan, POLICIES)
    ranked = [
        message(
            event.id,
            event.sent_at,
            event.text,
            event.member_id,
            group_id=event.group_id,
            platform_role=role,
        )
        if isinstance(event, Message) and not event.attachments
        else event
        for event in log
    ]
    compared(ranked, where)


@given(plain, cuts)
def test_it_changes_nothing_where_the_staff_ask_and_others_answer(
    plan: list[Step], where: list[int]
) -> None:
    compared(unfold(plan, POLICIES[::-1]), where)


def test_a_plain_chat_is_taken_in_by_the_quick_look_alone() -> None:
    chat = Chat(FIRST)
    log = [message(f"e{i}", local("12:00") + i * HOUR, f"第{i}页") for i in range(15)]
    chat.send(log[0])
    with pytest.MonkeyPatch.context() as patch:
        patch.delattr(streams.partition.Partition, "_judge_with_care")
        chat.send(*log[1:])

    assert len(chat.member().times) == len(log)


def test_a_stranger_is_looked_at_whose_first_word_under_the_pack_is_plain() -> None:
    noon = local("12:00")
    order = command("order", "policy", noon + 2, policy=SECOND.ref.version)
    chat = Chat(FIRST, SECOND)
    chat.send(roster(at=noon), message("e0", noon + 1, "第1页", "guest"), order)
    chat.send(message("e1", noon + 3, "第2页", "t1"))

    found = chat.send(*(message(f"m{i}", noon + 10 + i, f"第{i}题", "guest") for i in range(3)))

    assert [(action.kind, action.evidence) for action in found] == [("review", ("m0",))]


def test_a_plain_text_is_looked_at_that_names_a_child_who_counts() -> None:
    noon = local("12:00")
    twice = counting("twice", Count(at_least=2, within_ms=HOUR, by="child"))
    line = RosterLine(member_id="p1", role="parent", student="王浩然")
    chat = Chat(policy(twice))
    texts = ("早", "浩然今天画画", "明天带伞", "浩然回家了")
    log = [message(f"m{i}", noon + i, text) for i, text in enumerate(texts)]

    found = chat.send(roster(at=noon, lines=[line]), *log)

    assert [action.evidence for action in found] == [("m1", "m3")]
