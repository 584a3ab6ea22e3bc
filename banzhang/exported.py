"""A record as a line of a file: its own fields, and beside them where it stood.

The record's bytes are kept as they are wherever possible, so that a judged file decides as the
judged topic did, down to a field that is doubled or badly typed.
"""

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec
from aiokafka import ConsumerRecord

from schemas.event import RECORD_BYTES_MAX

_PLACE: Final = frozenset({"partition", "offset", "timestamp", "generation"})
_OURS: Final = _PLACE | {"raw"}
_fields = msgspec.json.Decoder(dict[str, msgspec.Raw])
# Numbers stay text: only where a value ends is asked.
_values = json.JSONDecoder(strict=False, parse_int=str, parse_float=str)


def line_of(record: ConsumerRecord) -> bytes:
    """The record as one JSON object without line breaks; `{"raw": base64}` for what is none.

    A field of an event that has the name of one of these gives way; of any other record (a dead
    letter names the place of what it buries) it is kept, under `source`.
    """
    place = _place(record)
    value: bytes | None = record.value
    judged = _name_of(record.topic)[0].endswith(".events")
    fields = None if value is None else _object(value, RECORD_BYTES_MAX if judged else None)
    if value is None or fields is None:
        raw = None if value is None else base64.b64encode(value).decode("ascii")
        return msgspec.json.encode({"raw": raw, **place})
    if judged and _OURS & fields.keys():
        value = _without_ours(value.decode(), fields)
    elif _PLACE & fields.keys():
        own = {key: raw for key, raw in fields.items() if key not in _PLACE}
        source = {key: fields[key] for key in fields if key in _PLACE}
        return msgspec.json.encode(own | {"source": source} | place)
    # Line breaks can stand between a JSON text's tokens only, where a blank means the same.
    own_text = value.strip().replace(b"\n", b" ").replace(b"\r", b" ")
    comma = b"" if own_text[1:-1].isspace() or own_text == b"{}" else b","
    return own_text[:-1] + comma + msgspec.json.encode(place)[1:]


def _place(record: ConsumerRecord) -> dict[str, Any]:
    place = {
        "partition": record.partition,
        "offset": record.offset,
        "timestamp": record.timestamp,
    }
    generation = _name_of(record.topic)[1]
    return place if generation is None else {"generation": generation, **place}


def _name_of(topic: str) -> tuple[str, int | None]:
    """`chat.events.2` is the second generation of the events topic `chat.events`."""
    name, _, last = topic.rpartition(".")
    return (name, int(last)) if last.isdecimal() else (topic, None)


def _object(value: bytes, bytes_max: int | None) -> dict[str, msgspec.Raw] | None:
    """The fields of a JSON object; None for anything else, and for what no line may hold."""
    if bytes_max is not None and len(value) > bytes_max:
        return None
    try:
        value.decode("utf-8")
        return _fields.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _without_ours(text: str, fields: Mapping[str, msgspec.Raw]) -> bytes:
    """A JSON object without its fields of our names; all others as they are, doubled ones too.

    Which of two is meant, and whether one is ill typed, is the judge's to say.
    """
    try:
        kept = [field for name, field in _pairs(text) if name not in _OURS]
    except RecursionError:  # Nested to the very limit of what can be read: doubled ones are lost.
        return msgspec.json.encode({key: raw for key, raw in fields.items() if key not in _OURS})
    return f"{{{','.join(kept)}}}".encode()


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    """Each field of a JSON object that was read before: its name, and its own text."""
    at = _next(text, text.index("{") + 1)
    while text[at] != "}":
        begin = at
        name, at = _values.raw_decode(text, at)
        at = _next(text, _next(text, at) + 1)  # Over the colon.
        _, at = _values.raw_decode(text, at)
        yield name, text[begin:at]
        at = _next(text, at)
        if text[at] == ",":
            at = _next(text, at + 1)


def _next(text: str, at: int) -> int:
    """Where the next token begins."""
    while text[at] in " \t\n\r":
        at += 1
    return at
