"""What arrived and nobody has read yet, without aiokafka's record around each record.

aiokafka makes a `ConsumerRecord` of eleven fields out of each record of a batch, at some 1.2 µs in
Python, as much as to decode and half as much as to judge a plain message. The record that it is
made of has all that a reader of whole fetches asks for: offset, timestamp, key, value, headers.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.consumer.fetcher import FetchResult, PartitionRecords


class LightRecords(PartitionRecords):  # type: ignore[misc]
    """A partition's records as the batch has them; what is skipped, and why, stays aiokafka's."""

    def __iter__(self) -> Iterator[Any]:
        records: Iterator[Any] = self._records_iterator
        return records

    def _consumer_record(self, _tp: TopicPartition, record: Any) -> Any:
        return record


class Arrivals(OrderedDict[TopicPartition, Any]):
    """aiokafka's store of unread fetches; those of the topics that `is_light` names come light."""

    def __init__(self, is_light: Callable[[str], bool]) -> None:
        super().__init__()
        self._is_light = is_light

    def __setitem__(self, tp: TopicPartition, arrived: Any) -> None:
        if isinstance(arrived, FetchResult) and self._is_light(tp.topic):
            arrived._partition_records.__class__ = LightRecords  # noqa: SLF001
        super().__setitem__(tp, arrived)


def lighten(consumer: AIOKafkaConsumer, is_light: Callable[[str], bool]) -> None:
    """Have a started consumer's records come light. It must not have fetched any yet."""
    consumer._fetcher._records = Arrivals(is_light)  # noqa: SLF001
