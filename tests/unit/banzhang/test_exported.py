"""Exported lines: the record's own fields as they are, and where it stood."""

import base64
import json
from typing import Any

import pytest
from aiokafka import ConsumerRecord
from hypothesis import given
from hypothesis import strategies as st

from banzhang.exported import line_of
from schemas.event import RECORD_BYTES_MAX, decode_event
from streams.pipeline import place_of_line

PLACE = {"partition": 3, "offset": 7, "timestamp": 99}


def record_of(value: bytes | None, topic: str = "chat.events") -> Any:
    return ConsumerRecord(
        topic=topic,
        partition=3,
        offset=7,
        timestamp=99,
        timestamp_type=1,
        key=b"qq:g",
        value=value,
        checksum=None,
        serialized_key_size=4,
        serialized_value_size=-1,
        headers=(),
    )


def test_a_records_fields_stand_beside_its_place() -> None:
    assert json.loads(line_of(record_of(b'{"id": "a", "n": 1.50}'))) == {
        "id": "a",
        "n": 1.5,
        **PLACE,
    }


@pytest.mark.parametrize("value", [b"{}", b" {\n} ", b'{"a":\r\n{"b": []}}'])
def test_a_line_is_one_line(value: bytes) -> None:
    line = line_of(record_of(value))

    assert b"\n" not in line
    assert b"\r" not in line
    assert json.loads(line) == json.loads(value) | PLACE


@pytest.mark.parametrize(
    "value",
    [b"", b"[]", b"1", b"not json", b'{"a": 1', b'{"a": "\xff"}', b"{" * 10_000, b"null"],
)
def test_what_is_no_object_is_kept_as_bytes(value: bytes) -> None:
    line = json.loads(line_of(record_of(value)))

    assert base64.b64decode(line.pop("raw")) == value
    assert line == PLACE


def test_a_null_value_stays_null() -> None:
    assert json.loads(line_of(record_of(None))) == {"raw": None, **PLACE}


def test_a_record_too_large_to_be_judged_is_too_large_as_a_line() -> None:
    value = b'{"a": "' + b"x" * RECORD_BYTES_MAX + b'"}'

    assert "raw" in json.loads(line_of(record_of(value)))


def test_a_records_own_field_of_our_name_gives_way() -> None:
    value = b'{"id": "a", "partition": "hostile", "raw": 5, "generation": []}'

    assert json.loads(line_of(record_of(value))) == {"id": "a", **PLACE}


def test_a_later_generation_is_named() -> None:
    assert json.loads(line_of(record_of(b"{}", "chat.events.2")))["generation"] == 2


@given(st.dictionaries(st.text(), st.none() | st.integers(-9, 9) | st.text(), max_size=4))
def test_the_place_can_always_be_read_again(fields: dict[str, object]) -> None:
    line = line_of(record_of(json.dumps(fields).encode()))

    json.loads(line)
    if not {"group_id", "raw"} & fields.keys():
        assert place_of_line(line).partition == 3


@given(st.sampled_from([b"1", b'"x"', b"[[1]]", b"{}", b"nul", b'"\\ud800"']), st.booleans())
def test_a_line_is_judged_as_its_record_was(value: bytes, valid: bool) -> None:
    text = b'"t"' if valid else value
    record = b'{"id":"1","kind":"message","platform":"q","group_id":"g","member_id":"m",'
    record += b'"sent_at":1,"text":' + text + b',"more":' + value + b"}"

    line = line_of(record_of(record))

    judged, again = decode_event(record), decode_event(line)
    assert type(judged) is type(again)
