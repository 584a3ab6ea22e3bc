"""Folders of the servers' files: whose they are, and what to say of one that can't be used."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from banzhang.failure import Failure
from infra.local import LocalError
from infra.local.folder import FolderLock
from infra.local.jars import cache_folder


@contextlib.contextmanager
def owned(folder: Path, mend: str) -> Iterator[None]:
    """Own the folder, made where it is missing. `mend` says how to name another.

    Raises `Failure` for one that is in use, or can't be used.
    """
    lock = FolderLock(folder)
    try:
        lock.acquire()
    except LocalError as error:
        raise Failure(f"{error} ({mend})") from None
    except OSError as error:
        raise unusable(error, folder, mend) from None
    try:
        yield
    finally:
        lock.release()


def unusable(error: OSError, folder: Path, mend: str) -> Failure:
    """What an error of the file system means for the one who started it, in one line.

    The servers' files lie in `folder`, what was fetched in the cache; anything else is told as
    the system says it.
    """
    reason = error.strerror or str(error)
    if error.filename is None:
        return Failure(f"{reason}; the files are in {folder} ({mend})")
    at, cache = Path(os.fsdecode(error.filename)).absolute(), cache_folder().absolute()
    if _on_the_way(at, cache) and not _on_the_way(at, folder):
        return Failure(
            f"{cache}: {reason}; Kafka's files are fetched into it: name a folder that can be "
            "written by BANZHANG_CACHE, or an unpacked Kafka by BANZHANG_KAFKA_HOME"
        )
    where = folder if _on_the_way(at, folder) else at
    return Failure(f"{where}: {reason}; name a folder that can be written ({mend})")


def _on_the_way(at: Path, folder: Path) -> bool:
    return at.is_relative_to(folder) or folder.is_relative_to(at)
