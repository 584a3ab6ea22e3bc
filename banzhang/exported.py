"""A record as a line of a file: its own fields, and beside them where it stood.

The record's bytes are kept as they are wherever possible, so that a judged file decides as the
judged topic did, down to a field that is doubled or badly typed.
"""

import base64
from typing import Any, Final

import msgspec
from aiokafka import ConsumerRecord

from schemas.event import RECORD_BYTES_MAX

_OURS: Final = frozenset({"partition", "offset", "timestamp", "generation", "raw"})
_fields = msgspec.json.Decoder(dict[str, msgspec.Raw])


def line_of(record: ConsumerRecord) -> bytes:
    """The record as one JSON object without line breaks; `{"raw": base64}` for what is none."""
    place = _place(record)
    value: bytes | None = record.value
    fields = None if value is None else _object(value)
    if value is None or fields is None:
        raw = None if value is None else base64.b64encode(value).decode("ascii")
        return msgspec.json.encode({"raw": raw, **place})
    if _OURS & fields.keys():
        kept = {key: raw for key, raw in fields.items() if key not in _OURS}
        return msgspec.json.encode(kept | place)
    # Line breaks can stand between a JSON text's tokens only, where a blank means the same.
    own = value.strip().replace(b"\n", b" ").replace(b"\r", b" ")
    comma = b"," if fields else b""
    return own[:-1] + comma + msgspec.json.encode(place)[1:]


def _place(record: ConsumerRecord) -> dict[str, Any]:
    place = {
        "partition": record.partition,
        "offset": record.offset,
        "timestamp": record.timestamp,
    }
    # `chat.events.2` is the second generation of the events topic.
    _, _, last = record.topic.rpartition(".")
    return {"generation": int(last), **place} if last.isdecimal() else place


def _object(value: bytes) -> dict[str, msgspec.Raw] | None:
    """The fields of a JSON object; None for anything else, and for what no line may hold."""
    if len(value) > RECORD_BYTES_MAX:
        return None
    try:
        value.decode("utf-8")
        return _fields.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
