"""Where a record goes on that stands behind its generation's seal."""

from schemas.event import ANY, Rejected, decode_event


def forwarded(value: bytes | None) -> tuple[bytes, bytes] | Rejected | None:
    """Key and value of a record in the generation in force: its id stays, so a repeat changes
    nothing. None for what ends with its generation: a tick, a policy or a seal of all groups.
    """
    event = decode_event(value)
    if isinstance(event, Rejected):
        return event
    if event.group_id == ANY:
        return None
    return f"{event.platform}:{event.group_id}".encode(), value or b""
