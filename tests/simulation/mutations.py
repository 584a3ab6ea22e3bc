"""Faults that are built in on purpose, each in one real part: the simulation must find every one."""

from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from typing import Any, Final, NamedTuple
from unittest import mock

from aiokafka import TopicPartition

from agents import app, identity, outbox, survivors
from agents.fetch import Fetch
from agents.judge import Judge, Piece
from agents.ledger import Ledger
from agents.outbox import Outbox, Writable
from agents.survivors import Logged, Survivors
from streams import identity as identity_of
from streams import turn
from streams.partition import Partition, Reading, Verdict
from tests.simulation.loop import HOST
from tests.simulation.process import Process, running


class Mutation(NamedTuple):
    """Stand-ins: (owner, name, what stands in its place)."""

    stand_ins: tuple[tuple[Any, str, Any], ...]

    @contextmanager
    def planted(self) -> Iterator[None]:
        """The faults, for a while."""
        with ExitStack() as stack:
            for owner, name, stand_in in self.stand_ins:
                stack.enter_context(mock.patch.object(owner, name, stand_in))
            yield


def one(owner: Any, name: str, stand_in: Any) -> Mutation:
    """A mutation of one part."""
    return Mutation(((owner, name, stand_in),))


# The order of a settle.


async def _commit_first(judge: Judge, fetch: Fetch, pieces: Sequence[Piece]) -> bool:
    async with judge.ledger.turn(fetch.topic):
        if judge.is_over(fetch):
            return False
        for piece in pieces:
            judge.ledger.check(piece.tp, piece.first)
        verdicts = await judge.judged(pieces)
        judge.confirm(pieces)
        await judge.deliver(pieces, verdicts)
        if judge.is_over(fetch):
            return False
        await judge.write(pieces, verdicts)
    return await judge.provided(fetch, verdicts)


async def _states_first(judge: Judge, fetch: Fetch, pieces: Sequence[Piece]) -> bool:
    async with judge.ledger.turn(fetch.topic):
        if judge.is_over(fetch):
            return False
        for piece in pieces:
            judge.ledger.check(piece.tp, piece.first)
        verdicts = await judge.judged(pieces)
        judge.lease.check("before the states")
        await judge.write(pieces, verdicts)
        if judge.is_over(fetch):
            return False
        judge.lease.check("before the actions")
        await judge.deliver(pieces, verdicts)
        if judge.is_over(fetch):
            return False
        judge.confirm(pieces)
    return await judge.provided(fetch, verdicts)


# The fence, and the log's identity.

_judge = Partition.judge


def _judge_unfenced(partition: Partition, reading: Reading, packs: Any) -> Verdict:
    for group in partition.groups.values():
        group.offset = -1
    return _judge(partition, reading, packs)


def _same_whatever(value: bytes, record: object) -> bool:
    return True


# Confirms.


def _confirm_over_a_hole(ledger: Ledger, tp: TopicPartition, first: int, following: int) -> None:
    ledger.lines[tp].next = following


def _check_nothing(ledger: Ledger, tp: TopicPartition, first: int) -> None:
    """A hole is no reason to stop."""


async def _swallow(settle: app.Settle, fetch: Fetch) -> None:
    """As Faust acknowledges an event whose body raised."""
    try:
        await settle(fetch)
    except Exception:  # noqa: BLE001 — The fault that is planted.
        ledger = running().ledger
        for tp, span in fetch.spans.items():
            if tp in ledger.lines:
                ledger.lines[tp].next = span.following


# Recovery.


def _last_wins(
    survivors_: Survivors, key: bytes, value: bytes | None, known: object, new: Logged
) -> None:
    if value is None:
        survivors_.values.pop(key, None)
        survivors_.tombstones[key] = b""
    else:
        survivors_.tombstones.pop(key, None)
        survivors_.values[key] = value


def _nothing_lost(survivors_: Survivors) -> list[Any]:
    return []


def _without_place(record: Logged) -> bytes:
    return b""


# Assignments.


def _never_over(judge: Judge, fetch: Fetch) -> bool:
    return False


@asynccontextmanager
async def _hand_over_at_once(ledger: Ledger, limit_s: float) -> AsyncIterator[None]:
    yield
    ledger.lines.clear()
    ledger.epoch += 1


# Batches, and ids.

_fill = Outbox.fill


def _split(
    outbox_: Outbox, topic: str, bytes_max: int, groups: Iterable[Sequence[Writable]]
) -> list[outbox.Batch]:
    records = [[record] for group in groups for record in group]
    return _fill(outbox_, topic, bytes_max, records)


_action_id = identity_of.action_id


def _id_from_the_clock(*cause: str | int) -> str:
    host = HOST.get()  # The oracle has none, and no clock.
    return _action_id(*cause, str(host.world.loop.now) if isinstance(host, Process) else "")


MUTATIONS: Final[dict[str, Mutation]] = {
    "commit before write": one(Judge, "settle_part", _commit_first),
    "state before actions": one(Judge, "settle_part", _states_first),
    "no fence": one(Partition, "judge", _judge_unfenced),
    "a fence without the log's identity": one(identity, "same", _same_whatever),
    "confirm over a hole": Mutation(
        ((Ledger, "confirm", _confirm_over_a_hole), (Ledger, "check", _check_nothing))
    ),
    "an exception swallowed": one(app, "guarded", _swallow),
    "last write wins at recovery": one(Survivors, "_compare", _last_wins),
    "winners not written again before compaction": one(Survivors, "rewrites", _nothing_lost),
    "an old assignment's settle kept": one(Judge, "is_over", _never_over),
    "a group split over two batches": one(Outbox, "fill", _split),
    "a tombstone without its place": one(survivors, "place_in_header", _without_place),
    "a handover that does not wait": one(Ledger, "handover", _hand_over_at_once),
    "an id from the clock": one(turn, "action_id", _id_from_the_clock),
}
