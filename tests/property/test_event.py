"""Reading a record never fails, and what is said of a bad one holds nothing out of it."""

import json
from typing import Any, Final

from hypothesis import example, given
from hypothesis import strategies as st

from schemas.dead import bury
from schemas.event import KINDS, Rejected, decode_event, decode_events, encode_event
from streams.outcomes import event_of

SECRET: Final = "秘密Geheimnis"
"""Stands for a child's words."""

secrets = st.sampled_from(
    (SECRET, f"'{SECRET}'", f"`{SECRET}`", f" - at `{SECRET}`", f"x'{SECRET}' - at `$.{SECRET}`")
)
leaves = (
    secrets
    | st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
)
values = st.recursive(
    leaves,
    lambda more: st.lists(more, max_size=3) | st.dictionaries(secrets, more, max_size=3),
    max_leaves=8,
)
FIELDS: Final = sorted({name for kind in KINDS.values() for name in kind.__struct_fields__})
records = st.fixed_dictionaries(
    {"kind": st.sampled_from(sorted(KINDS)) | values},
    optional=dict.fromkeys(FIELDS, values) | {SECRET: values, "command": values},
)
GOOD: Final[dict[str, Any]] = {
    "id": "e1",
    "platform": "qq",
    "group_id": "g1",
    "member_id": "p1",
    "sent_at": 1,
    "text": "早",
    "message_id": "e0",
    "name": "李芸",
    "target_id": "p2",
    "command": {"name": "warn"},
    "roster": [],
    "action_id": "a",
    "status": "done",
    "watch": {"rule": "ad", "groups": 2, "count": 3},
}


def buried(found: object, value: bytes) -> None:
    """What is rejected can be written down, and holds none of the words."""
    if isinstance(found, Rejected):
        letter = json.loads(
            bury(found, topic="t", partition=0, offset=0, timestamp=0, key=None, value=value)
        )
        assert found.reason.isascii()
        assert found.field.isascii()
        assert "Geheimnis" not in found.field + found.detail + letter["detail"]


@given(st.binary(max_size=200))
@example(b'{"\\ud800":"\\ud800"}')
@example(b"[" * 100_000)
@example(b'{"id":' * 50_000)
@example(b'{"kind":"message","text":"\xed\xa0\x80"}')
def test_any_bytes_are_an_event_or_rejected(value: bytes) -> None:
    buried(decode_event(value), value)
    event_of(value)


@given(st.lists(st.none() | st.binary(max_size=40) | records.map(json.dumps).map(str.encode)))
@example([json.dumps(GOOD | {"kind": "message"}).encode(), b"x" * 400])
@example([json.dumps(GOOD | {"kind": "message"}).encode(), b"[" * 300])
@example([json.dumps(GOOD | {"kind": "message"}).encode(), None])
@example([])
def test_many_records_are_read_as_each_of_them_is(batch: list[bytes | None]) -> None:
    assert decode_events(batch, 350) == [decode_event(value, 350) for value in batch]


@given(records)
@example({"kind": "outcome", "status": f"it's {SECRET}"})
@example({"kind": "outcome", "status": f'it\'s "{SECRET}"'})
@example({"kind": "outcome", "status": f'"{SECRET}"'})
@example({"kind": "outcome", "status": f"x' - at `$.{SECRET}`"})
def test_what_is_ill_typed_is_told_without_its_value(record: dict[str, Any]) -> None:
    value = json.dumps(record).encode()

    buried(decode_event(value), value)


@given(st.sampled_from(sorted(KINDS)), st.sampled_from(sorted(GOOD)), values)
def test_one_bad_field_is_the_one_that_is_named(kind: str, field: str, bad: Any) -> None:
    record = GOOD | {"kind": kind}
    assert not isinstance(decode_event(json.dumps(record).encode()), Rejected)

    value = json.dumps(record | {field: bad}).encode()
    found = decode_event(value)

    buried(found, value)
    if isinstance(found, Rejected):
        assert found.field.startswith(f"$.{field}")


@given(st.sampled_from(sorted(KINDS)), st.text(max_size=20), st.text(max_size=20))
def test_what_is_written_is_read_back(kind: str, text: str, name: str) -> None:
    record = GOOD | {"kind": kind, "text": text, "name": name}
    event = decode_event(json.dumps(record).encode())

    assert not isinstance(event, Rejected)
    assert decode_event(encode_event(event)) == event


@given(st.binary(max_size=60), st.binary(min_size=1, max_size=3), st.integers(0, 400))
def test_a_record_that_was_damaged_on_its_way_is_no_failure(
    tail: bytes, damage: bytes, where: int
) -> None:
    whole = json.dumps(GOOD | {"kind": "message", "text": "\\" + SECRET}).encode() + tail
    at = where % len(whole)
    value = whole[:at] + damage + whole[at + 1 :]

    decode_event(value)
    decode_event(value[:at])
