"""Reading topics from end to end, and saying in one line when Kafka is not there."""

import contextlib
import logging
from collections.abc import AsyncIterator, Iterator
from typing import Final

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaConnectionError, KafkaError

from agents.topics import Refused, describe
from banzhang.failure import Failure

POLL_MS: Final = 500
PARTITION_BYTES: Final = 12 << 20
"""As large as the largest record batch of any topic of ours."""


@contextlib.contextmanager
def reaching(bootstrap: str) -> Iterator[None]:
    """Turn the errors of Kafka's client, and topics that are not as they must be, into a `Failure`
    that says what to do.
    """
    # The client also logs what it raises, in its own words.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        yield
    except Refused as refused:
        raise Failure(*refused.lines) from None
    except KafkaConnectionError:
        raise Failure(
            f"no Kafka answers at {bootstrap}; start one with `banzhang up`, or name the right "
            "address by --kafka or BANZHANG_KAFKA"
        ) from None
    except KafkaError as error:
        raise Failure(
            f"Kafka at {bootstrap} answered {type(error).__name__}; look at the brokers' log"
        ) from None


def full_name(topic: str, namespace: str) -> str:
    """`chat.events` for `events`; a name with a dot is taken as it is."""
    return topic if "." in topic else f"{namespace}.{topic}"


async def records_of(
    bootstrap: str, topic: str, *, follow: bool = False
) -> AsyncIterator[ConsumerRecord]:
    """A topic's records, each partition in its order, up to the ends seen at the start.

    With `follow` it goes on for ever. Raises `Failure` for a topic that is not there.
    """
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=PARTITION_BYTES,
    )
    try:
        tps = await partitions_of(bootstrap, topic)
        await consumer.start()
        ends: dict[TopicPartition, int] = await consumer.end_offsets(tps)
        consumer.assign(tps)
        await consumer.seek_to_beginning(*tps)
        waited = {tp for tp in ends if follow or await consumer.position(tp) < ends[tp]}
        while waited:
            batches = await consumer.getmany(*waited, timeout_ms=POLL_MS)
            for tp, batch in batches.items():
                for record in batch:
                    if follow or record.offset < ends[tp]:
                        yield record
            if not follow:
                # The last offset before the end may hold nothing: compacted, or a marker.
                waited = {tp for tp in waited if await consumer.position(tp) < ends[tp]}
    finally:
        await consumer.stop()


async def partitions_of(bootstrap: str, topic: str) -> list[TopicPartition]:
    """The topic's partitions. Raises `Failure` for a topic that is not there."""
    found = (await describe(bootstrap, [topic])).get(topic)
    if found is None:
        raise Failure(
            f"there is no topic {topic} at {bootstrap}; `banzhang topics create` makes those of a "
            "namespace (--namespace)"
        )
    return [TopicPartition(topic, number) for number in range(found.partitions)]
