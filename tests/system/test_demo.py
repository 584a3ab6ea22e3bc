"""The demo proves what it says, ends by itself, and leaves nothing behind."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
LIMIT_S = 120


def demo(*words: str, folder: Path) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "banzhang", "demo", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"TMPDIR": str(folder)},
        cwd=ROOT,
    )


def of_folder(folder: Path) -> list[int]:
    """The processes whose command line or environment names the folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                words = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
            except OSError:
                continue
            if str(folder).encode() in words:
                found.append(int(entry.name))
    return found


def test_the_day_is_played_a_worker_is_killed_and_nothing_is_lost(tmp_path: Path) -> None:
    kept = tmp_path / "kept"

    process = demo("--json", "--groups", "20", "--keep", str(kept), folder=tmp_path)
    out, said = process.communicate(timeout=LIMIT_S)

    assert process.returncode == 0, said.decode()
    report: dict[str, Any] = json.loads(out)
    assert report["strike"]["in_the_middle"]
    assert report["verdict"]["nothing_lost"]
    assert report["verdict"]["expected"] > 100
    ours = {"tick", "outcome", "command"}
    logged = {kind: count for kind, count in report["events"].items() if kind not in ours}
    assert sum(logged.values()) == report["sent"]
    assert report["seconds"] < 90
    judged = subprocess.run(
        [sys.executable, "-m", "banzhang", "judge", str(kept / "events.jsonl")],
        capture_output=True,
        check=True,
        cwd=ROOT,
    )
    # After the kill an action may stand twice in the topic, under the same id and alike.
    assert set(judged.stdout.splitlines()) == set(
        (kept / "actions.jsonl").read_bytes().splitlines()
    )
    assert of_folder(tmp_path) == []


@pytest.mark.parametrize(
    "moment",
    [
        "flood.",
        *(
            pytest.param(moment, marks=pytest.mark.chaos)
            for moment in ("the day begins", "kill -9", "SIGKILL")
        ),
    ],
)
def test_ctrl_c_ends_everything_without_a_traceback(moment: str, tmp_path: Path) -> None:
    process = demo(folder=tmp_path)
    assert process.stdout is not None
    for line in process.stdout:
        if moment in line.decode():
            break
    else:
        raise AssertionError(f"it ended before {moment!r}")

    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=LIMIT_S)[1]

    assert (process.returncode, said) == (130, b"")
    give_up_at = time.monotonic() + 10
    while of_folder(tmp_path):
        assert time.monotonic() < give_up_at, "a process was left behind"
        time.sleep(0.1)
    # The record of taken ports is the user's, for all servers of the machine.
    left = {entry.name for entry in tmp_path.iterdir()}
    assert left <= {f"banzhang-ports-{os.getuid()}"}
