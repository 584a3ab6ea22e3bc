"""Dead letters: what could not be read, with its bytes, its coordinates and the reason."""

import base64

import msgspec
from msgspec import Struct

from schemas.event import Rejected


class DeadLetter(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One record of `chat.dead`. `raw` and `key` are base64; both are absent where they were null.

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
    raw: str | None = None


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
    """The dead letter of a record, encoded."""
    return msgspec.json.encode(
        DeadLetter(
            topic=topic,
            partition=partition,
            offset=offset,
            timestamp=timestamp,
            reason=rejected.reason,
            field=rejected.field,
            detail=rejected.detail,
            key=_base64(key),
            raw=_base64(value),
        )
    )


def _base64(raw: bytes | None) -> str | None:
    return None if raw is None else base64.b64encode(raw).decode("ascii")
