"""A promise in docs/guarantees.md names its tests, and they are there."""

import ast
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


def test_what_runs_in_make_chaos_alone_is_marked_so() -> None:
    text = (ROOT / "docs/guarantees.md").read_text("utf-8")
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`(†?)", text)

    assert {name: bool(mark) for _, name, mark in named} == {
        name: _is_held_back(path, name) for path, name, _ in named
    }


def _is_held_back(path: str, name: str) -> bool:
    """Whether the decorators of a test hold back it, or some of its cases."""
    source = (ROOT / path).read_text("utf-8")
    (found,) = (
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name
    )
    decorators = " ".join(map(ast.unparse, found.decorator_list))
    return "mark.chaos" in decorators or "HELD_BACK" in decorators


@pytest.mark.parametrize(("promise", "said"), HEADINGS, ids=[promise for promise, _ in HEADINGS])
def test_a_promise_names_a_test(promise: str, said: str) -> None:
    assert "`tests/" in said
