"""What the runner's oracle says of a log and of what the system made of it."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

import msgspec
import pytest

from banzhang.demo.stage import PARTITIONS
from banzhang.packs import Published
from schemas.action import encode_action
from schemas.event import ANY, Command, CommandCall, Message, encode_event
from streams.partitioner import partition_of
from streams.pipeline import judge_lines
from streams.policy.compile import compile_pack
from streams.policy.published import pack_bytes, pack_hash
from streams.topology import topology
from tests.chaos.log import nothing
from tests.chaos.oracle import PLANTED, Comparison, Oracle, Recorded
from tests.system.harness import FLOODS

NOW_MS: Final = 1_788_800_000_000
KEY: Final = b"qq:g1"
NUMBER: Final = partition_of(KEY, PARTITIONS)
CONTENT: Final = pack_bytes(FLOODS)
PACK: Final = Published(FLOODS, CONTENT, pack_hash(CONTENT))


class Record(NamedTuple):
    """A record as a consumer has it."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()


def first_policy() -> bytes:
    call = CommandCall(name="policy", args={"policy": PACK.version})
    common = {"platform": ANY, "group_id": ANY, "member_id": "system"}
    return encode_event(Command(id="p", sent_at=NOW_MS, command=call, **common))


def flood(count: int) -> list[bytes]:
    """One member says the same again and again."""
    return [
        encode_event(
            Message(
                id=f"m{number}",
                platform="qq",
                group_id="g1",
                member_id="a",
                sent_at=NOW_MS + number * 1000,
                text="甲乙丙",
            )
        )
        for number in range(count)
    ]


def log_of(values: Iterable[bytes | None], planted: Iterable[int] = ()) -> list[Record]:
    bad = set(planted)
    return [
        Record(
            "chaos.events",
            NUMBER,
            offset,
            NOW_MS + offset * 1000,
            KEY,
            value,
            ((PLANTED, b""),) if offset in bad else (),
        )
        for offset, value in enumerate(values)
    ]


def written(topic: str, objects: Iterable[Mapping[str, Any]]) -> list[Record]:
    return [
        Record(f"chaos.{topic}", NUMBER, offset, NOW_MS, KEY, json.dumps(line).encode())
        for offset, line in enumerate(objects)
    ]


@pytest.fixture(scope="module")
def truth() -> list[dict[str, Any]]:
    """The actions of the flood, as the system writes them."""
    policies = {PACK.version: compile_pack(CONTENT)}
    actions, _ = judge_lines(flood(6), policies, PACK.version)
    assert actions
    return [msgspec.json.decode(encode_action(action)) for action in actions]


def told(
    log: list[Record],
    actions: Iterable[Mapping[str, Any]],
    letters: Iterable[Mapping[str, Any]] = (),
    answered: Iterable[Mapping[str, Any]] | None = None,
) -> Comparison:
    oracle, listed = Oracle(PACK), list(actions)
    oracle.judge(log)
    outcomes = [
        {"action_id": action["id"]} for action in (listed if answered is None else answered)
    ]
    oracle.saw_actions(written("actions", listed))
    oracle.saw_letters(written("dead", letters))
    oracle.saw_outcomes(written("outcomes", outcomes))
    return oracle.compared(oracle.expected(), {NUMBER: len(log)})


def whole() -> list[Record]:
    return log_of([first_policy(), *flood(6)])


def test_what_the_log_says_is_delivered(truth: list[dict[str, Any]]) -> None:
    found = told(whole(), truth)

    assert found.actions.words == "DELIVERED"
    assert found.is_right
    assert found.counts == (len(truth), 0, 0, 0)


def test_an_action_that_comes_again_is_more_and_right(truth: list[dict[str, Any]]) -> None:
    found = told(whole(), [*truth, truth[0]])

    assert found.actions.words == "MORE"
    assert found.counts.more == found.actions.repeated == 1
    assert found.is_right


def test_an_action_that_is_not_there_is_less(truth: list[dict[str, Any]]) -> None:
    found = told(whole(), truth[1:])

    assert found.actions.words == "LESS"
    assert not found.is_right


def test_an_action_that_nobody_expects_is_wrong(truth: list[dict[str, Any]]) -> None:
    found = told(whole(), [*truth, truth[0] | {"id": "another"}])

    assert found.actions.words == "WRONG"
    assert not found.is_right


def test_an_action_of_another_content_is_wrong(truth: list[dict[str, Any]]) -> None:
    found = told(whole(), [truth[0] | {"strikes": 99}, *truth[1:]])

    assert found.actions.words == "WRONG"
    assert not found.is_right


def test_an_action_without_an_outcome_is_unanswered(truth: list[dict[str, Any]]) -> None:
    found = told(whole(), truth, answered=truth[1:])

    assert found.unanswered == 1
    assert not found.is_right


def test_dead_letters_must_be_the_planted_records(truth: list[dict[str, Any]]) -> None:
    log = log_of([first_policy(), b"{", *flood(6)], planted=[1])
    letter = {"topic": "chaos.events", "partition": NUMBER, "offset": 1, "reason": "not_json"}

    right = told(log, truth, [letter, letter])
    silent = told(log, truth)
    other = told(log, truth, [letter, letter | {"offset": 2}])

    assert (right.planted, right.buried, right.misburied) == (1, 1, 0)
    assert right.is_right
    assert (silent.misburied, silent.is_right) == (1, False)
    assert (other.misburied, other.is_right) == (1, False)


def test_a_bad_record_that_nobody_planted_is_told(truth: list[dict[str, Any]]) -> None:
    log = log_of([first_policy(), b"{", *flood(6)])
    letter = {"topic": "chaos.events", "partition": NUMBER, "offset": 1, "reason": "not_json"}

    assert told(log, truth, [letter]).misburied == 1


def test_what_comes_in_stretches_is_judged_as_what_comes_at_once(
    truth: list[dict[str, Any]],
) -> None:
    oracle = Oracle(PACK)
    for record in whole():
        oracle.judge([record])

    assert oracle.expected() == {action["id"] for action in truth}
    assert set(nothing()) == set(range(PARTITIONS))


class MemoryLog:
    """The topics of a run, in memory."""

    def __init__(self, **topics: list[Record]) -> None:
        self.topics = topology("chaos", partitions=PARTITIONS)
        self.held = {f"chaos.{name}": records for name, records in topics.items()}
        self.reads = 0

    async def ends(self, topic: str) -> dict[int, int]:
        return nothing() | {NUMBER: len(self.held[topic])}

    async def read(
        self, topic: str, begin: Mapping[int, int], ends: Mapping[int, int]
    ) -> list[Record]:
        self.reads += 1
        return self.held[topic][begin[NUMBER] : ends[NUMBER]]


def memory_log(truth: list[dict[str, Any]]) -> MemoryLog:
    answers = [{"action_id": action["id"]} for action in truth]
    return MemoryLog(
        events=whole(),
        actions=written("actions", truth),
        dead=[],
        outcomes=written("outcomes", answers),
    )


async def test_what_was_judged_behind_the_settled_place_is_neither_extra_nor_due(
    truth: list[dict[str, Any]],
) -> None:
    early, late = nothing() | {NUMBER: 1}, nothing() | {NUMBER: len(whole())}
    log = memory_log(truth)
    recorded = Recorded(log, PACK)  # type: ignore[arg-type]
    silent = memory_log([])
    behind = Recorded(silent, PACK)  # type: ignore[arg-type]

    before, after = await recorded.compare(early), await recorded.compare(late)
    not_yet, missing = await behind.compare(early), await behind.compare(late)

    assert (before.actions.expected, before.actions.words) == (0, "DELIVERED")
    assert (after.actions.expected, after.actions.words) == (len(truth), "DELIVERED")
    assert not_yet.actions.words == "DELIVERED"
    assert (missing.actions.missing, missing.actions.words) == (len(truth), "LESS")


async def test_a_long_log_is_read_in_stretches(
    truth: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.chaos.oracle.STRETCH", 2)
    log = memory_log(truth)

    found = await Recorded(log, PACK).compare(await log.ends("chaos.events"))  # type: ignore[arg-type]

    assert found.is_right
    assert found.events == len(whole())
    assert log.reads >= len(whole()) / 2
