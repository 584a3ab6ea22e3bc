import pytest

from agents.outbox import BATCH_HEADER_BYTES, RECORD_OVERHEAD_BYTES
from schemas.dead import KEY_BYTES_MAX
from schemas.event import RECORD_BYTES_MAX
from streams.topology import Found, differences, topology

WANTED = topology("chat", partitions=8, replication=3)
RIGHT = {topic.name: Found(topic.partitions, topic.replication, topic.config) for topic in WANTED}


def test_the_names_begin_with_the_namespace_and_later_generations_with_new_logs() -> None:
    first, second = topology("school7"), topology("school7", generation=2)

    assert all(topic.name.startswith("school7.") for topic in first)
    assert (first.events.name, second.events.name) == ("school7.events", "school7.events.2")
    assert (first.state.name, second.state.name) == ("school7.state", "school7.state.2")
    assert first.actions.name == second.actions.name


def test_there_is_one_changelog_partition_for_each_source_partition() -> None:
    assert WANTED.state.partitions == WANTED.events.partitions == 8


def test_a_stray_of_the_largest_size_and_its_key_fit_the_events_topic() -> None:
    largest = RECORD_BYTES_MAX + KEY_BYTES_MAX

    assert largest + RECORD_OVERHEAD_BYTES + BATCH_HEADER_BYTES <= WANTED.events.batch_bytes
    assert WANTED.events.batch_bytes < int(WANTED.events.config["max.message.bytes"])


def test_right_topics_have_no_differences() -> None:
    assert differences(RIGHT, WANTED) == []


def test_more_replicas_and_other_settings_are_no_fault() -> None:
    more = {
        name: Found(found.partitions, 5, {**found.config, "segment.bytes": "1"})
        for name, found in RIGHT.items()
    }

    assert differences(more, WANTED) == []


@pytest.mark.parametrize(
    ("name", "found", "words"),
    [
        ("chat.state", None, "chat.state is missing; run `banzhang topics create`"),
        ("chat.events", {"partitions": 4}, "chat.events has 4 partitions instead of 8"),
        ("chat.dead", {"replication": 1}, "chat.dead has 1 replicas instead of 3"),
        (
            "chat.state",
            {"config": {**WANTED.state.config, "cleanup.policy": "delete"}},
            "chat.state has cleanup.policy=delete instead of compact; kafka-configs --alter",
        ),
    ],
)
def test_a_difference_is_said_with_its_mend(
    name: str, found: dict[str, object] | None, words: str
) -> None:
    there = dict(RIGHT)
    if found is None:
        del there[name]
    else:
        there[name] = there[name]._replace(**found)  # type: ignore[arg-type]

    [line] = differences(there, WANTED)
    assert line.startswith(words)


def test_leases_of_ingresses_are_compacted_away_within_minutes() -> None:
    """Whoever starts reads the topic from its beginning."""
    assert int(WANTED.meta.config["segment.ms"]) <= 600_000
    assert WANTED.meta.config["cleanup.policy"] == "compact"
