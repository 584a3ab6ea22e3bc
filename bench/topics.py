"""The benchmark's own dealings with Kafka: making topics, filling them, reading them back."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol, TypeVar

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic, OffsetSpec

from bench.workload import Workload

# What a broker answers of a group that is new: nobody has committed anything there.
_NO_COORDINATOR_YET = (
    KafkaError.NOT_COORDINATOR,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
)
_TIMEOUT_S = 30.0


class Keyed(Protocol):
    """A record to write."""

    @property
    def key(self) -> bytes | None:
        """What decides the partition, where none is named."""

    @property
    def value(self) -> bytes | None:
        """The record's bytes."""


KeyedT = TypeVar("KeyedT", bound=Keyed)


class Stored(NamedTuple):
    """A record as the broker holds it; `timestamp` in milliseconds."""

    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes


class Broker:
    """A bootstrap address and what the benchmark does there."""

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap
        self._admin = AdminClient({"bootstrap.servers": bootstrap})

    def create(self, topics: Sequence[str], partitions: int, config: Mapping[str, str]) -> None:
        """Make topics; raises `KafkaException` where one exists."""
        wanted = [NewTopic(topic, partitions, 1, config=dict(config)) for topic in topics]
        for made in self._admin.create_topics(wanted).values():
            made.result(_TIMEOUT_S)

    def fill(self, topic: str, workload: Workload) -> None:
        """Append a workload in its order; a record's own time is its message's `sent_at`."""
        producer = self._producer()
        for count, message in enumerate(workload.messages):
            producer.produce(topic, message.value, key=message.key, timestamp=message.sent_at)
            if count % 1000 == 0:
                producer.poll(0)
        _flush(producer, topic)

    def append(self, topic: str, partition: int, records: Iterable[KeyedT]) -> Iterator[KeyedT]:
        """Append records to one partition, stamped by the broker's clock, and pass them on.

        All are on the log when the iterator is at its end, which must be reached.
        """
        producer = self._producer()
        for count, record in enumerate(records):
            producer.produce(topic, record.value, key=record.key, partition=partition)
            if count % 1000 == 0:
                producer.poll(0)
            yield record
        _flush(producer, topic)

    def _producer(self) -> Producer:
        return Producer(
            {
                "bootstrap.servers": self.bootstrap,
                "partitioner": "murmur2",
                "enable.idempotence": True,
                "linger.ms": 20,
                "queue.buffering.max.messages": 1_000_000,
            }
        )

    def commit(self, group: str, topic: str, offsets: Mapping[int, int]) -> None:
        """Commit for a consumer group that has no member now."""
        consumer = Consumer({"bootstrap.servers": self.bootstrap, "group.id": group})
        try:
            consumer.commit(
                offsets=[TopicPartition(topic, number, at) for number, at in offsets.items()],
                asynchronous=False,
            )
        finally:
            consumer.close()

    def ends(self, topic: str) -> dict[int, int]:
        """The offset after the last record of each partition."""
        return self._offsets(topic, OffsetSpec.latest())

    def read(self, topic: str) -> Iterator[Stored]:
        """All records of a topic up to its end, the partitions interleaved as they come."""
        ends = self.ends(topic)
        return self._read(topic, dict.fromkeys(ends, 0), ends)

    def record(self, topic: str, partition: int, offset: int) -> Stored:
        """The record at an offset, which must be there."""
        return next(self._read(topic, {partition: offset}, {partition: offset + 1}))

    def last_before(self, topic: str, timestamp: int) -> int | None:
        """The broker's time of a topic's newest record at or before `timestamp`, if there is one."""
        ends = self.ends(topic)
        after = self._offsets(topic, OffsetSpec.for_timestamp(timestamp + 1))
        # -1 stands for "none is newer".
        upto = {partition: ends[partition] if at < 0 else at for partition, at in after.items()}
        last = {partition: max(end - 1, 0) for partition, end in upto.items()}
        return max((record.timestamp for record in self._read(topic, last, upto)), default=None)

    def _offsets(self, topic: str, spec: OffsetSpec) -> dict[int, int]:
        found = self._admin.list_topics(topic, _TIMEOUT_S).topics[topic].partitions
        asked = {TopicPartition(topic, partition): spec for partition in found}
        answers = self._admin.list_offsets(asked)
        return {at.partition: answer.result(_TIMEOUT_S).offset for at, answer in answers.items()}

    def _read(self, topic: str, begins: dict[int, int], ends: dict[int, int]) -> Iterator[Stored]:
        unread = {partition for partition, end in ends.items() if begins[partition] < end}
        consumer = Consumer(
            {
                "bootstrap.servers": self.bootstrap,
                "group.id": "bench-reader",
                "enable.auto.commit": False,
                "enable.partition.eof": True,
            }
        )
        try:
            consumer.assign([TopicPartition(topic, p, begins[p]) for p in sorted(unread)])
            while unread:
                for record in consumer.consume(10_000, 0.1):
                    fault = record.error()
                    if fault is None:
                        stored = _stored(record)
                        if stored.offset < ends[stored.partition]:
                            yield stored
                    elif fault.code() != KafkaError._PARTITION_EOF:  # noqa: SLF001 (documented)
                        raise KafkaException(fault)
                    else:
                        unread.discard(record.partition())
        finally:
            consumer.close()


class Commits:
    """What a consumer group has committed, seen without joining it."""

    def __init__(self, bootstrap: str, group: str) -> None:
        self._consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": group})

    def close(self) -> None:
        """Let the connection go."""
        self._consumer.close()

    def of(self, topic: str, partitions: Sequence[int]) -> dict[int, int]:
        """The offset of the next record to judge in each partition; 0 where none is committed."""
        asked = [TopicPartition(topic, partition) for partition in partitions]
        try:
            answers = self._consumer.committed(asked, _TIMEOUT_S)
        except KafkaException as fault:
            if fault.args[0].code() not in _NO_COORDINATOR_YET:
                raise
            return dict.fromkeys(partitions, 0)
        return {answer.partition: max(answer.offset, 0) for answer in answers}


def _flush(producer: Producer, topic: str) -> None:
    if producer.flush(_TIMEOUT_S):
        raise TimeoutError(f"the broker did not take all records for {topic}")


def _stored(record: Message) -> Stored:
    partition, offset, value = record.partition(), record.offset(), record.value()
    assert partition is not None
    assert offset is not None
    return Stored(partition, offset, record.timestamp()[1], record.key(), value or b"")
