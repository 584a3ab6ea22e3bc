from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from rich.console import Console

from bench import summary
from bench.scores import Growth

GOOD: dict[str, Any] = {
    "members": 1_000,
    "partitions": 32,
    "messages": 9_000,
    "estimate_s": 7.3,
    "command_s": 6.5,
    "calm_s": 0.5,
    "still_s": 8.8,
    "delay_s": 24.0,
    "actions": 2_000,
    "missing": 0,
    "repeated": 0,
}


def test_the_estimate_stands_beside_what_it_took() -> None:
    console = Console(width=200)

    with console.capture() as told:
        console.print(summary.growth_table(GOOD))

    estimated, took = [line for line in told.get().splitlines() if "for how long" in line]
    assert "7.3" in estimated
    assert "8.8" in took


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({}, None),
        ({"missing": 2}, "2 messages lack their action"),
        ({"repeated": 3}, "3 actions were written more than once"),
        ({"delay_s": 30.25}, "an action waited for 30.2 s, and 30 s is asked"),
    ],
)
def test_a_lost_a_repeated_or_a_late_action_makes_the_command_fail_with_a_line_that_says_so(
    wrong: dict[str, Any],
    said: str | None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    command = pytest.importorskip("bench.__main__", reason="the benchmark's own packages")
    measured = Growth(**{**GOOD, **wrong})
    monkeypatch.setattr(command.failover, "prepare", lambda *_: None)
    monkeypatch.setattr(command.growth, "run", lambda *_: measured)
    monkeypatch.setattr(command.tempfile, "tempdir", str(tmp_path))
    nowhere = nullcontext(SimpleNamespace(bootstrap=""))
    monkeypatch.setattr(command, "Cluster", lambda *_, **__: nowhere)

    code = command.main(["growth", "--members", "1000"])

    out = capsys.readouterr().out
    assert code == (0 if said is None else 1)
    assert (said is None) == ("failed:" not in out)
    assert said is None or f"full: {said}" in out


class Topics:
    """A broker with what was said, and what was done of it: seconds of writing, and of the stamp."""

    def __init__(self, ads: list[float], text: str, deleted: list[tuple[float, float]]) -> None:
        self.said = [
            (at, {"kind": "message", "id": f"now{int(at * 1e9)}", "text": text}) for at in ads
        ]
        self.done = [
            (stamp, {"kind": "delete", "id": f"a{at}", "evidence": [f"now{int(at * 1e9)}"]})
            for at, stamp in deleted
        ]

    def read(self, topic: str) -> list[SimpleNamespace]:
        stands: list[tuple[float, dict[str, Any]]] = (
            self.said if topic.endswith(".events") else self.done
        )
        return [
            SimpleNamespace(
                partition=0, offset=n, timestamp=int(at * 1000), value=orjson.dumps(one)
            )
            for n, (at, one) in enumerate(stands)
        ]


def test_the_start_counts_for_nothing_and_an_action_that_lacks_or_came_twice_is_counted() -> None:
    growth = pytest.importorskip("bench.growth", reason="the benchmark's own packages")
    deleted = [(100.0, 116.0), (121.0, 121.5), (135.0, 139.0), (141.0, 150.0), (141.0, 151.0)]
    broker = Topics([100.0, 121.0, 135.0, 141.0, 142.0], growth.AD, deleted)
    run = growth.Run(1_000, 32, 7.25, calm_s=120.0, began_s=140.0, ended_s=146.0)

    measured = growth._measured(SimpleNamespace(broker=broker, name="t"), {0: 0}, run)

    assert (measured.calm_s, measured.delay_s) == (0.5, 10.0)
    assert (measured.estimate_s, measured.still_s, measured.command_s) == (7.25, 10.0, 6.0)
    assert (measured.actions, measured.missing, measured.repeated) == (5, 1, 1)
