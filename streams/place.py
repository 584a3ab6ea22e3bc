"""A place in the log: the generation of the events topic and the offset, as twelve bytes.

Big-endian, so that places compare as bytes. Each record of the state changelog begins with the
place of the last event in it (a tombstone carries it in a header): at recovery the higher wins.
"""

from typing import Final

PLACE_BYTES: Final = 12
HEADER: Final = "place"
"""The record header that carries a tombstone's place."""


def place(generation: int, offset: int) -> bytes:
    """The place of `offset` in `generation`; -1 is the place before the first record."""
    return generation.to_bytes(4, "big") + (offset + 1).to_bytes(8, "big")


def place_of(value: bytes) -> bytes:
    """The place that a changelog value begins with."""
    return value[:PLACE_BYTES]


def split(value: bytes) -> tuple[int, int]:
    """Generation and offset of the place that `value` begins with."""
    return (
        int.from_bytes(value[:4], "big"),
        int.from_bytes(value[4:PLACE_BYTES], "big") - 1,
    )
