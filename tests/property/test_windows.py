"""Windows over a member's messages, against a reading of the covenant that looks at all of them."""

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from schemas.event import Message
from streams.idrow import ids_of
from streams.state import Member
from streams.windows import DUPLICATE, OUTSIDE, SLACK, admit
from tests.strategies import (
    NOON,
    RATE,
    REPEAT,
    Chat,
    edit,
    gaps,
    kinds,
    message,
    policy,
    recall,
)

RING = 12
TEXTS = ("", "团购", "带伞", "收到")
texts = st.sampled_from((*TEXTS, "团购", "团购"))


def written(log: list[tuple[int, str]]) -> list[Message]:
    """Messages from gaps and texts."""
    at, out = NOON, []
    for number, (gap, text) in enumerate(log):
        at += gap
        out.append(message(f"e{number}", at, text))
    return out


def floods(log: list[Message]) -> list[str]:
    """By the covenant: the tenth of any ten within a minute, once a window, and none that has
    messages of the one before.
    """
    found, until, used = [], 0, -1
    times = [event.sent_at for event in log]
    for i, event in enumerate(log):
        if i < 9 or times[i] - times[i - 9] >= 60_000 or times[i - 9] <= used:
            continue
        if times[i] >= until:
            found.append(event.id)
            until, used = times[i - 9] + 60_000, times[i]
    return found


def runs(log: list[Message]) -> tuple[list[str], list[str]]:
    """By the covenant: what is deleted of each run, and what of it is struck (once a run)."""
    deleted, struck = [], []
    chain: list[Message] = []
    answered = False
    for event in (event for event in log if event.text):
        apart = chain and event.sent_at - chain[-1].sent_at > 600_000
        if apart or (chain and chain[-1].text != event.text):
            chain, answered = [], False
        chain.append(event)
        if event.text == "收到" or len(chain) < 3:
            continue
        if event.sent_at - chain[-3].sent_at <= 600_000:
            deleted.append(event.id)
            if not answered:
                struck.append(event.id)
            answered = True
    return deleted, struck


@given(st.lists(gaps, max_size=40))
def test_floods_are_found_as_the_covenant_counts_them(log: list[int]) -> None:
    events = written([(gap, str(number)) for number, gap in enumerate(log)])

    actions = Chat(policy(RATE)).send(*events)

    assert [action.evidence[-1] for action in actions] == floods(events)


# No more than a ring: what fell out of it can't be compared.
@given(st.lists(st.tuples(gaps, texts), max_size=RING))
@example([(0, text) for text in ("团购", "团购", "团购", "带伞", "团购", "团购", "团购")])
def test_runs_are_found_as_the_covenant_counts_them(log: list[tuple[int, str]]) -> None:
    events = written(log)

    actions = Chat(policy(REPEAT)).send(*events)

    deleted = [action.params["message_id"] for action in actions if action.kind == "delete"]
    struck = [action.evidence[-1] for action in actions if action.kind == "remind"]
    assert (deleted, struck) == runs(events)


@given(st.lists(st.tuples(gaps, texts), max_size=RING), st.randoms(use_true_random=False))
def test_the_ring_ends_the_same_in_any_order_of_arrival(
    log: list[tuple[int, str]], random: Any
) -> None:
    # Distinct times: of equals the first to come stands first.
    events = written([(gap + 1, text) for gap, text in log])
    shuffled = random.sample(events, len(events))

    rings = []
    for order in (events, shuffled):
        member = Member()
        for event in order:
            admit(member, event.id, event.sent_at, hash(event.text), RING)
        rings.append((member.times, member.ids, member.prints, member.dropped))

    assert rings[0] == rings[1]


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 60)), max_size=80))
def test_the_ring_is_ordered_bounded_and_takes_no_id_twice(log: list[tuple[int, int]]) -> None:
    member = Member()
    taken: set[str] = set()
    for number, at in log:
        before = (member.times[:], ids_of(member.ids), member.dropped)
        place = admit(member, f"e{number}", at, 1, RING)
        if place == DUPLICATE:
            assert before == (member.times, ids_of(member.ids), member.dropped)
            assert f"e{number}" in before[1] or at <= before[2]
        elif place != OUTSIDE:
            assert (member.times[place], ids_of(member.ids)[place]) == (at, f"e{number}")
            assert f"e{number}" not in before[1]
        taken.add(f"e{number}")

    ids, of_one_time = ids_of(member.ids), member.times.count(max(member.times, default=0))
    assert list(member.times) == sorted(member.times)
    assert len(ids) == len(set(ids)) <= max(RING + SLACK, of_one_time)
    assert len(member.times) == len(ids) == len(member.prints)
    assert not member.times or member.times[0] >= member.dropped


@given(st.lists(st.tuples(st.integers(0, 20_000), texts), max_size=RING))
def test_edits_that_change_nothing_strike_nobody(log: list[tuple[int, str]]) -> None:
    events = written(log)
    chat = Chat(policy(REPEAT))
    chat.send(*events)
    struck = chat.strikes() if events else 0

    for event in events:
        again = edit(f"again-{event.id}", event.id, events[-1].sent_at, event.text)
        assert set(kinds(chat.send(again))) <= {"delete"}

    assert not events or chat.strikes() == struck


@given(st.lists(st.tuples(st.integers(0, 20_000), texts), max_size=RING))
def test_what_is_recalled_at_once_counts_in_no_run(log: list[tuple[int, str]]) -> None:
    chat = Chat(policy(REPEAT))
    for event in written(log):
        actions = chat.send(event, recall(f"recall-{event.id}", event.id, event.sent_at))
        assert actions == []
