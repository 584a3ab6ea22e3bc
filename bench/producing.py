"""A process of its own that writes messages at a steady rate, as an ingress would.

`python -m bench.producing KAFKA TOPIC BEGAN_AT SKIP COUNT RATE FILE` makes the workload that begins
at BEGAN_AT, skips its first SKIP messages, writes the next COUNT to TOPIC at RATE a second, and
writes the moment of each message's produce call to FILE: a JSON list of seconds of the wall clock.
"""

import sys
import time
from pathlib import Path

import orjson
from confluent_kafka import Producer

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
            "linger.ms": 0,
        }
    )
    # The first request also fetches the topic's metadata: nobody's latency.
    producer.list_topics(topic, 30.0)
    moments: list[float] = []
    began = time.perf_counter()
    for number, (key, value, sent_at) in enumerate(records):
        while (early := began + number / float(rate) - time.perf_counter()) > 0:
            producer.poll(min(early, 0.001))
        moments.append(time.time())
        producer.produce(topic, value, key=key, timestamp=sent_at)
    if producer.flush(30.0):
        sys.exit("the broker did not take all messages")
    Path(file).write_bytes(orjson.dumps(moments))


if __name__ == "__main__":
    main()
