"""What `meta` says of generations, and what follows from it for workers and ingresses."""

import msgspec
import pytest

from agents.generations import (
    Carried,
    Generations,
    Ingress,
    Scale,
    Step,
    carried_key,
    dropped_key,
    generations_of,
    group_of,
    ingress_key,
    scale_key,
)
from streams.topology import topology


def scale(generation: int, step: Step, partitions: int = 32) -> dict[bytes, bytes]:
    change = Scale(
        generation=generation,
        before=generation - 1,
        partitions=partitions,
        partitions_before=8,
        replication=1,
        policy="0" * 32,
        step=step,
        at=1,
    )
    return {scale_key(generation): msgspec.json.encode(change)}


def test_a_cluster_that_never_changed_is_in_its_first_generation() -> None:
    known = generations_of({b"first-policy/chat.events/0": b'{"policy": "x"}', b"\xff": b"?"})

    assert (known.in_force, known.of_ingress, known.under_way) == (1, 1, None)
    assert known.older() == []


@pytest.mark.parametrize(
    ("step", "in_force", "of_ingress"),
    [("planned", 1, 1), ("switching", 1, 2), ("sealed", 1, 2), ("live", 2, 2)],
)
def test_ingresses_go_over_before_the_seal_and_workers_after_it(
    step: Step, in_force: int, of_ingress: int
) -> None:
    known = generations_of(scale(2, step))

    assert (known.in_force, known.of_ingress) == (in_force, of_ingress)
    assert (known.under_way is None) == (step == "live")


def test_a_change_that_is_under_way_says_how_to_end_it() -> None:
    change = generations_of(scale(2, "sealed")).under_way

    assert change is not None
    assert "`banzhang scale --partitions 32`" in change.is_in_the_way


def test_one_change_comes_after_another() -> None:
    known = generations_of(scale(2, "live") | scale(3, "switching"))

    assert (known.in_force, known.of_ingress) == (2, 3)
    assert known.older() == [1]


def test_generations_that_were_dropped_are_not_read_any_more() -> None:
    known = generations_of(scale(2, "live") | scale(3, "live") | {dropped_key(2): b"{}"})

    assert known.older() == [1]


def test_an_ingress_that_left_is_not_known_any_more() -> None:
    lease = msgspec.json.encode(Ingress(generation=1, until=9))
    known = Generations()

    known.take(ingress_key("adapter-1"), lease)
    known.take(ingress_key("adapter-2"), lease)
    known.take(ingress_key("adapter-1"), None)

    assert known.ingresses == {"adapter-2": Ingress(generation=1, until=9)}


def test_what_went_over_is_known_by_partition() -> None:
    value = msgspec.json.encode(Carried(41))

    assert generations_of({carried_key(2, 7): value}).carried == {2: {7: 41}}


def test_groups_and_topics_are_named_as_faust_and_the_contract_name_them() -> None:
    assert (group_of("chat", 1), group_of("chat", 3)) == ("chat.judge", "chat.judge-v3")
    assert topology("chat", generation=1).events.name == "chat.events"
    assert topology("chat", generation=3).events.name == "chat.events.3"
    assert topology("chat", generation=3).actions.name == "chat.actions"
