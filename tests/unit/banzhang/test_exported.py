"""Exported lines: the record's own fields as they are, and where it stood."""

import base64
import json
from typing import Any

import pytest
from aiokafka import ConsumerRecord
from hypothesis import given
from hypothesis import strategies as st

from banzhang.exported import line_of
from schemas.action import Action, decode_action
from schemas.dead import bury
from schemas.event import RECORD_BYTES_MAX, Rejected, decode_event, encode_event
from streams.partition import Partition
from streams.pipeline import LINE_BYTES_MAX, BadLine, Pipeline, place_of_line
from tests.strategies import PACKETS, policy, red_packet

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


def letter_of(value: bytes) -> bytes:
    rejected = decode_event(value)
    assert isinstance(rejected, Rejected)
    return bury(
        rejected,
        topic="chat.events",
        partition=1,
        offset=2,
        timestamp=4,
        key=b"qq:g",
        value=value,
    )


@pytest.mark.parametrize("size", [10, RECORD_BYTES_MAX, 2 * RECORD_BYTES_MAX - 100])
def test_a_dead_letter_is_shown_with_its_reason_and_where_its_record_stood(size: int) -> None:
    record = b'"' + b"x" * size + b'"'

    line = json.loads(line_of(record_of(letter_of(record), "chat.dead")))

    assert line["reason"] in {"bad_field", "too_large"}
    assert line["field"] == "$"
    assert {key: line[key] for key in PLACE} == PLACE
    assert line["source"] == {"partition": 1, "offset": 2, "timestamp": 4}
    assert base64.b64decode(line["raw"]) == record


PACKETED = policy(PACKETS)
PACKS = {PACKETED.ref.version: PACKETED}
FIRST = PACKETED.ref.version
KNOWN = json.loads(encode_event(red_packet("r", at=5)))
NAMES = [*KNOWN, "partition", "offset", "timestamp", "generation", "raw", "more", "p\\u0061rtition"]
HELD = st.sampled_from(
    [
        '"x"',
        "1",
        "null",
        "1e999",
        "[1, {}]",
        '{"a": "}"}',
        '"\\ud800"',
        '"\\u0061,"',
        "-0.50",
        "9" * 5000,
    ]
)
BLANK = st.sampled_from(["", " ", "\n", "\r\n\t"])


@st.composite
def doubled(draw: st.DrawFn) -> bytes:
    """A message with more fields: doubled ones, ones of the exporter's names, badly typed ones."""
    fields = [(name, json.dumps(held)) for name, held in KNOWN.items()]
    more = draw(st.lists(st.tuples(st.sampled_from(NAMES), HELD), max_size=4))
    again = draw(st.lists(st.sampled_from(fields), max_size=2))
    texts = [
        f'{draw(BLANK)}"{name}"{draw(BLANK)}:{draw(BLANK)}{held}{draw(BLANK)}'
        for name, held in draw(st.permutations([*fields, *more, *again]))
    ]
    return f"{draw(BLANK)}{{{','.join(texts)}}}{draw(BLANK)}".encode()


@given(doubled())
def test_a_record_is_read_alike_before_and_after_its_export(value: bytes) -> None:
    line = line_of(record_of(value))

    assert line.count(b"\n") == 0
    if b'{"raw":' in line:  # Unreadable even where its values are only skipped.
        assert isinstance(decode_event(value), Rejected)
    else:
        assert decode_event(line, LINE_BYTES_MAX) == decode_event(value)


@given(doubled())
def test_a_record_is_judged_alike_before_and_after_its_export(value: bytes) -> None:
    at_once = Partition(topic="chat.events", number=3, partitions=0)
    at_once.begin_with(FIRST)
    verdict = at_once.judge(at_once.read([record_of(value)]), PACKS)

    line = line_of(record_of(value))
    told = list(Pipeline(PACKS, FIRST).feed([line]))

    assert [one for one in told if isinstance(one, Action)] == [
        decode_action(action) for _, action in verdict.actions
    ]
    bad = [(one.reason, one.field) for one in told if isinstance(one, BadLine)]
    letters = [json.loads(letter) for _, letter in verdict.dead]
    if b'{"raw":' in line:
        assert len(bad) == len(letters) == 1
    else:
        assert bad == [(letter["reason"], letter["field"]) for letter in letters]


def test_a_doubled_field_beside_one_of_our_names_is_kept_as_it_was() -> None:
    line = line_of(record_of(b'{"sent_at": "x", "partition": 9, "sent_at": 5, "more": 1.50}'))

    assert line == (
        b'{"sent_at": "x","sent_at": 5,"more": 1.50,"partition":3,"offset":7,"timestamp":99}'
    )


def test_a_record_nested_to_the_limit_is_still_a_line() -> None:
    for depth in range(100, 1_100, 3):
        value = b'{"partition": 9, "more": ' + b"[" * depth + b"]" * depth + b"}"

        assert line_of(record_of(value)).endswith(b'"partition":3,"offset":7,"timestamp":99}')
