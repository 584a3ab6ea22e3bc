"""A network that a test may spoil: a TCP proxy on the loopback interface before one broker.

Of Kafka's protocol it knows the frame alone: a length, then in a request its kind, version and
number, in an answer the number of its request. That is enough to lose the answer to a write that
the broker took, or to cut a connection in the middle of a request.

The broker must advertise the proxy's port, or clients go round it: `Cluster(doors={1: port})`.
"""

import asyncio
import struct
from collections import Counter
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Final, Self

from infra.local.ports import HOST, PortLease

PRODUCE: Final = 0
FETCH: Final = 1
OFFSET_COMMIT: Final = 8


class _Line:
    """One client's connection, and its other half to the broker."""

    def __init__(self, client: asyncio.StreamWriter, broker: asyncio.StreamWriter) -> None:
        self.client, self.broker = client, broker
        self.unanswered: set[int] = set()

    def cut(self) -> None:
        """End both halves at once, with nothing more said."""
        for half in (self.client, self.broker):
            half.transport.abort()


class _Fault:
    """What is to befall the next `left` requests of a kind that hold the bytes `about`."""

    def __init__(self) -> None:
        self.kind, self.about, self.left = PRODUCE, b"", 0

    def plan(self, kind: int, about: bytes, count: int) -> None:
        self.kind, self.about, self.left = kind, about, count

    def strikes(self, kind: int, frame: bytes) -> bool:
        """Whether this request is one of them; counted as one, then."""
        if not self.left or kind != self.kind or self.about not in frame:
            return False
        self.left -= 1
        return True


class Proxy:
    """Passes on what clients and the broker say, until told otherwise.

    `latency_s` and `bytes_per_s` apply to each frame of each direction of a connection. While
    `requests` or `answers` is not set, that direction stands still: nothing is lost and nothing
    comes. `hits` counts the faults that struck, by name.
    """

    def __init__(self) -> None:
        self.latency_s = 0.0
        self.bytes_per_s = float("inf")
        self.requests, self.answers = asyncio.Event(), asyncio.Event()
        self.requests.set()
        self.answers.set()
        self.hits: Counter[str] = Counter()
        self.broker_port = 0
        self._ports = PortLease()
        [self.port] = self._ports.take((), 1)
        self._lost, self._torn = _Fault(), _Fault()
        self._lines: set[_Line] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    @property
    def address(self) -> str:
        """Where clients find it."""
        return f"{HOST}:{self.port}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, HOST, self.port)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._server.close()
        self.cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._ports.release()

    # The faults.

    def cut(self) -> int:
        """Cut all connections that are open now; how many."""
        lines = list(self._lines)
        for line in lines:
            line.cut()
        self.hits["cut"] += len(lines)
        return len(lines)

    def lose_answers(self, count: int, *, kind: int = PRODUCE, about: bytes = b"") -> None:
        """Of the next `count` requests of `kind` that hold the bytes `about`: the broker takes
        them, and its answer is lost with the connection.
        """
        self._lost.plan(kind, about, count)

    def tear_requests(self, count: int, *, kind: int = PRODUCE, about: bytes = b"") -> None:
        """Cut the connection in the middle of each of the next `count` such requests."""
        self._torn.plan(kind, about, count)

    async def struck(self, name: str, count: int, limit_s: float = 60) -> None:
        """Wait until a fault has struck so often."""
        async with asyncio.timeout(limit_s):
            while self.hits[name] < count:  # noqa: ASYNC110 - the count grows as clients go on
                await asyncio.sleep(0.02)

    # Passing on.

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            from_broker, to_broker = await asyncio.open_connection(HOST, self.broker_port)
        except OSError:
            writer.transport.abort()
            return
        line = _Line(writer, to_broker)
        self._lines.add(line)
        ways = [
            asyncio.create_task(self._pass(line, reader, self._request)),
            asyncio.create_task(self._pass(line, from_broker, self._answer)),
        ]
        self._tasks.update(ways)
        try:
            await asyncio.wait(ways)
        finally:
            self._tasks.difference_update(ways)
            self._lines.discard(line)

    async def _pass(
        self,
        line: _Line,
        reader: asyncio.StreamReader,
        take: Callable[[_Line, bytes], Awaitable[None]],
    ) -> None:
        """Frame by frame, until either side ends; the other one ends with it."""
        try:
            while True:
                size = await reader.readexactly(4)
                frame = size + await reader.readexactly(int.from_bytes(size, "big"))
                await asyncio.sleep(self.latency_s + len(frame) / self.bytes_per_s)
                await take(line, frame)
        except (OSError, EOFError):
            return
        finally:
            line.cut()

    async def _request(self, line: _Line, frame: bytes) -> None:
        kind, _version, number = struct.unpack_from(">hhi", frame, 4)
        await self.requests.wait()
        if self._torn.strikes(kind, frame):
            line.broker.write(frame[: len(frame) // 2])
            await line.broker.drain()
            self.hits["torn"] += 1
            raise ConnectionAbortedError
        if self._lost.strikes(kind, frame):
            line.unanswered.add(number)
        line.broker.write(frame)
        await line.broker.drain()

    async def _answer(self, line: _Line, frame: bytes) -> None:
        (number,) = struct.unpack_from(">i", frame, 4)
        await self.answers.wait()
        if number in line.unanswered:
            self.hits["lost"] += 1
            raise ConnectionAbortedError
        line.client.write(frame)
        await line.client.drain()
