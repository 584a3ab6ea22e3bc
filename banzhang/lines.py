"""JSON lines in and out, as bytes, whatever the locale."""

import asyncio
import contextlib
import io
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import BinaryIO, Final

from banzhang.failure import USAGE, Failure

_SPOOLED_BYTES: Final = 32 << 20
_READ_BYTES: Final = 1 << 20


@contextlib.contextmanager
def opened(path: str) -> Iterator[BinaryIO]:
    """The file to read, or standard input for `-`. Raises `Failure` if there is none."""
    if path == "-":
        yield sys.stdin.buffer
        return
    try:
        file = Path(path).expanduser().open("rb")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not a path"
        raise Failure(f"{path}: {reason}; name a file of JSON lines, or -", code=USAGE) from None
    with file:
        yield file


@contextlib.contextmanager
def seekable(file: BinaryIO) -> Iterator[BinaryIO]:
    """The same bytes so that they can be read more than once: a pipe's are put by."""
    if file.seekable():
        yield file
        return
    with tempfile.SpooledTemporaryFile(_SPOOLED_BYTES) as spool:
        for line in file:
            spool.write(line)
        spool.seek(0)
        yield spool  # type: ignore[misc]


async def arriving(file: BinaryIO) -> AsyncIterator[list[bytes]]:
    """A file's lines as they come, some at a time: whoever types them, or a pipe, may take long, and
    what else runs on the loop goes on meanwhile.
    """
    rest = b""
    while came := await asyncio.to_thread(_read, file):
        *lines, rest = (rest + came).split(b"\n")
        yield lines
    if rest:
        yield [rest]


def _read(file: BinaryIO) -> bytes:
    """What is there, up to a bound; waits for some, and is empty at the end only."""
    return (
        file.read1(_READ_BYTES) if isinstance(file, io.BufferedReader) else file.read(_READ_BYTES)
    )


class Printer:
    """Standard output as bytes: each line at once for a person, in blocks for a pipe."""

    def __init__(self) -> None:
        out = sys.stdout
        # A test's captured output has no bytes below it.
        self._out: BinaryIO | None = out.buffer if isinstance(out, io.TextIOWrapper) else None
        self._each = out.isatty()

    def line(self, content: bytes) -> None:
        """Write one line. Raises BrokenPipeError when nobody reads any more."""
        if self._out is None:
            print(content.decode("utf-8", "backslashreplace"))
            return
        self._out.write(content + b"\n")
        if self._each:
            self._out.flush()

    def flush(self) -> None:
        """Write what is held back."""
        sys.stdout.flush()
