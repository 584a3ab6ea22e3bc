"""The generated documents: current, and in agreement with what the codecs take."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from schemas.documents import documents, main, outdated

PACKS = sorted((Path(__file__).parents[3] / "policies").glob("*.yaml"))
BASE = {"id": "e1", "platform": "qq", "group_id": "g", "member_id": "m", "sent_at": 1}
ACTION = {
    "id": "a" * 32,
    "kind": "remind",
    "platform": "qq",
    "group_id": "g",
    "rule": "r",
    "explain": "提醒",
    "policy": {"id": "default", "version": "0" * 32},
    "mode": "live",
    "decided_at": 1,
}


@cache
def validator(name: str) -> Any:
    schema = json.loads(documents()[name])
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_the_files_are_current() -> None:
    assert outdated() == [], "run `make schemas`"


def test_a_difference_is_told(tmp_path: Path) -> None:
    assert len(outdated(tmp_path)) == len(documents())


def test_the_check_of_current_files_ends_well() -> None:
    assert main(["--check"]) == 0


@pytest.mark.parametrize(
    "event",
    [
        BASE | {"kind": "message", "text": ""},
        BASE | {"kind": "message", "text": "x", "attachments": [{"type": "image"}], "new": 1},
        BASE | {"kind": "recall", "message_id": "e0"},
        BASE | {"kind": "command", "command": {"name": "warn", "args": {}}, "target_id": "n"},
        BASE | {"kind": "roster", "roster": [{"member_id": "m", "role": "parent"}]},
        BASE | {"kind": "tick"},
    ],
)
def test_the_event_schema_takes_events(event: dict[str, object]) -> None:
    validator("event.schema.json").validate(event)


@pytest.mark.parametrize(
    "event",
    [
        BASE | {"kind": "message"},
        BASE | {"kind": "poke", "text": ""},
        BASE | {"kind": "message", "text": "x", "sent_at": "1"},
        BASE | {"kind": "roster", "roster": [{"member_id": "m", "role": "king"}]},
    ],
)
def test_the_event_schema_refuses_what_is_none(event: dict[str, object]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        validator("event.schema.json").validate(event)


def test_the_action_and_outcome_schemas_take_theirs() -> None:
    validator("action.schema.json").validate(ACTION)
    validator("outcome.schema.json").validate(
        {"action_id": "a", "platform": "qq", "group_id": "g", "status": "done", "at": 1}
    )


def test_the_dead_letter_schema_takes_one() -> None:
    validator("dead-letter.schema.json").validate(
        {
            "topic": "chat.events",
            "partition": 0,
            "offset": 3,
            "timestamp": 1,
            "reason": "null_value",
            "field": "$",
            "detail": "the record has no value",
        }
    )


@pytest.mark.parametrize("path", PACKS, ids=lambda path: path.stem)
def test_the_policy_schema_takes_every_pack_of_the_project(path: Path) -> None:
    validator("policy.schema.json").validate(yaml.safe_load(path.read_text(encoding="utf-8")))


def test_the_policy_schema_refuses_an_unknown_key() -> None:
    pack = yaml.safe_load(PACKS[0].read_text(encoding="utf-8")) | {"titel": "x"}

    with pytest.raises(jsonschema.ValidationError):
        validator("policy.schema.json").validate(pack)


def test_every_reference_of_the_asyncapi_file_leads_somewhere() -> None:
    document = json.loads(documents()["asyncapi.json"])

    for reference in _references(document):
        there = document
        for word in reference.removeprefix("#/").split("/"):
            there = there[word]


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if "$ref" in value else []
        return own + [found for item in value.values() for found in _references(item)]
    if isinstance(value, list):
        return [found for item in value for found in _references(item)]
    return []
