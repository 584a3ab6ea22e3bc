"""How a run goes on where it was, and when it is right."""

from pathlib import Path
from typing import Any

import pytest

from tests.chaos.progress import Check, Hit, Progress
from tests.chaos.runner import RIGHT, WRONG, OtherRun, taken_up, verdict
from tests.chaos.stage import BEGIN_MS, CALLS, Run, the_pack
from tests.chaos.table import table


def hit(number: int = 1, **more: Any) -> Hit:
    given: dict[str, Any] = {
        "kind": "kill a worker",
        "committed": 5,
        "end": 9,
        "took_s": 2.0,
    } | more
    return Hit(number=number, **given)


def progress(*hits: Hit, right: bool = True, checked: int | None = None) -> Progress:
    count = len(hits) if checked is None else checked
    check = Check(faults=count, line="said", is_right=right)
    pack = the_pack().version
    return Progress(seed=1, brokers=1, pack=pack, event_ms=7, hits=list(hits), checks=[check])


def test_a_new_folder_begins_a_new_run(tmp_path: Path) -> None:
    begun = taken_up(Run(tmp_path, seed=4, brokers=1))

    assert (begun.seed, begun.brokers, begun.event_ms) == (4, 1, BEGIN_MS)
    assert (begun.hits, begun.starts) == ([], 0)


def test_a_run_that_was_stopped_goes_on_behind_its_last_fault(tmp_path: Path) -> None:
    progress(hit(1), hit(2)).write(tmp_path)

    again = taken_up(Run(tmp_path, seed=1, brokers=1))

    assert [one.number for one in again.hits] == [1, 2]
    assert again.starts == 1
    assert again.event_ms > 7, "event time goes on, it does not come again"


def test_a_folder_of_a_run_that_is_over_is_emptied_for_a_new_one(tmp_path: Path) -> None:
    over = progress(hit())
    over.is_over = True
    over.write(tmp_path)
    (tmp_path / CALLS).write_text("a remind 1\n")
    (tmp_path / "of others").write_text("stays")

    begun = taken_up(Run(tmp_path, seed=2, brokers=1))

    assert begun.hits == []
    assert [file.name for file in tmp_path.iterdir()] == ["of others"]


def test_a_folder_whose_log_was_judged_by_another_pack_is_refused(tmp_path: Path) -> None:
    other = progress(hit())
    other.pack = "another"
    other.write(tmp_path)

    with pytest.raises(OtherRun, match="another policy"):
        taken_up(Run(tmp_path, seed=1, brokers=1))


def test_a_folder_of_another_plan_is_refused_with_a_mend(tmp_path: Path) -> None:
    progress(hit()).write(tmp_path)

    with pytest.raises(OtherRun, match="--seed 1 --brokers 1"):
        taken_up(Run(tmp_path, seed=2, brokers=1))


def test_a_run_is_right_when_all_faults_hit_in_the_middle_and_all_comparisons_were_right() -> None:
    assert verdict(progress(hit(1), hit(2)), 2) == RIGHT


@pytest.mark.parametrize(
    "bad",
    [
        progress(hit(1), hit(2), right=False),
        progress(hit(1)),
        progress(hit(1), hit(2), checked=1),
        progress(hit(1), hit(2, committed=9)),
        progress(hit(1), hit(2, committed=0)),
    ],
    ids=["a wrong comparison", "a fault short", "not compared", "at rest", "nothing begun"],
)
def test_a_run_is_not_right_with(bad: Progress) -> None:
    assert verdict(bad, 2) == WRONG


def test_the_table_has_a_row_for_each_kind_that_was_done() -> None:
    said = table(progress(hit(1), hit(2, kind="poison", took_s=4.0)))

    assert "kill a worker" in said
    assert "poison" in said
    assert "freeze a worker" not in said
    assert "not right" not in said
