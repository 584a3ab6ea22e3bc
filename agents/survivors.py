"""Which record of a key survives, at recovery: the one of the higher place.

Compaction and a plain reading keep the last one. A stalled worker may have written after its
successor, so the last one may be older than the one before it.
"""

from collections.abc import Iterable
from typing import Protocol

from streams.place import HEADER, PLACE_BYTES


class Logged(Protocol):
    """A changelog record, as a consumer gives it."""

    @property
    def key(self) -> bytes | None: ...  # noqa: D102
    @property
    def value(self) -> bytes | None: ...  # noqa: D102
    @property
    def headers(self) -> Iterable[tuple[str, bytes | None]]: ...  # noqa: D102


class Survivors:
    """The records of one changelog partition that survive, and those that lost their place.

    `values`: key to value. `tombstones`: key to place. `lost`: keys whose last record on the log
    is not the survivor; the survivor must be written again before anything is judged.
    """

    def __init__(self) -> None:
        self.values: dict[bytes, bytes] = {}
        self.tombstones: dict[bytes, bytes] = {}
        self.lost: set[bytes] = set()

    def add(self, records: Iterable[Logged]) -> None:
        """Take records in, in the order of the log. At the same place the later one wins."""
        values, tombstones = self.values, self.tombstones
        for record in records:
            key, value = record.key, record.value
            if key is None:
                continue
            known = values.get(key)
            if known is None and not tombstones and value is not None:
                values[key] = value
                continue
            self._compare(key, value, known, record)

    def _compare(self, key: bytes, value: bytes | None, known: bytes | None, new: Logged) -> None:
        standing = self.tombstones.get(key, b"") if known is None else known[:PLACE_BYTES]
        coming = value[:PLACE_BYTES] if value is not None else place_in_header(new)
        if standing > coming:
            self.lost.add(key)
            return
        self.lost.discard(key)
        if value is None:
            self.values.pop(key, None)
            self.tombstones[key] = coming
        else:
            self.tombstones.pop(key, None)
            self.values[key] = value

    def rewrites(self) -> list[tuple[bytes, bytes | None, bytes]]:
        """Key, value (None: a tombstone) and place of each survivor to write again, by key."""
        return [
            (key, value, value[:PLACE_BYTES])
            if (value := self.values.get(key)) is not None
            else (key, None, self.tombstones[key])
            for key in sorted(self.lost)
        ]


def place_in_header(record: Logged) -> bytes:
    """A tombstone's place; one without it was not written by an owner and loses to any."""
    for name, content in record.headers:
        if name == HEADER and content is not None:
            return content
    return b""
