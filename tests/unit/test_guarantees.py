"""A promise in docs/guarantees.md names its tests, and they are there."""

import re
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
NAMED: Final = re.findall(
    r"`(tests/[\w/]+\.py)(?:::(\w+))?`", (ROOT / "docs/guarantees.md").read_text("utf-8")
)
HEADINGS: Final = re.findall(
    r"^## (\d+\..*?)$(.*?)(?=^## |\Z)",
    (ROOT / "docs/guarantees.md").read_text("utf-8"),
    flags=re.MULTILINE | re.DOTALL,
)


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_a_named_test_is_there(path: str, name: str) -> None:
    source = (ROOT / path).read_text("utf-8")

    assert not name or f"def {name}(" in source


@pytest.mark.parametrize(("promise", "said"), HEADINGS, ids=[promise for promise, _ in HEADINGS])
def test_a_promise_names_a_test(promise: str, said: str) -> None:
    assert "`tests/" in said
