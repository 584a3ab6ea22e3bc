"""What a good engineer writes by hand: confluent-kafka, orjson, dictionaries, one changelog.

At least once with a fence by offset: actions are acknowledged before states, states before the
offsets are committed, and a state that holds a message already does not take it again. Both
writes go out in bulk and are waited for once a batch. States are kept decoded, and are written
once a batch to the changelog's partition of the same number, from which an assignment reads them.

Run as `python -m bench.peers.loop_by_hand` with the environment that `bench.contenders` gives it.
"""

import signal
from os import environ
from typing import Any

import orjson
from confluent_kafka import (
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    Producer,
    TopicPartition,
)

from bench.rules import (
    RATE,
    RATE_LIMIT,
    RATE_WINDOW_MS,
    REPEAT,
    REPEAT_LIMIT,
    REPEAT_WINDOW_MS,
)

BATCH_MAX = 4_000
# consume() waits for a full batch or for this long: short, or a light load would pay for it in
# latency; a backlog fills the batch at once anyway.
BATCH_WAIT_S = 0.01
_TIMEOUT_S = 15.0

# A member's state, a list so that it is written as it is: where these stand in it.
PLACE, TIMES, RATE_FOUND_AT, TEXT, RUN, RUN_BEGAN_AT, STRIKES = range(7)
State = list[Any]


class Loop:
    """The states of the partitions in hand, and how a batch of messages changes them."""

    def __init__(self, kafka: str, source: str, actions: str, changelog: str) -> None:
        self._kafka, self._source = kafka, source
        self._actions, self._changelog = actions, changelog
        self._states: dict[int, dict[bytes, State]] = {}
        self._producer = Producer(
            {
                "bootstrap.servers": kafka,
                "enable.idempotence": True,
                "partitioner": "murmur2",
                "linger.ms": 5,
                "queue.buffering.max.messages": 1_000_000,
            }
        )

    def settle(self, consumer: Consumer, batch: list[Message]) -> None:
        """Judge a batch and make it durable, in the order that forgives a crash anywhere."""
        changed: dict[tuple[int, bytes], State] = {}
        following: dict[int, int] = {}
        for record in batch:
            if record.error():
                raise KafkaException(record.error())
            partition, offset, key, value = (
                record.partition(),
                record.offset(),
                record.key(),
                record.value(),
            )
            assert partition is not None
            assert offset is not None
            assert value is not None
            following[partition] = offset + 1
            message = orjson.loads(value)
            member = f"{message['group_id']}|{message['member_id']}".encode()
            states = self._states[partition]
            state = states.get(member)
            if state is None:
                state = states[member] = [-1, [], None, None, 0, 0, 0]
            elif offset <= state[PLACE]:
                continue
            state[PLACE] = offset
            changed[partition, member] = state
            for rule, strikes in judge(state, message["sent_at"], message["text"]):
                action = {
                    "id": message["id"],
                    "member_id": message["member_id"],
                    "strikes": strikes,
                    "rule": rule,
                }
                self._producer.produce(self._actions, orjson.dumps(action), key=key)
        self._flush()
        for (partition, member), state in changed.items():
            self._producer.produce(self._changelog, orjson.dumps(state), member, partition)
        self._flush()
        offsets = [TopicPartition(self._source, p, offset) for p, offset in following.items()]
        # Not waited for: a commit that gets lost is made good by the next one, and what comes again
        # after a crash is behind the fence. To wait costs a tenth to a third of the speed.
        consumer.commit(offsets=offsets, asynchronous=True)

    def recover(self, _: Consumer, assigned: list[TopicPartition]) -> None:
        """Read the states of the partitions that came, before their first message."""
        reader = Consumer(
            {
                "bootstrap.servers": self._kafka,
                "group.id": "unused",
                "enable.auto.commit": False,
                "enable.partition.eof": True,
            }
        )
        self._states.update({given.partition: {} for given in assigned})
        reader.assign([TopicPartition(self._changelog, given.partition, 0) for given in assigned])
        unread = len(assigned)
        while unread:
            for record in reader.consume(10_000, 0.1):
                fault, partition, key, value = (
                    record.error(),
                    record.partition(),
                    record.key(),
                    record.value(),
                )
                if fault is not None and fault.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 (documented)
                    unread -= 1
                elif fault is not None:
                    raise KafkaException(fault)
                else:
                    assert partition is not None
                    assert key is not None
                    assert value is not None
                    self._states[partition][key] = orjson.loads(value)
        reader.close()

    def release(self, _: Consumer, revoked: list[TopicPartition]) -> None:
        """Forget the states of partitions that went: another process changes them now."""
        for taken in revoked:
            self._states.pop(taken.partition, None)

    def _flush(self) -> None:
        if self._producer.flush(_TIMEOUT_S):
            raise TimeoutError("the broker did not acknowledge in time")


def judge(state: State, now: int, text: str) -> list[tuple[str, int]]:
    """The rules of `bench.rules` on a state of this program."""
    found = []
    times = state[TIMES] = [t for t in state[TIMES] if t > now - RATE_WINDOW_MS]
    times.append(now)
    if len(times) >= RATE_LIMIT:
        last = state[RATE_FOUND_AT]
        if last is None or now - last >= RATE_WINDOW_MS:
            state[RATE_FOUND_AT] = now
            state[STRIKES] += 1
            found.append((RATE, state[STRIKES]))
    if text == state[TEXT] and now - state[RUN_BEGAN_AT] < REPEAT_WINDOW_MS:
        state[RUN] += 1
    else:
        state[TEXT], state[RUN], state[RUN_BEGAN_AT] = text, 1, now
    if state[RUN] == REPEAT_LIMIT:
        state[STRIKES] += 1
        found.append((REPEAT, state[STRIKES]))
    return found


def main() -> None:
    """Run until SIGTERM."""
    kafka, source = environ["BENCH_KAFKA"], environ["BENCH_SOURCE"]
    loop = Loop(kafka, source, environ["BENCH_ACTIONS"], environ["BENCH_CHANGELOG"])
    consumer = Consumer(
        {
            "bootstrap.servers": kafka,
            "group.id": environ["BENCH_GROUP"],
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "session.timeout.ms": 6_000,
        }
    )
    consumer.subscribe([source], on_assign=loop.recover, on_revoke=loop.release)
    running = True

    def stop(_number: int, _frame: object) -> None:
        nonlocal running
        running = False

    signal.signal(signal.SIGTERM, stop)
    while running:
        batch = consumer.consume(BATCH_MAX, BATCH_WAIT_S)
        if batch:
            loop.settle(consumer, batch)
    consumer.close()


if __name__ == "__main__":
    main()
