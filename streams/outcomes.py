"""The bridge's pure part: an outcome, as an adapter wrote it, becomes an event of its group's log."""

import msgspec

from schemas.action import Outcome, decode_outcome
from schemas.event import RECORD_BYTES_MAX, OutcomeSeen, Rejected, decode_event, encode_event


def event_of(value: bytes | None) -> tuple[bytes, bytes] | Rejected:
    """Key and value of the event for one record of the outcomes topic. Total.

    Its id is made of the action's and the status, so a repeat changes nothing, and an action that
    expires first and is done after all is heard of twice. Its time is the adapter's.
    """
    if value is None:
        return Rejected("null_value", "$", "the record has no value")
    if len(value) > RECORD_BYTES_MAX:
        return Rejected("too_large", "$", f"{len(value)} bytes")
    try:
        return _event_of(decode_outcome(value))
    except (msgspec.DecodeError, RecursionError) as fault:
        return Rejected("bad_outcome", "$", type(fault).__name__)
    except UnicodeError:
        return Rejected("not_utf8", "$", "a text that is no UTF-8")


def _event_of(outcome: Outcome) -> tuple[bytes, bytes] | Rejected:
    seen = OutcomeSeen(
        id=f"{outcome.action_id}/{outcome.status}",
        platform=outcome.platform,
        group_id=outcome.group_id,
        sent_at=outcome.at,
        action_id=outcome.action_id,
        status=outcome.status,
        detail=outcome.detail,
        at=outcome.at,
    )
    event = encode_event(seen)
    # What no reader of the group's log could read (a time before 1970, an id too long with its
    # status) is told here, at the record that brought it.
    read = decode_event(event)
    if isinstance(read, Rejected):
        return read
    return f"{outcome.platform}:{outcome.group_id}".encode(), event
