import pytest

from agents import internals
from agents.internals import INTERNALS, VERSIONS, Internal


def test_every_private_attribute_that_is_touched_is_there() -> None:
    assert internals.missing() == []


def test_the_installed_versions_are_the_ones_whose_sources_were_read() -> None:
    from importlib.metadata import version

    assert {name: version(name) for name in VERSIONS} == VERSIONS


def test_one_that_is_gone_is_named_with_its_version(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = Internal("aiokafka", "aiokafka.consumer.fetcher:Fetcher", "_gone", "a test")

    monkeypatch.setattr(internals, "INTERNALS", (*INTERNALS, gone))

    [line] = internals.missing()
    assert line == (
        "aiokafka 0.14.0 has no aiokafka.consumer.fetcher:Fetcher._gone (0.14.0 has): a test"
    )


def test_no_other_private_attribute_of_theirs_is_touched() -> None:
    """Every `._name` of the transport that no class of ours defines stands in the list."""
    import ast
    from pathlib import Path

    listed = {internal.attribute for internal in INTERNALS}
    for source in Path(internals.__file__).parent.glob("*.py"):
        tree = ast.parse(source.read_text("utf-8"))
        touched = {
            node.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute)
            and node.attr.startswith("_")
            and not node.attr.startswith("__")
        }
        ours = {
            node.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute)
            and isinstance(node.ctx, ast.Store)
            and isinstance(node.value, ast.Name)
            and node.value.id == "self"
        } | {
            node.name
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        }
        foreign = touched - ours - {"_exit", "_replace"}
        assert foreign <= listed, f"{source.name}: {foreign - listed}"
