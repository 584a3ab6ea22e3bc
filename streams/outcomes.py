"""The bridge's pure part: an outcome, as an adapter wrote it, becomes an event of its group's log."""

import msgspec

from schemas.action import decode_outcome
from schemas.event import RECORD_BYTES_MAX, OutcomeSeen, Rejected, encode_event


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
        outcome = decode_outcome(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        return Rejected("bad_outcome", "$", type(fault).__name__)
    if outcome.at < 0:
        return Rejected("bad_field", "$.at", "a time before 1970")
    try:
        key = f"{outcome.platform}:{outcome.group_id}".encode()
    except UnicodeEncodeError:
        return Rejected("bad_field", "$.group_id", "a lone surrogate")
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
    return key, encode_event(seen)
