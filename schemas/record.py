"""A record of a log, whoever reads it."""

from typing import Protocol


class Record(Protocol):
    """What the log gives: aiokafka's `ConsumerRecord` fits."""

    @property
    def offset(self) -> int:
        """Where it stands in its partition."""

    @property
    def timestamp(self) -> int:
        """The log's own time, milliseconds; 0 where there is none."""

    @property
    def key(self) -> bytes | None:
        """The record's key."""

    @property
    def value(self) -> bytes | None:
        """The record's bytes."""
