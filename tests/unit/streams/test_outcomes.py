"""An outcome, as an adapter wrote it, becomes an event of its group's log."""

import json
from typing import Any

import pytest

from schemas.event import OutcomeSeen, Rejected, decode_event
from streams.outcomes import event_of

OUTCOME: dict[str, Any] = {
    "action_id": "a1",
    "platform": "qq",
    "group_id": "g1",
    "status": "failed",
    "detail": "no rights",
    "at": 5,
}


def test_an_outcome_is_an_event_under_its_group_s_key() -> None:
    found = event_of(json.dumps(OUTCOME).encode())

    assert not isinstance(found, Rejected)
    key, value = found
    event = decode_event(value)
    assert key == b"qq:g1"
    assert isinstance(event, OutcomeSeen)
    assert (event.id, event.sent_at, event.status) == ("a1/failed", 5, "failed")


def test_a_repeat_has_the_same_id_and_another_status_another() -> None:
    once, twice = (event_of(json.dumps(OUTCOME).encode()) for _ in range(2))
    other = event_of(json.dumps(OUTCOME | {"status": "done"}).encode())

    assert once == twice != other


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "null_value"),
        (b"x" * ((1 << 20) + 1), "too_large"),
        (b"{", "bad_outcome"),
        (b"[" * 100_000, "bad_outcome"),
        (json.dumps(OUTCOME | {"at": -1}).encode(), "bad_field"),
        (json.dumps(OUTCOME | {"status": "?"}).encode(), "bad_outcome"),
        (json.dumps(OUTCOME).encode().replace(b"no rights", b"\xff"), "not_utf8"),
    ],
)
def test_what_is_no_outcome_is_told(value: bytes | None, reason: str) -> None:
    found = event_of(value)

    assert isinstance(found, Rejected)
    assert found.reason == reason


@pytest.mark.parametrize("at", [10**18, 253_402_300_800_000])
def test_a_time_that_no_event_may_have_is_refused_here(at: int) -> None:
    found = event_of(json.dumps(OUTCOME | {"at": at}).encode())

    assert isinstance(found, Rejected)
    assert found.field == "$.sent_at"


def test_what_is_made_of_an_outcome_can_be_read() -> None:
    found = event_of(json.dumps(OUTCOME | {"action_id": "x" * 512}).encode())

    assert isinstance(found, Rejected) or not isinstance(decode_event(found[1]), Rejected)
