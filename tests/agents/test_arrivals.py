"""Records as their batch has them: the same ones that aiokafka would give, in the same portions."""

from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.consumer.fetcher import FetchResult, PartitionRecords
from aiokafka.consumer.subscription_state import Assignment
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.structs import ConsumerRecord

from agents.arrivals import Arrivals

EVENTS, OTHER = TopicPartition("events", 0), TopicPartition("other", 0)


def arrived(tp: TopicPartition, first: int = 0) -> FetchResult:
    """Five records fetched from offset `first` on, of which the third has neither key nor value."""
    builder = BatchBuilder(1 << 20, 0)
    for number in range(5):
        content = None if number == 2 else b"%d" % number
        headers = [("h", b"x")] if number == 4 else []
        builder.append(key=content, value=content, timestamp=1_000 + number, headers=headers)
    builder.close()
    assignment = Assignment({tp})
    assignment.state_value(tp).seek(first)
    records = PartitionRecords(
        tp, MemoryRecords(bytes(builder._build())), [], first, None, None, True, 0
    )
    return FetchResult(tp, assignment=assignment, partition_records=records, backoff=0)


def fields(record: Any) -> tuple[Any, ...]:
    return record.offset, record.timestamp, record.key, record.value, tuple(record.headers)


@pytest.mark.parametrize("first", [0, 3])
@pytest.mark.parametrize("portion", [2, 5, 100])
async def test_light_records_are_those_that_aiokafka_gives(first: int, portion: int) -> None:
    arrivals = Arrivals(EVENTS.topic.__eq__)
    arrivals[EVENTS] = arrived(EVENTS, first)
    plain, light = arrived(EVENTS, first), arrivals[EVENTS]

    while plain.has_more():
        wanted, found = plain.getall(portion), light.getall(portion)
        assert list(map(fields, found)) == list(map(fields, wanted))
        assert not any(isinstance(record, ConsumerRecord) for record in found)
        assert light.has_more() == plain.has_more()


async def test_records_of_other_topics_stay_whole() -> None:
    arrivals = Arrivals(EVENTS.topic.__eq__)
    arrivals[OTHER] = arrived(OTHER)

    assert isinstance(arrivals[OTHER].getall()[0], ConsumerRecord)


async def test_a_fault_in_place_of_records_is_kept_as_it_is() -> None:
    arrivals = Arrivals(EVENTS.topic.__eq__)
    fault = OSError("no broker")
    arrivals[EVENTS] = fault

    assert arrivals[EVENTS] is fault
