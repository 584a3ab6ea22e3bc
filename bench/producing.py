"""A process of its own that writes messages at a steady rate, as an ingress would.

`python -m bench.producing KAFKA TOPIC BEGAN_AT SKIP COUNT RATE FILE` makes the workload that begins
at BEGAN_AT, skips its first SKIP messages and writes the next COUNT to TOPIC at RATE a second. FILE
then tells of each message when it was handed to the client and when the broker had acknowledged
it: JSON, two lists of the wall clock's seconds, `written` and `acknowledged`.
"""

import sys
import time
from functools import partial
from pathlib import Path

import orjson
from confluent_kafka import KafkaError, KafkaException, Message, Producer

from bench.workload import Workload


def main() -> None:
    """Write them."""
    kafka, topic, began_at, skip, count, rate, file = sys.argv[1:]
    workload = Workload.make(int(skip) + int(count), int(began_at))
    records = [(m.key, m.value, m.sent_at) for m in workload.messages[int(skip) :]]
    producer = Producer(
        {
            "bootstrap.servers": kafka,
            "partitioner": "murmur2",
            "acks": "all",
            "linger.ms": 1,
            # With no bound each message is a request of its own, however many wait for an answer,
            # and at this rate the broker falls behind on those alone.
            "max.in.flight.requests.per.connection": 5,
        }
    )
    # The first request also fetches the topic's metadata: nobody's latency.
    producer.list_topics(topic, 30.0)
    written = [0.0] * len(records)
    acknowledged = [0.0] * len(records)

    def note(number: int, fault: KafkaError | None, _: Message) -> None:
        if fault is not None:
            raise KafkaException(fault)
        acknowledged[number] = time.time()

    began = time.perf_counter()
    for number, (key, value, sent_at) in enumerate(records):
        while (early := began + number / float(rate) - time.perf_counter()) > 0:
            producer.poll(min(early, 0.001))
        written[number] = time.time()
        producer.produce(
            topic, value, key=key, timestamp=sent_at, on_delivery=partial(note, number)
        )
    if producer.flush(30.0):
        sys.exit("the broker did not take all messages")
    Path(file).write_bytes(orjson.dumps({"written": written, "acknowledged": acknowledged}))


if __name__ == "__main__":
    main()
