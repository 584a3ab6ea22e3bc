"""Where Kafka's jars are: a Kafka that the user names, or else our cache, filled when needed."""

import fcntl
import json
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from infra.local.errors import LocalError
from infra.local.jar_lock import KAFKA_VERSION, Jar, read_lock, sha256_of

KAFKA_HOME = "BANZHANG_KAFKA_HOME"
KAFKA_MAJOR_MIN = 4
_CORE_JAR = re.compile(r"kafka_2\.1\d-(\d+)\.[\d.]+\.jar")

# Bring these files into the folder, each checked, or raise `LocalError`.
Fetch = Callable[[Sequence[Jar], Path], None]


def kafka_jars(environ: Mapping[str, str] = os.environ) -> list[Path]:
    """Return the class path that runs Kafka, fetching it into the cache the first time.

    `BANZHANG_KAFKA_HOME`, if set, names an unpacked Kafka that is used instead; nothing is
    fetched then. Raises `LocalError`.
    """
    if home := environ.get(KAFKA_HOME):
        return _jars_of_home(Path(home))
    return JarCache(cache_folder(environ) / f"kafka-{KAFKA_VERSION}", read_lock()).ensure()


def cache_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """The folder for what is fetched once a user: `BANZHANG_CACHE`, else by the XDG rules."""
    if own := environ.get("BANZHANG_CACHE"):
        return Path(own)
    base = environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "banzhang"


def _jars_of_home(home: Path) -> list[Path]:
    jars = sorted((home / "libs").glob("*.jar"))
    majors = [int(match[1]) for jar in jars if (match := _CORE_JAR.fullmatch(jar.name))]
    if not majors or max(majors) < KAFKA_MAJOR_MIN:
        found = f"Kafka {max(majors)}.x" if majors else "no Kafka"
        raise LocalError(
            f"{KAFKA_HOME}={home} holds {found}: name the folder of an unpacked Apache Kafka "
            f"{KAFKA_VERSION} (its jars are in libs/), or unset it to have one fetched"
        )
    return jars


class JarCache:
    """A folder with exactly the locked files, shared by all processes of a user.

    A file is hashed when it comes and whenever its size or time of change is no longer what it
    was then, so that a start with a full cache costs one `stat` a file. Files that somebody put
    there by hand are as good as fetched ones if their hash is right.
    """

    def __init__(self, folder: Path, jars: Sequence[Jar], fetch: Fetch | None = None) -> None:
        self._folder = folder
        self._jars = jars
        self._fetch = fetch or _fetch_by_jgo
        self._stamp = folder / "verified.json"

    def ensure(self) -> list[Path]:
        """Return the paths of all files, complete and checked. Raises `LocalError`.

        Any number of processes may call this at the same time; one fetches, the others wait.
        """
        if self._unverified(self._read_stamp()):
            self._folder.mkdir(parents=True, exist_ok=True)
            with self._locked():
                self._complete()
        return [self._folder / jar.file for jar in self._jars]

    def _complete(self) -> None:
        stamp = self._read_stamp()
        missing = []
        for jar in self._unverified(stamp):
            path = self._folder / jar.file
            if path.exists() and sha256_of(path) == jar.sha256:
                stamp[jar.file] = self._mark(jar)
            else:
                missing.append(jar)
        if missing:
            # What was moved in place before a fault is kept: the next try has less to fetch.
            self._fetch(missing, self._folder)
        stamp |= {jar.file: self._mark(jar) for jar in missing}
        new = self._stamp.with_suffix(".new")
        new.write_text(json.dumps(stamp), encoding="utf-8")
        new.replace(self._stamp)

    def _unverified(self, stamp: Mapping[str, list[object]]) -> list[Jar]:
        return [jar for jar in self._jars if stamp.get(jar.file, None) != self._mark(jar)]

    def _mark(self, jar: Jar) -> list[object]:
        try:
            status = (self._folder / jar.file).stat()
        except FileNotFoundError:
            return []
        return [jar.sha256, status.st_size, status.st_mtime_ns]

    def _read_stamp(self) -> dict[str, list[object]]:
        try:
            stamp = json.loads(self._stamp.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            # None yet, or one that a full disk has cut: hash the files again.
            return {}
        return stamp if isinstance(stamp, dict) else {}

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with (self._folder / "lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                print("waiting for another process that fetches Kafka", file=sys.stderr)
                fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _fetch_by_jgo(jars: Sequence[Jar], folder: Path) -> None:
    # Imported here: it costs a quarter of a second, and only the first start needs it.
    from infra.local.download import fetch_jars  # noqa: PLC0415

    fetch_jars(jars, folder)
