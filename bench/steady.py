"""A process of its own that writes to a district until it is ended: one message in four is an ad.

`python -m bench.steady KAFKA TOPIC MEMBERS RATE` writes RATE messages a second, of now, by members
of the week in `bench.week`, in its groups. Each ad leads to actions.
"""

import sys
import time
from itertools import count
from random import Random

from confluent_kafka import Producer

from bench.texts import draw
from bench.week import FIRST_GROUP, FIRST_MEMBER, MEMBERS_PER_GROUP
from bench.workload import SEED, Message

AD = "代办文凭，加微信 banli8888"
_ADS = 4


def main() -> None:
    """Write."""
    kafka, topic, members, rate = sys.argv[1:]
    rnd = Random(SEED)
    producer = Producer(
        {"bootstrap.servers": kafka, "partitioner": "murmur2", "enable.idempotence": True}
    )
    began = time.perf_counter()
    for number in count():
        while (early := began + number / float(rate) - time.perf_counter()) > 0:
            producer.poll(early)
        member = rnd.randrange(int(members))
        message = Message(
            id=f"now{time.time_ns()}",
            group_id=str(FIRST_GROUP + member // MEMBERS_PER_GROUP),
            member_id=str(FIRST_MEMBER + member),
            sent_at=time.time_ns() // 1_000_000,
            text=draw(rnd) if number % _ADS else AD,
        )
        producer.produce(topic, message.value, key=message.key)


if __name__ == "__main__":
    main()
