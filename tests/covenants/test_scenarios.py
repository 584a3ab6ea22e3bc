"""What schools wrote, clause by clause: each scenario brings what its covenant says, and no more."""

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest

from tests.covenants.reading import HERE, Scenario, book, faults_of

PENDING = tomllib.loads((HERE / "pending.toml").read_text(encoding="utf-8"))


def scenarios() -> Iterator[Any]:
    for scenario in book("examples.yaml", "more-a.yaml", "more-b.yaml", "more-c.yaml"):
        why = PENDING.get(scenario["id"])
        marks = [pytest.mark.xfail(strict=True, reason=why)] if why else []
        yield pytest.param(scenario, id=scenario["id"], marks=marks)


@pytest.mark.parametrize("scenario", list(scenarios()))
def test_the_covenant_does_what_the_scenario_expects(scenario: Scenario) -> None:
    assert faults_of(scenario) == []
