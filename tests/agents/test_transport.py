"""The consumer of ours over Faust's, without a broker: spans, gaps, commits, the handover."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping
from contextlib import nullcontext
from typing import Any, ClassVar, cast

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import CommitFailedError
from faust.types import TP

from agents.app import feed, new_app
from agents.assignment import Assignment
from agents.fetch import Fetch
from agents.keeper import Owned
from agents.lease import Lease
from agents.ledger import Ledger
from agents.settings import Settings
from agents.transport import BACKLOG, CALM, Desk, FetchConsumer, FetchThread, Pace
from tests.agents.fakes import EVENTS, Left, Logged, keeper_of
from tests.agents.tally import Tally

P0, P1 = TopicPartition(EVENTS, 0), TopicPartition(EVENTS, 1)


class Consumer(FetchConsumer):
    """Faust's thread and queue are answered by hand."""

    taken: list[Fetch]
    sought: list[Mapping[TP, int]]
    commits: list[Mapping[TP, int]]
    answers: list[bool]

    async def seek_wait(self, partitions: Mapping[TP, int]) -> None:
        self.sought.append(dict(partitions))

    async def earliest_offsets(self, *partitions: TP) -> Mapping[TP, int]:
        return dict.fromkeys(partitions, 2)

    async def seek_to_committed(self) -> Mapping[TP, int]:
        return {TP(*P0): 7, TP(*P1): None}  # type: ignore[dict-item]

    def assignment(self) -> set[TP]:
        return {TP(*P0), TP(*P1)}


@pytest.fixture
async def consumer(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Consumer]:
    """A consumer that has partition 0, begun at offset 0."""
    ledger = Ledger()
    keeper = keeper_of()
    app = new_app(Settings.of({}), 1)
    assignment = Assignment(
        ledger=ledger, keeper=keeper, lease=Lease(10), judged=EVENTS, handover_s=5
    )
    desk = Desk(assignment, frozenset({EVENTS}), 1 << 20)
    feed(app, desk)
    replace(app.transport, "Consumer", Consumer)
    made = cast(Consumer, app.consumer)
    made.taken, made.sought, made.commits, made.answers = [], [], [], []

    async def callback(message: Any) -> None:
        made.taken.append(message.value)

    async def commit(offsets: Mapping[TP, int]) -> bool:
        made.commits.append(dict(offsets))
        return made.answers.pop(0) if made.answers else True

    async def flush() -> None:
        """Faust's own producer has nothing."""

    made.callback = callback
    monkeypatch.setattr(made._thread, "commit", commit)
    monkeypatch.setattr(app.producer, "flush", flush)
    keeper.owned[0] = Owned(0, Tally(), 0)
    ledger.begin(P0, 0, None)
    made._read_offset[TP(*P0)] = 0
    yield made
    made._thread.thread_loop.close()


def replace(owner: object, name: str, stand_in: object) -> None:
    """Put something in the place of a method, for the life of its owner."""
    setattr(owner, name, stand_in)


def records(*offsets: int, number: int = 0) -> list[Logged]:
    return [Logged(b"qq:g", b"x", offset, 1, partition=number) for offset in offsets]


async def drain(consumer: Consumer, fetched: Mapping[TopicPartition, list[Logged]]) -> None:
    async def wait_next_records(_: float) -> Any:
        return fetched, None

    replace(consumer, "_wait_next_records", wait_next_records)
    replace(consumer, "_to_message", lambda tp, record: record)
    await consumer._drain_one()


async def test_one_event_is_one_fetch_of_all_partitions(consumer: Consumer) -> None:
    consumer._read_offset[TP(*P1)] = 5

    await drain(consumer, {P0: records(0, 1), P1: records(5, number=1)})

    [fetch] = consumer.taken
    assert {tp: (span.first, span.following) for tp, span in fetch.spans.items()} == {
        P0: (0, 2),
        P1: (5, 6),
    }
    assert fetch.epoch == consumer.desk.ledger.epoch


async def test_what_was_read_already_is_left_out_if_the_log_is_still_the_same(
    consumer: Consumer,
) -> None:
    looks = []

    async def look() -> None:
        looks.append(consumer._read_offset[TP(*P0)])

    replace(consumer.desk.assignment.keeper, "look_for_another_log", look)

    await drain(consumer, {P0: records(0, 1)})
    await drain(consumer, {P0: records(0, 1)})
    await drain(consumer, {P0: records(1, 2)})

    assert [fetch.spans[P0][:2] for fetch in consumer.taken] == [(0, 2), (2, 3)]
    assert looks == [2], "only records that all lie behind what is due are a reason to look"


async def test_a_gap_is_read_again_before_it_is_believed(consumer: Consumer) -> None:
    await drain(consumer, {P0: records(4, 5)})
    assert consumer.taken == []
    assert consumer.sought == [{P0: 0}]

    await drain(consumer, {P0: records(0, 1, 2, 3, 4, 5)})
    assert consumer.taken[0].spans[P0][:2] == (0, 6)


async def test_offsets_that_hold_no_record_are_settled_with_the_next_ones(
    consumer: Consumer, caplog: pytest.LogCaptureFixture
) -> None:
    await drain(consumer, {P0: records(4, 5)})
    await drain(consumer, {P0: records(4, 5)})

    assert consumer.taken[0].spans[P0][:2] == (0, 6)
    assert "no records in 0-4" in caplog.text


async def test_a_fetch_that_was_taken_for_an_older_assignment_is_dropped(
    consumer: Consumer,
) -> None:
    async def wait_next_records(_: float) -> Any:
        consumer.desk.ledger.epoch += 1
        return {P0: records(0)}, None

    replace(consumer, "_wait_next_records", wait_next_records)
    await consumer._drain_one()

    assert consumer.taken == []


async def test_what_came_around_a_handover_is_read_again_without_waiting_for_the_next_record(
    consumer: Consumer,
) -> None:
    """A fetch that was asked for before a short handover may bring the first records after it."""

    async def wait_next_records(_: float) -> Any:
        await consumer.hand_over()
        await consumer.perform_seek()
        consumer.sought.clear()
        return {P0: records(7)}, None

    replace(consumer, "_wait_next_records", wait_next_records)
    await consumer._drain_one()

    assert consumer.taken == []
    assert consumer.sought == [{P0: 7}]


async def test_what_came_behind_a_handover_is_nobodys_until_it_is_said_where_to_begin(
    consumer: Consumer,
) -> None:
    await consumer.hand_over()

    await drain(consumer, {P0: records(0)})

    assert consumer.taken == []
    assert consumer.sought == []


async def test_a_seek_that_a_handover_overtook_begins_nothing(consumer: Consumer) -> None:
    """Its lines would be the next assignment's: with offsets that others may have passed since,
    and read twice at a time.
    """

    async def earliest_offsets(*partitions: TP) -> Mapping[TP, int]:
        await consumer.hand_over()
        return dict.fromkeys(partitions, 2)

    replace(consumer, "earliest_offsets", earliest_offsets)
    await consumer.perform_seek()

    assert consumer.desk.ledger.lines == {}
    assert consumer._read_offset[TP(*P0)] is None
    assert consumer.sought == []


async def test_a_delivery_that_the_flow_cut_off_is_not_counted_as_read(
    consumer: Consumer,
) -> None:
    async def callback(message: Any) -> None:
        await asyncio.Event().wait()

    consumer.callback = callback
    consumer.suspend_flow.set()
    await drain(consumer, {P0: records(0, 1)})

    assert consumer._read_offset[TP(*P0)] == 0


async def test_a_partition_that_has_not_begun_is_not_read(consumer: Consumer) -> None:
    await drain(consumer, {P1: records(0, number=1)})

    assert consumer.taken == []


async def test_faust_acknowledges_nothing(consumer: Consumer) -> None:
    message = type("Message", (), {})()
    consumer._unacked_messages.add(message)

    assert consumer.ack(message)

    assert list(consumer._filter_committable_offsets([])) == [TP(*P0)]
    assert not consumer._unacked_messages


async def test_only_what_is_settled_is_committed_and_only_a_yes_counts(
    consumer: Consumer,
) -> None:
    ledger = consumer.desk.ledger
    ledger.confirm(P0, 0, 5)
    consumer.answers = [False]

    await consumer.commit()
    assert ledger.due() == {P0: 5}
    await consumer.commit()
    assert ledger.due() == {}
    await consumer.commit()

    assert consumer.commits == [{P0: 5}, {P0: 5}]
    assert consumer.desk.assignment.keeper.owned[0].states.settled == 5


async def test_a_handover_waits_for_the_settle_commits_it_and_lets_go(
    consumer: Consumer,
) -> None:
    ledger = consumer.desk.ledger

    async def settle() -> None:
        async with ledger.turn(EVENTS):
            await asyncio.sleep(0)
            ledger.confirm(P0, 0, 5)

    await asyncio.gather(settle(), consumer.hand_over())

    assert consumer.commits == [{P0: 5}]
    assert ledger.epoch == 1
    assert consumer.desk.assignment.keeper.owned == {}


async def test_a_commit_that_is_running_does_not_hide_what_was_settled_after_it(
    consumer: Consumer,
) -> None:
    ledger = consumer.desk.ledger
    ledger.confirm(P0, 0, 5)
    gate = asyncio.Event()

    async def slow(offsets: Mapping[TP, int]) -> bool:
        consumer.commits.append(dict(offsets))
        if len(consumer.commits) == 1:
            await gate.wait()
        return True

    replace(consumer._thread, "commit", slow)
    running = asyncio.ensure_future(consumer.commit())
    await asyncio.sleep(0)
    ledger.confirm(P0, 5, 9)
    handing = asyncio.ensure_future(consumer.hand_over())
    await asyncio.sleep(0)
    gate.set()
    await asyncio.gather(running, handing)

    assert consumer.commits == [{P0: 5}, {P0: 9}]


async def test_a_fault_in_the_handover_ends_the_process(consumer: Consumer) -> None:
    async def broken(offsets: Mapping[TP, int]) -> bool:
        raise RuntimeError

    replace(consumer._thread, "commit", broken)
    consumer.desk.ledger.confirm(P0, 0, 5)

    with pytest.raises(Left, match=r"exit handover: .*RuntimeError"):
        await consumer.on_partitions_revoked({TP(*P0)})


async def test_each_partition_begins_at_its_commit_or_at_the_start_of_the_log(
    consumer: Consumer,
) -> None:
    consumer.desk.ledger.lines.clear()

    await consumer.perform_seek()

    assert consumer.sought[-1] == {P0: 7, P1: 2}
    assert (consumer._read_offset[TP(*P0)], consumer._read_offset[TP(*P1)]) == (7, 2)
    assert consumer.desk.ledger.due() == {P1: 2}


async def test_nothing_begins_behind_what_was_committed_as_its_states_were_read(
    consumer: Consumer,
) -> None:
    """Another owner may have come and gone on since, where this process was frozen in between."""
    consumer.desk.ledger.lines.clear()
    await consumer.desk.assignment.take({P0: 3})

    await consumer.perform_seek()

    assert consumer.sought[-1] == {P0: 3, P1: 2}


async def test_a_fault_while_taking_over_ends_the_process(consumer: Consumer) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError

    replace(consumer.desk.assignment.keeper, "take", broken)

    with pytest.raises(Left, match=r"exit recovery: .*RuntimeError"):
        await consumer.on_partitions_assigned({TP(*P0)}, 1)


async def test_a_drain_that_fails_ends_the_process(consumer: Consumer) -> None:
    async def broken(_: float) -> Any:
        raise RuntimeError

    replace(consumer, "_wait_next_records", broken)

    with pytest.raises(Left, match=r"exit fetch: .*RuntimeError"):
        await consumer._drain_messages(consumer)


async def test_a_commit_that_the_group_does_not_take_is_no_crash(consumer: Consumer) -> None:
    class Refusing:
        def assignment(self) -> set[TopicPartition]:
            return {P0}

        async def commit(self, offsets: Mapping[TopicPartition, object]) -> None:
            assert list(offsets) == [P0]
            raise CommitFailedError("already rebalanced")

    thread = consumer._thread
    assert isinstance(thread, FetchThread)
    thread._consumer = Refusing()

    assert await thread._commit({TP(*P0): 5, TP(*P1): 6}) is False


def aiokafka_with(unread: Mapping[TopicPartition, object], records_max: int) -> Any:
    """As much of aiokafka's consumer as one fetch touches; each fetch brings one record of P0."""

    class Aiokafka:
        _closed = False
        _max_poll_records = records_max

        class _fetcher:  # noqa: N801
            _records: ClassVar[OrderedDict[TopicPartition, object]] = OrderedDict(unread)
            _closed = False
            _prefetch_backoff = 0.1
            _fetch_max_wait_ms = 500

            class _subscriptions:  # noqa: N801
                @staticmethod
                def fetch_context() -> Any:
                    return nullcontext()

            @staticmethod
            async def fetched_records(*_: object, **__: object) -> dict[TopicPartition, list[int]]:
                return {P0: [1]}

    return Aiokafka


async def test_partitions_take_turns_where_a_fetch_is_bounded(consumer: Consumer) -> None:
    kafka = aiokafka_with({P0: 1, P1: 2}, records_max=1)

    await consumer._thread._fetch_records(kafka, set(), timeout=1, max_records=1)

    assert list(kafka._fetcher._records) == [P1, P0]


@pytest.mark.parametrize(("records_max", "pace"), [(1, BACKLOG), (2, CALM)])
async def test_a_backlog_is_read_ahead_and_a_calm_stream_is_not(
    consumer: Consumer, records_max: int, pace: Pace
) -> None:
    kafka = aiokafka_with({P0: 1}, records_max)

    await consumer._thread._fetch_records(kafka, set(), timeout=1, max_records=records_max)

    assert (kafka._fetcher._prefetch_backoff, kafka._fetcher._fetch_max_wait_ms) == pace


async def test_heartbeats_go_on_during_a_recovery_and_their_answers_renew_the_lease(
    consumer: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Coordinator:
        beating = False
        answer = True

        async def _do_heartbeat(self) -> bool:
            return self.answer

        def _start_heartbeat_task(self) -> None:
            self.beating = True

    class Aiokafka:
        _fetcher = type("Fetcher", (), {})()
        _coordinator = Coordinator()

    async def assigned(self: object, *_: object) -> None:
        assert Aiokafka._coordinator.beating

    async def started(self: object) -> None:
        """Connected to nothing."""

    thread, lease = consumer._thread, consumer.desk.assignment.lease
    thread._consumer = Aiokafka()
    monkeypatch.setattr(FetchThread.__base__, "on_start", started)
    monkeypatch.setattr(FetchThread.__base__, "on_partitions_assigned", assigned)

    await thread.on_start()
    await thread.on_partitions_assigned({TP(*P0)}, 1)
    Aiokafka._coordinator.answer = False
    await Aiokafka._coordinator._do_heartbeat()
    assert lease.heard is None
    Aiokafka._coordinator.answer = True
    await Aiokafka._coordinator._do_heartbeat()

    assert lease.heard is not None
