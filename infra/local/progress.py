"""Say how far a download has come: a bar on a terminal, a line now and then elsewhere."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Protocol, TextIO

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, TaskID, TextColumn, TransferSpeedColumn
from rich.progress import Progress as Bar

_LINES = 5


class Progress(Protocol):
    """Takes the bytes that have come, from any thread; a failed try takes its bytes back."""

    def advance(self, size: int) -> None:
        """Count `size` bytes more, or fewer if it is negative."""


class _PlainProgress:
    """One line for each fifth of the way: enough to see that it moves, and short in a CI log."""

    def __init__(self, what: str, total: int, out: TextIO) -> None:
        self._what, self._total, self._out = what, total, out
        self._done = 0
        self._next = total / _LINES
        self._lock = Lock()

    def advance(self, size: int) -> None:
        with self._lock:
            self._done += size
            if self._done >= self._next:
                self._next = self._done + self._total / _LINES
                print(
                    f"{self._what}: {self._done / 1e6:.1f} of {self._total / 1e6:.1f} MB",
                    file=self._out,
                    flush=True,
                )


class _RichProgress:
    """A bar with the amount and the speed."""

    def __init__(self, bar: Bar, task: TaskID) -> None:
        self._bar, self._task = bar, task

    def advance(self, size: int) -> None:
        self._bar.advance(self._task, size)


@contextmanager
def progress_of(what: str, total: int) -> Iterator[Progress]:
    """Show on standard error how much of `total` bytes of `what` has come."""
    if not sys.stderr.isatty():
        print(f"{what}: fetching {total / 1e6:.1f} MB", file=sys.stderr, flush=True)
        yield _PlainProgress(what, total, sys.stderr)
        return
    columns = TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn()
    with Bar(*columns, console=Console(stderr=True)) as bar:
        yield _RichProgress(bar, bar.add_task(what, total=total))
