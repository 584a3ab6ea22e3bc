"""A fetch: the records of all partitions of a topic that came at once; what Faust calls an event."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from aiokafka import TopicPartition


class Span(NamedTuple):
    """Records of one partition, and the offsets `[first, following)` that they stand for.

    `first` is where the last span ended, not the offset of the first record: markers of foreign
    producers' transactions take offsets and hold no record.
    """

    first: int
    following: int
    records: Sequence[Any]


class Fetch(NamedTuple):
    """The spans of one topic, and the assignment (`epoch`) under which they were taken."""

    topic: str
    epoch: int
    spans: Mapping[TopicPartition, Span]

    @property
    def coordinates(self) -> str:
        """For a log line."""
        spans = (f"{tp.partition}:{s.first}-{s.following}" for tp, s in self.spans.items())
        return f"{self.topic} {' '.join(spans)}"


class Portion(dict[TopicPartition, Span]):
    """Spans that make one fetch, and the bytes of their values."""

    bytes = 0


def portions(spans: Mapping[TopicPartition, Span], bytes_max: int) -> Iterator[Portion]:
    """Cut spans into parts of at most `bytes_max` bytes of values each, or one record."""
    part = Portion()
    room = bytes_max
    for tp, span in spans.items():
        begin, first = 0, span.first
        for at, record in enumerate(span.records):
            size = len(record.value or b"")
            if size > room and (part or at > begin):
                if at > begin:
                    cut = span.records[at - 1].offset + 1
                    part[tp] = Span(first, cut, span.records[begin:at])
                    begin, first = at, cut
                part.bytes = bytes_max - room
                yield part
                part, room = Portion(), bytes_max
            room -= size
        part[tp] = Span(first, span.following, span.records[begin:])
    if part:
        part.bytes = bytes_max - room
        yield part
