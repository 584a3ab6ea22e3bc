"""Settings: a flag over the environment over the default; no secret is shown."""

import argparse
import json
import re
from pathlib import Path

import pytest

from banzhang.__main__ import main
from banzhang.settings import TABLE, add_flags, chosen, faults, flag_of, strangers

PACK = str(Path(__file__).parents[3] / "policies" / "default.yaml")


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


def test_a_wrong_value_is_told_by_the_name_under_which_it_was_given() -> None:
    table = chosen(options("--commit-s", "-1"), {"BANZHANG_SESSION_S": "abc"})

    assert [line.partition(" is ")[0] for line in faults(table)] == [
        "BANZHANG_SESSION_S",
        "--commit-s",
    ]


@pytest.mark.parametrize(
    "redis",
    ["localhost:6379", "http://h:1/0", "redis://h:abc/0", "redis://h:65536/0", "redis://h:0"],
)
def test_an_address_that_is_none_of_redis_is_a_fault_without_its_password(redis: str) -> None:
    (line,) = faults(chosen(environ={"BANZHANG_REDIS": redis.replace("//", "//:secret@")}))

    assert "BANZHANG_REDIS is " in line
    assert "secret" not in line


def test_a_home_of_nobody_is_a_fault() -> None:
    (line,) = faults(chosen(environ={"BANZHANG_DATA": "~no-such-user-here/x"}))

    assert "~no-such-user-here/x" in line


def test_the_command_shows_a_wrong_value_says_what_it_must_be_and_ends_with_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BANZHANG_SESSION_S", "abc")

    assert main(["settings"]) == 2

    said = capsys.readouterr()
    assert "abc" in said.out
    (line,) = said.err.splitlines()
    assert line.startswith("BANZHANG_SESSION_S is 'abc', but it must be a number of seconds")


@pytest.mark.parametrize(
    "words",
    [
        ["topics", "create"],
        ["worker"],
        ["export", "events"],
        ["explain", "0123456789"],
        ["adapter", "terminal"],
        ["adapter", "file", "--events", "-"],
        ["policy", "apply", PACK],
        ["policy", "void", "0" * 32],
        ["up"],
        ["demo"],
        ["settings"],
    ],
    ids=" ".join,
)
def test_every_command_refuses_a_namespace_that_kafka_would_refuse(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BANZHANG_NAMESPACE", "a b")

    assert main(words) == 2

    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("BANZHANG_NAMESPACE is 'a b', but it must be letters")


def test_a_misspelt_variable_is_told_with_the_nearest_and_is_no_fault(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BANZHANG_SESION_S", "5")
    monkeypatch.setenv("BANZHANG_XYZZY", "5")
    monkeypatch.setenv("BANZHANG_WORKERS", "2")

    assert main(["settings", "--json"]) == 0

    assert capsys.readouterr().err.splitlines() == [
        (
            "BANZHANG_SESION_S is no setting: did you mean BANZHANG_SESSION_S? "
            "(`banzhang settings` lists all)"
        ),
        "BANZHANG_XYZZY is no setting (`banzhang settings` lists all)",
    ]


def test_variables_of_the_compose_file_are_no_strangers() -> None:
    compose = (Path(__file__).parents[3] / "docker-compose.yml").read_text(encoding="utf-8")
    named = dict.fromkeys(re.findall(r"BANZHANG_[A-Z_]+", compose), "x")

    assert named
    assert strangers(named) == {}
