"""`banzhang backtest`: what it prints, its exit codes, its processes."""

import io
import json
import multiprocessing
import os
import signal
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from rich.cells import cell_len

import banzhang.shards
from banzhang.__main__ import main
from banzhang.failure import Failure
from banzhang.shards import Deal, Job, There
from schemas.event import Event, encode_event
from streams.policy.published import pack_bytes
from streams.simulate import simulate
from tests.strategies import NOON, message, policy, red_packet

DEFAULT = Path(__file__).parents[3] / "policies" / "default.yaml"
PACKET = red_packet("r1")


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two days of five groups, and one member more who sends a red packet after the other."""
    path = tmp_path_factory.mktemp("district") / "events.jsonl"
    events = [
        msgspec.json.encode(event) for event, _ in simulate(5, 25, 2, 60, seed=11, ticks=True)
    ]
    written(path, *events, *(red_packet(f"r{n}", NOON + n * 60_000) for n in range(3)))
    return path


@pytest.fixture
def changed(tmp_path: Path) -> str:
    """The default pack, made stricter: twice is a flood, and the second strike mutes."""
    text = DEFAULT.read_text(encoding="utf-8")
    text = text.replace("times: 3", "times: 2").replace("ladder: guide", "ladder: discretion")
    path = tmp_path / "changed.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def written(path: Path, *events: Event | bytes) -> str:
    lines = [event if isinstance(event, bytes) else encode_event(event) for event in events]
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return str(path)


def backtest(*words: str) -> int:
    return main(["backtest", *words])


def as_json(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(capsys.readouterr().out)
    return said


@pytest.mark.parametrize("words", [["--json"], ["--examples", "5", "--texts"]])
def test_one_process_and_several_print_the_same_bytes(
    words: list[str],
    district: Path,
    changed: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    # So that a small log is many blocks.
    monkeypatch.setattr(banzhang.shards, "BLOCK_BYTES", 4_096)
    given = ["--policy", changed, "--against", str(DEFAULT), *words, str(district)]
    said = []
    for workers in ("1", "2"):
        assert backtest(*given, "--workers", workers) == 0
        said.append(capsys.readouterr())

    assert said[0] == said[1]
    assert "review:remove" in said[0].out
    assert "mute" in said[0].out
    assert said[0].err == ""
    assert multiprocessing.active_children() == []


def test_people_read_by_rule_what_is_new_and_for_whom(
    district: Path, changed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert backtest("--policy", changed, "--against", str(DEFAULT), str(district)) == 0

    said = capsys.readouterr().out
    lines = said.splitlines()
    at = lines.index("flood.repeat 不刷屏：同样的话不要连发三遍。")
    assert lines[at + 1].split()[:2] == ["delete", "(删除)"]
    assert lines[at + 2].startswith("    + ")
    assert ":class-0000" in lines[at + 2]
    assert "  mute (禁言)" in said
    counts = [line for line in lines if line[:2] == "  " and line[2:3].isalpha()]
    assert max(map(cell_len, counts)) <= 80


def test_texts_are_shown_only_where_they_are_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = written(tmp_path / "log", message("m1", text="加我微信领\u202e红包"))

    for words in ([], ["--json"]):
        assert backtest("--policy", str(DEFAULT), *words, log) == 0
        assert "领" not in capsys.readouterr().out
    assert backtest("--policy", str(DEFAULT), "--texts", log) == 0
    assert "m1: 加我微信领\\u202e红包" in capsys.readouterr().out
    assert backtest("--policy", str(DEFAULT), "--texts", "--json", log) == 0
    assert as_json(capsys)["texts"] == [
        {"platform": "qq", "group_id": "g1", "id": "m1", "text": "加我微信领\u202e红包"}
    ]


def test_a_script_is_told_all_changes_and_both_packs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = written(tmp_path / "log", PACKET)

    assert backtest("--policy", str(DEFAULT), "--examples", "0", "--json", log) == 0

    said = as_json(capsys)
    assert said["policy"]["id"] == "default"
    assert said["against"] is None
    assert said["bad_lines"] == 0
    assert [row["new"]["actions"] for row in said["rules"]] == [1, 1]
    assert [
        (c["what"], c["rule"], c["consequence"], c["group_id"], c["member_id"], c["evidence"])
        for c in said["changes"]
    ] == [
        ("new", "content.red_packet", "delete", "g1", "p1", ["r1"]),
        ("new", "content.red_packet", "remind", "g1", "p1", ["r1"]),
    ]


@pytest.mark.parametrize(
    ("kinds", "code"),
    [("delete", 1), ("mute,remind", 1), ("mute,review:remove", 0), ("review", 0), ("", 0)],
)
def test_it_fails_where_something_new_is_of_a_kind_that_must_not_be(
    kinds: str, code: int, tmp_path: Path
) -> None:
    log = written(tmp_path / "log", PACKET)

    assert backtest("--policy", str(DEFAULT), "--fail-on", kinds, log) == code


def test_a_review_that_proposes_something_is_of_the_kind_review_too(tmp_path: Path) -> None:
    log = written(tmp_path / "log", message("m", text="裸聊加我，色情视频"))

    for kinds in ("review", "review:remove"):
        assert backtest("--policy", str(DEFAULT), "--fail-on", kinds, log) == 1
    assert backtest("--policy", str(DEFAULT), "--fail-on", "review:delete", log) == 0


def test_what_is_new_in_shadow_alone_fails_nothing(tmp_path: Path) -> None:
    log = written(tmp_path / "log", PACKET)

    words = ["--set", "group_approved=false", "--fail-on", "delete", log]
    assert backtest("--policy", str(DEFAULT), *words) == 0


def test_what_is_gone_fails_nothing(tmp_path: Path) -> None:
    log = written(tmp_path / "log", PACKET)
    empty = DEFAULT.read_text(encoding="utf-8").replace("[red_packet]", "[gambling]")
    (tmp_path / "new.yaml").write_text(empty, encoding="utf-8")

    words = ["--against", str(DEFAULT), "--fail-on", "delete,remind", log]
    assert backtest("--policy", str(tmp_path / "new.yaml"), *words) == 0


def test_an_unknown_kind_is_answered_with_the_nearest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        backtest("--policy", str(DEFAULT), "--fail-on", "reviews", written(tmp_path / "log"))

    assert ended.value.code == 2
    assert "did you mean review?" in capsys.readouterr().err


def test_a_bad_line_is_told_at_the_end_with_its_file_and_the_rest_is_judged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = written(tmp_path / "first", PACKET, b"{")
    second = written(tmp_path / "second", b"", b"{}", red_packet("r2", NOON + 1))

    code = backtest("--policy", str(DEFAULT), "--json", "--fail-on", "delete", first, second)

    said = capsys.readouterr()
    assert code == 2
    assert [line.partition(": ")[0] for line in said.err.splitlines()] == [
        f"{first}:2",
        f"{second}:2",
    ]
    assert json.loads(said.out)["bad_lines"] == 2
    assert {row["new"]["actions"] for row in json.loads(said.out)["rules"]} == {2}


def test_an_unusable_pack_is_told_with_all_its_faults(
    tmp_path: Path, changed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.yaml"
    text = DEFAULT.read_text(encoding="utf-8")
    broken.write_text(text.replace("ladder:", "leiter:"), encoding="utf-8")

    code = backtest("--policy", changed, "--against", str(broken), written(tmp_path / "log"))

    assert code == 2
    assert f"{broken}:" in capsys.readouterr().err


def test_of_an_empty_file_nothing_is_new(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = written(tmp_path / "log")

    assert backtest("--policy", str(DEFAULT), "--against", str(DEFAULT), log) == 0
    assert "nothing is new\nnothing is gone" in capsys.readouterr().out


def test_a_log_is_read_from_a_pipe_and_its_texts_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    read, write = os.pipe()
    with os.fdopen(write, "wb") as pipe:
        pipe.write(encode_event(message("m1", text="加我微信领红包")) + b"\n")
    with io.TextIOWrapper(os.fdopen(read, "rb")) as piped:
        monkeypatch.setattr(sys, "stdin", piped)
        assert backtest("--policy", str(DEFAULT), "--texts", "-") == 0

    assert "m1: 加我微信领红包" in capsys.readouterr().out


def test_a_process_that_is_killed_ends_the_command_with_a_reason() -> None:
    judging = There(Job(pack_bytes(policy().pack), None, {}), 2)
    victim = multiprocessing.active_children()[0]
    assert victim.pid is not None
    os.kill(victim.pid, signal.SIGKILL)

    with pytest.raises(Failure, match=r"ended by itself \(exit code -9\)"):
        judging.compared()
    judging.close()

    assert multiprocessing.active_children() == []


def test_what_is_given_up_leaves_no_process_behind() -> None:
    deal = Deal.among(2, Job(pack_bytes(policy().pack), None, {}))
    deal.line(1, encode_event(PACKET))

    deal.close()

    assert multiprocessing.active_children() == []
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
