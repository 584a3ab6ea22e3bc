"""The topics, as data: names out of a namespace, partitions, replication, configurations.

Compared with what a cluster holds at each start of a worker; workers create none.
"""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

DAY_MS: Final = 86_400_000
BATCH_BYTES_MAX: Final = 8 << 20
"""Of a hand-made record batch: below the state topic's `max.message.bytes`, with room to spare."""
PLAIN_BYTES_MAX: Final = 1 << 20
"""Kafka's own default for a record batch, less than its `max.message.bytes` by a header."""


class Topic(NamedTuple):
    """One topic as it must be. `batch_bytes` bounds the record batches written to it."""

    name: str
    partitions: int
    replication: int
    config: Mapping[str, str]
    batch_bytes: int = PLAIN_BYTES_MAX


class Found(NamedTuple):
    """One topic as a cluster holds it; `config` holds at least the keys that matter here."""

    partitions: int
    replication: int
    config: Mapping[str, str]


class Topology(NamedTuple):
    """All topics of one namespace and generation. Fields in the order of the flow."""

    events: Topic
    actions: Topic
    outcomes: Topic
    dead: Topic
    sightings: Topic
    policies: Topic
    meta: Topic
    state: Topic


def topology(
    namespace: str = "chat", *, partitions: int = 8, replication: int = 1, generation: int = 1
) -> Topology:
    """The topics of `namespace`.

    The events topic and the state's belong to a generation and have as many partitions as each
    other: one changelog partition a source partition. The compacted small ones have one.
    """
    suffix = "" if generation == 1 else f".{generation}"
    durable = {"min.insync.replicas": "2" if replication > 2 else "1"}
    deleted = {"cleanup.policy": "delete", **durable}
    compacted = {"cleanup.policy": "compact", **durable}

    def topic(name: str, count: int, config: Mapping[str, str], size: int) -> Topic:
        return Topic(f"{namespace}.{name}", count, replication, config, size)

    def kept(days: int, **more: str) -> dict[str, str]:
        named = {key.replace("_", "."): value for key, value in more.items()}
        return {**deleted, "retention.ms": str(days * DAY_MS), **named}

    return Topology(
        events=topic(
            f"events{suffix}",
            partitions,
            # The log's own time bounds `sent_at`: no sender's clock may move a group ahead.
            # 2 MiB: a record of more than 1 MiB must arrive, to be a dead letter.
            kept(7, message_timestamp_type="LogAppendTime", max_message_bytes=str(2 << 20)),
            # A record of 1 MiB is judged, so a copy of it must have room beside a header.
            2 * 1_000_000,
        ),
        actions=topic("actions", partitions, kept(30), PLAIN_BYTES_MAX),
        outcomes=topic("outcomes", partitions, kept(7), PLAIN_BYTES_MAX),
        # A record of 2 MiB in base64, and its coordinates.
        dead=topic("dead", partitions, kept(30, max_message_bytes=str(4 << 20)), 4 * 1_000_000),
        sightings=topic("sightings", partitions, kept(7), PLAIN_BYTES_MAX),
        policies=topic(
            "policies", 1, {**compacted, "max.message.bytes": str(4 << 20)}, 4 * 1_000_000
        ),
        # Each ingress says every few seconds that it lives: only closed segments are compacted.
        meta=topic("meta", 1, {**compacted, "segment.ms": "600000"}, PLAIN_BYTES_MAX),
        state=topic(f"state{suffix}", partitions, {**compacted, **_STATE}, BATCH_BYTES_MAX),
    )


_STATE: Final[Mapping[str, str]] = {
    # A group's changes are one record batch, and it must fit.
    "max.message.bytes": str(12 << 20),
    # Compaction keeps the last record, not the one of the higher place. The lag must outlast the
    # detection of a foreign write (seconds), and the segment bounds what recovery reads twice.
    "min.compaction.lag.ms": "600000",
    "segment.ms": "600000",
    # The start of a compacted log is read at each recovery; tombstones must outlive one.
    "delete.retention.ms": str(DAY_MS),
    "min.cleanable.dirty.ratio": "0.2",
}


def differences(found: Mapping[str, Found], wanted: Iterable[Topic]) -> list[str]:
    """What is wrong with the topics of a cluster, one line each, with the mend; empty if nothing.

    A replication that is higher than wanted is no fault, nor is a configuration not named here.
    """
    lines = []
    for topic in wanted:
        there = found.get(topic.name)
        if there is None:
            lines.append(f"{topic.name} is missing; run `banzhang topics create`")
            continue
        if there.partitions != topic.partitions:
            lines.append(
                f"{topic.name} has {there.partitions} partitions instead of {topic.partitions}; "
                f"name --partitions {there.partitions}, or change them by `banzhang scale`"
            )
        if there.replication < topic.replication:
            lines.append(
                f"{topic.name} has {there.replication} replicas instead of {topic.replication}; "
                "use kafka-reassign-partitions, or name the right number"
            )
        lines.extend(_config_differences(topic, there.config))
    return lines


def _config_differences(topic: Topic, found: Mapping[str, str]) -> list[str]:
    return [
        f"{topic.name} has {key}={found.get(key)} instead of {value}; "
        f"kafka-configs --alter --entity-type topics --entity-name {topic.name} "
        f"--add-config {key}={value}"
        for key, value in topic.config.items()
        if found.get(key) != value
    ]
