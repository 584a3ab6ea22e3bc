"""Judging lines with nothing running: bad lines by number, exported logs, blank lines."""

import base64
import json
from typing import Any

import pytest

from schemas.action import Action
from schemas.event import Event, encode_event
from streams.partitioner import partition_of
from streams.pipeline import (
    BadLine,
    Pipeline,
    UnknownPolicy,
    judge_lines,
    partitions_of,
    place_of_line,
)
from tests.strategies import (
    HOUR,
    NOON,
    PACKETS,
    QUIET,
    command,
    kinds,
    local,
    message,
    policy,
    red_packet,
    tick,
)

PLAIN = policy(PACKETS, QUIET, ladder="three_steps")
PACKS = {PLAIN.ref.version: PLAIN}
FIRST = PLAIN.ref.version


def exported(event: Event, partition: int, offset: int, **more: Any) -> bytes:
    """A line of a log whose beginning retention has taken, if `offset` is not 0."""
    where = {"partition": partition, "offset": offset, "timestamp": 0} | more
    return json.dumps(json.loads(encode_event(event)) | where).encode()


def judged(*lines: bytes) -> tuple[list[Action], list[BadLine]]:
    return judge_lines(lines, PACKS, FIRST)


def test_lines_bring_actions_in_order() -> None:
    actions, bad = judged(encode_event(red_packet("r0")), encode_event(red_packet("r1", NOON + 1)))

    assert (kinds(actions), bad) == (["delete", "remind", "delete", "notice"], [])


def test_a_bad_line_is_told_by_its_number_and_the_rest_is_judged() -> None:
    actions, bad = judged(b"", b"{", b"  ", encode_event(red_packet("r")) + b"\r\n", b'{"id":1}')

    assert kinds(actions) == ["delete", "remind"]
    assert [(line.number, line.reason) for line in bad] == [(2, "not_json"), (5, "missing_field")]


def test_in_a_whole_log_nothing_is_judged_before_its_first_policy() -> None:
    order = command("c", "policy", NOON, member="system", group="*", policy=FIRST)
    log: list[Event] = [red_packet("r0"), order, red_packet("r1", NOON + 1)]

    actions, bad = judged(*(exported(event, 0, offset) for offset, event in enumerate(log)))

    assert [(line.number, line.reason) for line in bad] == [(1, "no_policy")]
    assert {action.evidence for action in actions} == {("r1",)}


def test_a_bad_line_about_all_groups_is_told_once() -> None:
    pipeline = Pipeline(PACKS, FIRST, partitions={1: 2})
    lines = [
        *(exported(message("e", group_id=f"g{i}"), at, 7 + i) for i, at in enumerate((0, 1))),
        encode_event(message("x", group_id="*")),
    ]

    told = [one for one in pipeline.feed(lines) if isinstance(one, BadLine)]

    assert [(line.number, line.field) for line in told] == [(3, "$.group_id")]


def test_what_was_no_json_when_it_was_exported_is_bad_again() -> None:
    raw = base64.b64encode(b"\xff").decode()
    line = json.dumps({"raw": raw, "partition": 0, "offset": 3, "timestamp": 5}).encode()

    _, bad = judged(line)

    assert [(one.number, one.reason) for one in bad] == [(1, "not_json")]


def test_a_field_named_raw_is_only_an_unknown_field() -> None:
    line = json.dumps(json.loads(encode_event(red_packet("r"))) | {"raw": "x"}).encode()

    assert kinds(judged(line)[0]) == ["delete", "remind"]


def test_an_unknown_policy_says_which_line_and_how_to_mend_it() -> None:
    order = encode_event(command("c", "policy", group="*", policy="0" * 32))

    with pytest.raises(UnknownPolicy, match=r"line 1 .*'0{32}'.* --policy"):
        judged(order)


# --- exported logs


def test_the_partitions_of_a_log_are_counted_by_generation() -> None:
    lines = [
        exported(message("e0"), 0, 0),
        exported(message("e1"), 4, 0),
        exported(message("e2"), 1, 0, generation=2),
        encode_event(message("e3")),
        b"{",
    ]

    assert partitions_of(lines) == {1: 5, 2: 2}


def test_a_line_that_says_nothing_of_a_place_stood_nowhere() -> None:
    assert place_of_line(b"\xff").partition is None
    assert place_of_line(b'{"partition":"x"}').partition is None
    assert place_of_line(b"[" * 100_000).partition is None


def test_a_record_on_a_foreign_partition_is_judged_where_its_copy_stands() -> None:
    home = partition_of(b"qq:g1", 2)
    stray, copy = (exported(red_packet("r"), at, 7) for at in (1 - home, home))

    told = list(Pipeline(PACKS, FIRST, partitions={1: 2}).feed([stray, copy]))

    assert [one.kind for one in told if isinstance(one, Action)] == ["delete", "remind"]


def test_a_tick_of_one_partition_concerns_its_groups_and_one_without_all() -> None:
    groups = {
        at: next(g for g in "abcdefgh" if partition_of(f"qq:{g}".encode(), 2) == at)
        for at in (0, 1)
    }
    night = local("23:00")
    packets = [
        exported(red_packet(f"r{i}", night + i, group_id=group), at, 7 + i)
        for at, group in groups.items()
        for i in (0, 1)
    ]
    morning = tick(local("06:00", day=8))

    one = list(Pipeline(PACKS, FIRST, partitions={1: 2}).feed([*packets, exported(morning, 1, 9)]))
    all_ = list(Pipeline(PACKS, FIRST, partitions={1: 2}).feed([*packets, encode_event(morning)]))

    def notices(told: list[Action | BadLine]) -> list[str]:
        return [a.group_id for a in told if isinstance(a, Action) and a.kind == "notice"]

    assert notices(one) == [groups[1]]
    assert notices(all_) == [groups[0], groups[1]]


def test_the_log_s_own_time_is_heard_where_a_line_has_it() -> None:
    ahead = exported(message("e0", NOON + HOUR), 0, 0, timestamp=NOON)

    _, bad = judged(ahead)

    assert [(line.reason, line.field) for line in bad] == [("ahead", "$.sent_at")]


def test_a_line_as_a_topic_would_refuse_it_is_refused_for_its_size() -> None:
    large = message("e0", text="x" * (1 << 20))

    assert [line.reason for line in judged(encode_event(large))[1]] == ["too_large"]


@pytest.mark.parametrize(
    "own",
    [
        {"timestamp": 1},
        {"timestamp": "2026-09-07"},
        {"offset": [], "generation": "x"},
        {"raw": 5},
    ],
)
def test_without_a_partition_the_exporters_fields_are_the_events_own(own: dict[str, Any]) -> None:
    line = json.dumps(json.loads(encode_event(red_packet("r"))) | own).encode()

    actions, bad = judged(line)

    assert (kinds(actions), bad) == (["delete", "remind"], [])


def test_a_tick_with_a_field_of_its_own_still_concerns_all_groups() -> None:
    packets = [encode_event(red_packet(f"r{i}", local("23:00") + i)) for i in (0, 1)]
    morning = json.loads(encode_event(tick(local("06:00", day=8)))) | {"timestamp": "x"}

    actions, bad = judged(*packets, json.dumps(morning).encode())

    assert (kinds(actions)[-1], bad) == ("notice", [])
