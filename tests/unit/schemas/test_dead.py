"""A dead letter fits its topic, whatever it buries."""

import base64
import json

import pytest

from schemas.dead import KEY_BYTES_MAX, RAW_BYTES_MAX, address, bury
from schemas.event import Rejected
from streams.topology import topology

TAKEN = topology().dead.batch_bytes


def letter_of(key: bytes | None, value: bytes | None) -> bytes:
    found = Rejected("too_large", "$", "words")
    return bury(found, topic="t", partition=0, offset=0, timestamp=0, key=key, value=value)


@pytest.mark.parametrize("size", [RAW_BYTES_MAX, RAW_BYTES_MAX + 1, 64 << 20])
def test_a_letter_about_any_record_fits_its_topic(size: int) -> None:
    key, value = b"k" * size, b"v" * size

    letter = letter_of(key, value)

    assert len(address(key) or b"") + len(letter) + 200 < TAKEN


def test_of_what_is_too_large_the_beginning_and_the_length_are_kept() -> None:
    letter = json.loads(letter_of(b"k" * (KEY_BYTES_MAX + 1), b"v" * (RAW_BYTES_MAX + 2)))

    assert base64.b64decode(letter["key"]) == b"k" * KEY_BYTES_MAX
    assert base64.b64decode(letter["raw"]) == b"v" * RAW_BYTES_MAX
    assert (letter["key_bytes"], letter["raw_bytes"]) == (KEY_BYTES_MAX + 1, RAW_BYTES_MAX + 2)


def test_what_fits_is_kept_whole_and_says_nothing_of_its_length() -> None:
    key, value = b"k" * KEY_BYTES_MAX, b"v" * RAW_BYTES_MAX

    letter = json.loads(letter_of(key, value))

    assert address(key) == base64.b64decode(letter["key"]) == key
    assert base64.b64decode(letter["raw"]) == value
    assert {"key_bytes", "raw_bytes"}.isdisjoint(letter)


def test_a_letter_without_a_key_goes_where_its_record_stood() -> None:
    assert address(None) is None
