"""Quix Streams with its State: RocksDB on disk, a changelog topic, at least once.

Messages come keyed by group, so a member's state is an entry of its group's state, which spares
Quix the repartition that a `group_by` of the member would cost.

Run as `python -m bench.peers.quix_streams` with the environment that `bench.contenders` gives it.
"""

from os import environ
from typing import Any

from quixstreams import Application, State

from bench.rules import (
    RATE,
    RATE_LIMIT,
    RATE_WINDOW_MS,
    REPEAT,
    REPEAT_LIMIT,
    REPEAT_WINDOW_MS,
)

# A checkpoint flushes the producer, the changelog and RocksDB, and commits. The default, 5 s, is
# longer than the whole run; at 10,000 messages the flush is no longer what the time goes into.
CHECKPOINT_MESSAGES = 10_000
CHECKPOINT_S = 0.5


def judge(message: dict[str, Any], state: "State[str, Any]") -> list[dict[str, Any]]:
    """The rules of `bench.rules` on a state of Quix."""
    member_id, now, text = message["member_id"], message["sent_at"], message["text"]
    member = state.get(member_id)
    if member is None:
        member = {"times": [], "rate": None, "text": None, "run": 0, "began": 0, "strikes": 0}
    actions = []
    times = member["times"] = [t for t in member["times"] if t > now - RATE_WINDOW_MS]
    times.append(now)
    if len(times) >= RATE_LIMIT:
        last = member["rate"]
        if last is None or now - last >= RATE_WINDOW_MS:
            member["rate"] = now
            actions.append(_strike(message, member, RATE))
    if text == member["text"] and now - member["began"] < REPEAT_WINDOW_MS:
        member["run"] += 1
    else:
        member["text"], member["run"], member["began"] = text, 1, now
    if member["run"] == REPEAT_LIMIT:
        actions.append(_strike(message, member, REPEAT))
    state.set(member_id, member)
    return actions


def _strike(message: dict[str, Any], member: dict[str, Any], rule: str) -> dict[str, Any]:
    member["strikes"] += 1
    return {
        "id": message["id"],
        "member_id": message["member_id"],
        "strikes": member["strikes"],
        "rule": rule,
    }


def main() -> None:
    """Run until SIGTERM."""
    app = Application(
        broker_address=environ["BENCH_KAFKA"],
        consumer_group=environ["BENCH_GROUP"],
        auto_offset_reset="earliest",
        processing_guarantee="at-least-once",
        state_dir=environ["BENCH_STATE"],
        commit_every=CHECKPOINT_MESSAGES,
        commit_interval=CHECKPOINT_S,
        producer_extra_config={"partitioner": "murmur2", "linger.ms": 5},
        loglevel="WARNING",
    )
    source = app.topic(
        environ["BENCH_SOURCE"],
        key_deserializer="bytes",
        value_deserializer="json",
    )
    actions = app.topic(environ["BENCH_ACTIONS"], key_serializer="bytes", value_serializer="json")
    frame = app.dataframe(source)
    frame = frame.apply(judge, stateful=True, expand=True)
    frame.to_topic(actions)
    app.run()


if __name__ == "__main__":
    main()
