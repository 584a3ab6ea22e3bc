"""Dead letters: what could not be read, with its bytes, its coordinates and the reason."""

import base64
from typing import Final

import msgspec
from msgspec import Struct

from schemas.event import Rejected
from schemas.record import Record

KEY_BYTES_MAX: Final = 8 << 10
"""A group's key is two identifiers of at most 2 KiB each; any larger one is nobody's."""
RAW_BYTES_MAX: Final = 2 << 20
"""The largest record that `chat.events` takes. It bounds what arrives, and what was compressed is
larger: a letter that its topic does not take would stop the worker for good.
"""


class DeadLetter(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One record of `chat.dead`. `raw` and `key` are base64; both are absent where they were null.

    `raw_bytes` and `key_bytes` are there where only the beginning is kept: the length of the whole.
    `raw` may hold a person's words: the topic is as sensitive as `chat.events` and its retention
    is bounded. `reason`, `field` and `detail` hold none and may be logged.
    """

    topic: str
    partition: int
    offset: int
    timestamp: int
    reason: str
    field: str
    detail: str
    key: str | None = None
    key_bytes: int | None = None
    raw: str | None = None
    raw_bytes: int | None = None


def bury(
    rejected: Rejected,
    *,
    topic: str,
    partition: int,
    offset: int,
    timestamp: int,
    key: bytes | None,
    value: bytes | None,
) -> bytes:
    """The dead letter of a record, encoded; with `address(key)` it fits its topic."""
    return msgspec.json.encode(
        DeadLetter(
            topic=topic,
            partition=partition,
            offset=offset,
            timestamp=timestamp,
            reason=rejected.reason,
            field=rejected.field,
            detail=rejected.detail,
            key=_base64(key, KEY_BYTES_MAX),
            key_bytes=_length_over(key, KEY_BYTES_MAX),
            raw=_base64(value, RAW_BYTES_MAX),
            raw_bytes=_length_over(value, RAW_BYTES_MAX),
        )
    )


def letter_of(
    rejected: Rejected, topic: str, partition: int, record: Record
) -> tuple[bytes | None, bytes]:
    """Key and value of a record's dead letter: together they fit their topic."""
    letter = bury(
        rejected,
        topic=topic,
        partition=partition,
        offset=record.offset,
        timestamp=record.timestamp,
        key=record.key,
        value=record.value,
    )
    return address(record.key), letter


def address(key: bytes | None) -> bytes | None:
    """The key of a dead letter: its record's, or the beginning of one that is nobody's."""
    return None if key is None else key[:KEY_BYTES_MAX]


def _base64(part: bytes | None, bytes_max: int) -> str | None:
    return None if part is None else base64.b64encode(part[:bytes_max]).decode("ascii")


def _length_over(part: bytes | None, bytes_max: int) -> int | None:
    return None if part is None or len(part) <= bytes_max else len(part)
