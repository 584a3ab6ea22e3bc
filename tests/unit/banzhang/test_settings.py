"""Settings: a flag over the environment over the default; no secret is shown."""

import argparse
import json

import pytest

from banzhang.__main__ import main
from banzhang.settings import TABLE, add_flags, chosen, flag_of


def options(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_flags(parser, TABLE)
    return parser.parse_args(words)


def test_a_flag_is_stronger_than_the_environment_and_that_than_the_default() -> None:
    environ = {"BANZHANG_KAFKA": "env:1", "BANZHANG_NAMESPACE": "env"}

    table = chosen(options("--kafka", "flag:1"), environ)

    assert table["BANZHANG_KAFKA"][1:] == ("flag:1", "flag")
    assert table["BANZHANG_NAMESPACE"][1:] == ("env", "environment")
    assert table["BANZHANG_REDIS"][1:] == ("redis://127.0.0.1:6379/0", "default")


def test_an_empty_variable_counts_as_not_set() -> None:
    assert chosen(environ={"BANZHANG_KAFKA": ""})["BANZHANG_KAFKA"].origin == "default"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("redis://:secret@h:1/0", "redis://:•••@h:1/0"),
        ("redis://u:p@h:1/0", "redis://u:•••@h:1/0"),
        ("redis://h:1/0", "redis://h:1/0"),
        ("127.0.0.1:1,127.0.0.1:2", "127.0.0.1:1,127.0.0.1:2"),
    ],
)
def test_a_password_in_an_address_is_not_shown(given: str, shown: str) -> None:
    assert chosen(environ={"BANZHANG_REDIS": given})["BANZHANG_REDIS"].shown == shown


def test_flags_have_the_names_of_the_variables() -> None:
    assert flag_of("BANZHANG_KAFKA_HOME") == "--kafka-home"


def test_the_contracts_variables_and_defaults_stand_in_the_table() -> None:
    assert TABLE["BANZHANG_KAFKA"].default == "127.0.0.1:9092"
    assert TABLE["BANZHANG_REDIS"].default == "redis://127.0.0.1:6379/0"
    assert TABLE["BANZHANG_NAMESPACE"].default == "chat"
    assert TABLE["BANZHANG_POLICY"].default.endswith("policies/default.yaml")


def test_the_command_prints_all_with_their_origin(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BANZHANG_REDIS", "redis://:secret@h:1/0")

    assert main(["settings", "--json", "--namespace", "n7"]) == 0

    said = capsys.readouterr().out
    table = json.loads(said)
    assert table.keys() == TABLE.keys()
    assert table["BANZHANG_NAMESPACE"] == {"value": "n7", "origin": "flag"}
    assert table["BANZHANG_REDIS"]["origin"] == "environment"
    assert "secret" not in said


def test_the_table_for_people_cuts_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["settings"]) == 0

    said = capsys.readouterr().out
    assert all(f"{name} " in said for name in TABLE)
