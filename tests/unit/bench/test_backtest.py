from pathlib import Path

import pytest
from rich.console import Console

from bench import backtest, summary
from bench.backtest import Backtested
from bench.scores import TrialError


def test_a_log_is_compared_by_the_command_itself(tmp_path: Path) -> None:
    log = backtest.write_log(tmp_path, 4_000)

    measured = backtest.run(log, backtest.write_changed(tmp_path))

    assert log.read_bytes().count(b'"kind":"message"') >= 4_000
    assert measured.seconds > 0
    assert measured.cpu_s > 0
    assert measured.rss_bytes > 2**20


def test_a_command_that_fails_is_no_result(tmp_path: Path) -> None:
    with pytest.raises(TrialError, match="ended with 2"):
        backtest.run(tmp_path / "none.jsonl", backtest.write_changed(tmp_path))


def test_the_table_says_what_is_to_be_reached() -> None:
    row = summary.backtest_row(
        [Backtested(50.0, 90.0, 2**20), Backtested(40.0, 80.0, 2**21)], 1_000
    )

    console = Console(width=100)
    with console.capture() as shown:
        console.print(summary.backtest_table(row))

    assert row["seconds"] == {"median": 45.0, "least": 40.0, "most": 50.0}
    assert "≤ 60 at 1,000,000" in shown.get()
