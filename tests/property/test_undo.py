"""Undo: a strike that was taken back is as if it had not been."""

from typing import Any, Final

import msgspec
from hypothesis import assume, given
from hypothesis import strategies as st

from schemas.event import Event
from schemas.policy import Hours, OpenReview, Rule, When
from streams.ladder import rung_of
from streams.parts import AGENDA, DISPUTES, Agenda, Disputes
from streams.policy.compile import Policy
from tests.strategies import (
    DAY,
    HOUR,
    Chat,
    Step,
    command,
    content,
    message,
    plans,
    policy,
    red_packet,
    unfold,
)

HANDED_ON: Final = tuple(
    Rule(
        id=f"to-{role}",
        text="及时处理。",
        when=When(open_review=OpenReview(to=role, for_ms=HOUR)),
        handling="plain",
        do=("escalate",),
        to="school_office",
    )
    for role in ("head_teacher", "owner")
)
JUDGED: Final = content("words", "abuse", handling="judgement")
OPEN: Final = Hours(start=7 * 60, end=21 * 60)


def pack(name: str, packets: Rule, **more: Any) -> Policy:
    """A pack in which a red packet strikes, and in which not much else does."""
    return policy(packets, JUDGED, *HANDED_ON, id=name, posting=OPEN, **more)


CLEAR: Final = content("packets", "red_packet")
SEVERE: Final = content("packets", "red_packet", handling="severe")
MUTING: Final = content("packets", "red_packet", do=("delete", "remind", "mute"))
PACKS: Final = (
    pack("guide", CLEAR, lapse_ms=DAY),
    pack("discretion", CLEAR, ladder="discretion", mutes=True),
    pack("owner", CLEAR, ladder="owner_removes"),
    pack("steps", CLEAR, ladder="three_steps"),
    pack("severe", SEVERE, mutes=True),
    pack("severe-steps", SEVERE, ladder="three_steps"),
    pack("muting", MUTING, ladder="three_steps", mute_ms=HOUR),
)


def judged(first: Policy, *log: Event) -> Chat:
    chat = Chat(first)
    chat.send(*log)
    return chat


def standing(chat: Chat, at: int, lapse: int | None) -> list[Any]:
    """All that a strike may have left behind: of the member, and of the group."""
    member, group = chat.member(), chat.group()
    strikes = [one for one in member.strikes if lapse is None or one.at > at - lapse]
    agenda, disputes = group.look(AGENDA, Agenda), group.look(DISPUTES, Disputes)
    return [
        [(one.at, one.weight, one.step, one.told) for one in strikes],
        rung_of(strikes),
        member.mute_until,
        [msgspec.to_builtins(one) for one in member.reviews],
        [] if agenda is None else [msgspec.to_builtins(one) for one in agenda.dues],
        [] if disputes is None else [msgspec.to_builtins(one) for one in disputes.held],
        [at for at, _ in group.desk.waiting],
        group.desk.steps,
    ]


# Times of day at which a notice waits, and at which it does not.
waits = st.one_of(st.integers(0, 2 * HOUR), st.integers(0, DAY))


@given(plans, st.sampled_from(PACKS), waits, st.integers(0, 30 * 60_000))
def test_do_and_undo_is_as_if_it_had_not_been(
    plan: list[Step], first: Policy, wait: int, pause: int
) -> None:
    version = first.ref.version
    log = unfold([step for step in plan if step.kind != "exempt"], (version,))
    at = max(event.sent_at for event in log) + wait
    before = judged(first, *log)
    assume(len(before.member().reviews) < 8 if "p1" in before.group().members else True)
    undo = command("undo", "undo", at + pause, "p1")
    # It carries nothing out, and is a word of a person about the member, as an undo is.
    word = command("undo", "exempt", at + pause, "p1")

    done = judged(first, *log, red_packet("strike", at))
    struck = any(one.at == at for one in done.member().strikes)
    done.send(undo)
    without = judged(first, *log, message("strike", at), word)

    assert struck
    lapse = first.pack.lapse_ms
    assert standing(done, at + pause, lapse) == standing(without, at + pause, lapse)


@given(st.sampled_from(PACKS), st.integers(1, 6))
def test_every_strike_undone_leaves_nothing(first: Policy, count: int) -> None:
    start = unfold([], (first.ref.version,))
    at = max(event.sent_at for event in start)
    packets = [red_packet(f"r{i}", at + i) for i in range(count)]
    undos = [command(f"u{i}", "undo", at + count, "p1") for i in range(count)]

    chat = judged(first, *start, *packets, *undos)

    member = chat.member()
    assert (member.strikes, member.reviews, member.mute_until) == ((), (), 0)
    assert chat.group().desk.waiting == []
    agenda = chat.group().look(AGENDA, Agenda)
    assert agenda is None or agenda.dues == []
