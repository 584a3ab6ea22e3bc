"""Fetch the locked jars through `jgo`, which knows where Maven coordinates live.

No repository's address stands in this project. `jgo` brings its own default, and a mirror in its
configuration file (`[repositories]`, see docs/install.md) takes its place.
"""

import shutil
import ssl
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from threading import Event
from time import sleep

import requests
import truststore
from jgo.config import GlobalSettings
from jgo.maven import MavenContext, PythonResolver

from infra.local.errors import LocalError
from infra.local.jar_lock import KAFKA_VERSION, Jar, sha256_of
from infra.local.progress import Progress, progress_of

_AT_ONCE = 4
_PAUSES_S = (0.5, 2.0)
_STAGING = "staging-"


class _Cancelled(Exception):
    """Another file has failed, or the user pressed Ctrl-C."""


def fetch_jars(jars: Sequence[Jar], folder: Path) -> None:
    """Fetch the files into the folder; each appears there whole and checked, or not at all.

    The caller holds the folder's lock. Raises `LocalError` that names the file, what was
    expected and what came.
    """
    for left_behind in folder.glob(f"{_STAGING}*"):
        shutil.rmtree(left_behind)
    staging = Path(tempfile.mkdtemp(prefix=_STAGING, dir=folder))
    total = sum(jar.size for jar in jars)
    try:
        with (
            progress_of(f"Apache Kafka {KAFKA_VERSION}", total) as progress,
            _system_certificates(),
        ):
            _fetch_all(jars, folder, staging, progress)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _fetch_all(jars: Sequence[Jar], folder: Path, staging: Path, progress: Progress) -> None:
    cancelled = Event()
    context = MavenContext(
        resolver=PythonResolver(progress_callback=_callback(progress, cancelled)),
        repo_cache=staging,
        remote_repos={**MavenContext().remote_repos, **GlobalSettings.load().repositories},
        timeout=30,
    )
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="fetch") as pool:
        running = [pool.submit(_fetch_one, context, jar, folder, cancelled) for jar in jars]
        try:
            for future in running:
                future.result()
        except BaseException:
            # Ctrl-C too: without this the pool would first finish what is queued.
            cancelled.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _fetch_one(context: MavenContext, jar: Jar, folder: Path, cancelled: Event) -> None:
    file = _download(context, jar, cancelled)
    size = file.stat().st_size
    sha256 = sha256_of(file)
    if sha256 != jar.sha256:
        raise _fault(jar, f"came with {size} bytes and SHA-256 {sha256}")
    file.replace(folder / jar.file)


def _download(context: MavenContext, jar: Jar, cancelled: Event) -> Path:
    artifact = context.create_dependency(jar.coordinate).artifact
    for pause_s in (*_PAUSES_S, None):
        try:
            return artifact.resolve()
        except requests.RequestException as error:
            partial = artifact.cached_path
            if partial is not None:
                partial.unlink(missing_ok=True)
            if pause_s is None or cancelled.is_set():
                raise _fault(jar, f"could not be fetched ({error})") from error
            sleep(pause_s)
        except RuntimeError as error:
            # This is how jgo says that no repository has the file.
            raise _fault(jar, f"could not be fetched ({error})") from error
    raise AssertionError("unreachable: the last try returns or raises")


def _fault(jar: Jar, what: str) -> LocalError:
    return LocalError(
        f"{jar.file} {what}; expected {jar.size} bytes with SHA-256 {jar.sha256}. Check the "
        "connection and try again, or unpack Apache Kafka "
        f"{KAFKA_VERSION} yourself and set BANZHANG_KAFKA_HOME to its folder"
    )


def _callback(
    progress: Progress, cancelled: Event
) -> Callable[[str, int], AbstractContextManager[Callable[[int], None]]]:
    """Make what jgo calls for each file: it counts, and stops the download when it must."""

    @contextmanager
    def of_file(_name: str, _size: int) -> Iterator[Callable[[int], None]]:
        come = 0

        def count(size: int) -> None:
            nonlocal come
            if cancelled.is_set():
                raise _Cancelled
            come += size
            progress.advance(size)

        try:
            yield count
        except BaseException:
            progress.advance(-come)
            raise

    return of_file


@contextmanager
def _system_certificates() -> Iterator[None]:
    """Trust what the machine trusts, not only the list that `requests` brings.

    Many school and office networks look into TLS with a certificate of their own that is
    installed on their machines. pip does the same by itself.
    """
    own = ssl.SSLContext
    truststore.inject_into_ssl()
    try:
        yield
    finally:
        if ssl.SSLContext is not own:
            truststore.extract_from_ssl()
