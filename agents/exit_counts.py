"""Exits by name, counted in a file: a counter in memory can't outlive `os._exit`.

A file, and not the supervisor, because there are several (`banzhang up`, compose, an orchestrator)
and each tells an exit code at most; a worker that finds the file serves the counts itself. What
ends a worker without a name (kill -9, lack of memory) is not in it.
"""

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

FILE_BYTES_MAX: Final = 1 << 16
"""More than all names with their counts; what is larger is some other file."""

_decoder = msgspec.json.Decoder(dict[str, int])


def read(file: Path) -> Mapping[str, int]:
    """The counts by name; none where there is no file yet, or one that holds none."""
    try:
        with file.open("rb") as found:
            counts = _decoder.decode(found.read(FILE_BYTES_MAX))
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return {name: count for name, count in counts.items() if count > 0}


def add(file: Path, name: str) -> None:
    """Count one exit. A file that can't be written is no reason not to end."""
    counts = {**read(file)}
    counts[name] = counts.get(name, 0) + 1
    # Replaced as a whole: a machine that dies meanwhile leaves the old counts, not half a file.
    fresh = file.with_name(f"{file.name}.{os.getpid()}")
    with contextlib.suppress(OSError):
        fresh.write_bytes(msgspec.json.encode(counts))
        fresh.replace(file)
