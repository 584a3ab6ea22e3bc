"""Counts of a group, whatever the order in which its records came."""

from collections import Counter
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from schemas.event import Attachment, Message
from schemas.policy import Count, Rule, Where
from streams.parts import TALLY
from streams.tally import Tally
from tests.strategies import MINUTE, NOON, Chat, content, counting, message, policy

PICTURES = counting(
    "pictures",
    Count(of="attachments", at_least=3, within_ms=5 * MINUTE),
    where=Where(attachments=("image",)),
    strike=1,
)
CALLED = counting(
    "called",
    Count(at_least=3, within_ms=5 * MINUTE, by="mentioned"),
    where=Where(mentions=("member",)),
    strike=1,
)
SAME = counting(
    "same",
    Count(of="members", at_least=3, within_ms=5 * MINUTE, by="text"),
    about="group",
    do=None,
    escalate=("head_teacher",),
)
RUDE = counting(
    "rude",
    Count(of="members", at_least=2, within_ms=5 * MINUTE, by="group"),
    where=Where(labels=("abuse",)),
    about="group",
    do=None,
    escalate=("head_teacher",),
)
COUNTED = policy(PICTURES, CALLED, SAME, RUDE, content("words", "abuse", handling="speech"))
MEMBERS = ("p1", "p2", "p3")


@st.composite
def logs(draw: Any) -> list[Message]:
    """Messages within ten minutes, so that none is late, of different moments."""
    size = draw(st.integers(0, 14))
    places = st.lists(st.integers(0, 599), min_size=size, max_size=size, unique=True)
    return [
        message(
            f"e{number}",
            NOON + second * 1_000,
            draw(st.sampled_from(("几点放学", "傻逼", f"好{number}"))),
            draw(st.sampled_from(MEMBERS)),
            attachments=(Attachment(type="image"),) * draw(st.integers(0, 2)),
            mentions=draw(st.sampled_from(((), ("p2",), ("p1", "p2")))),
        )
        for number, second in enumerate(sorted(draw(places)))
    ]


def counts_of(chat: Chat) -> Any:
    """All that is counted: of the group by tally, of each member by count."""
    if not chat.partition.groups:
        return None
    group = chat.group()
    tallies = {name: group.look(TALLY, Tally, name) for name in group.named(TALLY)}
    of_group = {name: tally.entries for name, tally in tallies.items() if tally is not None}
    of_members = {
        member_id: {sig: ring.entries for sig, ring in group.peek(member_id).tallies}
        for member_id in sorted(group.members)
    }
    return of_group, of_members


@given(logs(), st.randoms(use_true_random=False))
def test_what_is_counted_is_the_same_in_whatever_order_it_came(
    log: list[Message], random: Random
) -> None:
    in_order, shuffled = Chat(COUNTED), Chat(COUNTED)

    in_order.send(*log)
    shuffled.send(*random.sample(log, len(log)))

    assert counts_of(shuffled) == counts_of(in_order)


@given(logs(), st.randoms(use_true_random=False))
def test_nobody_is_struck_twice_for_a_message(log: list[Message], random: Random) -> None:
    chat = Chat(COUNTED)

    actions = chat.send(*random.sample(log, len(log)))

    reminded = Counter(action.evidence[-1] for action in actions if action.kind == "remind")
    assert set(reminded.values()) <= {1}
    struck = sum(len(chat.member(member_id).strikes) for member_id in {e.member_id for e in log})
    assert struck <= len(log)


@given(logs(), st.randoms(use_true_random=False), st.sampled_from((PICTURES, CALLED, SAME, RUDE)))
def test_a_window_is_found_in_whatever_order_its_records_came(
    log: list[Message], random: Random, rule: Rule
) -> None:
    in_order, shuffled = Chat(policy(rule)), Chat(policy(rule))

    found = bool(in_order.send(*log))

    assert bool(shuffled.send(*random.sample(log, len(log)))) == found
