"""A process of its own that keeps a worker fed: `python -m bench.feeding KAFKA NAMESPACE GROUPS
BEGAN_AT SEED STAY_WEEKS COUNT AHEAD`.

It writes COUNT messages of a district as quickly as they are judged, and is never more than AHEAD
messages before the worker: the log's retention is small here, and nothing unread may fall out of it.
"""

import sys
import time
from itertools import islice
from typing import Final

from confluent_kafka import Producer

from bench.contender import PARTITIONS
from bench.district import District
from bench.topics import Commits

_LOOK: Final = 5_000
"""Messages between two looks at what is judged."""
_PAUSE_S: Final = 0.05


def main() -> None:
    """Write them."""
    kafka, namespace, *numbers = sys.argv[1:]
    groups, began_at, seed, stay_weeks, count, ahead = map(int, numbers)
    topic = f"{namespace}.events"
    district = District(groups=groups, began_at=began_at, seed=seed, stay_weeks=stay_weeks)
    commits = Commits(kafka, f"{namespace}.judge")
    producer = Producer(
        {
            "bootstrap.servers": kafka,
            "partitioner": "murmur2",
            "enable.idempotence": True,
            "linger.ms": 20,
            "queue.buffering.max.messages": 1_000_000,
        }
    )
    for number, (key, value) in enumerate(islice(district.records(), count), start=1):
        producer.produce(topic, value, key=key)
        if number % _LOOK == 0:
            producer.poll(0)
            while number - sum(commits.of(topic, range(PARTITIONS)).values()) > ahead:
                time.sleep(_PAUSE_S)
                producer.poll(0)
    if producer.flush(60.0):
        sys.exit("the broker did not take all messages")
    commits.close()


if __name__ == "__main__":
    main()
