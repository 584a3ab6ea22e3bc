"""Standard output as every command writes to it: a write that fails is told in one line."""

import io
import os
import sys
from typing import TYPE_CHECKING

from banzhang.failure import Failure

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class Output(io.RawIOBase):
    """A file that turns its own errors into a `Failure`, which no `except OSError` catches.

    A reader that left (`| head`) is still a BrokenPipeError. After a failure, what follows is let
    go: the interpreter flushes once more at its end.
    """

    def __init__(self, fd: int) -> None:
        super().__init__()
        self._fd = fd
        self._lost = False

    def writable(self) -> bool:
        """It is there to be written."""
        return True

    def fileno(self) -> int:
        """The file's number."""
        return self._fd

    def isatty(self) -> bool:
        """Whether a person reads along."""
        return os.isatty(self._fd)

    def write(self, content: "ReadableBuffer", /) -> int:
        """Write some of it. Raises `Failure`, once, and BrokenPipeError."""
        if self._lost:
            return memoryview(content).nbytes
        try:
            return os.write(self._fd, content)
        except BrokenPipeError:
            raise
        except OSError as error:
            self._lost = True
            raise Failure(
                f"standard output can't be written: {error.strerror}; what was printed is "
                "incomplete: make room, or send it elsewhere, and run the command again"
            ) from None


def prepare() -> None:
    """Make the process's own streams ready; what a test put in their place is left as it is.

    Texts are Chinese whatever the locale says; a surrogate in a file's name is not worth a
    traceback.
    """
    _occupy()
    if sys.stdout is sys.__stdout__ and sys.stdout is not None:
        sys.stdout.flush()
        raw = Output(sys.stdout.fileno())
        sys.stdout = io.TextIOWrapper(
            io.BufferedWriter(raw), line_buffering=raw.isatty(), write_through=False
        )
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _occupy() -> None:
    """Open what came closed (`>&-`): else the next file of ours would be standard output."""
    for name, number, mode in (("stdout", 1, os.O_RDONLY), ("stderr", 2, os.O_WRONLY)):
        if getattr(sys, name) is None:
            null = os.open(os.devnull, mode)
            if null != number:
                os.dup2(null, number)
                os.close(null)
            # What is read-only answers a write as a closed file does.
            opened = open(number, "w", closefd=False, encoding="utf-8")  # noqa: SIM115
            setattr(sys, name, opened)
            setattr(sys, f"__{name}__", opened)
