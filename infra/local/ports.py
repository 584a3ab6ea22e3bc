"""Ports on the loopback interface that stay ours, also while a server is down.

The usual trick, to bind port 0 and close it again, gives a number out of the range from which
the kernel serves every outgoing connection of the machine. A broker that was killed and is
started again would now and then find its port taken. So ports are taken from below that range,
where nobody gets one by chance, and held against our own other processes by a locked file each.
"""

import fcntl
import os
import random
import socket
import tempfile
from collections.abc import Iterable
from pathlib import Path

from infra.local.errors import LocalError

HOST = "127.0.0.1"
_LOWEST = 20_000
_HIGHEST = 32_000


class PortLease:
    """Ports that this process holds until `release`."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.gettempdir()) / f"banzhang-ports-{os.getuid()}"
        self._held: dict[int, int] = {}

    def take(self, preferred: Iterable[int], count: int) -> list[int]:
        """Return `count` free ports and hold them.

        The preferred ones (those of the last start) are given if all of them are still free, so
        that a client's settings outlive a restart. Raises `LocalError` if there are none.
        """
        wanted = list(preferred)
        if len(wanted) == count and all(self._try(port) for port in wanted):
            return wanted
        self.release()
        # A random order, so that processes starting together do not race for the same port.
        for port in random.sample(range(_LOWEST, _HIGHEST), _HIGHEST - _LOWEST):
            if len(self._held) == count:
                break
            self._try(port)
        if len(self._held) < count:
            self.release()
            raise LocalError(
                f"no {count} free ports between {_LOWEST} and {_HIGHEST} on {HOST}: end some of "
                "the servers that listen there"
            )
        return list(self._held)

    def release(self) -> None:
        """Give all ports free."""
        for fd in self._held.values():
            os.close(fd)
        self._held.clear()

    def _try(self, port: int) -> bool:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        fd = os.open(self._folder / str(port), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(fd)
            return False
        if not _is_free(port):
            os.close(fd)
            return False
        self._held[port] = fd
        return True


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As the servers themselves do: connections of the last start that linger are no
        # obstacle, a listener is.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True
