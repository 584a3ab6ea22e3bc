"""The tables that are read at 22:05 are those of the code, and the alerts ask for what is there."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from agents.exits import REASONS
from agents.metrics import DECLARED
from agents.settings import TABLE
from banzhang import operations
from banzhang.operations import FILE, written_anew

ROOT = Path(__file__).parents[3]
PROMETHEUS = ROOT / "infra" / "prometheus"
TEXT = FILE.read_text(encoding="utf-8")
SERVED = {
    name
    for one in DECLARED
    for name in (
        [f"{one.name}{end}" for end in ("_bucket", "_sum", "_count")]
        if one.kind == "histogram"
        else [one.name]
    )
}
LABELS = {label for one in DECLARED for label in one.labels} | {"le", "instance"}


def rules() -> list[dict[str, Any]]:
    held = yaml.safe_load((PROMETHEUS / "rules.yml").read_text(encoding="utf-8"))
    return [rule for group in held["groups"] for rule in group["rules"]]


def test_the_tables_are_current() -> None:
    assert written_anew(TEXT) == TEXT, "run `python -m banzhang.operations`"


def test_every_exit_and_every_metric_stands_in_them() -> None:
    for name in [*REASONS, *(one.name for one in DECLARED)]:
        assert f"| `{name}` |" in TEXT


def test_a_table_without_its_place_is_said() -> None:
    with pytest.raises(ValueError, match="not one place for the table `exits`"):
        written_anew("")


def test_every_setting_that_the_document_names_is_there() -> None:
    from banzhang.settings import TABLE as ALL

    named = set(re.findall(r"BANZHANG_[A-Z_]*[A-Z]", TEXT))

    assert {setting.name for setting in TABLE} <= ALL.keys()
    assert named <= ALL.keys()


def test_every_alert_asks_for_metrics_and_labels_that_are_there() -> None:
    assert len(rules()) >= 8
    for rule in rules():
        named = set(re.findall(r"banzhang_\w+", rule["expr"]))
        assert named <= SERVED, rule["alert"]
        assert named or "up{" in rule["expr"]
        for group in re.findall(r"by \(([^)]*)\)", rule["expr"]):
            assert set(group.split(", ")) <= LABELS, rule["alert"]
        for label in re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]):
            assert label in LABELS, rule["alert"]


def test_every_alert_says_where_to_look_and_that_is_there() -> None:
    chapters = re.findall(r"^## ([^:\n]+)", TEXT, re.MULTILINE)
    for rule in rules():
        assert rule["labels"]["severity"] in {"page", "ticket"}
        look = rule["annotations"]["look"].removeprefix("docs/operations.md, ")
        assert any(look.startswith(chapter) for chapter in chapters), look


def test_the_example_for_scraping_names_the_rules_and_loopback_only() -> None:
    held = yaml.safe_load((PROMETHEUS / "prometheus.yml").read_text(encoding="utf-8"))

    assert held["rule_files"] == ["rules.yml"]
    [job] = held["scrape_configs"]
    assert job["job_name"] == "banzhang"
    targets = [target for part in job["static_configs"] for target in part["targets"]]
    assert all(target.startswith("127.0.0.1:") for target in targets)


def test_metrics_have_base_units_in_their_names() -> None:
    for one in DECLARED:
        assert re.fullmatch(r"banzhang_[a-z_]+", one.name)
        assert not re.search(r"_(ms|milliseconds|kb|minutes)\b", one.name)
        assert one.about.endswith(".")
        assert one.name.endswith("_total") == (one.kind == "counter")


def test_a_table_is_a_table() -> None:
    assert operations.table(("a", "b"), [("1", "2")]) == "| a | b |\n| --- | --- |\n| 1 | 2 |"
