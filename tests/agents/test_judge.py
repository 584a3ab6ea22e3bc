"""The order of a settle, when any step fails. No broker."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaTimeoutError
from aiokafka.record.memory_records import MemoryRecords

from agents.app import add_agent, guarded, new_app
from agents.exits import leave
from agents.judge import Judge
from agents.keeper import Owned
from agents.lease import Lease
from agents.ledger import Ledger
from agents.limits import RejectLimit
from agents.outbox import Batch
from agents.packs import VOID, Packs
from agents.settings import Settings
from streams.seal import Seal
from tests.agents.fakes import (
    EVENTS,
    TOPICS,
    FakeOutbox,
    Left,
    NoCarrier,
    fetch_of,
    keeper_of,
    message,
)
from tests.agents.tally import Change, Tally, Verdict

TP = TopicPartition(EVENTS, 0)
ACTIONS, STATE, DEAD = TOPICS.actions.name, TOPICS.state.name, TOPICS.dead.name


class Rig:
    """A judge that owns partition 0, with its parts at hand."""

    def __init__(
        self,
        before: Callable[[set[str]], Awaitable[None]] | None = None,
        limit: RejectLimit | None = None,
    ) -> None:
        self.outbox = FakeOutbox(before)
        self.ledger = Ledger()
        self.packs = Packs(lambda content: content)
        self.lease = Lease(10)
        self.keeper = keeper_of(self.outbox)
        self.states = Tally()
        self.keeper.owned[0] = Owned(0, self.states, 0)
        self.ledger.begin(TP, 0, None)
        self.carrier = NoCarrier()
        self.judge = Judge(
            topics=TOPICS,
            ledger=self.ledger,
            keeper=self.keeper,
            outbox=self.outbox,
            packs=self.packs,
            lease=self.lease,
            limit=limit or RejectLimit(1_000, 0.5),
            carrier=self.carrier,
        )

    @property
    def next(self) -> int:
        return self.ledger.lines[TP].next

    def log(self, topic: str) -> list[Any]:
        """The batches of a topic, each as often as it holds records."""
        return [b for tp, log in self.outbox.logs.items() if tp.topic == topic for b in log]


def values(batch: Batch) -> list[bytes | None]:
    """What stands in a batch."""
    records = MemoryRecords(bytes(batch.builder._build())).next_batch()
    return [record.value for record in records]


FLOOD = [message(number) for number in range(4)]


async def test_actions_are_written_before_states_and_states_before_the_confirm() -> None:
    seen = []
    rig = Rig()

    async def before(topics: set[str]) -> None:
        seen.append((topics, rig.next))

    rig.outbox._before = before
    await rig.judge.settle(fetch_of(*FLOOD))

    assert seen == [({ACTIONS}, 0), ({STATE}, 0)]
    assert rig.next == 4


async def test_the_states_of_a_group_and_the_mark_of_the_log_are_one_batch() -> None:
    rig = Rig()

    await rig.judge.settle(fetch_of(*FLOOD))

    [batch] = set(rig.log(STATE))
    assert batch.records == 3  # head, member, mark


@pytest.mark.parametrize("step", [ACTIONS, STATE])
async def test_a_write_that_fails_ends_the_process_before_the_confirm(step: str) -> None:
    async def before(topics: set[str]) -> None:
        if step in topics:
            leave("producer", step)

    rig = Rig(before)
    with pytest.raises(Left, match="exit producer"):
        await rig.judge.settle(fetch_of(*FLOOD))

    assert rig.next == 0
    assert rig.log(STATE) == []


@pytest.mark.parametrize("step", [ACTIONS, STATE])
async def test_an_exception_in_the_body_ends_the_process_by_name(step: str) -> None:
    async def before(topics: set[str]) -> None:
        if step in topics:
            raise RuntimeError("what a child wrote")

    rig = Rig(before)
    with pytest.raises(Left, match=r"exit body: .*t.events 0:0-4: RuntimeError at") as left:
        await guarded(rig.judge.settle, fetch_of(*FLOOD))

    assert "child" not in str(left.value)
    assert rig.next == 0


@pytest.mark.parametrize("step", [ACTIONS, STATE])
async def test_a_settle_of_an_older_assignment_drops_itself_before_what_comes_next(
    step: str,
) -> None:
    async def before(topics: set[str]) -> None:
        if step in topics:
            rig.ledger.epoch += 1

    rig = Rig(before)
    await rig.judge.settle(fetch_of(*FLOOD))

    assert rig.outbox.calls[-1] == {step}
    assert rig.next == 0
    assert rig.keeper.owned[0].judging, "memory is ahead of the log: it must not be taken back"


async def test_a_fetch_of_an_older_assignment_is_not_judged() -> None:
    rig = Rig()

    await rig.judge.settle(fetch_of(*FLOOD, epoch=7))

    assert rig.outbox.calls == []
    assert rig.states.heads == {}


async def test_a_partition_that_is_not_owned_is_left_to_its_owner() -> None:
    rig = Rig()

    await rig.judge.settle(fetch_of(*FLOOD, number=1))

    assert rig.outbox.calls == []


async def test_a_fetch_behind_a_hole_ends_the_process_before_anything_is_judged() -> None:
    rig = Rig()

    with pytest.raises(Left, match="exit hole"):
        await rig.judge.settle(fetch_of(*FLOOD, first=9))

    assert rig.outbox.calls == []
    assert rig.states.heads == {}


@pytest.mark.parametrize("step", ["before the actions", "before the states"])
async def test_a_worker_that_stood_still_writes_nothing_more(step: str) -> None:
    async def before(topics: set[str]) -> None:
        rig.lease.seen -= 100

    rig = Rig(before if step == "before the states" else None)
    if step == "before the actions":
        rig.lease.seen -= 100

    with pytest.raises(Left, match=f"exit stalled: .*{step}"):
        await rig.judge.settle(fetch_of(*FLOOD))

    assert rig.log(STATE) == []
    assert rig.next == 0


async def test_a_cancelled_body_leaves_the_settle_running_and_the_handover_waits_for_it() -> None:
    gate, reached = asyncio.Event(), asyncio.Event()

    async def before(topics: set[str]) -> None:
        if STATE in topics:
            reached.set()
            await gate.wait()

    rig = Rig(before)
    app = new_app(Settings.of({}), 1)
    agent = add_agent(app, "judge", EVENTS, rig.judge.settle)

    class Stream:
        async def events(self) -> Any:
            yield type("Event", (), {"value": fetch_of(*FLOOD)})

    body = asyncio.ensure_future(agent.fun(Stream()))
    await reached.wait()
    body.cancel()
    await asyncio.gather(body, return_exceptions=True)
    order = []

    async def hand_over() -> None:
        async with rig.ledger.handover(5):
            order.append(rig.next)

    handing = asyncio.ensure_future(hand_over())
    await asyncio.sleep(0)
    assert order == []
    gate.set()
    await handing

    assert order == [4]


async def test_a_crash_after_the_actions_repeats_them_under_the_same_ids() -> None:
    first, second = Rig(), Rig()
    await first.judge.settle(fetch_of(*FLOOD))
    await second.judge.settle(fetch_of(*FLOOD))  # memory is gone, the offsets come again

    [once], [twice] = ({*rig.log(ACTIONS)} for rig in (first, second))
    assert values(once) == values(twice) != []


async def test_a_replay_after_the_states_writes_nothing_but_the_mark() -> None:
    rig = Rig()
    await rig.judge.settle(fetch_of(*FLOOD))
    rig.ledger.lines[TP].next = 0

    await rig.judge.settle(fetch_of(*FLOOD))

    assert len(rig.log(ACTIONS)) == 2
    assert len(rig.log(STATE)) == 3 + 1


async def test_a_bad_record_goes_to_the_dead_letters_and_the_stream_goes_on() -> None:
    rig = Rig()

    await rig.judge.settle(fetch_of(message(1), b"no json", None, message(2), message(3)))

    assert len(rig.log(DEAD)) == 2
    assert len(rig.log(ACTIONS)) == 1
    assert rig.next == 5


async def test_too_many_bad_records_end_the_process_before_one_of_them_is_written() -> None:
    rig = Rig(limit=RejectLimit(in_row_max=2, share_max=1.0))

    with pytest.raises(Left, match=r"exit rejects: .*3 in a row, 2 allowed; \{'not_json': 3\}"):
        await rig.judge.settle(fetch_of(b"1", b"2", b"3"))

    assert rig.outbox.calls == []


async def test_what_comes_before_a_missing_pack_is_settled_and_the_rest_waits_for_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    rig = Rig()
    records = [*FLOOD[:2], message(2, pack="feed"), message(3)]

    settling = asyncio.ensure_future(rig.judge.settle(fetch_of(*records)))
    while rig.next == 0:  # noqa: ASYNC110 - the ledger has no event to wait for
        await asyncio.sleep(0)
    assert rig.next == 2
    assert not settling.done()
    assert not rig.ledger.turn(EVENTS).locked(), "a handover must not wait for a pack"
    rig.packs.add("feed", b"pack")
    await settling

    assert rig.next == 4
    assert "waiting for policy packs: feed" in caplog.text


async def test_a_wait_for_a_pack_ends_when_it_is_declared_void() -> None:
    rig = Rig()

    settling = asyncio.ensure_future(rig.judge.settle(fetch_of(message(1, pack="feed"))))
    await asyncio.sleep(0)
    rig.packs.add("feed", VOID)
    await settling

    assert rig.packs.known == {"feed": None}
    assert rig.next == 1


async def test_a_wait_for_a_pack_ends_with_the_assignment() -> None:
    rig = Rig()

    settling = asyncio.ensure_future(rig.judge.settle(fetch_of(message(1, pack="feed"))))
    await asyncio.sleep(0)
    async with rig.ledger.handover(5):
        pass
    await settling

    assert len(rig.log(ACTIONS)) == 0


async def test_a_foreign_write_is_found_by_the_base_offset_of_the_answer() -> None:
    rig = Rig()
    rig.outbox.logs[TopicPartition(STATE, 0)] = ["somebody else's"]

    with pytest.raises(Left, match=r"exit foreign_write: .*t.state 0: 1, not 0"):
        await rig.judge.settle(fetch_of(*FLOOD))

    assert rig.next == 0


async def test_kafkas_words_are_kept_in_an_exit() -> None:
    async def settle(_: object) -> None:
        raise KafkaTimeoutError("in 15 s")

    with pytest.raises(Left, match=r"KafkaTimeoutError: .*in 15 s"):
        await guarded(settle, fetch_of(*FLOOD))


class Sealed(Tally):
    """Comes to its seal at once."""

    def judge(self, reading: Any, packs: Any) -> Any:
        verdict = super().judge(reading, packs)
        verdict.seal = Seal(3, 2, 4)
        return verdict


async def test_what_a_seal_ends_goes_over_behind_its_states_and_before_the_confirm() -> None:
    rig = Rig()
    rig.keeper.owned[0].states = Sealed()
    seen = []

    async def carry(number: int, states: Any, seal: Seal) -> None:
        seen.append((number, seal, rig.outbox.calls[-1], rig.next))

    rig.carrier.carry = carry  # type: ignore[method-assign]
    await rig.judge.settle(fetch_of(*FLOOD))

    assert seen == [(0, Seal(3, 2, 4), {STATE}, 0)]
    assert rig.next == 4


async def test_a_partition_that_goes_on_is_not_carried_over() -> None:
    rig = Rig()

    await rig.judge.settle(fetch_of(*FLOOD))

    assert rig.carrier.asked == []


class HalfDone(Tally):
    """States in which much is due before the first record: it takes two settles."""

    half = True

    def judge(self, reading: Any, packs: Any) -> Any:
        if self.half:
            self.half = False
            verdict = Verdict()
            verdict.changes.append([Change(b"qq:g1\x1fh", b"due", b"")])
            return verdict
        return super().judge(reading, packs)


async def test_what_was_due_before_the_first_record_of_a_fetch_is_written_too() -> None:
    rig = Rig()
    rig.keeper.owned[0] = Owned(0, HalfDone(), 0)

    await rig.judge.settle(fetch_of(*FLOOD))

    first, *_ = rig.log(STATE)
    assert values(first) == [b"due"]
    assert rig.next == len(FLOOD)
