"""Floors: a figure that gets worse is named, with how far below it is."""

import pytest

from quality.floors import Floors, FloorsFault, below, read_floors

FLOORS = Floors({"found": 90.0}, {"flagged": 0.5})


def test_figures_at_their_floors_pass() -> None:
    assert list(below(FLOORS, {"found": 90.0, "flagged": 0.5, "other": 1.0})) == []


def test_a_figure_below_says_by_how_much() -> None:
    faults = list(below(FLOORS, {"found": 88.5, "flagged": 0.75}))

    assert faults == ["found: 88.5 is 1.50 below 90", "flagged: 0.75 is 0.25 above 0.5"]


def test_a_floor_under_nothing_is_a_fault() -> None:
    assert list(below(FLOORS, {"found": 95.0})) == ["flagged: has a floor and was not measured"]


def test_the_kept_floors_can_be_read() -> None:
    floors = read_floors()

    assert floors.at_least["cold_dev.model.any.macro_f1"] >= 81
    assert floors.at_most["chat_clean_dev.model.clean_flagged"] <= 0.5


@pytest.mark.parametrize(
    "source",
    ["", "at_least: {}", "at_least: []\nat_most: {}", "at_least: {a: b}\nat_most: {}"],
)
def test_a_file_of_another_shape_is_refused(source: str) -> None:
    with pytest.raises(FloorsFault):
        read_floors(source)
