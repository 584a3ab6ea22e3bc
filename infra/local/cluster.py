"""Apache Kafka on this machine: one broker for daily use, three for tests."""

import json
import os
import shutil
import subprocess
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from infra.local.broker_settings import LOG4J, Door, broker_settings, properties
from infra.local.errors import LocalError
from infra.local.folder import FolderLock
from infra.local.jars import kafka_jars
from infra.local.java import find_java
from infra.local.lifeline import Lifeline
from infra.local.ports import HOST, PortLease
from infra.local.probe import alive_brokers
from infra.local.process import Process, quoted_end

_START_LIMIT_S = 90.0
_FORMAT_LIMIT_S = 90.0
_STOP_LIMIT_S = 30.0


@dataclass(frozen=True, kw_only=True)
class JvmOptions:
    """How the brokers' Java runs: `heap_mb` megabytes of heap, and further flags."""

    heap_mb: int
    flags: tuple[str, ...]


# Up in the shortest time with the smallest footprint: for tests and a quiet daily use.
FAST_START = JvmOptions(heap_mb=512, flags=("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"))
# The optimising compiler and a heap that a benchmark does not fill.
THROUGHPUT = JvmOptions(heap_mb=1024, flags=("-XX:+UseSerialGC",))


@dataclass
class _Identity:
    """What a data folder remembers of its cluster, in `cluster.json`.

    `formatted` is set once all brokers' storage is complete: a start that was killed before has
    left no data, and the next one formats from the beginning.
    """

    cluster_id: str
    brokers: int
    ports: list[int]
    formatted: bool

    @classmethod
    def read(cls, folder: Path, brokers: int) -> Self:
        """Read it, or make a new one. Raises `LocalError` if it is of another size."""
        file = folder / "cluster.json"
        if not file.exists():
            return cls(cluster_id=_kafka_uuid(), brokers=brokers, ports=[], formatted=False)
        identity = cls(**json.loads(file.read_text(encoding="utf-8")))
        if identity.brokers != brokers:
            raise LocalError(
                f"the data folder {folder} belongs to a cluster of {identity.brokers} brokers, "
                f"not {brokers}: start it with that many, or name another folder"
            )
        return identity

    def write(self, folder: Path) -> None:
        """Replace the file in one step."""
        new = folder / "cluster.json.new"
        new.write_text(json.dumps(asdict(self)), encoding="utf-8")
        new.replace(folder / "cluster.json")


@dataclass(frozen=True)
class _Broker:
    """One broker's place: ids count from 1."""

    id: int
    port: int
    controller_port: int
    folder: Path
    process: Process
    door: Door | None


class Cluster:
    """A Kafka cluster of one or three brokers, with all its files in one folder.

    Use it as a context manager, or call `start` and `stop`. Calls block; the object is not for
    several threads at once. A stopped cluster may be started again: data and, where they are
    still free, ports are the same. The brokers die with this process, however it ends.
    """

    def __init__(
        self,
        data_dir: Path,
        brokers: int = 1,
        *,
        jvm: JvmOptions = FAST_START,
        settings: Mapping[str, str] | None = None,
        doors: Mapping[int, int] | None = None,
    ) -> None:
        """Name the folder, and how many brokers; `settings` overrides brokers' settings.

        `doors` gives brokers, by their ids, a second entrance whose address is told as that port
        of the loopback interface: a test's proxy stands there. Nothing is touched before `start`.
        A folder keeps the number of brokers that it was made with.
        """
        if brokers not in (1, 3):
            raise LocalError(f"a local cluster has 1 or 3 brokers, not {brokers}")
        self._folder = data_dir.absolute()
        self._ids = range(1, brokers + 1)
        self._jvm = jvm
        self._settings = dict(settings or {})
        self._doors = dict(doors or {})
        self._lock = FolderLock(self._folder)
        self._ports = PortLease()
        self._lifeline = Lifeline()
        self._brokers: dict[int, _Broker] = {}

    def start(self) -> None:
        """Start all brokers and return once each of them knows all others alive.

        Fetches Kafka the first time (progress goes to standard error). Raises `LocalError`; then
        nothing is left running.
        """
        if self._brokers:
            raise LocalError(f"the cluster in {self._folder} is running already")
        java, jars = find_java(), kafka_jars()
        self._lock.acquire()
        try:
            identity = _Identity.read(self._folder, len(self._ids))
            self._place(identity, java, jars)
            if not identity.formatted:
                self._format(identity, java, jars)
            identity.write(self._folder)
            for broker in self._brokers.values():
                self._launch(broker)
            for broker in self._brokers.values():
                self._await(broker, set(self._ids))
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop all brokers, cleanly where they answer in time. Nothing if there are none."""
        # All are asked before any is waited for: a broker of three that is asked last has no
        # controller left to agree to its leave, and would wait for one in vain.
        for broker in self._brokers.values():
            broker.process.terminate()
        for broker in self._brokers.values():
            broker.process.stop(_STOP_LIMIT_S)
        self._brokers = {}
        self._lifeline.close()
        self._ports.release()
        self._lock.release()

    def kill(self, broker: int = 1) -> None:
        """End one broker with SIGKILL, as a power cut would."""
        self._broker(broker).process.kill()

    def stop_broker(self, broker: int = 1) -> None:
        """Stop one broker cleanly."""
        self._broker(broker).process.stop(_STOP_LIMIT_S)

    def start_broker(self, broker: int = 1) -> None:
        """Start a broker that was stopped or killed, on its old port, and wait until it serves."""
        self.start_brokers([broker])

    def start_brokers(self, brokers: Sequence[int]) -> None:
        """The same for several at once: the first of three serves nobody before the second is up."""
        places = [self._broker(broker) for broker in brokers]
        for place in places:
            if place.process.pid is not None:
                raise LocalError(f"broker {place.id} is running already")
        for place in places:
            self._launch(place)
        for place in places:
            self._await(place, {place.id})

    def is_running(self, broker: int = 1) -> bool:
        """Whether the broker's process lives; it may have ended by itself."""
        return self._broker(broker).process.pid is not None

    def pid(self, broker: int = 1) -> int:
        """The broker's process number, for signals of a test. Raises `LocalError` if it is down."""
        pid = self._broker(broker).process.pid
        if pid is None:
            raise LocalError(f"broker {broker} is not running")
        return pid

    def door(self, broker: int = 1) -> int:
        """The port of the broker's second entrance."""
        door = self._broker(broker).door
        if door is None:
            raise LocalError(f"broker {broker} was given no second entrance")
        return door.port

    def log(self, broker: int = 1) -> Path:
        """The broker's log file."""
        return self._broker(broker).process.log

    @property
    def bootstrap(self) -> str:
        """The addresses of all brokers, as clients take them: `127.0.0.1:PORT[,...]`."""
        if not self._brokers:
            raise LocalError(f"the cluster in {self._folder} is not running")
        return ",".join(f"{HOST}:{broker.port}" for broker in self._brokers.values())

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

    def _broker(self, number: int) -> _Broker:
        if number not in self._brokers:
            raise LocalError(f"there is no broker {number}, or the cluster is not running")
        return self._brokers[number]

    def _place(self, identity: _Identity, java: Path, jars: list[Path]) -> None:
        """Give each broker its ports, folder and process, and write its settings."""
        count = 2 * len(self._ids) + len(self._doors)
        ports = identity.ports = self._ports.take(identity.ports, count)
        voters = {number: ports[2 * number - 1] for number in self._ids}
        inner = ports[2 * len(self._ids) :]
        doors = {
            number: Door(port, self._doors[number])
            for number, port in zip(sorted(self._doors), inner, strict=True)
        }
        for number in self._ids:
            folder = self._folder / f"broker-{number}"
            folder.mkdir(exist_ok=True)
            broker = _Broker(
                id=number,
                port=ports[2 * number - 2],
                controller_port=voters[number],
                folder=folder,
                process=Process(
                    f"Kafka broker {number}",
                    self._java_command(java, jars, folder, "kafka.Kafka", "server.properties"),
                    self._folder / "logs" / f"broker-{number}.log",
                    self._lifeline,
                ),
                door=doors.get(number),
            )
            wanted = broker_settings(number, broker.port, voters, broker.door) | self._settings
            (folder / "server.properties").write_text(properties(wanted), encoding="utf-8")
            (folder / "log4j2.properties").write_text(LOG4J, encoding="utf-8")
            self._brokers[number] = broker

    def _java_command(
        self, java: Path, jars: list[Path], folder: Path, *arguments: str
    ) -> list[str]:
        return [
            str(java),
            f"-Xms{self._jvm.heap_mb // 4}m",
            f"-Xmx{self._jvm.heap_mb}m",
            *self._jvm.flags,
            # Native libraries of the codecs are unpacked into it; /tmp is often mounted noexec,
            # and a broker that was killed would leave them there.
            f"-Djava.io.tmpdir={folder}",
            "-Dlog4j2.configurationFile=log4j2.properties",
            "-XX:-UsePerfData",
            "-XX:+ExitOnOutOfMemoryError",
            "-Djava.awt.headless=true",
            "-cp",
            os.pathsep.join(str(jar) for jar in jars),
            *arguments,
        ]

    def _format(self, identity: _Identity, java: Path, jars: list[Path]) -> None:
        """Make the brokers' storage, by Kafka's own tool for the first one.

        The others get a copy with their own ids: the tool needs two seconds of Java for each.
        """
        first, *others = self._brokers.values()
        for broker in self._brokers.values():
            shutil.rmtree(broker.folder / "log", ignore_errors=True)
        arguments = ["kafka.tools.StorageTool", "format", "-t", identity.cluster_id]
        arguments += ["-c", "server.properties"]
        log = self._folder / "logs" / "format.log"
        log.parent.mkdir(exist_ok=True)
        with log.open("wb") as output:
            done = subprocess.run(
                self._java_command(java, jars, first.folder, *arguments),
                cwd=first.folder,
                env=_java_environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=_FORMAT_LIMIT_S,
                check=False,
            )
        if done.returncode != 0:
            said = quoted_end(log)
            raise LocalError(f"Kafka could not format its storage; its log is {log}{said}")
        for broker in others:
            shutil.copytree(first.folder / "log", broker.folder / "log")
            (broker.folder / "log" / "meta.properties").write_text(
                properties(
                    {
                        "version": "1",
                        "cluster.id": identity.cluster_id,
                        "node.id": str(broker.id),
                        "directory.id": _kafka_uuid(),
                    }
                ),
                encoding="utf-8",
            )
        identity.formatted = True

    def _launch(self, broker: _Broker) -> None:
        broker.process.start(broker.folder, self._lock.fileno(), _java_environment())

    @staticmethod
    def _await(broker: _Broker, others: set[int]) -> None:
        broker.process.wait_until(lambda: others <= alive_brokers(broker.port), _START_LIMIT_S)


def _java_environment() -> dict[str, str]:
    """This process's environment, with a locale in which Java can name any file.

    Without one it takes paths for ASCII, and finds nothing in the home folder of 张三.
    """
    return {**os.environ, "LC_ALL": "C.UTF-8"}


def _kafka_uuid() -> str:
    """A random id in Kafka's notation; a leading dash would look like an option to its tools."""
    while (text := urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")).startswith("-"):
        continue
    return text
