"""Actions, outcomes and dead letters on the wire."""

import base64
import json

import msgspec
import pytest

from schemas.action import (
    Action,
    Outcome,
    PolicyRef,
    decode_action,
    decode_outcome,
    encode_action,
    encode_outcome,
)
from schemas.dead import bury
from schemas.event import Rejected

ACTION = Action(
    id="a1",
    kind="remind",
    platform="qq",
    group_id="g1",
    member_id="p1",
    evidence=("e1", "e2"),
    rule="flood",
    clause="default#D1",
    labels=("flood",),
    explain="提醒。",
    strikes=1,
    params={"text": "您好"},
    policy=PolicyRef(id="default", version="0" * 32),
    mode="live",
    decided_at=1,
    expires_at=2,
)
OUTCOME = Outcome(action_id="a1", platform="qq", group_id="g1", status="done", at=3)


def test_an_action_is_read_back_as_it_was_written() -> None:
    assert decode_action(encode_action(ACTION)) == ACTION


def test_what_an_action_has_not_is_absent() -> None:
    bare = msgspec.structs.replace(
        ACTION, member_id=None, clause=None, expires_at=None, labels=(), params={}
    )

    found = json.loads(encode_action(bare))

    assert {"member_id", "clause", "expires_at"}.isdisjoint(found)


@pytest.mark.parametrize(("strikes", "written"), [(1, "1"), (1.5, "1.5")])
def test_a_whole_number_of_strikes_is_written_as_one(strikes: float, written: str) -> None:
    action = msgspec.structs.replace(ACTION, strikes=strikes)

    again = encode_action(decode_action(encode_action(action)))

    assert f'"strikes":{written},'.encode() in again


def test_an_outcome_is_read_back_as_it_was_written() -> None:
    assert decode_outcome(encode_outcome(OUTCOME)) == OUTCOME


def test_an_unknown_status_names_the_field() -> None:
    bad = encode_outcome(OUTCOME).replace(b"done", b"gone")

    with pytest.raises(msgspec.ValidationError, match=r"\$\.status"):
        decode_outcome(bad)


def test_a_dead_letter_holds_any_bytes() -> None:
    raw = bytes(range(256))

    letter = json.loads(
        bury(
            Rejected("not_json", "$", "words"),
            topic="events",
            partition=3,
            offset=9,
            timestamp=7,
            key=raw,
            value=raw,
        )
    )

    assert base64.b64decode(letter["raw"]) == base64.b64decode(letter["key"]) == raw
    assert (letter["partition"], letter["offset"], letter["timestamp"]) == (3, 9, 7)


def test_a_null_value_and_a_null_key_are_absent() -> None:
    letter = bury(
        Rejected("null_value", "$", "no value"),
        topic="events",
        partition=0,
        offset=0,
        timestamp=0,
        key=None,
        value=None,
    )

    assert {"raw", "key"}.isdisjoint(json.loads(letter))
