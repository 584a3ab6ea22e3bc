"""The demo's arithmetic: the simulated day, the comparison, the scores."""

import asyncio
import json
from pathlib import Path
from typing import Any, NoReturn

import msgspec
import pytest
from aiokafka import TopicPartition
from aiokafka.structs import OffsetAndMetadata

from banzhang.__main__ import main
from banzhang.demo import play
from banzhang.demo.day import LASTS_MS, day_of
from banzhang.demo.recorded import Recorded, compare, judge_again, kinds_of, until
from banzhang.demo.report import Score, incident_of, scores_of
from banzhang.demo.stage import PARTITIONS, Progress, Stage, new_stage
from banzhang.packs import read_packs
from infra.local.lifeline import Lifeline
from schemas.action import Action, PolicyRef
from streams.topology import topology

POLICY = str(Path(__file__).parents[3] / "policies" / "default.yaml")


def action_of(name: str, explain: str = "x") -> Action:
    return Action(
        id=name,
        kind="remind",
        platform="qq",
        group_id="g",
        rule="r",
        explain=explain,
        policy=PolicyRef(id="p", version="v"),
        mode="live",
        decided_at=1,
    )


def stage_in(folder: Path) -> Stage:
    """A stage whose children are not started."""
    (pack,) = read_packs([POLICY], {})
    lifeline = Lifeline()
    stage = new_stage(
        topics=topology(),
        servers={"BANZHANG_KAFKA": "k:1", "BANZHANG_REDIS": "redis://r:1/0"},
        pack=pack,
        begin_ms=0,
        speed=1000,
        folder=folder,
        lifeline=lifeline,
        say=print,
        shows=False,
    )
    lifeline.close()
    return stage


def test_a_day_is_a_function_of_its_seed_and_in_order() -> None:
    day = day_of(groups=3, messages=40, seed=5)

    assert day == day_of(groups=3, messages=40, seed=5)
    assert [due.at for due in day.dues] == sorted(due.at for due in day.dues)
    assert all(day.begin_ms <= due.at <= day.end_ms for due in day.dues)
    assert day.end_ms - day.begin_ms == LASTS_MS


def test_a_record_of_the_day_stands_under_its_groups_key() -> None:
    for due in day_of(groups=3, messages=10, seed=1).dues:
        event = json.loads(due.record.value)
        assert due.record.key.decode() == f"{event['platform']}:{event['group_id']}"


@pytest.mark.parametrize(
    ("found", "missing", "extra", "wrong", "repeated"),
    [
        (["a", "b"], 0, 0, 0, 0),
        (["b", "a", "b"], 0, 0, 0, 1),
        (["a"], 1, 0, 0, 0),
        (["a", "b", "c"], 0, 1, 0, 0),
    ],
)
def test_actions_are_held_against_the_oracles(
    found: list[str], missing: int, extra: int, wrong: int, repeated: int
) -> None:
    verdict = compare(map(action_of, found), map(action_of, ["a", "b"]))

    assert verdict[2:] == (missing, extra, wrong, repeated)
    assert verdict.right is not bool(missing or extra or wrong)


def test_another_content_under_the_same_id_is_wrong() -> None:
    verdict = compare([action_of("a", "y")], [action_of("a")])

    assert (verdict.wrong, verdict.right) == (1, False)


def test_the_oracle_judges_up_to_where_the_workers_came() -> None:
    (pack,) = read_packs([POLICY], {})
    lines = [
        msgspec.json.encode(
            {
                "id": str(n),
                "kind": "message",
                "platform": "qq",
                "group_id": "g",
                "member_id": "m",
                "sent_at": 1_700_020_000_000 + n,
                "text": "接龙",
                "partition": 0,
            }
        )
        for n in range(3)
    ]
    recorded = Recorded([(0, n, line) for n, line in enumerate(lines)], [], [], 0)

    assert judge_again(recorded, {0: 2}, pack) == []
    assert [a.kind for a in judge_again(recorded, {0: 3}, pack)] == ["delete", "remind"]


def test_events_that_came_twice_are_counted() -> None:
    line = b'{"kind":"message","platform":"qq","group_id":"g","id":"1"}'

    assert kinds_of([line, line, b'{"kind":"tick","group_id":"*","id":"t"}']) == {
        "message": 2,
        "tick": 1,
        "twice": 1,
    }


def test_a_flood_is_one_incident_and_a_forbidden_text_one_each() -> None:
    assert incident_of("g", "flood_rate", "e1", "m") == incident_of("g", "flood_rate", "e2", "m")
    assert incident_of("g", "ad", "e1", "m") != incident_of("g", "ad", "e2", "m")


def test_scores_count_what_is_right_wrong_and_missed_of_judged_labels() -> None:
    found = {("g", "ad", "e1"), ("g", "ad", "e2")}
    truth = {("g", "ad", "e1"), ("g", "ad", "e3"), ("g", "chitchat", "e4")}

    (score,) = scores_of(found, truth, {"ad"})

    assert score == Score("ad", right=1, wrong=1, missed=1)
    assert (score.precision, score.recall) == (0.5, 0.5)
    assert Score("ad", 0, 0, 0).precision is None


def test_simulate_prints_the_same_district_again_with_its_truth(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    words = ["simulate", "--groups", "2", "--members", "20", "--days", "1", "--seed", "3"]
    truth = tmp_path / "truth.jsonl"

    assert main([*words, "--truth", str(truth)]) == 0
    first = capfd.readouterr().out
    assert main(words) == 0

    assert capfd.readouterr().out == first
    ids = [json.loads(line)["id"] for line in first.splitlines()]
    assert ids == [json.loads(line)["id"] for line in truth.read_text().splitlines()]


def test_explain_reads_a_file_of_actions(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    events, actions = tmp_path / "events.jsonl", tmp_path / "actions.jsonl"
    day = day_of(groups=4, messages=60, seed=1)
    events.write_bytes(b"".join(due.record.value + b"\n" for due in day.dues))
    assert main(["judge", "--policy", POLICY, str(events)]) == 0
    said = capfd.readouterr().out
    actions.write_text(said, encoding="utf-8")
    action = json.loads(said.splitlines()[0])

    assert main(["explain", "--file", str(actions), "--json", action["id"][:12]]) == 0

    told = json.loads(capfd.readouterr().out)
    assert told["id"] == action["id"]
    assert told["clause_text"]
    assert main(["explain", "--file", str(actions), "f" * 32]) == 1
    assert "no action" in capfd.readouterr().err


def test_what_is_set_for_a_real_system_is_not_for_the_demo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BANZHANG_NAMESPACE", "school")
    monkeypatch.setenv("BANZHANG_METRICS_PORT", "9100")

    stage = stage_in(tmp_path)

    told = [child.environ for child in (*stage.workers, stage.adapter)]
    assert {environ["BANZHANG_NAMESPACE"] for environ in told} == {"chat"}
    assert {environ["BANZHANG_METRICS_PORT"] for environ in told} == {"0"}
    assert {environ["BANZHANG_KAFKA"] for environ in told} == {"k:1"}


async def test_a_day_that_is_broken_off_ends_its_producer_before_it_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    feeding, ended = asyncio.Event(), []

    async def for_ever(*_: object) -> NoReturn:
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    async def feed(*_: object) -> None:
        feeding.set()
        try:
            await for_ever()
        finally:
            await asyncio.sleep(0)  # As a flush would, it needs the loop.
            ended.append("producer")

    monkeypatch.setattr(play, "_feed", feed)
    monkeypatch.setattr(play, "_strike", for_ever)
    no: Any = None
    day = asyncio.create_task(play._day(no, no, [play.Due(0, no)], 1))
    await feeding.wait()

    day.cancel()
    await asyncio.wait([day])

    assert day.cancelled()
    assert ended == ["producer"]


def test_the_kept_log_ends_where_the_workers_came() -> None:
    recorded = Recorded([(0, 0, b"a"), (0, 1, b"b"), (1, 0, b"c")], [], [], 0)

    assert list(until(recorded, {0: 1, 1: 1})) == [b"a", b"c"]


class Scripted:
    """What the groups have committed and what the log holds, one reading after the other."""

    def __init__(self, *readings: tuple[int, int]) -> None:
        self._readings = list(readings)

    async def committed(self, *_: str) -> dict[int, int]:
        return {0: self._readings[0][0]}

    async def ends(self, _: str) -> dict[int, int]:
        reading = self._readings[0]
        if len(self._readings) > 1:
            self._readings.pop(0)
        return {0: reading[1]}


async def test_the_kill_waits_until_there_is_work_left(tmp_path: Path) -> None:
    stage = stage_in(tmp_path)
    progress: Any = Scripted((0, 4), (4, 4), (4, 6))

    strike = await play._strike(stage, progress, begin_ms=-600_000_000, end_ms=600_000_000)

    assert (strike.committed, strike.logged, strike.in_the_middle) == (4, 6, True)


async def test_a_kill_that_finds_no_work_left_does_not_wait_beyond_the_day(tmp_path: Path) -> None:
    stage = stage_in(tmp_path)
    progress: Any = Scripted((4, 4))

    strike = await play._strike(stage, progress, begin_ms=-600_000_000, end_ms=-60_000_000)

    assert not strike.in_the_middle


async def test_a_coordinator_that_does_not_tell_counts_as_nothing_committed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Starting:
        """As aiokafka's client, when the coordinator answers COORDINATOR_LOAD_IN_PROGRESS."""

        async def list_consumer_group_offsets(
            self, group: str, partitions: list[TopicPartition]
        ) -> dict[TopicPartition, OffsetAndMetadata]:
            return {
                partitions[0]: OffsetAndMetadata(7, ""),
                partitions[1]: OffsetAndMetadata(-1, ""),
            }

    progress = Progress("127.0.0.1:1")
    monkeypatch.setattr(progress, "_admin", Starting(), raising=False)

    assert await progress.committed("g", "t") == {0: 7} | dict.fromkeys(range(1, PARTITIONS), 0)
