"""What looks after a worker ends it by name; nothing of it can end unseen."""

import asyncio
import json
import time
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError
from aiokafka.record.memory_records import MemoryRecords

from agents import ledger, upkeep
from agents.clock import Clock
from agents.keeper import Keeper, Owned
from agents.lease import Lease
from agents.ledger import Ledger
from agents.packs import Packs
from agents.settings import Settings
from agents.succession import Succession
from agents.upkeep import Upkeep
from tests.agents.fakes import EVENTS, TOPICS, FakeOutbox, Left, keeper_of
from tests.agents.tally import Tally

P0 = TopicPartition(EVENTS, 0)
STARVED_S, REBALANCE_S = 90.0, 60.0


class Hands:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


class QuietKeeper(Keeper):
    """No broker is asked for the ends."""

    async def look_for_foreign_writes(self) -> None:
        """Nobody wrote."""


class Rig:
    """An upkeep over parts that are set by hand."""

    def __init__(self, clock: Hands) -> None:
        self.clock = clock
        self.ledger = Ledger()
        self.lease = Lease(10, clock)
        self.outbox = FakeOutbox()
        self.packs = Packs(lambda content: content)
        self.keeper = keeper_of(self.outbox, QuietKeeper)
        self.upkeep = Upkeep(
            settings=Settings.of({}),
            topics=TOPICS,
            clock=Clock.of("real"),
            lease=self.lease,
            ledger=self.ledger,
            keeper=self.keeper,
            outbox=self.outbox,
            packs=self.packs,
            succession=Succession(1),
        )

    def own(self) -> None:
        self.keeper.owned[0] = Owned(0, Tally(), 0)

    async def later(self, seconds: float) -> None:
        """Time passes, the loop turns and the group answers; then a look."""
        self.clock.now += seconds
        self.lease.renew()
        await self.upkeep.look()


@pytest.fixture
def rig(monkeypatch: pytest.MonkeyPatch) -> Rig:
    hands = Hands()
    monkeypatch.setattr(ledger, "running_s", hands)
    monkeypatch.setattr(upkeep, "running_s", hands)
    return Rig(hands)


async def test_an_owned_partition_that_stands_still_ends_the_process(rig: Rig) -> None:
    rig.own()
    rig.ledger.begin(P0, 0, None)
    rig.ledger.committed([(P0, 0)])
    await rig.later(STARVED_S - 1)

    with pytest.raises(Left, match=r"exit starved: .*\(t.events 0\)"):
        await rig.later(2)


async def test_an_owned_partition_that_never_begins_ends_the_process(rig: Rig) -> None:
    await rig.later(STARVED_S)
    rig.own()
    await rig.later(1)
    await rig.later(STARVED_S - 1)

    with pytest.raises(Left, match=r"exit starved: .*\(t.events 0: not begun\)"):
        await rig.later(2)


async def test_one_that_begins_in_time_is_let_be(rig: Rig) -> None:
    rig.own()
    await rig.later(STARVED_S - 1)
    rig.ledger.begin(P0, 0, None)
    rig.ledger.committed([(P0, 0)])
    await rig.later(STARVED_S - 1)

    rig.ledger.confirm(P0, 0, 1)
    rig.ledger.committed([(P0, 1)])
    await rig.later(2)


async def test_commits_that_are_never_taken_end_the_process(rig: Rig) -> None:
    rig.own()
    rig.ledger.begin(P0, 0, None)
    rig.ledger.committed([(P0, 0)])
    for at in range(3):
        rig.ledger.confirm(P0, at, at + 1)
        await rig.later(STARVED_S / 3)
    rig.ledger.confirm(P0, 3, 4)

    with pytest.raises(Left, match=r"exit uncommitted: .*\(t.events 0\)"):
        await rig.later(1)


async def test_a_commit_that_is_taken_now_and_then_is_enough(rig: Rig) -> None:
    rig.own()
    rig.ledger.begin(P0, 0, None)
    for at in range(5):
        rig.ledger.confirm(P0, at, at + 1)
        rig.ledger.committed([(P0, at)])  # always one behind
        await rig.later(STARVED_S / 2)


async def test_a_commit_after_a_long_silence_has_its_time(rig: Rig) -> None:
    rig.ledger.begin(P0, 0, 0)
    rig.clock.now += 10 * STARVED_S

    rig.ledger.confirm(P0, 0, 1)

    assert rig.ledger.uncommitted(STARVED_S) is None


async def test_a_worker_that_the_group_has_forgotten_ends_although_it_owns_nothing(
    rig: Rig,
) -> None:
    rig.lease.renew()
    rig.lease.hear()
    rig.lease.part()
    rig.clock.now += STARVED_S + REBALANCE_S
    await rig.upkeep.look()

    rig.clock.now += 1
    with pytest.raises(Left, match=r"exit unjoined: .*\(151 s\)"):
        await rig.upkeep.look()


async def _ends() -> None:
    """It should have gone on."""


async def _fails() -> None:
    raise ValueError("what a child wrote")


@pytest.mark.parametrize(
    ("work", "said"), [(_ends, "tick: ended"), (_fails, "tick: ValueError")], ids=["ends", "fails"]
)
async def test_a_task_that_ends_before_the_worker_ends_the_process(
    rig: Rig, work: Any, said: str
) -> None:
    with pytest.raises(Left, match=rf"exit upkeep: .*\({said}\)") as left:
        await rig.upkeep.kept("upkeep", "tick", work())

    assert "child" not in str(left.value)


async def test_a_task_that_is_cancelled_before_the_worker_ends_the_process(rig: Rig) -> None:
    task = asyncio.ensure_future(rig.upkeep.kept("upkeep", "beat", asyncio.sleep(100)))
    await asyncio.sleep(0)
    task.cancel()

    with pytest.raises(Left, match=r"exit upkeep: .*\(beat: cancelled\)"):
        await task


async def test_tasks_end_with_the_worker_in_silence(rig: Rig) -> None:
    task = asyncio.ensure_future(rig.upkeep.kept("upkeep", "beat", asyncio.sleep(100)))
    await asyncio.sleep(0)
    rig.upkeep._stopped.set()
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    await rig.upkeep.kept("upkeep", "beat", _ends())


@pytest.mark.parametrize("fault", [None, KafkaConnectionError("no broker")], ids=["ends", "fails"])
async def test_a_worker_that_no_longer_reads_the_packs_ends_by_name(
    rig: Rig, fault: Exception | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def follow(*_: str) -> None:
        if fault is not None:
            raise fault

    monkeypatch.setattr(rig.packs, "follow", follow)
    [task] = [t for t in Upkeep._get_tasks(rig.upkeep) if "packs" in t.fun.__name__]

    with pytest.raises(Left, match=r"exit packs: .*\(t.policies: .*(ended|no broker)"):
        await task.fun(rig.upkeep)


async def test_a_worker_that_no_longer_follows_the_generations_ends_by_name(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def follow(*_: Any) -> None:
        raise KafkaConnectionError("no broker")

    monkeypatch.setattr(upkeep, "follow", follow)

    with pytest.raises(Left, match=r"exit upkeep: .*\(t.meta: .*no broker"):
        await Upkeep._follow_generations.fun(rig.upkeep)


@pytest.mark.parametrize("what", ["packs", "generations"])
async def test_a_fetcher_that_died_ends_the_reading(
    what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from agents import generations, packs

    class Kafka:
        """A consumer whose fetcher is dead: nothing ever comes."""

        stopped = False

        def __init__(self, *_: Any, **__: Any) -> None:
            dead = asyncio.get_running_loop().create_future()
            dead.set_exception(KafkaConnectionError("in the fetcher"))
            self._fetcher = type("Fetcher", (), {"error_future": dead})()

        async def start(self) -> None:
            """Connected to nothing."""

        async def stop(self) -> None:
            Kafka.stopped = True

        def assign(self, _: object) -> None:
            """Assigned."""

        async def seek_to_beginning(self, _: object) -> None:
            """Sought."""

        async def getmany(self, **_: object) -> dict[str, object]:
            await asyncio.sleep(0)
            return {}

        def __aiter__(self) -> "Kafka":
            return self

        async def __anext__(self) -> Any:
            await asyncio.Event().wait()

    monkeypatch.setattr(packs, "AIOKafkaConsumer", Kafka)
    monkeypatch.setattr(generations, "AIOKafkaConsumer", Kafka)
    follow = (
        Packs(lambda content: content).follow("nowhere", "t")
        if what == "packs"
        else generations.follow("nowhere", "t", lambda _: None)
    )

    with pytest.raises(KafkaConnectionError, match="in the fetcher"):
        await asyncio.wait_for(follow, 10)
    assert Kafka.stopped


async def test_a_pack_that_can_not_be_compiled_ends_the_process() -> None:
    def compile_pack(_: bytes) -> None:
        raise ValueError("what a teacher wrote")

    packs = Packs(compile_pack)
    packs.add("feed", b"a pack")

    with pytest.raises(Left, match=r"exit pack: .*\(feed: ValueError\)") as left:
        await packs.ready(["feed"], lambda: True)
    assert "teacher" not in str(left.value)


async def test_packs_that_are_waited_for_are_told_until_they_come() -> None:
    packs = Packs(lambda content: content)

    ready = asyncio.ensure_future(packs.ready(["feed"], lambda: True))
    await asyncio.sleep(0)
    assert packs.waiting == {"feed"}
    packs.add("feed", b"a pack")
    await ready

    assert packs.waiting == frozenset()


async def test_while_ingresses_go_over_the_ticks_move_partitions_and_no_group(rig: Rig) -> None:
    """An answer that came in time stands behind the seal: a later tick would pass over it."""
    now_ms = int(time.time() * 1000)
    rig.upkeep.clock = Clock(now_ms, rig.clock.now, 1.0, rig.clock)
    rig.upkeep.succession.held_at = now_ms - 60_000
    rig.ledger.begin(P0, 0, None)

    for _ in range(2):
        rig.clock.now += 1
        rig.lease.renew()
        await rig.upkeep.append_ticks()

    batches = rig.outbox.logs[P0]
    found = [
        r for batch in batches for r in MemoryRecords(bytes(batch.builder._build())).next_batch()
    ]
    times = [json.loads(record.value)["sent_at"] for record in found]
    assert len(times) == 2
    assert max(times) <= now_ms - 60_000 - rig.upkeep.clock.back_ms() + 2_000
