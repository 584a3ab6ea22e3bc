"""When a worker gives way to the next generation's, and from where that one reads."""

import os
import signal

import msgspec
import pytest
from aiokafka import TopicPartition
from prometheus_client import REGISTRY

from agents import succession
from agents.assignment import Assignment
from agents.generations import Generations, Scale
from agents.lease import Lease
from agents.ledger import Ledger
from agents.settings import Settings
from agents.succession import Succession, forwarded_topics, inherited
from agents.worker import Ground, new_worker, the_core
from streams.topology import topology
from tests.agents.fakes import EVENTS, keeper_of


def live(generation: int) -> Scale:
    return Scale(
        generation=generation,
        before=generation - 1,
        partitions=4,
        partitions_before=2,
        replication=1,
        policy="",
        step="live",
        at=1,
    )


def test_a_worker_asks_once_for_its_clean_end_when_a_later_generation_is_in_force(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "kill", lambda pid, number: sent.append((pid, number)))
    mine = Succession(2)

    mine.look(Generations(scales={2: live(2)}))
    assert sent == []
    for _ in range(2):
        mine.look(Generations(scales={2: live(2), 3: live(3)}))

    assert mine.is_due
    assert sent == [(os.getpid(), signal.SIGTERM)]


def test_a_worker_that_somebody_asked_to_end_does_not_begin_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Before the generation was in force, or while the worker ends for it."""
    monkeypatch.setattr(os, "kill", lambda pid, number: None)
    later = Generations(scales={2: live(2)})
    before, beside, unasked = Succession(1), Succession(1), Succession(1)

    before.note_signal()
    before.look(later)
    beside.look(later)
    beside.note_signal()
    beside.note_signal()
    unasked.look(later)
    unasked.note_signal()

    assert (before.is_due, beside.is_due, unasked.is_due) == (False, False, True)


def test_a_change_under_way_is_told_once_a_step_and_measured(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It may have been cut off, and messages wait until it ends."""
    mine, measured = Succession(2), []

    for step in ("planned", "switching", "switching", "sealed", "sealed", None):
        change = msgspec.structs.replace(live(3), step=step) if step else live(2)
        mine.look(Generations(scales={2: live(2), change.generation: change}))
        measured.append(REGISTRY.get_sample_value("banzhang_partition_change"))

    assert measured == [0, 1, 1, 1, 1, 0]
    assert [message.split("`")[1] for message in caplog.messages] == ["switching", "sealed"]


def test_ticks_are_held_from_when_ingresses_go_over_until_the_seals_are_written() -> None:
    mine = Succession(2)
    held = []

    for step in ("planned", "switching", "sealed"):
        change = msgspec.structs.replace(live(3), step=step, at=77)
        mine.look(Generations(scales={2: live(2), 3: change}))
        held.append((mine.held_at, mine.is_changing))

    assert held == [(None, False), (77, True), (None, True)]


def test_a_worker_that_starts_in_the_middle_of_a_change_knows_it_from_its_first_tick_on() -> None:
    settings = Settings.of({})
    change = msgspec.structs.replace(live(2), step="switching", at=77)
    ground = Ground(topology("t"), Generations(scales={2: change}), {})

    worker = new_worker(settings, ground, the_core(settings))

    assert worker.upkeep.succession.held_at == 77
    assert worker.upkeep.succession.is_changing


async def test_the_first_generation_inherits_nothing() -> None:
    assert await inherited("nowhere", "t", Generations(), "t.outcomes") == {}


async def test_a_generation_reads_on_behind_the_seals_and_where_those_before_left_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What the one just before left nothing of, it had no time to commit."""
    left = {
        "t.judge": {
            TopicPartition("t.outcomes", 0): 60,
            TopicPartition("t.outcomes", 1): 61,
            TopicPartition("t.events", 0): 4,
        },
        "t.judge-v2": {
            TopicPartition("t.outcomes", 0): 70,
            TopicPartition("t.events", 1): 40,
            TopicPartition("t.events.2", 0): 99,
        },
    }

    async def committed(bootstrap: str, group: str) -> dict[TopicPartition, int]:
        return left[group]

    monkeypatch.setattr(succession, "committed", committed)
    carried = {2: {0: 5, 1: 30}, 3: {0: 90, 1: 12}}
    known = Generations(scales={2: live(2), 3: live(3)}, carried=carried)

    found = await inherited("nowhere", "t", known, "t.outcomes")

    assert found == {
        TopicPartition("t.outcomes", 0): 70,
        TopicPartition("t.outcomes", 1): 61,
        TopicPartition("t.events", 0): 6,
        TopicPartition("t.events", 1): 40,
        TopicPartition("t.events.2", 0): 91,
        TopicPartition("t.events.2", 1): 13,
    }


def test_earlier_topics_are_forwarded_while_they_are_there() -> None:
    known = Generations(scales={2: live(2), 3: live(3)}, dropped={2})

    assert forwarded_topics("t", known) == ["t.events"]


def test_what_the_group_committed_goes_before_what_it_inherits() -> None:
    keeper = keeper_of()
    old, own = TopicPartition("t.events.1", 0), TopicPartition(EVENTS, 0)
    assignment = Assignment(
        ledger=Ledger(),
        keeper=keeper,
        lease=Lease(10),
        judged=EVENTS,
        handover_s=5,
        inherited={old: 30, own: 30},
    )

    begun = assignment.begin(0, {old: 2, own: 2}, {old: None, own: 4})

    assert begun == {old: 30, own: 4}
