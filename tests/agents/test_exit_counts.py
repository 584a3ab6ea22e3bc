"""Exits are counted where the next start reads them, and nothing about the file stops an exit."""

from pathlib import Path

import pytest

from agents import exit_counts
from agents.exits import FAREWELL, leave
from tests.agents.fakes import Left


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    counted = tmp_path / "worker.exits"
    monkeypatch.setattr(FAREWELL, "counts", counted)
    return counted


def test_each_exit_counts_under_its_name(file: Path) -> None:
    for reason in ("stalled", "producer", "stalled"):
        with pytest.raises(Left):
            leave(reason)

    assert exit_counts.read(file) == {"stalled": 2, "producer": 1}
    assert [kept.name for kept in file.parent.iterdir()] == ["worker.exits"]


@pytest.mark.parametrize(
    "held", [b"", b"{", b"[1]", b'{"stalled": "many"}', b"\xff\xfe", b'{"stalled": -1}'], ids=repr
)
def test_a_file_that_holds_no_counts_begins_anew(held: bytes, file: Path) -> None:
    file.write_bytes(held)

    assert exit_counts.read(file) == {}
    exit_counts.add(file, "stalled")
    assert exit_counts.read(file) == {"stalled": 1}


def test_an_exit_without_a_place_to_count_is_an_exit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FAREWELL, "counts", tmp_path / "no" / "such" / "folder")

    with pytest.raises(Left, match="exit stalled"):
        leave("stalled")


def test_without_a_file_nothing_is_counted(tmp_path: Path) -> None:
    assert FAREWELL.counts is None
    assert exit_counts.read(tmp_path / "none") == {}
