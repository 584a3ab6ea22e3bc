"""Reading a record: what is one, and what the words are for what is none."""

import json
from typing import Any

import pytest

from schemas.dead import bury
from schemas.event import (
    RECORD_BYTES_MAX,
    Message,
    Rejected,
    decode_event,
    encode_event,
)

BASE: dict[str, Any] = {
    "id": "e1",
    "kind": "message",
    "platform": "qq",
    "group_id": "g1",
    "member_id": "p1",
    "sent_at": 1,
    "text": "你好",
}


def rejected(value: bytes | None) -> Rejected:
    found = decode_event(value)
    assert isinstance(found, Rejected)
    letter = bury(found, topic="events", partition=0, offset=1, timestamp=2, key=None, value=value)
    assert json.loads(letter)["reason"] == found.reason
    return found


def without(field: str) -> bytes:
    return json.dumps({name: held for name, held in BASE.items() if name != field}).encode()


def with_(**more: Any) -> bytes:
    return json.dumps(BASE | more).encode()


def test_a_message_is_read_and_written_back() -> None:
    event = decode_event(json.dumps(BASE).encode())

    assert isinstance(event, Message)
    assert decode_event(encode_event(event)) == event
    assert json.loads(encode_event(event)) == BASE


def test_unknown_fields_are_kept_out_of_the_way() -> None:
    assert decode_event(with_(mood="good")) == decode_event(json.dumps(BASE).encode())


@pytest.mark.parametrize("field", sorted(BASE))
def test_a_missing_field_is_named(field: str) -> None:
    found = rejected(without(field))

    assert (found.reason, found.field) == ("missing_field", f"$.{field}")


REQUIRED = {
    "edit": ("text", "message_id"),
    "recall": ("message_id",),
    "join": ("member_id",),
    "leave": ("member_id",),
    "rename": ("name",),
    "report": ("target_id",),
    "command": ("command",),
    "roster": ("roster",),
    "outcome": ("action_id", "status"),
    "watch": ("watch",),
}
GIVEN: dict[str, Any] = {
    "message_id": "e0",
    "name": "李芸",
    "target_id": "p2",
    "command": {"name": "warn"},
    "roster": [],
    "action_id": "a",
    "status": "done",
    "watch": {"rule": "ad", "groups": 2, "count": 3},
}


@pytest.mark.parametrize(
    ("kind", "field"), [(kind, field) for kind, fields in REQUIRED.items() for field in fields]
)
def test_each_kind_requires_what_the_contract_says(kind: str, field: str) -> None:
    whole = BASE | GIVEN | {"kind": kind}
    assert not isinstance(decode_event(json.dumps(whole).encode()), Rejected)

    del whole[field]

    assert rejected(json.dumps(whole).encode()).field == f"$.{field}"


@pytest.mark.parametrize("kind", ["tick", "outcome"])
def test_a_tick_and_an_outcome_have_no_member(kind: str) -> None:
    whole = BASE | GIVEN | {"kind": kind}
    del whole["member_id"]

    assert not isinstance(decode_event(json.dumps(whole).encode()), Rejected)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("sent_at", "1", "got `str`"),
        ("sent_at", 1.5, "got `float`"),
        ("sent_at", -1, ">= 0"),
        ("sent_at", 10**18, "<= 253402300799999"),
        ("member_id", "", "length >= 1"),
        ("member_id", "x" * 513, "length <= 512"),
        ("text", None, "got `null`"),
        ("mentions", "all", "got `str`"),
        ("attachments", [1], "got `int`"),
        ("kind", "poke", "Invalid value"),
    ],
)
def test_an_ill_typed_field_is_named_with_the_type(field: str, value: Any, said: str) -> None:
    found = rejected(with_(**{field: value}))

    assert found.reason == "bad_field"
    assert found.field.startswith(f"$.{field}")
    assert said in found.detail


@pytest.mark.parametrize("field", ["target_id", "message_id"])
def test_whom_a_command_is_about_is_bounded_too(field: str) -> None:
    """A target is remembered: a name of any length would be kept in a state."""
    order = {"kind": "command", "command": {"name": "warn"}, field: "x" * 513}

    assert rejected(json.dumps(BASE | order).encode()).field == f"$.{field}"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "null_value"),
        (b"", "not_json"),
        (b"{", "not_json"),
        (b"[]", "bad_field"),
        (b'"text"', "bad_field"),
        (b"x" * (RECORD_BYTES_MAX + 1), "too_large"),
        (with_(x=1)[:-1] + b',"y":' + b"[" * 10_000 + b"]" * 10_000 + b"}", "too_deep"),
        (with_(text="").replace(b'""', b'"\xff"'), "not_utf8"),
        (with_(text="").replace(b'""', b'"\\ud800"'), "not_json"),
    ],
)
def test_what_is_no_event_has_a_reason(value: bytes | None, reason: str) -> None:
    assert rejected(value).reason == reason


def test_a_lone_surrogate_is_told_by_its_field() -> None:
    assert rejected(with_(text="").replace(b'""', b'"\\ud800"')).field == "$.text"


@pytest.mark.parametrize("name", [b"\\ud800", "他说的话".encode()])
def test_a_field_that_nobody_knows_is_not_named(name: bytes) -> None:
    """Its name is the sender's: it may be somebody's words, or no text at all."""
    value = with_()[:-1] + b',"' + name + b'":"\\ud800"}'

    assert rejected(value).field == "$"


@pytest.mark.parametrize("depth", range(960, 1_010, 3))
def test_no_depth_is_too_much_for_the_words_about_it(depth: int) -> None:
    rejected(with_()[:-1] + b',"x":' + b"[" * depth + b"]" * depth + b',"y":"\\ud800"}')
