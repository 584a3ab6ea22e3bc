"""A seal ends a partition; a later generation with other partitions goes on, as if nothing was."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from schemas.action import Action, decode_action
from schemas.event import Command, CommandCall, Event, RosterLine, encode_event
from streams.partition import Partition, Verdict
from streams.partitioner import partition_of
from streams.pipeline import Disordered, Pipeline, partitions_of
from streams.place import split
from streams.seal import Seal, seal_command, seal_of
from tests.strategies import (
    HOUR,
    MINUTE,
    NOON,
    PACKETS,
    QUIET,
    RATE,
    REPEAT,
    TEACHERS,
    UNREPLIED,
    Step,
    Stood,
    message,
    plans,
    policy,
    red_packet,
    roster,
    stood,
    tick,
    unfold,
)

PLAIN = policy(PACKETS, QUIET, RATE, REPEAT, ladder="three_steps", mutes=True, lapse_ms=HOUR)
FIRST: Final = PLAIN.ref.version
PACKS: Final = {FIRST: PLAIN}
SEAL = seal_command(2, 3, NOON)


def fresh(number: int = 0, partitions: int = 1, generation: int = 1) -> Partition:
    partition = Partition(
        topic="events", number=number, partitions=partitions, generation=generation
    )
    partition.begin_with(FIRST)
    return partition


def judged(partition: Partition, records: Sequence[Stood]) -> Verdict:
    return partition.judge(partition.read(records), PACKS)


def log_of(*events: Event, start: int = 0) -> list[Stood]:
    return [stood(start + i, event) for i, event in enumerate(events)]


def test_what_stands_behind_the_seal_is_judged_by_nobody_here() -> None:
    partition = fresh()

    verdict = judged(partition, log_of(red_packet("r0"), SEAL, red_packet("r1", NOON + 1)))
    again = judged(partition, log_of(red_packet("r2", NOON + 2), tick(NOON + HOUR), start=3))

    assert [decode_action(value).evidence for _, value in verdict.actions] == [("r0",), ("r0",)]
    assert verdict.seal == again.seal == Seal(1, 2, 3)
    assert (again.actions, again.changes, again.dead) == ([], [], [])


def test_a_partition_without_a_seal_says_none() -> None:
    assert judged(fresh(), log_of(red_packet("r0"))).seal is None


def test_the_seal_stands_in_the_states_and_holds_after_a_recovery() -> None:
    first = fresh()
    verdict = judged(first, log_of(red_packet("r0"), SEAL))
    heir = fresh()
    for change in verdict.changes:
        for key, value, _ in change:
            heir.load(key, value or b"")

    again = judged(heir, log_of(red_packet("r0"), SEAL, red_packet("r1", NOON + 1)))

    assert again.actions == []
    assert again.seal == Seal(1, 2, 3)


def test_the_first_seal_holds_and_one_that_leads_elsewhere_than_to_the_next_is_none() -> None:
    partition = fresh()
    back, beyond, first = seal_command(1, 8, NOON), seal_command(3, 9, NOON), SEAL
    second = seal_command(2, 9, NOON)

    assert judged(partition, log_of(back, beyond, first, second)).seal == Seal(2, 2, 3)


@pytest.mark.parametrize("late", [False, True])
def test_a_wrong_clock_of_who_changes_the_partitions_stops_nobody(late: bool) -> None:
    """Were the seal a dead letter, the change would wait for ever, and all messages with it."""
    partition = Partition(topic="events", number=0, partitions=1)
    ordered_at = NOON + HOUR if late else NOON
    order = ordered("policy", {"policy": FIRST}, at=ordered_at)
    log = log_of(order, red_packet("r0"), seal_command(2, 3, ordered_at))

    verdict = judged(partition, [replace(record, timestamp=NOON) for record in log])

    assert verdict.dead == []
    assert verdict.actions
    assert verdict.seal == Seal(2, 2, 3)


def test_a_tick_of_a_wrong_clock_is_still_refused() -> None:
    record = replace(stood(0, tick(NOON + HOUR)), timestamp=NOON)

    assert len(judged(fresh(), [record]).dead) == 1


@pytest.mark.parametrize(
    "args",
    [
        {},
        {"generation": 2},
        {"generation": 0, "partitions": 3},
        {"generation": True, "partitions": 3},
        {"generation": "2", "partitions": 3},
        {"generation": 2, "partitions": 1 << 40},
        {"generation": 1 << 32, "partitions": 3},
    ],
)
def test_a_seal_that_names_no_generation_is_a_dead_letter(args: dict[str, Any]) -> None:
    partition = fresh()

    verdict = judged(partition, log_of(ordered("seal", args)))

    assert (verdict.seal, len(verdict.dead)) == (None, 1)


def ordered(name: str, args: dict[str, Any], group: str = "*", at: int = NOON) -> Command:
    return Command(
        id=name,
        platform="*",
        group_id=group,
        member_id="system",
        sent_at=at,
        command=CommandCall(name=name, args=args),
    )


def test_a_group_cannot_seal() -> None:
    assert seal_of(SEAL, 0) == Seal(0, 2, 3)
    assert seal_of(ordered("seal", SEAL.command.args, group="g1"), 0) is None


def test_every_record_goes_over_at_the_place_before_the_first() -> None:
    partition = fresh()
    judged(partition, log_of(red_packet("r0"), SEAL))

    [(key, changes)] = partition.carried(2)

    assert key == b"qq:g1"
    assert {split(value or b"") for _, value, _ in changes} == {(2, -1)}
    assert {split(place) for _, _, place in changes} == {(2, -1)}


@pytest.mark.parametrize(("held", "reminded"), [(True, 0), (False, 1)])
def test_an_answer_in_time_that_waits_behind_a_seal_counts_if_ticks_are_held(
    held: bool, reminded: int
) -> None:
    """Between the ingresses' going over and the seal (`agents.succession.Succession.held_at`)."""
    pack = policy(UNREPLIED)
    packs = {pack.ref.version: pack}
    earlier, later = (
        Partition(topic="events", number=0, partitions=1, generation=g) for g in (1, 2)
    )
    for part in (earlier, later):
        part.begin_with(pack.ref.version)
    due = NOON + 20 * MINUTE
    known = roster(lines=[*TEACHERS, RosterLine(member_id="p1", role="parent")])
    asked = message("k", NOON, "把表报上来", "t1", mentions=("p1",))
    told = log_of(known, asked, tick(due - 1), tick(due - 1 if held else due + 1), SEAL)

    actions = earlier.judge(earlier.read(told), packs).actions
    for _, changes in earlier.carried(2):
        for key, value, _ in changes:
            later.load(key, value or b"")
    answered = log_of(message("a", due, "好"), tick(due + HOUR))
    actions += later.judge(later.read(answered), packs).actions

    assert [decode_action(value).kind for _, value in actions].count("remind") == reminded


class Generations:
    """A log cut into generations, each with partitions of its own; judged piece by piece."""

    def __init__(self) -> None:
        self.actions: dict[str, bytes] = {}
        self.repeated = 0
        self.parts: dict[int, Partition] = {}

    def begin(self, generation: int, partitions: int) -> None:
        heirs = {n: fresh(n, partitions, generation) for n in range(partitions)}
        for part in self.parts.values():
            for key, changes in part.carried(generation):
                for name, value, _ in changes:
                    heirs[partition_of(key, partitions)].load(name, value or b"")
        self.parts, self.partitions = heirs, partitions

    def judge(self, events: Iterable[Event]) -> None:
        """Append each event to its group's partition; those of all groups to each."""
        logs: dict[int, list[Stood]] = {n: [] for n in self.parts}
        for event in events:
            key = f"{event.platform}:{event.group_id}".encode()
            every = event.group_id == "*"
            for number in self.parts if every else [partition_of(key, self.partitions)]:
                logs[number].append(stood(len(logs[number]), event))
        for number, part in self.parts.items():
            for _, value in judged(part, logs[number]).actions:
                name = decode_action(value).id
                self.repeated += name in self.actions
                assert self.actions.setdefault(name, value) == value


@given(plans, st.data())
def test_however_often_and_wherever_partitions_change_the_actions_are_the_same(
    plan: list[Step], data: st.DataObject
) -> None:
    events = unfold([s for s in plan if s.kind != "partwide_policy"], [FIRST])
    whole = Generations()
    whole.begin(1, 1)
    whole.judge(events)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(events)), max_size=3), "cuts"))

    grown, begin = Generations(), 0
    for generation, cut in enumerate([*cuts, len(events)], start=1):
        grown.begin(generation, data.draw(st.integers(1, 5), "partitions"))
        seal = seal_command(generation + 1, 2, NOON)
        grown.judge([*events[begin:cut], seal])
        begin = cut

    assert grown.actions == whole.actions
    assert grown.repeated == 0


def exported(event: Event, generation: int, partition: int, offset: int) -> bytes:
    where = f',"generation":{generation},"partition":{partition},"offset":{offset},"timestamp":0}}'
    return encode_event(event)[:-1] + where.encode()


def test_an_exported_log_is_judged_over_its_seals() -> None:
    order = ordered("policy", {"policy": FIRST})
    number = partition_of(b"qq:g1", 3)
    lines = [
        exported(order, 1, 0, 0),
        exported(red_packet("r0"), 1, 0, 1),
        exported(SEAL, 1, 0, 2),
        exported(red_packet("behind", NOON + 1), 1, 0, 3),
        *(exported(order, 2, n, 0) for n in range(3)),
        exported(red_packet("r1", NOON + 2), 2, number, 1),
    ]

    told = list(Pipeline(PACKS, FIRST, partitions=partitions_of(lines)).feed(lines))

    actions = [one for one in told if isinstance(one, Action)]
    assert len(actions) == len(told)
    strikes = [(one.evidence[-1], one.kind) for one in actions if one.kind != "delete"]
    assert strikes == [("r0", "remind"), ("r1", "notice")]


def test_generations_out_of_order_are_told() -> None:
    lines = [exported(red_packet("r1"), 2, 0, 0), exported(red_packet("r0"), 1, 0, 0)]

    with pytest.raises(Disordered, match="put the whole of each generation before the next"):
        partitions_of(lines)
