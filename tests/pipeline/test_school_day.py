"""A school day through all stages, under each ladder: who hears what, and what is left of it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from schemas.action import Action
from schemas.event import Event, RosterLine, encode_event
from schemas.policy import LadderName
from streams.partitioner import partition_of
from streams.pipeline import BadLine, Pipeline, judge_lines, partitions_of
from streams.policy import Policy, compile_pack, read_pack
from streams.policy.published import pack_bytes
from tests.strategies import (
    PACKETS,
    QUIET,
    RATE,
    REPEAT,
    TEACHERS,
    command,
    content,
    edit,
    local,
    message,
    outcome,
    policy,
    recall,
    red_packet,
    roster,
    tick,
)

PACKS = sorted((Path(__file__).parents[2] / "policies").glob("*.yaml"))

RULES = (
    REPEAT,
    RATE,
    QUIET,
    PACKETS,
    content("severe", "porn", "gambling", handling="severe", clause="C1"),
    content("speech", "abuse", handling="speech", clause="C2"),
)

PARENTS = tuple(RosterLine(member_id=f"p{i}", role="parent") for i in (1, 2, 3))

DAY: Sequence[Event] = (
    roster(at=local("07:00"), lines=[*TEACHERS, *PARENTS]),
    tick(local("07:10")),
    message("t1", local("07:30"), "今天下午四点放学，请家长准时接孩子。", "t1"),
    message("a1", local("07:31"), "收到", "p1"),
    message("a2", local("07:32"), "收到", "p2"),
    message("a3", local("07:32:30"), "谢谢老师", "p3"),
    # Somebody offers something, three times.
    message("f1", local("12:00:00"), "周末团购草莓，接龙", "p1"),
    message("f2", local("12:00:20"), "周末团购草莓，接龙！", "p1"),
    message("f3", local("12:00:40"), "周末團購草莓 接龙", "p1"),
    message("f4", local("12:01:00"), "周末团购草莓，接龙", "p1"),
    red_packet("r1", local("15:00"), "p1"),
    recall("x1", "r1", local("15:01"), "p1"),
    message("m1", local("16:00"), "孩子的水杯忘在教室了", "p3"),
    edit("x2", "m1", local("16:01"), "孩子的水杯忘在教室了，麻烦老师", "p3"),
    tick(local("21:59:59")),
    message("q1", local("22:00:00.000"), "明天要带什么？", "p1"),
    message("q2", local("22:10"), "有人知道吗", "p1"),
    message("q3", local("22:30"), "明天停课半天", "t1"),
    tick(local("06:00", day=8)),
    message("g1", local("07:30", day=8), "早上好", "p2"),
)

STRUCK: Mapping[LadderName, list[tuple[str, list[str]]]] = {
    # ladder: what each of the four strike records brings
    "guide": [
        ("f3", ["delete", "remind"]),
        ("f4", ["delete"]),
        ("r1", ["delete", "remind"]),
        ("q1", ["remind", "review"]),
    ],
    "discretion": [
        ("f3", ["delete", "remind"]),
        ("f4", ["delete"]),
        ("r1", ["delete", "mute", "remind"]),
        ("q1", ["review"]),
    ],
    "owner_removes": [
        ("f3", ["delete", "remind", "review"]),
        ("f4", ["delete"]),
        ("r1", ["delete", "remind"]),
        ("q1", ["remind"]),
    ],
    "three_steps": [
        ("f3", ["delete", "remind"]),
        ("f4", ["delete"]),
        ("r1", ["delete", "notice"]),
        ("q1", ["escalate"]),
    ],
}


def under(ladder: LadderName) -> Policy:
    return policy(*RULES, ladder=ladder, mutes=ladder == "discretion")


def judged(pack: Policy, log: Sequence[Event]) -> list[Action]:
    lines = [encode_event(event) for event in log]
    actions, bad = judge_lines(lines, {pack.ref.version: pack}, pack.ref.version)
    assert bad == []
    return actions


def by_record(actions: Sequence[Action]) -> list[tuple[str, list[str]]]:
    """The kinds of the actions, by the newest event that led to them."""
    found: dict[str, list[str]] = {}
    for action in actions:
        found.setdefault(action.evidence[-1], []).append(action.kind)
    return list(found.items())


@pytest.mark.parametrize("ladder", sorted(STRUCK))
def test_a_school_day_brings_what_its_ladder_says(ladder: LadderName) -> None:
    actions = judged(under(ladder), DAY)

    assert by_record(actions) == STRUCK[ladder]
    assert {action.member_id for action in actions} == {"p1"}
    assert max(action.strikes for action in actions) == 3


@pytest.mark.parametrize("ladder", sorted(STRUCK))
def test_the_same_day_twice_brings_nothing_new(ladder: LadderName) -> None:
    once = judged(under(ladder), DAY)

    assert judged(under(ladder), [*DAY, *DAY]) == once


def test_nothing_is_posted_in_the_group_at_night() -> None:
    night = [red_packet(f"n{i}", local("23:00") + i, "p2") for i in range(2)]
    day = sorted([*DAY, *night], key=lambda event: event.sent_at)

    notices = [a for a in judged(under("three_steps"), day) if a.kind == "notice"]

    assert [a.decided_at for a in notices] == [local("15:00"), local("06:00", day=8)]


def test_a_day_s_outcomes_decide_how_far_the_ladder_is_climbed() -> None:
    pack = under("three_steps")
    until_noon = [event for event in DAY if event.sent_at < local("13:00")]
    remind = next(a for a in judged(pack, until_noon) if a.kind == "remind")
    failed = outcome("o1", remind.id, "failed", local("12:02"))
    day = sorted([*DAY, failed], key=lambda event: event.sent_at)

    assert dict(by_record(judged(pack, day)))["r1"] == ["delete", "remind"]


def test_a_person_takes_a_strike_back_and_the_evening_is_milder() -> None:
    undo = command("u1", "undo", local("17:00"), "p1")
    day = sorted([*DAY, undo], key=lambda event: event.sent_at)

    assert dict(by_record(judged(under("three_steps"), day)))["q1"] == ["notice"]


def test_a_stricter_covenant_holds_from_the_command_on() -> None:
    mild, strict = under("guide"), under("owner_removes")
    order = command("c1", "policy", local("13:00"), policy=strict.ref.version)
    day = sorted([*DAY, order], key=lambda event: event.sent_at)
    packs = {pack.ref.version: pack for pack in (mild, strict)}

    actions, bad = judge_lines([encode_event(e) for e in day], packs, mild.ref.version)

    assert bad == []
    assert by_record(actions) == [
        *STRUCK["guide"][:2],
        ("r1", ["delete", "remind", "review"]),
        ("q1", ["remind"]),
    ]


# --- exported logs


def exported(log: Sequence[Event], partitions: int) -> Iterator[bytes]:
    """The log as `banzhang export` writes it, each partition's records with their place; what
    ordered the first policy is older than the retention.
    """
    offsets = dict.fromkeys(range(partitions), 100)
    for event in log:
        home = partition_of(f"{event.platform}:{event.group_id}".encode(), partitions)
        for at in range(partitions) if event.group_id == "*" else (home,):
            yield placed(event, at, offsets[at])
            offsets[at] += 1


def placed(event: Event, partition: int, offset: int, **more: Any) -> bytes:
    where = {"partition": partition, "offset": offset, "timestamp": event.sent_at + 50}
    return json.dumps(json.loads(encode_event(event)) | where | more).encode()


def of_groups(*names: str) -> list[Event]:
    return [
        event if event.group_id == "*" else msgspec.structs.replace(event, group_id=name)
        for event in DAY
        for name in (names if event.group_id != "*" else names[:1])
    ]


def told(pack: Policy, lines: Sequence[bytes]) -> tuple[list[Action], list[BadLine]]:
    pipeline = Pipeline({pack.ref.version: pack}, pack.ref.version, partitions=partitions_of(lines))
    found = list(pipeline.feed(lines))
    return (
        [one for one in found if isinstance(one, Action)],
        [one for one in found if isinstance(one, BadLine)],
    )


@pytest.mark.parametrize("partitions", [1, 2, 5])
def test_an_exported_log_is_judged_as_the_log_itself(partitions: int) -> None:
    pack = under("three_steps")
    log = of_groups("g1", "g2", "g3", "g4")

    actions, bad = told(pack, list(exported(log, partitions)))

    assert bad == []
    wanted = {action.id: action for action in judged(pack, log)}
    assert {action.id: action for action in actions} == wanted
    assert len(actions) == len(wanted)


def test_strays_are_judged_once_where_their_copies_stand() -> None:
    pack = under("guide")
    home = partition_of(b"qq:g1", 2)
    lines = [
        line
        for number, event in enumerate(of_groups("g1"))
        for line in (
            [placed(event, 0, 100 + number), placed(event, 1, 100 + number)]
            if event.group_id == "*"
            else [placed(event, 1 - home, 200 + number), placed(event, home, 300 + number)]
        )
    ]

    actions, bad = told(pack, lines)

    assert bad == []
    assert actions == judged(pack, DAY)


def test_bad_lines_are_told_by_their_number_and_change_nothing_else() -> None:
    pack = under("guide")
    lines = list(exported(of_groups("g1", "g2"), 2))
    wanted, _ = told(pack, lines)
    ahead = placed(message("early", local("12:00")), 0, 999, timestamp=local("11:00"))
    broken = [b"{", b'{"kind":"message"}', b'{"raw":"/w=="}', ahead, b'"text"']
    for where, line in zip((3, 7, 11, 15, 19), broken, strict=True):
        lines.insert(where, line)

    actions, bad = told(pack, lines)

    assert actions == wanted
    assert [(line.number, line.reason) for line in bad] == [
        (4, "not_json"),
        (8, "missing_field"),
        (12, "not_json"),
        (16, "ahead"),
        (20, "bad_field"),
    ]


# --- the packs that are shipped


@pytest.mark.parametrize("path", PACKS, ids=lambda p: p.stem)
def test_a_day_goes_through_each_shipped_pack(path: Path) -> None:
    pack = read_pack(path.read_text("utf-8"))
    assert not isinstance(pack, list), pack
    ready = compile_pack(pack_bytes(pack))

    actions = judged(ready, DAY)

    assert {action.policy.id for action in actions} <= {path.stem}
    assert all(action.kind != "remove" for action in actions)
    # Some covenants steer what another one asks into private, kindly and without more.
    assert {action.kind for action in actions if action.member_id != "p1"} <= {
        "notice",
        "remind",
    }
