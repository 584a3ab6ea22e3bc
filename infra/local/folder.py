"""A data folder has one owner at a time."""

import fcntl
import os
import time
from pathlib import Path

from infra.local.errors import LocalError

_GRACE_S = 5.0
_POLL_S = 0.05


class FolderLock:
    """An advisory lock on a data folder, held by this process and by its servers.

    The servers inherit the locked file (`fileno`): should this process be killed, the folder
    stays locked until the last of them is gone, and a new start can't meet them in it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._fd: int | None = None

    def acquire(self) -> None:
        """Take the lock, waiting a few seconds for servers of a killed owner to go.

        Raises `LocalError` that names the owner if the folder stays in use.
        """
        # Messages of children and parents are in it: no other user of the machine is let in.
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        fd = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        give_up_at = time.monotonic() + _GRACE_S
        while True:
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                owner = os.pread(fd, 32, 0).decode(errors="replace").strip() or "unknown"
                if _is_running(owner) or time.monotonic() > give_up_at:
                    os.close(fd)
                    raise LocalError(
                        f"the data folder {self._folder} is in use by process {owner}: stop that "
                        f"one first (Ctrl-C in its terminal, or `kill {owner}`), or name another "
                        "folder"
                    ) from None
                time.sleep(_POLL_S)
        os.truncate(fd, 0)
        os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
        self._fd = fd

    def fileno(self) -> int:
        """The locked file, for servers to inherit."""
        if self._fd is None:
            raise AssertionError("the folder is not locked")
        return self._fd

    def release(self) -> None:
        """Give the folder free. Does nothing when it is not held."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


def _is_running(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True
