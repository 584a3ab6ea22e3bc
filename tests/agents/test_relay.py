from collections.abc import Callable

import orjson
import pytest
from aiokafka import TopicPartition

from agents.exits import leave
from agents.lease import Lease
from agents.ledger import Ledger
from agents.limits import RejectLimit
from agents.relay import Relay
from schemas.event import OutcomeSeen, Rejected, decode_event
from streams.outcomes import event_of
from tests.agents.fakes import TOPICS, FakeOutbox, Left, fetch_of

OUTCOMES = TOPICS.outcomes.name
TP = TopicPartition(OUTCOMES, 0)
GOOD = orjson.dumps(
    {"action_id": "a1", "platform": "qq", "group_id": "g", "status": "done", "at": 1_000}
)


def test_an_outcome_becomes_an_event_of_its_groups_log() -> None:
    answer = event_of(GOOD)

    assert not isinstance(answer, Rejected)
    key, value = answer
    assert key == b"qq:g"
    assert decode_event(value) == OutcomeSeen(
        id="a1/done",
        platform="qq",
        group_id="g",
        sent_at=1_000,
        action_id="a1",
        status="done",
        at=1_000,
    )


@pytest.mark.parametrize(
    "value",
    [
        None,
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b"[" * 10_000,
        GOOD.replace(b"done", b"gone"),
        GOOD.replace(b"1000", b"-1"),
        GOOD.replace(b'"g"', b'"\\ud800"'),
        b" " * (1 << 20) + GOOD,
    ],
)
def test_what_is_no_outcome_is_rejected(value: bytes | None) -> None:
    assert isinstance(event_of(value), Rejected)


def bridge(
    outbox: FakeOutbox, in_row_max: int = 10, is_over: Callable[[], bool] = lambda: False
) -> Relay:
    ledger = Ledger()
    ledger.begin(TP, 0, None)
    return Relay(
        event_of,
        topics=TOPICS,
        ledger=ledger,
        outbox=outbox,
        lease=Lease(10),
        limit=RejectLimit(in_row_max, 1.0),
        is_over=is_over,
    )


def records(outbox: FakeOutbox, topic: str) -> int:
    return sum(len(log) for tp, log in outbox.logs.items() if tp.topic == topic)


async def test_events_are_appended_and_bad_outcomes_buried_before_the_confirm() -> None:
    outbox = FakeOutbox()
    mine = bridge(outbox)

    await mine.settle(fetch_of(GOOD, b"bad", GOOD, topic=OUTCOMES))

    assert records(outbox, TOPICS.events.name) == 2
    assert records(outbox, TOPICS.dead.name) == 1
    assert mine.ledger.due() == {TP: 3}


async def test_a_write_that_fails_ends_the_process_before_the_confirm() -> None:
    async def before(topics: set[str]) -> None:
        leave("producer")

    mine = bridge(FakeOutbox(before))
    with pytest.raises(Left, match="exit producer"):
        await mine.settle(fetch_of(GOOD, topic=OUTCOMES))

    assert mine.ledger.lines[TP].next == 0


async def test_a_fetch_of_an_older_assignment_is_dropped() -> None:
    outbox = FakeOutbox()

    await bridge(outbox).settle(fetch_of(GOOD, epoch=3, topic=OUTCOMES))

    assert outbox.calls == []


async def test_too_many_bad_outcomes_end_the_process() -> None:
    with pytest.raises(Left, match="exit rejects"):
        await bridge(FakeOutbox(), in_row_max=1).settle(fetch_of(b"1", b"2", topic=OUTCOMES))


async def test_what_comes_while_partitions_change_is_left_to_the_next_generation() -> None:
    """It would go on from behind the seal, beside what comes after it."""
    outbox, over = FakeOutbox(), [False, True]
    relay = bridge(outbox, is_over=lambda: over.pop(0))

    await relay.settle(fetch_of(GOOD, topic=OUTCOMES))
    await relay.settle(fetch_of(GOOD, first=1, topic=OUTCOMES))

    assert records(outbox, TOPICS.events.name) == 1
    assert relay.ledger.due() == {TP: 1}
