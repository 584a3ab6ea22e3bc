import pytest

from agents import identity
from agents.keeper import Owned
from agents.survivors import Survivors
from streams.place import place
from tests.agents.fakes import TOPICS, Left, Logged, keeper_of
from tests.agents.tally import Tally


async def test_survivors_of_a_foreign_write_are_written_again_a_group_in_one_batch() -> None:
    mine = keeper_of()
    survivors = Survivors()
    high, low = place(1, 9), place(1, 3)
    names = [b"qq:a\x1fh", b"qq:a\x1fm1", b"qq:b\x1fh"]
    survivors.add([Logged(name, high + b"heir") for name in names])
    survivors.add([Logged(name, low + b"zombie") for name in names])
    owned = Owned(0, Tally(), 0)

    await mine._mend(owned, survivors)

    assert owned.end == 3
    assert mine._outbox.calls == [{TOPICS.state.name}]  # type: ignore[attr-defined]


async def test_a_log_without_foreign_writes_is_left_alone() -> None:
    mine = keeper_of()
    survivors = Survivors()
    survivors.add([Logged(b"qq:a\x1fh", place(1, 9))])

    await mine._mend(Owned(0, Tally(), 0), survivors)

    assert mine._outbox.calls == []  # type: ignore[attr-defined]


def test_what_was_written_in_full_is_parked_and_what_was_being_judged_is_not() -> None:
    mine = keeper_of()
    mine.owned = {0: Owned(0, Tally(), 5), 1: Owned(1, Tally(), 5)}
    mine.owned[1].judging = True

    mine.release()

    assert mine.owned == {}
    assert list(mine._parked) == [0]


class Ends:
    """A consumer that knows offsets only."""

    def __init__(self, start: int, end: int, record: Logged | None = None) -> None:
        self.start, self.end, self.record = start, end, record

    async def stop(self) -> None:
        """There is nothing to close."""

    async def beginning_offsets(self, tps: list[object]) -> dict[object, int]:
        return dict.fromkeys(tps, self.start)

    async def end_offsets(self, tps: list[object]) -> dict[object, int]:
        return dict.fromkeys(tps, self.end)

    def assign(self, tps: list[object]) -> None:
        self.tps = tps

    def seek(self, tp: object, offset: int) -> None:
        assert self.start <= offset < self.end

    async def getmany(self, *tps: object, **_: object) -> dict[object, list[Logged]]:
        return {tp: [self.record] for tp in tps if self.record is not None}


def knowing(offset: int, mark: bytes | None = None) -> dict[int, Owned]:
    states = Tally()
    states.heads[b"qq:g"] = offset
    owned = Owned(0, states, 0)
    owned.mark = mark
    return {0: owned}


async def test_a_log_that_ends_at_or_below_the_fence_ends_the_process() -> None:
    await keeper_of()._check_log(Ends(0, 10), knowing(9), {})

    with pytest.raises(Left, match=r"exit fence_beyond_log: .*t.events 0: knows 10, ends at 10"):
        await keeper_of()._check_log(Ends(0, 10), knowing(10), {})


async def test_a_committed_offset_beyond_the_log_ends_the_process() -> None:
    await keeper_of()._check_log(Ends(0, 10), knowing(3), {0: 10})

    with pytest.raises(Left, match="exit fence_beyond_log"):
        await keeper_of()._check_log(Ends(0, 10), knowing(3), {0: 11})


async def test_a_log_with_another_record_at_the_place_of_the_states_ends_the_process() -> None:
    judged = Logged(b"qq:g", b"then", 5, timestamp=1_000)
    other = Logged(b"qq:g", b"then", 5, timestamp=2_000)
    known = knowing(5, identity.mark(1, judged))

    await keeper_of()._check_log(Ends(0, 10, judged), known, {})
    with pytest.raises(Left, match=r"exit log_replaced: .*t.events 0 5"):
        await keeper_of()._check_log(Ends(0, 10, other), known, {})


async def test_what_was_judged_since_the_recovery_is_known_too_when_it_is_taken_back() -> None:
    mine = keeper_of()
    owned = Owned(0, Tally(), 0)
    judged = Logged(b"qq:g", b"then", 5, timestamp=1_000)
    await mine.write([(owned, [], judged)])

    await mine._check_log(Ends(0, 6, judged), {0: owned}, {})
    with pytest.raises(Left, match="exit fence_beyond_log"):
        await mine._check_log(Ends(0, 1), {0: owned}, {})
    with pytest.raises(Left, match="exit log_replaced"):
        await mine._check_log(Ends(0, 9, Logged(b"qq:g", b"new", 5)), {0: owned}, {})


async def test_a_look_finds_that_the_log_was_made_anew() -> None:
    readers: list[Ends] = [Ends(0, 10), Ends(0, 3)]

    async def open_reader() -> Ends:
        return readers.pop(0)

    mine = keeper_of()
    mine._open_reader = open_reader
    mine.owned = knowing(5)

    await mine.look_for_another_log()
    with pytest.raises(Left, match=r"exit fence_beyond_log: .*t.events 0: knows 5, ends at 3"):
        await mine.look_for_another_log()


async def test_a_record_that_retention_took_is_not_compared() -> None:
    judged = Logged(b"qq:g", b"then", 5, timestamp=1_000)

    await keeper_of()._check_log(Ends(6, 10), knowing(5, identity.mark(1, judged)), {0: 4})


async def test_a_foreign_write_to_an_idle_partition_is_found_at_a_look() -> None:
    mine = keeper_of()
    mine.owned = {0: Owned(0, Tally(), 5)}
    mine._watcher = Ends(0, 5)
    await mine.look_for_foreign_writes()

    mine._watcher = Ends(0, 6)
    with pytest.raises(Left, match=r"exit foreign_write: .*t.state 0: ends at 6, not 5"):
        await mine.look_for_foreign_writes()


async def test_a_look_says_nothing_of_a_partition_that_is_being_written() -> None:
    mine = keeper_of()
    mine.owned = {0: Owned(0, Tally(), 5)}
    mine.owned[0].judging = True
    mine._watcher = Ends(0, 6)

    await mine.look_for_foreign_writes()
