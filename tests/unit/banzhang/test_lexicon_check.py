"""`banzhang lexicon check`: what it says and how it ends."""

from pathlib import Path

import pytest

from banzhang.__main__ import main


def test_the_shipped_lists_are_right(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lexicon", "check"]) == 0

    assert "trade: right" in capsys.readouterr().out.splitlines()


def test_each_fault_is_a_line_with_its_place_and_the_exit_code_is_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    right, wrong = tmp_path / "right.yaml", tmp_path / "wrong.yaml"
    right.write_text("labels: {ad: {words: 团长发车}}", encoding="utf-8")
    wrong.write_text("labels:\n  adz: {}\n  ad: {words: 卖}", encoding="utf-8")

    assert main(["lexicon", "check", str(right), str(wrong)]) == 1

    said = capsys.readouterr()
    assert said.out == f"{right}: right\n"
    first, second = said.err.splitlines()
    assert first.startswith(f'{wrong}:2:3: unknown label "adz"; did you mean ad?')
    assert second.startswith(f"{wrong}:3:15: ")


def test_a_file_that_cannot_be_read_ends_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["lexicon", "check", str(tmp_path / "none.yaml")]) == 2

    assert "name a word list (YAML)" in capsys.readouterr().err
