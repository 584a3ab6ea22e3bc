"""An event loop in which time passes only by waiting, and in which processes can be frozen.

Each step belongs to a host: the process whose code it runs, or nobody. A frozen host's steps are
held back until it goes on, as SIGSTOP does it; a dead one's are dropped, as SIGKILL does it: no
`finally` runs, no timer fires. There are no threads and no sockets, so a history is the same on
every machine.
"""

import asyncio
import contextvars
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import suppress
from heapq import heappop, heappush
from typing import Any, Final

STEPS_MAX: Final = 400_000
"""Of one history: one that takes more goes in circles."""


class Endless(Exception):
    """A history did not come to its end."""


class Host:
    """A process, as the loop knows it. `tasks`: all that it ever began, to be tidied away."""

    def __init__(self) -> None:
        self.is_dead = False
        self.held: deque[Step] | None = None
        self.tasks: list[asyncio.Task[Any]] = []


HOST: Final[contextvars.ContextVar[Host | None]] = contextvars.ContextVar("host", default=None)
_NOBODY: Final = contextvars.Context()


class Step:
    """What is to be run: asyncio's handle without what only a real loop needs."""

    __slots__ = ("args", "callback", "context", "host")

    def __init__(
        self,
        callback: Callable[..., object],
        args: tuple[Any, ...],
        context: contextvars.Context | None,
    ) -> None:
        self.callback: Callable[..., object] | None = callback
        self.args = args
        self.context = contextvars.copy_context() if context is None else context
        self.host = self.context.get(HOST)

    def cancel(self) -> None:
        """Never run it."""
        self.callback = None


class VirtualLoop(asyncio.BaseEventLoop):
    """One loop, reused over histories. `now` is virtual time in seconds."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.steps_left = STEPS_MAX
        self._soon: deque[Step] = deque()
        self._later: list[tuple[float, int, Step]] = []
        self._count = 0
        # What goes wrong within a process ends it; what its dead leave behind is told to nobody.
        self.set_exception_handler(lambda loop, context: None)

    def _asyncgen_finalizer_hook(self, agen: object) -> None:
        """What a dead process left half done stays so."""

    get_debug = staticmethod(bool)
    """Never; asyncio asks at each future, so it is answered without a step of Python's."""

    def time(self) -> float:
        """Virtual time."""
        return self.now

    def call_soon(  # type: ignore[override]
        self,
        callback: Callable[..., object],
        *args: Any,
        context: contextvars.Context | None = None,
    ) -> Step:
        """As asyncio's."""
        step = Step(callback, args, context)
        self._soon.append(step)
        return step

    def call_at(  # type: ignore[override]
        self,
        when: float,
        callback: Callable[..., object],
        *args: Any,
        context: contextvars.Context | None = None,
    ) -> Step:
        """As asyncio's. What is due at the same time comes in the order in which it was asked."""
        step = Step(callback, args, context)
        self._count += 1
        heappush(self._later, (when, self._count, step))
        return step

    def call_later(  # type: ignore[override]
        self,
        delay: float,
        callback: Callable[..., object],
        *args: Any,
        context: contextvars.Context | None = None,
    ) -> Step:
        """As asyncio's."""
        return self.call_at(self.now + delay, callback, *args, context=context)

    def create_task(  # type: ignore[override]
        self,
        coro: Coroutine[Any, Any, Any],
        *,
        name: str = "",
        context: contextvars.Context | None = None,
    ) -> asyncio.Task[Any]:
        """As asyncio's; the task is its host's."""
        task = asyncio.Task(coro, loop=self, name=name, context=context)
        host = HOST.get() if context is None else context.get(HOST)
        if host is not None:
            host.tasks.append(task)
        return task

    def _run_once(self) -> None:
        """Run what is ready; where nothing is, let time pass up to the next timer."""
        soon = self._soon
        if not soon:
            self._pass_time()
        self.steps_left -= len(soon)
        if self.steps_left < 0:
            raise Endless("it goes in circles")
        for _ in range(len(soon)):
            step = soon.popleft()
            host, callback = step.host, step.callback
            if host is not None and (host.is_dead or host.held is not None):
                if host.held is not None and not host.is_dead:
                    host.held.append(step)
            elif callback is not None:
                step.context.run(callback, *step.args)

    def _pass_time(self) -> None:
        soon, later = self._soon, self._later
        while later and later[0][2].callback is None:
            heappop(later)
        if not later:
            raise Endless("everybody waits for ever")
        self.now = max(self.now, later[0][0])
        while later and later[0][0] <= self.now:
            soon.append(heappop(later)[2])

    def freeze(self, host: Host, seconds: float) -> None:
        """Run no step of a host for so long."""
        if host.held is None:
            host.held = deque()
            self.outside(seconds, self._thaw, host)

    def _thaw(self, host: Host) -> None:
        held, host.held = host.held, None
        self._soon.extend(held or ())

    def begin(self, host: Host | None, coro: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Begin a task of a host's; all that it begins belongs to the host too."""
        context = contextvars.Context()
        context.run(HOST.set, host)
        return self.create_task(coro, context=context)

    def outside(self, delay_s: float, callback: Callable[..., object], *args: Any) -> None:
        """Call back after a while on behalf of nobody: what happens in the network or a broker."""
        self.call_at(self.now + delay_s, callback, *args, context=_NOBODY)

    def forget_all(self) -> None:
        """Drop all that is left of a history."""
        self._soon.clear()
        self._later.clear()
        self.now, self.steps_left, self._count = 0.0, STEPS_MAX, 0


def tidy(host: Host) -> None:
    """Close what a host left unfinished, so that nothing of it is told at its collection."""
    for task in host.tasks:
        if not task.done():
            task._log_destroy_pending = False  # type: ignore[attr-defined]
            # It may want to wait for something on its way out; it is dead.
            with suppress(RuntimeError):
                task.get_coro().close()
        elif not task.cancelled():
            task.exception()
    host.tasks.clear()
