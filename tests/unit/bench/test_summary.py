from collections import Counter
from pathlib import Path

import orjson
import pytest
from rich.console import Console

from bench import summary
from bench.contender import Contender
from bench.contenders import FAUST, LOOP, QUIX
from bench.rules import RATE, Finding
from bench.scores import Latency, Score, TrialError, compare


def score(contender: Contender, seconds: float) -> Score:
    return Score(
        contender=contender.name,
        messages=1_000,
        seconds=seconds,
        cpu_seconds=seconds / 2,
        rss_max_bytes=2**20,
        changelog_records=10,
    )


def latency(p50_ms: float) -> Latency:
    return Latency(
        contender=LOOP.name,
        rate_per_s=2_000,
        actions=9,
        p50_ms=p50_ms,
        p99_ms=p50_ms * 4,
        max_ms=p50_ms * 9,
        acknowledged_p50_ms=1.0,
        acknowledged_p99_ms=2.0,
    )


def test_a_row_tells_the_median_the_range_and_the_ratio_to_each_other() -> None:
    scores = [score(LOOP, s) for s in (1.0, 2.0, 4.0)] + [score(FAUST, s) for s in (10.0, 20.0)]

    rows = summary.throughput_rows([FAUST, LOOP, QUIX], scores)

    assert list(rows) == ["faust", "loop"]
    assert rows["loop"]["messages_per_s"] == {"median": 500.0, "least": 250.0, "most": 1_000.0}
    assert rows["loop"]["messages_per_cpu_s"]["median"] == 1_000.0
    assert rows["loop"]["times"] == {"faust": pytest.approx(500 / 75), "loop": 1.0}


def test_the_table_says_who_was_given_only_a_part_of_the_input() -> None:
    rows = summary.throughput_rows([FAUST, LOOP], [score(FAUST, 1.0), score(LOOP, 1.0)])
    console = Console(width=200)

    with console.capture() as captured:
        console.print(summary.throughput_table(rows, 200_000))

    assert captured.get().count("(first 20,000 only)") == 1


def test_latencies_are_medians_of_the_turns_with_their_range() -> None:
    turns = [latency(p50) for p50 in (9.0, 1.0, 3.0)]

    rows = summary.latency_rows([FAUST, LOOP], turns)

    assert list(rows) == ["loop"]
    assert rows["loop"]["p99_ms"] == {"median": 12.0, "least": 4.0, "most": 36.0}
    console = Console(width=200)
    with console.capture() as captured:
        console.print(summary.latency_table(rows))
    assert "4.0–36.0" in captured.get()


def test_results_of_one_benchmark_leave_those_of_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(summary, "RESULTS", tmp_path / "results.json")

    summary.keep("throughput", {"runs": 5})
    summary.keep("latency", {"seconds": 20})

    results = orjson.loads(summary.RESULTS.read_bytes())
    assert results["throughput"]["runs"] == 5
    assert results["latency"]["seconds"] == 20
    assert results["latency"]["machine"]["cores"] >= 1


def test_results_that_agree_in_any_order_pass() -> None:
    one, two = Finding("a", RATE, 1), Finding("b", RATE, 1)

    compare(Counter([one, two]), Counter([two, one]))


@pytest.mark.parametrize(
    "got",
    [[], [Finding("a", RATE, 2)], [Finding("a", RATE, 1), Finding("a", RATE, 1)]],
    ids=["missing", "another count of strikes", "told twice"],
)
def test_results_that_differ_are_called_wrong(got: list[Finding]) -> None:
    with pytest.raises(TrialError, match=r"^WRONG"):
        compare(Counter([Finding("a", RATE, 1)]), Counter(got))
