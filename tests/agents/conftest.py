"""What the tests of the shell share: an end of the process that can be looked at."""

import io
import sys
from typing import NoReturn

import pytest

from agents import exits
from tests.agents.fakes import Left


@pytest.fixture(autouse=True)
def left(monkeypatch: pytest.MonkeyPatch) -> None:
    """An exit raises `Left` with its line instead of ending the process of the tests."""
    said = io.StringIO()

    def end_process(code: int) -> NoReturn:
        raise Left(said.getvalue())

    monkeypatch.setattr(sys, "__stderr__", said)
    monkeypatch.setattr(exits, "end_process", end_process)
