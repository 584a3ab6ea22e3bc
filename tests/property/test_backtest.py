"""Comparing two packs is judging twice, whatever the blocks and shards."""

import json
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from schemas.action import Action, encode_action
from schemas.event import encode_event
from streams.backtest import Comparison, Shard, consequence_of, merged
from streams.pipeline import BadLine, Pipeline, partitions_of, placed
from tests.strategies import (
    GROUPS,
    PACKETS,
    QUIET,
    RATE,
    REPEAT,
    Chat,
    Step,
    content,
    plans,
    policy,
    stood,
    unfold,
)

OLD = policy(RATE, REPEAT, QUIET, PACKETS)
NEW = policy(
    REPEAT,
    PACKETS,
    content("words", "abuse", handling="speech"),
    content("trial", "abuse", state="shadow"),
    id="new",
    ladder="three_steps",
)
POLICIES: Final = (OLD.ref.version, NEW.ref.version)
PACKS = {pack.ref.version: pack for pack in (OLD, NEW)}

cuts = st.lists(st.integers(0, 1_000), max_size=4)


def lines_of(plan: Sequence[Step], *, exported: bool) -> list[bytes]:
    """A plan's log; exported, a group's records stand on one of two partitions (often another than
    its key's), and those about all groups on both.
    """
    lines = [encode_event(event) for event in unfold(plan, POLICIES)]
    if not exported:
        return [*lines, b"{}"]
    told = []
    for offset, line in enumerate(lines):
        fields = json.loads(line)
        places = (0, 1) if fields["group_id"] == "*" else (GROUPS.index(fields["group_id"]),)
        told += [
            json.dumps(fields | {"partition": at, "offset": offset, "timestamp": 0}).encode()
            for at in places
        ]
    return told


def pieces(lines: Sequence[bytes], cut_at: Sequence[int]) -> list[tuple[range, Sequence[bytes]]]:
    bounds = sorted({0, len(lines), *(cut % (len(lines) + 1) for cut in cut_at)})
    return [(range(a + 1, b + 1), lines[a:b]) for a, b in pairwise(bounds)]


@given(plans, st.booleans(), cuts)
def test_lines_judged_at_once_bring_what_they_bring_one_by_one(
    plan: list[Step], exported: bool, cut_at: list[int]
) -> None:
    lines = lines_of(plan, exported=exported)
    counts = partitions_of(lines)
    slow, quick = (Pipeline(PACKS, POLICIES[0], partitions=counts) for _ in range(2))

    told = list(slow.feed(lines))
    actions: list[Action] = []
    bad: list[BadLine] = []
    for numbers, piece in pieces(lines, cut_at):
        more, worse = quick.judge_all(map(placed, numbers, piece))
        actions += more
        bad += worse

    for group in GROUPS:
        one_by_one = [t for t in told if isinstance(t, Action) and t.group_id == group]
        at_once = [action for action in actions if action.group_id == group]
        assert list(map(encode_action, at_once)) == list(map(encode_action, one_by_one))
    assert bad == [one for one in told if isinstance(one, BadLine)]


def compared(lines: Sequence[bytes], cut_at: Sequence[int]) -> Comparison:
    shard = Shard(NEW, OLD, {})
    for numbers, piece in pieces(lines, cut_at):
        shard.judge(numbers, piece)
    return shard.compared()


@given(plans, cuts, cuts)
def test_neither_blocks_nor_shards_change_what_is_new(
    plan: list[Step], cut_at: list[int], other_cuts: list[int]
) -> None:
    lines = lines_of(plan, exported=False)
    shards = []
    for group in GROUPS:
        shard = Shard(NEW, OLD, {})
        for numbers, piece in pieces(lines, other_cuts):
            of_group = [
                (number, line)
                for number, line in zip(numbers, piece, strict=True)
                if json.loads(line).get("group_id", GROUPS[0]) in (group, "*")
            ]
            shard.judge([number for number, _ in of_group], [line for _, line in of_group])
        shards.append(shard.compared())

    assert merged(shards) == merged([compared(lines, cut_at)])


@given(plans, cuts)
def test_what_is_new_less_what_is_gone_is_what_is_more(plan: list[Step], cut_at: list[int]) -> None:
    lines = lines_of(plan, exported=False)

    comparison = compared(lines, cut_at)

    surplus: Counter[tuple[str, str]] = Counter()
    for side, sign in ((NEW, 1), (OLD, -1)):
        packs = dict.fromkeys(POLICIES, side)
        for told in Pipeline(packs, side.ref.version).feed(lines):
            if isinstance(told, Action):
                surplus[told.mode, consequence_of(told)] += sign
    net: Counter[tuple[str, str]] = Counter()
    for change in comparison.changes:
        sign = 1 if change.what == "new" else -1
        net[change.mode, change.consequence] += sign * change.actions
    assert {name: n for name, n in net.items() if n} == {
        name: n for name, n in surplus.items() if n
    }


@given(plans, cuts)
def test_a_rehearsal_brings_what_judging_brings(plan: list[Step], cut_at: list[int]) -> None:
    log = unfold(plan, POLICIES)
    judged, rehearsed = Chat(OLD, NEW), Chat(OLD, NEW)

    for numbers, _ in pieces(lines_of(plan, exported=False)[:-1], cut_at):
        records = [stood(number, log[number - 1]) for number in numbers]
        told = judged.partition.judge(judged.partition.read(records), PACKS)
        tried = rehearsed.partition.rehearse(rehearsed.partition.read(records), PACKS)
        assert (tried.actions, tried.dead, tried.judged) == (told.actions, told.dead, told.judged)
        assert tried.changes == []

    assert rehearsed.states() == judged.states()
