"""The report: figures by name, and texts only when they are asked for."""

import pytest

from quality.__main__ import measured, report
from quality.measure import Judged
from quality.sets import Row

JUDGED = Judged(
    [
        Row(id="x1", text="卖车", labels=frozenset({"ad"})),
        Row(id="x2", text="微商", labels=frozenset({"ad"}), evasion="insert"),
        Row(id="x3", text="老师好"),
    ],
    [frozenset({"ad"}), frozenset(), frozenset({"chitchat"})],
)


def test_figures_have_names_that_floors_can_be_laid_under() -> None:
    figures = dict(measured(JUDGED))

    assert figures["any.precision"] == figures["any.recall"] == 50
    assert figures["clean_flagged"] == 100
    assert figures["tricked_behind_plain"] == 100
    assert figures["ad.recall"] == 50


def test_texts_are_printed_only_when_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    report(JUDGED, show=False)
    assert "worst: x3 x2" in (quiet := capsys.readouterr().out)
    assert "老师好" not in quiet

    report(JUDGED, show=True)
    assert "x3: clean > chitchat: 老师好" in capsys.readouterr().out
