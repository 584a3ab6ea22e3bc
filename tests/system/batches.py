"""The record batches of a log as they stand there: aiokafka reads through their bounds."""

from collections.abc import Iterator
from typing import Any

import pytest
from aiokafka.consumer import fetcher


def noted(monkeypatch: pytest.MonkeyPatch) -> list[list[bytes]]:
    """The keys of each record batch that consumers of this process read from here on."""
    found: list[list[bytes]] = []
    make = fetcher.PartitionRecords.__init__

    def spied(self: Any, tp: Any, records: Any, *rest: Any) -> None:
        make(self, tp, Batches(records, found), *rest)

    monkeypatch.setattr(fetcher.PartitionRecords, "__init__", spied)
    return found


class Batches:
    """aiokafka's record batches, with a note of each one's keys."""

    def __init__(self, inner: Any, found: list[list[bytes]]) -> None:
        self.inner, self.found = inner, found

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def next_batch(self) -> Any:
        self.found.append([])
        return Noted(self.inner.next_batch(), self.found[-1])


class Noted:
    """One batch, with a note of its keys."""

    def __init__(self, inner: Any, keys: list[bytes]) -> None:
        self.inner, self.keys = inner, keys

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def __iter__(self) -> Iterator[Any]:
        for record in self.inner:
            self.keys.append(record.key)
            yield record
