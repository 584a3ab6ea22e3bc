"""What a standby hands over is what a recovery would have read, whatever came in between."""

import asyncio
import time
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agents import standby as standby_module
from agents.keeper import Keeper, Owned
from agents.lease import running_s
from agents.standby import STALE_S, Followed, Resumed, Standby
from agents.survivors import Survivors
from streams.place import HEADER, place
from streams.topology import topology
from tests.agents.fakes import FakeOutbox, Logged, no_reader
from tests.agents.logs import Log, LogReader
from tests.agents.tally import Tally

TOPICS = topology("t", partitions=4)
STATE = TOPICS.state
LOG = TopicPartition(STATE.name, 0)
ROOM = 1 << 30


def value(key: bytes, at: int, payload: bytes = b"x") -> Logged:
    return Logged(key, place(1, at) + payload)


def tombstone(key: bytes, at: int) -> Logged:
    return Logged(key, None, headers=((HEADER, place(1, at)),))


def standby_of(log: Log, bytes_max: int = ROOM) -> tuple[Standby, LogReader]:
    reader = LogReader(log)

    async def opened() -> LogReader:
        return reader

    return Standby(open_reader=opened, topic=STATE, bytes_max=bytes_max), reader


def filled(*counts: int) -> Log:
    log = Log(STATE.name, STATE.partitions)
    for number, count in enumerate(counts):
        for at in range(count):
            log.append(number, value(b"qq:g\x1fm%d" % at, at))
    return log


class Seen(Keeper):
    """A keeper that notes what survived, before it is mended and loaded."""

    def __init__(self, standby: Standby | None) -> None:
        super().__init__(
            open_reader=no_reader,
            events=TOPICS.events,
            state=STATE,
            generation=1,
            outbox=FakeOutbox(),
            new_states=lambda number: Tally(),
            deadline_s=5,
            standby=standby,
        )
        self.seen: dict[int, tuple[dict[bytes, bytes], list[Any]]] = {}

    async def _mend(self, owned: Owned, survivors: Survivors) -> None:
        self.seen[owned.number] = (dict(survivors.values), survivors.rewrites())


async def recovered(standby: Standby | None, log: Log) -> tuple[dict[bytes, bytes], list[Any], int]:
    """What a keeper that takes partition 0 has, what it writes again, and how much it read."""
    keeper, reader = Seen(standby), Counting(log)
    taken = await keeper._recovered(reader, [0])
    assert taken[0].end == log.ends[0]
    return *keeper.seen[0], reader.read


class Counting(LogReader):
    read = 0

    async def getmany(self, *tps: TopicPartition, **options: Any) -> dict[TopicPartition, Any]:
        found = await super().getmany(*tps, **options)
        self.read += sum(map(len, found.values()))
        return found


async def abreast(standby: Standby, reader: LogReader) -> None:
    """Turn until the standby has read all that is followed."""
    for _ in range(100):
        await standby.turn(reader)
        if all(it.position == reader.log.ends[n] for n, it in standby._followed.items()):
            return
    raise AssertionError("it never came abreast")


async def abreast_of(log: Log) -> tuple[Standby, LogReader]:
    """A standby that has read partition 0, and its reader."""
    standby, reader = standby_of(log)
    standby.follow_all_but({1, 2, 3})
    await abreast(standby, reader)
    return standby, reader


async def test_a_takeover_reads_only_what_came_since_the_standby_looked() -> None:
    log = filled(500)
    standby, _ = await abreast_of(log)
    log.append(0, value(b"qq:g\x1fm0", 900, b"newer"))

    values, rewrites, read = await recovered(standby, log)

    fresh = await recovered(None, log)
    assert (values, rewrites) == fresh[:2]
    assert values[b"qq:g\x1fm0"].endswith(b"newer")
    # The last one known, by which the log is known again, and the one that came.
    assert (read, fresh[2]) == (2, 501)


async def test_without_room_nothing_is_followed() -> None:
    standby, _ = standby_of(filled(5), bytes_max=0)

    standby.follow_all_but({1})

    assert standby._followed == {}


async def test_what_is_owned_is_not_followed_and_what_is_followed_goes_on() -> None:
    log = filled(5, 5, 5, 5)
    standby, reader = standby_of(log)
    standby.follow_all_but({1})
    await abreast(standby, reader)
    kept = standby._followed[3]

    standby.follow_all_but({0, 1})
    log.append(3, value(b"qq:g\x1fm0", 9))
    await abreast(standby, reader)

    assert sorted(standby._followed) == [2, 3]
    assert standby._followed[3] is kept
    assert kept.position == 6


async def test_the_nearest_are_followed_where_memory_does_not_reach_for_all() -> None:
    log = filled(100, 100, 100, 100)
    one = Followed()
    one.add(log.records[0])
    standby, reader = standby_of(log, bytes_max=2 * one.bytes)

    standby.follow_all_but({2})
    await abreast(standby, reader)

    assert list(standby._followed) == [3, 0]
    assert sum(it.bytes for it in standby._followed.values()) <= standby.bytes_max


async def test_what_did_not_fit_is_tried_again_at_the_next_assignment() -> None:
    log = filled(100, 100)
    standby, reader = standby_of(log, bytes_max=1)
    standby.follow_all_but({2, 3})
    await standby.turn(reader)
    assert standby._followed == {}

    standby.bytes_max = ROOM
    standby.follow_all_but({2, 3})
    await abreast(standby, reader)

    assert sorted(standby._followed) == [0, 1]


def test_memory_is_told_within_an_eighth_however_often_a_key_is_written() -> None:
    followed = Followed()
    log = filled(200)

    for _ in range(50):
        followed.add(log.records[0])

    true = standby_module._bytes_of(followed.survivors)
    assert true <= followed.bytes <= true * 9 / 8


async def test_records_on_their_way_when_a_partition_is_taken_are_dropped() -> None:
    log = filled(10)
    standby, reader = await abreast_of(log)
    log.append(0, value(b"qq:g\x1flate", 99))
    given: dict[TopicPartition, Resumed] = {}

    class Between(LogReader):
        """The takeover comes while a read is under way."""

        async def getmany(self, *tps: TopicPartition, **options: Any) -> dict[TopicPartition, Any]:
            found = await super().getmany(*tps, **options)
            given.update(standby.hand_over([0]))
            return found

    between = Between(log)
    between.at = dict(reader.at)
    await standby.turn(between)

    assert given[LOG].first == 9
    assert b"qq:g\x1flate" not in given[LOG].survivors.values


async def test_what_is_taken_while_its_log_is_looked_at_is_followed_no_longer() -> None:
    log = filled(10)
    standby, reader = await abreast_of(log)

    class Between(LogReader):
        """The takeover comes while the log is looked at, and the log was cut."""

        async def position(self, tp: TopicPartition) -> int:
            standby.hand_over([0])
            return 0

    between = Between(log)
    between.at = dict(reader.at)
    await standby.turn(between)

    assert standby._followed == {}


async def test_a_partition_that_comes_back_at_once_is_read_from_the_start() -> None:
    log = filled(10)
    standby, reader = await abreast_of(log)

    standby.hand_over([0])
    standby.follow_all_but({0, 1, 2, 3})
    standby.follow_all_but({1, 2, 3})
    await abreast(standby, reader)

    assert len(standby._followed[0].survivors.values) == 10


async def test_a_log_that_ends_below_what_was_read_is_begun_anew() -> None:
    log = filled(10)
    standby, reader = await abreast_of(log)

    log.cut(0, 3)
    await standby.turn(reader)
    await abreast(standby, reader)

    assert len(standby._followed[0].survivors.values) == 3


async def test_a_log_that_ended_below_what_was_read_is_begun_anew_also_where_compaction_came_first() -> (
    None
):
    log = filled(10)
    standby, reader = await abreast_of(log)

    log.cut(0, 0)
    await standby.turn(reader)
    for at in range(20):
        log.append(0, value(b"qq:g\x1fother", at))
    # What is left stands above all that was read of the log before.
    log.records[0] = log.records[0][-1:]
    await standby.turn(reader)
    await abreast(standby, reader)

    assert list(standby._followed[0].survivors.values) == [b"qq:g\x1fother"]


@pytest.mark.parametrize("end", [3, 10, 20])
async def test_what_was_read_of_another_log_is_not_handed_over(end: int) -> None:
    log = filled(10)
    standby, _ = await abreast_of(log)

    log.cut(0, 0)
    for at in range(end):
        log.append(0, value(b"qq:g\x1fm%d" % at, at), timestamp=2)

    assert (await recovered(standby, log))[:2] == (await recovered(None, log))[:2]


async def test_a_log_whose_last_known_record_was_compacted_is_read_anew() -> None:
    log = filled(10)
    standby, _ = await abreast_of(log)
    log.append(0, value(b"qq:g\x1fm9", 50, b"newer"))
    log.records[0] = [it for it in log.records[0] if it.offset != 9]

    assert (await recovered(standby, log))[2] == 1 + 10


async def test_a_standby_that_was_away_for_longer_than_tombstones_stay_begins_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    log = filled(10)
    standby, _ = await abreast_of(log)
    now = running_s()

    monkeypatch.setattr(standby_module, "running_s", lambda: now + STALE_S + 1)

    assert standby.hand_over([0]) == {}


async def test_tombstones_that_compaction_took_do_not_pile_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(standby_module, "TOMBSTONES_MIN", 4)
    log = filled(2)
    standby, reader = standby_of(log)
    standby.follow_all_but({1, 2, 3})
    most = 0
    for at in range(100):
        log.append(0, tombstone(b"qq:g\x1fgone%d" % at, at))
        log.records[0] = [it for it in log.records[0] if it.value or it.offset > log.ends[0] - 3]
        await standby.turn(reader)
        most = max(most, len(standby._followed[0].survivors.tombstones))

    assert most <= 5


async def test_many_tombstones_on_the_log_are_not_read_again_and_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(standby_module, "TOMBSTONES_MIN", 4)
    log = filled(2)
    for at in range(100):
        log.append(0, tombstone(b"qq:g\x1fgone%d" % at, at))
    standby, reader = standby_of(log)
    standby.follow_all_but({1, 2, 3})

    for _ in range(10):
        await standby.turn(reader)

    assert len(reader.assigned) == 1


@pytest.mark.parametrize("fault", [KafkaConnectionError(), ValueError()])
async def test_a_fault_of_the_standby_ends_nothing_and_it_goes_on(
    fault: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standby_module, "AGAIN_S", 0.0)
    monkeypatch.setattr(standby_module, "PAUSE_S", 0.0)
    log = filled(10)
    standby, reader = standby_of(log)
    reader.fault = fault
    standby.follow_all_but({1, 2, 3})

    following = asyncio.ensure_future(Standby._follow.fun(standby))
    async with asyncio.timeout(5):
        while standby._followed[0].position < 10:  # noqa: ASYNC110 - turns of a task, not a time
            await asyncio.sleep(0)
    following.cancel()
    await asyncio.wait([following])

    assert reader.stopped


async def test_few_records_are_taken_at_once_where_each_takes_long() -> None:
    log = filled(5_000)
    standby, _ = standby_of(log)
    standby.follow_all_but({1, 2, 3})
    dear = Dear(log)

    pauses_s = [await standby.turn(dear) for _ in range(40)]

    # 1 ms a record is simulated: five of them are a turn's worth, and the least is twenty.
    assert dear.asked[-1] == standby_module.RECORDS_MIN
    assert max(dear.asked) < standby_module.RECORDS_MAX
    assert min(pauses_s) > standby_module.TURN_S


class Dear(LogReader):
    """Each record costs a millisecond of the processor."""

    def __init__(self, log: Log) -> None:
        super().__init__(log)
        self.asked: list[int] = []

    async def getmany(self, *tps: TopicPartition, **options: Any) -> dict[TopicPartition, Any]:
        found = await super().getmany(*tps, **options)
        self.asked.append(options["max_records"])
        until_s = time.monotonic() + sum(map(len, found.values())) / 1000
        while time.monotonic() < until_s:
            pass
        return found


async def test_a_reader_is_open_only_while_there_is_something_to_follow(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(standby_module, "PAUSE_S", 0.0)
    standby, reader = standby_of(filled(10))
    following = asyncio.ensure_future(Standby._follow.fun(standby))
    for _ in range(10):
        await asyncio.sleep(0)
    assert reader.assigned == []

    standby.follow_all_but({1, 2, 3})
    async with asyncio.timeout(5):
        while not reader.assigned:  # noqa: ASYNC110 - turns of a task, not a time
            await asyncio.sleep(0)
        standby.follow_all_but({0, 1, 2, 3})
        while not reader.stopped:  # noqa: ASYNC110 - turns of a task, not a time
            await asyncio.sleep(0)

    following.cancel()
    await asyncio.wait([following])


KEY = b"qq:a\x1fh"
KEYS = st.sampled_from([KEY, b"qq:a\x1fm1", b"qq:b\x1fh"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), KEYS, st.booleans()),
        st.tuples(st.just("foreign"), KEYS, st.booleans()),
        st.tuples(st.just("turn"), st.integers(1, 3), st.just(0)),
        st.tuples(st.just("compact"), st.integers(0, 5), st.just(0)),
        st.tuples(st.just("take"), st.just(0), st.just(0)),
        st.tuples(st.just("cut"), st.integers(1, 4), st.integers(0, 6)),
    ),
    max_size=60,
)


class History:
    """A log with its owners, and beside it what a recovery of all that was written would keep."""

    def __init__(self) -> None:
        self.log = Log(STATE.name, STATE.partitions)
        self.standby, self.reader = standby_of(self.log)
        self.clock = self.firm = 0
        self.follow()

    def follow(self) -> None:
        self.standby.follow_all_but({1, 2, 3})
        self.truth = Survivors()
        self.truth.add(self.log.records[0])

    def write(self, key: bytes, gone: bool, at: int) -> None:
        record = tombstone(key, at) if gone else value(key, at, b"%d" % self.clock)
        self.truth.add([self.log.append(0, record, timestamp=self.clock)])

    def compact(self, active: int) -> None:
        """Keep the last of each key below the active segment; what the lag protects stays."""
        records = self.log.records[0]
        read = self.standby._followed[0].position
        last = {it.key: it.offset for it in records}
        # What compaction relied on is ten minutes old, and no broker loses that by losing power.
        self.firm = self.log.ends[0]
        disturbed = {it.key for it in records if it.key in self.truth.lost}
        self.log.records[0] = [
            it
            for it in records
            if it.offset >= self.log.ends[0] - 1 - active
            or it.key in disturbed
            or (it.offset == last[it.key] and (it.value is not None or it.offset >= read))
        ]

    async def take(self) -> None:
        given = self.standby._followed[0].position
        values, rewrites, _ = await recovered(self.standby, self.log)
        fresh = await recovered(None, self.log)
        # With nothing read beforehand both are the same reading.
        assert values == (self.truth.values if given else fresh[0])
        assert rewrites == (self.truth.rewrites() if given else fresh[1])
        assert values == fresh[0]
        self.follow()

    async def do(self, step: tuple[str, Any, Any]) -> None:
        self.clock += 1
        name, one, two = step
        if name == "write":
            self.write(one, two, at=self.clock)
        elif name == "foreign":
            self.write(one, two, at=self.clock // 2)
        elif name == "turn":
            # So few at once that a takeover finds it in the middle of the log.
            self.standby._records_max = one
            await self.standby.turn(self.reader)
        elif name == "compact":
            self.compact(one)
        elif name == "take":
            await self.take()
        else:
            await self.cut(one, two)

    async def cut(self, lost: int, after: int) -> None:
        """A broker loses the end; the standby looks before it has grown past it again, or a
        takeover comes first.
        """
        self.log.cut(0, max(self.firm, self.log.ends[0] - lost))
        if after % 2:
            await self.standby.turn(self.reader)
        self.truth = Survivors()
        self.truth.add(self.log.records[0])
        for number in range(after):
            self.write(b"qq:a\x1fm1", gone=False, at=self.clock + number)
        if after % 2 == 0:
            await self.take()


@settings(max_examples=200, deadline=None)
@example(
    [("write", KEY, False), ("turn", 1, 0), ("cut", 1, 3), ("compact", 0, 0), ("turn", 1, 0)]
).via("a log that was lost and compacted between two looks")
@given(STEPS)
def test_a_takeover_after_any_history_has_what_a_recovery_has(
    steps: list[tuple[str, Any, Any]],
) -> None:
    async def lived() -> None:
        history = History()
        for step in [*steps, ("take", 0, 0)]:
            await history.do(step)

    asyncio.run(lived())
