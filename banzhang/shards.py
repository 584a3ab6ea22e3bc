"""A log's groups dealt out to processes that judge side by side, and what they found put together.

The lines of a group go to one process, in order; a line about all groups goes to each. A process
asks for its next block when it has judged the last, so that a slow one is never sent more than it
can take, and a handful of blocks is all that waits here.
"""

import multiprocessing
import signal
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnContext
from typing import Final, NamedTuple, Protocol, Self

import msgspec

from banzhang.failure import Failure
from streams.backtest import Comparison, Shard, merged
from streams.pipeline import place_of_line
from streams.policy.compile import compile_pack
from streams.readings import Readings

BLOCK_BYTES: Final = 1 << 20
WAITING_MAX: Final = 4
"""So many blocks may wait for one process before the log is read on."""
_END: Final = b""
"""In place of a block: there is no more, answer."""
_END_S: Final = 10.0

_encode = msgspec.msgpack.Encoder().encode
_blocks = msgspec.msgpack.Decoder(tuple[list[int], list[bytes]])
_comparisons = msgspec.msgpack.Decoder(Comparison)


class Job(NamedTuple):
    """What every shard is told: both packs as published, and the partitions of each generation."""

    new: bytes
    old: bytes | None
    partitions: Mapping[int, int]

    def shard(self) -> Shard:
        """An empty shard. Both packs share what they read in texts, which costs most of all."""
        readings = Readings()
        old = None if self.old is None else compile_pack(self.old, readings)
        return Shard(compile_pack(self.new, readings), old, self.partitions)


class Judging(Protocol):
    """Where shards are judged: in this process, or in some of their own."""

    @property
    def shards(self) -> int:
        """How many there are."""

    def give(self, at: int, numbers: Sequence[int], lines: Sequence[bytes]) -> None:
        """Let shard `at` judge the next lines, some time."""

    def compared(self) -> Comparison:
        """Judge what is left, and put together what all found."""

    def close(self) -> None:
        """Give up what is not judged yet."""


class Here:
    """One shard, judged in this process."""

    shards = 1

    def __init__(self, job: Job) -> None:
        self._shard = job.shard()

    def give(self, at: int, numbers: Sequence[int], lines: Sequence[bytes]) -> None:
        """Judge the next lines, now."""
        self._shard.judge(numbers, lines)

    def compared(self) -> Comparison:
        """What is different."""
        return merged([self._shard.compared()])

    def close(self) -> None:
        """Nothing is left."""


class _Child:
    """A process that judges one shard, and the blocks that wait for it."""

    def __init__(self, context: SpawnContext, job: Job) -> None:
        self.blocks: deque[bytes] = deque()
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=_judge, args=(theirs, job), daemon=True)
        self.process.start()
        theirs.close()

    def ask(self) -> bytes:
        """What the process says next. Raises `Failure` if it ended."""
        try:
            return self.connection.recv_bytes()
        except (EOFError, OSError):
            raise self._ended() from None

    def send(self) -> None:
        """Send the block that waits longest. Raises `Failure` if the process ended."""
        try:
            self.connection.send_bytes(self.blocks.popleft())
        except OSError:
            raise self._ended() from None

    def _ended(self) -> Failure:
        self.process.join(_END_S)
        return Failure(
            f"a process that judged ended by itself (exit code {self.process.exitcode}); if memory "
            "ran out, name fewer with --workers"
        )


class There:
    """Shards that are judged in a process each. The processes end when this one does."""

    def __init__(self, job: Job, shards: int) -> None:
        context = multiprocessing.get_context("spawn")
        # Ctrl-C reaches the whole terminal: the children are ended by us, and say nothing.
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            self._children = [_Child(context, job) for _ in range(shards)]
        finally:
            signal.signal(signal.SIGINT, before)

    @property
    def shards(self) -> int:
        """How many there are."""
        return len(self._children)

    def give(self, at: int, numbers: Sequence[int], lines: Sequence[bytes]) -> None:
        """Let the lines wait for their process; wait with them where too many do already."""
        self._children[at].blocks.append(_encode((numbers, lines)))
        self._hand_over(WAITING_MAX)

    def compared(self) -> Comparison:
        """Hand over all that waits, and put the answers together. Raises `Failure` if a process
        ended before.
        """
        for child in self._children:
            child.blocks.append(_END)
        self._hand_over(0)
        return merged([_comparisons.decode(child.ask()) for child in self._children])

    def close(self) -> None:
        """End the processes, whatever they do."""
        for child in self._children:
            child.connection.close()
            child.process.terminate()
        for child in self._children:
            child.process.join(_END_S)

    def _hand_over(self, waiting_max: int) -> None:
        """Send blocks to whoever asks for one, until nowhere more than `waiting_max` wait."""
        while asking := {child.connection: child for child in self._children if child.blocks}:
            full = any(len(child.blocks) > waiting_max for child in self._children)
            ready = wait(asking, None if full else 0)
            if not ready:
                return
            for connection in ready:
                child = asking[connection]  # type: ignore[index]
                child.ask()
                child.send()


class Deal:
    """Deals lines out by group: a new group to the next shard in turn."""

    def __init__(self, judging: Judging) -> None:
        self._judging = judging
        self._of_group: dict[str, int] = {}
        self._hands = [_Hand() for _ in range(judging.shards)]

    @classmethod
    def among(cls, workers: int, job: Job) -> Self:
        """Among so many processes; a single one is this."""
        return cls(Here(job) if workers == 1 else There(job, workers))

    def line(self, number: int, line: bytes) -> None:
        """Deal a line out, without blanks around it; `number` tells it from others, and rises."""
        where = place_of_line(line)
        if where.concerns_all:
            for at in range(len(self._hands)):
                self._add(at, number, line)
            return
        # What names no group is no event, and whoever is asked says so.
        group = where.group or ""
        at = self._of_group.setdefault(group, len(self._of_group) % len(self._hands))
        self._add(at, number, line)

    def compared(self) -> Comparison:
        """Judge what is left, and put together what all found."""
        for at in range(len(self._hands)):
            self._give(at)
        return self._judging.compared()

    def close(self) -> None:
        """End what was begun, also where not all was judged."""
        self._judging.close()

    def _add(self, at: int, number: int, line: bytes) -> None:
        hand = self._hands[at]
        hand.numbers.append(number)
        hand.lines.append(line)
        hand.size += len(line)
        if hand.size >= BLOCK_BYTES:
            self._give(at)

    def _give(self, at: int) -> None:
        hand, self._hands[at] = self._hands[at], _Hand()
        if hand.lines:
            self._judging.give(at, hand.numbers, hand.lines)


class _Hand:
    """Lines that wait to be a block."""

    __slots__ = ("lines", "numbers", "size")

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.lines: list[bytes] = []
        self.size = 0


def _judge(connection: Connection, job: Job) -> None:
    """What a process does: ask for a block, judge it, until an empty one; then answer."""
    shard = job.shard()
    with suppress(EOFError, OSError):  # Who asked left: nobody wants an answer.
        while True:
            connection.send_bytes(b"?")
            block = connection.recv_bytes()
            if block == _END:
                break
            shard.judge(*_blocks.decode(block))
        connection.send_bytes(_encode(shard.compared()))
