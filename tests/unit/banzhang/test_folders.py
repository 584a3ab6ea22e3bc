"""Folders that are in use or can't be used: one line, with the option that names another."""

import errno
import tempfile
from pathlib import Path

import pytest

from banzhang.__main__ import main
from banzhang.folders import unusable
from infra.local.folder import FolderLock


@pytest.fixture
def nowhere(tmp_path: Path) -> Path:
    """A path below a file: no folder can be made there, by anybody."""
    (tmp_path / "file").touch()
    return tmp_path / "file" / "x"


def test_up_in_a_folder_that_cannot_be_made_says_how_to_name_another(
    nowhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["up", "--data", str(nowhere)]) == 1

    said = capsys.readouterr()
    assert said.out == ""
    (line,) = said.err.splitlines()
    assert line.startswith(f"error: {nowhere}: Not a directory; name a folder that can be written")
    assert "--data FOLDER" in line


def test_a_folder_that_is_made_lets_no_other_user_in(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path / "banzhang")
    lock.acquire()
    lock.release()

    assert (tmp_path / "banzhang").stat().st_mode & 0o777 == 0o700


def test_a_second_up_says_who_runs_and_how_to_name_another_folder_before_it_starts_anything(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lock = FolderLock(tmp_path)
    lock.acquire()

    assert main(["up", "--data", str(tmp_path)]) == 1

    lock.release()
    said = capsys.readouterr()
    assert said.out == ""
    (line,) = said.err.splitlines()
    assert "is in use by process" in line
    assert "--data FOLDER" in line


def test_demo_in_a_folder_that_cannot_be_made_says_how_to_name_another(
    nowhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["demo", "--groups", "1", "--keep", str(nowhere)]) == 1

    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"error: {nowhere}: Not a directory; ")
    assert "--keep DIR" in line


def test_demo_without_a_temporary_folder_says_how_to_name_one(
    nowhere: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(nowhere))

    assert main(["demo", "--groups", "1"]) == 1

    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: the temporary folder: Not a directory; ")
    assert "TMPDIR" in line


@pytest.mark.parametrize(
    ("at", "told"),
    [
        ("data/redis", "/home/data: Read-only file system; name a folder that can be written (M)"),
        ("data", "/home/data: Read-only file system; name a folder that can be written (M)"),
        (".cache", "BANZHANG_CACHE"),
        (".cache/banzhang/kafka-4/lock", "/home/.cache/banzhang: Read-only file system; "),
        ("else", "/home/else: Read-only file system; "),
        (None, "Read-only file system; the files are in /home/data (M)"),
    ],
)
def test_what_cannot_be_written_is_told_by_the_setting_that_moves_it(
    at: str | None, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BANZHANG_CACHE", "/home/.cache/banzhang")
    error = OSError(errno.EROFS, "Read-only file system", None if at is None else f"/home/{at}")

    (line,) = unusable(error, Path("/home/data"), "M").lines

    assert told in line


def test_up_refuses_metrics_ports_beyond_the_last(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["up", "--data", str(tmp_path), "--metrics-port", "65535", "--workers", "2"]

    assert main(words) == 2

    assert capsys.readouterr().err == (
        "--metrics-port 65535: 2 workers need as many ports from it on, and the last one is 65535\n"
    )
