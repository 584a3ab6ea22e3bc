"""What holds for every log: who may be punished, what is remembered, what an id says."""

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from schemas.action import encode_action
from schemas.event import Event
from streams.state import (
    EVIDENCE_MAX,
    EXEMPTIONS_MAX,
    MEMBERS_MAX,
    REVIEWS_MAX,
    SEEN_MAX,
    STEPS_MAX,
    STRIKES_MAX,
)
from tests.strategies import (
    DAY,
    HOUR,
    NOON,
    PACKETS,
    QUIET,
    RATE,
    REPEAT,
    Chat,
    Step,
    command,
    content,
    kinds,
    message,
    outcome,
    plans,
    policy,
    red_packet,
    roster,
    tick,
    unfold,
)

FIRST = policy(lapse_ms=HOUR)
SECOND = policy(
    RATE,
    REPEAT,
    QUIET,
    PACKETS,
    content("words", "abuse", handling="judgement"),
    id="second",
    ladder="discretion",
    mutes=True,
)
POLICIES = (FIRST.ref.version, SECOND.ref.version)


def judged(log: list[Event]) -> Chat:
    chat = Chat(FIRST, SECOND)
    chat.send(*log)
    return chat


@given(plans)
def test_a_duplicate_of_anything_changes_nothing(plan: list[Step]) -> None:
    # Who is forgotten, after two weeks, is forgotten with the ring: no log is kept so long.
    recent = [msgspec.structs.replace(step, gap=min(step.gap, HOUR)) for step in plan]
    log = unfold([step for step in recent if step.kind not in ("tick", "own_tick")], POLICIES)
    chat = judged(log)
    states = chat.states()

    for event in log:
        if event.group_id != "*":
            assert chat.send(event) == []

    assert chat.states() == states


@given(plans)
def test_staff_are_never_punished_by_the_system(plan: list[Step]) -> None:
    orders = ("mute", "remove", "warn", "approve")
    log = unfold([step for step in plan if step.kind not in orders], POLICIES)

    actions = Chat(FIRST, SECOND).send(*log)

    about_staff = {action.kind for action in actions if action.member_id == "t1"}
    assert about_staff <= {"remind", "review", "unmute"}
    assert all(not action.strikes for action in actions if action.member_id == "t1")


@given(plans)
def test_nobody_is_removed_without_a_persons_word(plan: list[Step]) -> None:
    words = ("remove", "approve")
    log = unfold([step for step in plan if step.kind not in words], POLICIES)

    assert "remove" not in kinds(Chat(FIRST, SECOND).send(*log))


WORDS = "Geheimnis"
"""Stands for what a child wrote, and for a name."""


def with_words(event: Event) -> Event:
    """The event with the words in each field that may hold a person's."""
    told = {"text", "name", "note"} & set(event.__struct_fields__)
    return msgspec.structs.replace(
        event, **{field: f"{getattr(event, field) or ''}{WORDS}" for field in told}
    )


@given(plans)
def test_no_words_and_no_names_stand_in_states_or_actions(plan: list[Step]) -> None:
    chat = Chat(FIRST, SECOND)
    verdict = chat.verdict(*map(with_words, unfold(plan, POLICIES)))

    written = [value for _, value in verdict.actions]
    written += [
        part for group in verdict.changes for key, value, _ in group for part in (key, value or b"")
    ]
    assert not [value for value in written if WORDS.encode() in value]


@given(plans)
def test_an_older_tick_does_nothing(plan: list[Step]) -> None:
    chat = judged(unfold(plan, POLICIES))
    chat.send(tick(NOON + 400 * DAY))
    states = chat.states()

    assert chat.send(tick(NOON + 399 * DAY), tick(NOON + 400 * DAY)) == []
    for group in ("g1", "g2"):
        assert chat.send(tick(NOON + 399 * DAY, group)) == []

    assert chat.states() == states


@given(plans, st.sampled_from(("", "x" * 480)))
def test_every_state_is_bounded_and_a_head_is_small(plan: list[Step], prefix: str) -> None:
    log = unfold(plan, POLICIES)
    chat = Chat(FIRST, SECOND)
    for event in log:
        chat.send(renamed(event, prefix))
        for change in chat.heads():
            assert len(change) <= 200
    for group in chat.partition.groups.values():
        assert len(group.desk.seen.ids) <= SEEN_MAX
        assert len(group.desk.orders.ids) <= SEEN_MAX
        assert len(group.desk.steps) <= STEPS_MAX
        assert len(group.desk.exemptions) <= EXEMPTIONS_MAX
        for member_id in group.members:
            member = group.peek(member_id)
            assert len(member.times) <= 16
            assert len(member.strikes) <= STRIKES_MAX
            assert len(member.reviews) <= REVIEWS_MAX


def renamed(event: Event, prefix: str) -> Event:
    return msgspec.structs.replace(event, id=f"{prefix}{event.id}")


def test_five_thousand_and_one_members_are_judged_and_five_thousand_kept() -> None:
    chat = Chat(FIRST)
    count = MEMBERS_MAX + 1

    actions = chat.send(*(red_packet(f"e{i}", NOON, f"m{i}") for i in range(count)))

    assert len(actions) == 2 * count
    assert len(chat.group().members) == MEMBERS_MAX


def test_ten_thousand_findings_make_no_large_state() -> None:
    chat = Chat(SECOND)

    chat.send(*(message(f"{i:0512}", NOON + i * 60_000, "傻逼") for i in range(10_000)))

    review = next(review for review in chat.member().reviews if review.proposal == "delete")
    assert len(review.evidence) == len(review.messages) == EVIDENCE_MAX
    assert sum(len(value or b"") for value in chat.states()) < 40_000


@given(plans)
def test_one_id_has_one_content_and_the_log_alone_makes_it(plan: list[Step]) -> None:
    log = unfold(plan, POLICIES)
    once, twice = (Chat(FIRST, SECOND).send(*log) for _ in range(2))
    assert [encode_action(a) for a in once] == [encode_action(a) for a in twice]

    contents: dict[str, Any] = {}
    for action in once:
        assert contents.setdefault(action.id, action) == action


@given(st.lists(st.integers(0, 3 * HOUR), max_size=12), st.integers(0, 4 * HOUR))
def test_strikes_lapse_exactly(strikes: list[int], at: int) -> None:
    chat = Chat(policy(PACKETS, lapse_ms=HOUR))
    times = sorted(NOON + offset for offset in strikes)
    chat.send(*(red_packet(f"e{i}", time) for i, time in enumerate(times)))
    now = max([NOON + at, *times])

    last = chat.send(red_packet("last", now))[-1]

    assert last.strikes == 1 + sum(now - time < HOUR for time in times)


@given(st.integers(1, 600_000 * 2))
def test_only_what_is_late_says_so_and_is_never_struck(behind: int) -> None:
    chat = Chat(FIRST)
    chat.send(message("e0", NOON, "早", "p2"))

    actions = chat.send(red_packet("e1", NOON - behind))

    late = behind > 600_000
    assert {action.mode for action in actions} == {"late" if late else "live"}
    assert chat.strikes() == (0 if late else 1)


@given(st.integers(1, 5))
def test_undo_leaves_the_strikes_as_if_the_last_had_not_been(strikes: int) -> None:
    with_, without = (Chat(policy(PACKETS, ladder="three_steps")) for _ in range(2))
    packets = [red_packet(f"e{i}", NOON + i) for i in range(strikes)]
    with_.send(roster(), *packets, command("u", "undo", NOON + strikes, "p1"))
    without.send(roster(), *packets[:-1], message("m", NOON + strikes, "早"))
    next_ = red_packet("next", NOON + strikes)

    assert [s.at for s in with_.member().strikes] == [packet.sent_at for packet in packets[:-1]]
    assert kinds(with_.send(next_)) == kinds(without.send(next_))


@given(st.lists(st.sampled_from(("done", "failed", "unsupported", "expired")), max_size=6))
def test_a_rung_is_climbed_only_when_the_member_was_told(outcomes: list[str]) -> None:
    chat = Chat(policy(PACKETS, ladder="three_steps"))
    rung = 1
    for number, status in enumerate(outcomes):
        told = chat.send(red_packet(f"e{number}", NOON + number))[-1]
        assert told.kind == ("remind", "notice", "escalate")[min(rung, 3) - 1]
        chat.send(outcome(f"o{number}", told.id, status, NOON + number))
        rung += status == "done"


@given(
    st.lists(st.tuples(st.integers(0, 20 * DAY), st.sampled_from(("早", "PACKET"))), max_size=8),
    st.integers(0, 40 * DAY),
)
def test_a_member_is_forgotten_when_equal_to_an_unknown_one_and_only_then(
    log: list[tuple[int, str]], quiet: int
) -> None:
    # No review stays open on this ladder: who has one is not forgotten.
    chat = Chat(policy(PACKETS, ladder="three_steps", lapse_ms=10 * DAY))
    at, seen, struck = NOON, None, None
    for number, (gap, text) in enumerate(log):
        at += gap
        event = red_packet if text == "PACKET" else message
        chat.send(event(f"e{number}", at))
        seen, struck = at, at if text == "PACKET" else struck
    if seen is None:
        return

    chat.send(tick(at + quiet))

    # One look a day, at midnight (UTC).
    midnight = (at + quiet) // DAY * DAY
    kept = "p1" in chat.group().members
    if kept:
        assert midnight - seen < 15 * DAY or (struck and midnight - struck < 10 * DAY)
    else:
        assert at + quiet - seen >= 14 * DAY
        assert struck is None or at + quiet - struck >= 10 * DAY
