import asyncio

import pytest
from aiokafka import TopicPartition

from agents.ledger import Ledger
from tests.agents.fakes import Left

TP = TopicPartition("t.events", 0)


def begun(first: int = 0, committed: int | None = None) -> Ledger:
    ledger = Ledger()
    ledger.begin(TP, first, committed)
    return ledger


def test_a_confirm_that_follows_the_last_one_is_due_for_a_commit() -> None:
    ledger = begun()

    ledger.confirm(TP, 0, 5)
    ledger.confirm(TP, 5, 9)

    assert ledger.due() == {TP: 9}


@pytest.mark.parametrize("first", [4, 6])
def test_a_confirm_over_a_hole_or_over_what_is_settled_ends_the_process(first: int) -> None:
    ledger = begun()
    ledger.confirm(TP, 0, 5)

    with pytest.raises(Left, match=r"exit hole: .*due 5, came"):
        ledger.confirm(TP, first, 9)

    assert ledger.due() == {TP: 5}


def test_a_hole_is_found_before_anything_is_written() -> None:
    with pytest.raises(Left, match="exit hole"):
        begun(3).check(TP, 7)


def test_only_the_answer_of_the_group_counts_as_a_commit() -> None:
    ledger = begun()
    ledger.confirm(TP, 0, 5)
    assert ledger.due() == {TP: 5}

    ledger.committed([(TP, 5)])

    assert ledger.due() == {}


def test_an_answer_for_a_partition_that_was_let_go_is_ignored() -> None:
    ledger = begun()

    ledger.committed([(TopicPartition("t.events", 1), 5)])

    assert ledger.due() == {TP: 0}


def test_a_partition_begun_in_this_assignment_keeps_its_place() -> None:
    ledger = begun()
    ledger.confirm(TP, 0, 5)

    ledger.begin(TP, 0, None)

    assert ledger.due() == {TP: 5}


async def test_a_handover_waits_for_the_settle_in_hand() -> None:
    ledger = begun()
    order = []

    async def settle() -> None:
        async with ledger.turn("t.events"):
            order.append("settling")
            await asyncio.sleep(0)
            ledger.confirm(TP, 0, 5)
            order.append("settled")

    async def hand_over() -> None:
        async with ledger.handover(5):
            order.append("handed over")
            assert ledger.due() == {TP: 5}

    await asyncio.gather(settle(), hand_over())

    assert order == ["settling", "settled", "handed over"]
    assert ledger.due() == {}
    assert ledger.epoch == 1


async def test_nothing_is_judged_during_a_handover() -> None:
    ledger = begun()
    ledger.turn("t.events")

    async with ledger.handover(5):
        assert ledger.turn("t.events").locked()


async def test_a_settle_that_does_not_end_in_time_ends_the_process() -> None:
    ledger = begun()

    async with ledger.turn("t.events"):
        with pytest.raises(Left, match="exit handover"):
            async with ledger.handover(0.01):
                pass


def test_a_partition_without_progress_is_named_after_its_time() -> None:
    ledger = begun()

    assert ledger.starved(60, "t.events") is None
    assert ledger.starved(-1, "t.outcomes") is None
    assert ledger.starved(-1, "t.events") == TP
