"""The log's identity: a record in the changelog that says which record stands where in the source.

The fence alone can't tell a topic that was deleted and made anew once the new one has grown past
it: everything below would be skipped in silence. So the owner keeps, a partition, the hash of the
last record that it settled, and compares it at assignment with what stands there now.
"""

from hashlib import blake2b
from typing import Final

from schemas.record import Record
from streams.place import PLACE_BYTES, place, split

KEY: Final = b"\x1flog"
"""No group's key: those begin with a platform's name."""
HASH_BYTES: Final = 16


def fingerprint(record: Record) -> bytes:
    """A hash of the record with its timestamp, which the broker gave it."""
    parts = (record.key, record.value)
    seal = blake2b(record.timestamp.to_bytes(8, "big", signed=True), digest_size=HASH_BYTES)
    for part in parts:
        seal.update(b"\0" if part is None else len(part).to_bytes(8, "big"))
        seal.update(part or b"")
    return seal.digest()


def mark(generation: int, record: Record) -> bytes:
    """The changelog value that says that `record` stands at its offset."""
    return place(generation, record.offset) + fingerprint(record)


def same(value: bytes, record: Record) -> bool:
    """Whether `record` is the one that the mark `value` was made of."""
    return value[PLACE_BYTES:] == fingerprint(record)


def offset_of(value: bytes) -> int:
    """The offset that the mark `value` speaks of."""
    return split(value)[1]
