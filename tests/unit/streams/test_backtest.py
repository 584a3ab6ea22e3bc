"""Two packs over one log: what is new, what is gone, and that it is a sum over shards."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from schemas.action import Action
from schemas.event import Event, encode_event
from schemas.policy import Repeat, Settings, When
from streams.backtest import (
    BAD_MAX,
    Comparison,
    Extent,
    Shard,
    consequence_of,
    kind_of,
    merged,
    rows_of,
)
from streams.pipeline import Pipeline, partitions_of
from streams.policy.compile import Policy
from streams.simulate import simulate
from tests.strategies import (
    NOON,
    PACKETS,
    QUIET,
    RATE,
    REPEAT,
    command,
    content,
    local,
    message,
    policy,
    red_packet,
    roster,
    tick,
)

SPEECH = content("speech", "abuse", "vulgar", handling="speech")
ADS = content("ads", "ad", "vote_canvass", "bargain")
OLD = policy(RATE, REPEAT, QUIET, PACKETS, SPEECH, ADS)
NEW = policy(
    RATE,
    msgspec.structs.replace(REPEAT, when=When(repeat=Repeat(times=2, within_ms=600_000))),
    PACKETS,
    SPEECH,
    msgspec.structs.replace(ADS, state="shadow"),
    id="new",
    ladder="discretion",
    mutes=True,
)


def lines_of(*events: Event | bytes) -> list[bytes]:
    return [event if isinstance(event, bytes) else encode_event(event) for event in events]


def compared(new: Policy, old: Policy | None, *events: Event | bytes) -> Comparison:
    return over(new, old, lines_of(*events))


def over(new: Policy, old: Policy | None, lines: Sequence[bytes], block: int = 97) -> Comparison:
    shard = Shard(new, old, partitions_of(lines))
    for at in range(0, len(lines), block):
        shard.judge(range(at + 1, at + 1 + len(lines[at : at + block])), lines[at : at + block])
    return shard.compared()


def changes(comparison: Comparison) -> list[tuple[str, str, str, str, int]]:
    return [(c.what, c.mode, c.rule, c.consequence, c.actions) for c in comparison.changes]


def judged(by: Policy, lines: Sequence[bytes]) -> list[Action]:
    pipeline = Pipeline({by.ref.version: by}, by.ref.version)
    return [told for told in pipeline.feed(lines) if isinstance(told, Action)]


def deeds(actions: Sequence[Action]) -> Counter[tuple[Any, ...]]:
    return Counter(
        (a.mode, consequence_of(a), a.platform, a.group_id, a.member_id or "", a.evidence)
        for a in actions
    )


def test_what_is_new_and_gone_is_the_difference_of_two_judgings() -> None:
    district = simulate(6, 30, 2, 60, seed=4, ticks=True)
    lines = [msgspec.json.encode(event) for event, _ in district]

    comparison = over(NEW, OLD, lines)

    after, before = judged(NEW, lines), judged(OLD, lines)
    for what, extra in (
        ("new", deeds(after) - deeds(before)),
        ("gone", deeds(before) - deeds(after)),
    ):
        members: Counter[tuple[str, ...]] = Counter()
        for (mode, consequence, platform, group, member, _), count in extra.items():
            members[mode, consequence, platform, group, member] += count
        assert members, "a comparison of nothing shows nothing"
        found: Counter[tuple[str, ...]] = Counter()
        for c in comparison.changes:
            if c.what == what:
                found[c.mode, c.consequence, c.platform, c.group_id, c.member_id] += c.actions
                deed = (c.mode, c.consequence, c.platform, c.group_id, c.member_id, c.evidence)
                assert deed in extra
        assert found == members
    for actions, side in ((after, "after"), (before, "before")):
        counted = Counter((a.mode, a.rule, consequence_of(a)) for a in actions)
        totals = {(t.mode, t.rule, t.consequence): getattr(t, side) for t in comparison.totals}
        assert {name: count for name, count in totals.items() if count} == counted


def test_a_pack_against_itself_changes_nothing() -> None:
    comparison = compared(OLD, OLD, red_packet("r"), message("m", text="傻逼"))

    assert comparison.changes == ()
    assert {total.before - total.after for total in comparison.totals} == {0}
    assert sum(total.after for total in comparison.totals) == 4


def test_against_nothing_all_is_new() -> None:
    comparison = compared(policy(PACKETS), None, red_packet("r"))

    assert changes(comparison) == [
        ("new", "live", "packets", "delete", 1),
        ("new", "live", "packets", "remind", 1),
    ]
    assert {total.before for total in comparison.totals} == {0}


def test_another_rule_that_brings_the_same_changes_nothing_for_the_member() -> None:
    renamed = msgspec.structs.replace(PACKETS, id="envelopes")

    comparison = compared(policy(renamed), policy(PACKETS), red_packet("r"))

    assert comparison.changes == ()
    assert [(row.rule, row.before, row.after) for row in rows_of(comparison)] == [
        ("envelopes", 0, 1),
        ("envelopes", 0, 1),
        ("packets", 1, 0),
        ("packets", 1, 0),
    ]


def test_a_rule_that_goes_from_live_to_shadow_is_gone_there_and_new_here() -> None:
    trial = policy(msgspec.structs.replace(PACKETS, state="shadow"))

    comparison = compared(trial, policy(PACKETS), red_packet("r"))

    assert changes(comparison) == [
        ("gone", "live", "packets", "delete", 1),
        ("gone", "live", "packets", "remind", 1),
        ("new", "shadow", "packets", "delete", 1),
        ("new", "shadow", "packets", "remind", 1),
    ]


def test_a_member_stands_once_for_each_rule_with_the_first_evidence() -> None:
    packets = [red_packet(f"r{n}", NOON + n * 1_000) for n in range(3)]

    comparison = compared(policy(PACKETS), policy(RATE), *packets)

    deletes = [c for c in comparison.changes if c.consequence == "delete"]
    assert [(c.actions, c.evidence, c.at) for c in deletes] == [(3, ("r0",), NOON)]


def test_a_review_is_named_by_what_it_proposes() -> None:
    strict = policy(PACKETS, ladder="owner_removes")

    comparison = compared(strict, policy(PACKETS), red_packet("r"))

    assert changes(comparison) == [("new", "live", "packets", "review:remove", 1)]
    assert kind_of("review:remove") == "review"


def test_rows_count_actions_members_and_groups() -> None:
    log = [
        red_packet("a", NOON, "p1"),
        red_packet("b", NOON + 1, "p1"),
        red_packet("c", NOON + 2, "p2"),
        red_packet("d", NOON + 3, "p1", group_id="g2"),
    ]

    rows = rows_of(compared(policy(PACKETS), policy(RATE), *log))

    assert [
        (row.consequence, row.new, row.gone) for row in rows if row.consequence == "delete"
    ] == [("delete", Extent(actions=4, members=3, groups=2), Extent())]


def test_no_policy_that_the_log_orders_is_obeyed() -> None:
    orders = [
        command("own", "policy", NOON, policy=policy(RATE).ref.version),
        command("all", "policy", NOON, group="*", member="system", policy="0" * 32),
    ]

    comparison = compared(
        policy(PACKETS), policy(RATE), roster(), *orders, red_packet("r", NOON + 1)
    )

    assert [c.what for c in comparison.changes] == ["new", "new"]
    assert comparison.bad == ()


def test_an_exported_log_is_judged_from_its_first_line_on() -> None:
    lines = [
        json.dumps(json.loads(line) | {"partition": 0, "offset": at, "timestamp": 0}).encode()
        for at, line in enumerate(lines_of(red_packet("early"), red_packet("late", NOON + 1)))
    ]

    comparison = over(policy(PACKETS), None, lines)

    assert comparison.bad == ()
    assert [t.after for t in comparison.totals if t.consequence == "delete"] == [2]


def test_a_tick_that_nobody_exported_is_for_the_groups_of_all_partitions() -> None:
    night = local("23:00")
    lines = [
        json.dumps(json.loads(line) | {"partition": at, "offset": 9 + n, "timestamp": 0}).encode()
        for at in (0, 1)
        for n in range(2)
        for line in lines_of(red_packet(f"r{n}", night + n * 1_000, group_id=f"g{at}"))
    ]
    morning = encode_event(tick(local("07:00", day=8)))
    waiting = policy(PACKETS, QUIET, ladder="three_steps")

    shard = Shard(waiting, None, {1: 0})
    shard.judge(range(1, 6), [*lines, morning])

    notices = [t.after for t in shard.compared().totals if t.consequence == "notice"]
    assert notices == [2]


@pytest.mark.parametrize("turns", [(0, 1, 2), (0, 2, 1), (1, 0, 2), (2, 1, 0)])
def test_the_time_of_what_is_new_does_not_depend_on_which_side_is_weighed_first(
    turns: tuple[int, ...],
) -> None:
    (action, _) = judged(policy(PACKETS), lines_of(red_packet("r")))
    weighed = [(NOON + 5, 1), (NOON, -1), (NOON + 9, 1)]
    shard = Shard(NEW, OLD, {})

    for at, weight in (weighed[turn] for turn in turns):
        shard._weigh([msgspec.structs.replace(action, decided_at=at)], Counter(), weight)

    assert [(c.actions, c.at) for c in shard.compared().changes] == [(1, NOON + 14)]


def test_a_record_that_is_not_on_its_keys_partition_is_judged_by_neither_side() -> None:
    lines = [
        json.dumps(json.loads(line) | {"partition": at, "offset": 9, "timestamp": 0}).encode()
        for at, line in enumerate(lines_of(red_packet("r"), red_packet("r")))
    ]

    comparison = over(policy(PACKETS), None, lines)

    assert [t.after for t in comparison.totals if t.consequence == "delete"] == [1]


def test_a_bad_line_about_all_groups_counts_once_for_all_shards() -> None:
    stray, own = encode_event(message("x", group_id="*")), b"{}"
    first, second = Shard(NEW, OLD, {}), Shard(NEW, OLD, {})
    first.judge([1, 2], [stray, own])
    second.judge([1], [stray])

    whole = merged([first.compared(), second.compared()])

    assert [line.number for line in whole.bad] == [1, 2]
    assert (whole.bad_own, whole.bad_common) == (1, 1)


def test_of_many_bad_lines_the_first_are_told_and_the_others_counted() -> None:
    comparison = over(NEW, OLD, [b"{}"] * (BAD_MAX + 5))

    assert [line.number for line in comparison.bad] == list(range(1, BAD_MAX + 1))
    assert comparison.bad_own == BAD_MAX + 5


def test_what_waits_for_the_morning_on_one_side_is_nothing_new() -> None:
    night = local("23:00")
    strikes = [red_packet(f"r{n}", night + n * 1_000) for n in range(3)]
    quiet, loud = (policy(*rules, ladder="three_steps") for rules in ((PACKETS, QUIET), (PACKETS,)))

    comparison = compared(quiet, loud, *strikes, tick(local("07:00", day=8)))

    assert [t for t in comparison.totals if t.consequence == "notice"]
    assert [c for c in comparison.changes if c.consequence == "notice"] == []


@pytest.mark.parametrize("block", [1, 5, 10_000])
def test_neither_blocks_nor_shards_change_the_answer(block: int) -> None:
    events = [event for event, _ in simulate(5, 25, 2, 40, seed=9, ticks=True)]
    whole = over(NEW, OLD, [msgspec.json.encode(event) for event in events])
    shards = [Shard(NEW, OLD, {}) for _ in range(3)]
    for at, shard in enumerate(shards):
        mine = [
            (number, msgspec.json.encode(event))
            for number, event in enumerate(events, start=1)
            if event["group_id"] == "*" or int(event["group_id"][-1]) % 3 == at
        ]
        for begin in range(0, len(mine), block):
            piece = mine[begin : begin + block]
            shard.judge([number for number, _ in piece], [line for _, line in piece])

    assert merged(shard.compared() for shard in shards) == merged([whole])
    assert whole.changes


def test_a_pack_for_a_school_without_approval_brings_shadow_actions_alone() -> None:
    waiting = policy(PACKETS, settings=Settings(group_approved=False))

    comparison = compared(waiting, None, red_packet("r"))

    assert {change.mode for change in comparison.changes} == {"shadow"}
