"""What stands behind a seal goes on as it is; what belongs to its generation ends with it."""

from schemas.event import Rejected, encode_event
from streams.forward import forwarded
from streams.seal import seal_command
from tests.strategies import NOON, message, tick


def test_a_record_goes_on_byte_for_byte_under_its_groups_key() -> None:
    value = encode_event(message("m1"))

    assert forwarded(value) == (b"qq:g1", value)


def test_ticks_and_seals_end_with_their_generation() -> None:
    assert forwarded(encode_event(tick(NOON))) is None
    assert forwarded(encode_event(seal_command(2, 4, NOON))) is None


def test_what_is_no_event_is_told() -> None:
    assert isinstance(forwarded(None), Rejected)
    assert isinstance(forwarded(b"{"), Rejected)
