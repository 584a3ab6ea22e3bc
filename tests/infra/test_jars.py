"""Kafka's jars: found, fetched, checked, and mended when damaged."""

import gc
import http.server
import json
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from infra.local import LocalError, download
from infra.local.jar_lock import Jar, read_lock
from infra.local.jars import JarCache, cache_folder, kafka_jars

# jgo leaves the connection of a failed answer to the garbage collector, which says so. The fixture
# below has it collected before the next test, where it would count as that one's fault.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")


def jar(name: str, content: bytes) -> Jar:
    return Jar(
        coordinate=f"org.example:{name}:1.0",
        file=f"{name}-1.0.jar",
        size=len(content),
        sha256=sha256(content).hexdigest(),
    )


CONTENT = {"one": b"1" * 1000, "two": b"2" * 2000}
JARS = [jar(name, content) for name, content in CONTENT.items()]


class Source:
    """Brings what it is asked for, and remembers the requests."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, jars: Sequence[Jar], folder: Path) -> None:
        for wanted in jars:
            self.asked.append(wanted.file)
            (folder / wanted.file).write_bytes(CONTENT[wanted.file.split("-")[0]])


def test_the_first_start_fetches_and_the_second_does_not(tmp_path: Path) -> None:
    source = Source()
    first = JarCache(tmp_path / "cache", JARS, source).ensure()
    second = JarCache(tmp_path / "cache", JARS, source).ensure()

    assert first == second == [tmp_path / "cache" / locked.file for locked in JARS]
    assert source.asked == ["one-1.0.jar", "two-1.0.jar"]


def test_a_damaged_file_is_fetched_again_and_no_other(tmp_path: Path) -> None:
    source = Source()
    one, _ = JarCache(tmp_path, JARS, source).ensure()
    one.write_bytes(b"0" * 1000)

    JarCache(tmp_path, JARS, source).ensure()

    assert source.asked == ["one-1.0.jar", "two-1.0.jar", "one-1.0.jar"]
    assert one.read_bytes() == CONTENT["one"]


def test_files_put_there_by_hand_are_taken_if_their_hash_is_right(tmp_path: Path) -> None:
    source = Source()
    for locked in JARS:
        (tmp_path / locked.file).write_bytes(CONTENT[locked.file.split("-")[0]])

    JarCache(tmp_path, JARS, source).ensure()

    assert source.asked == []


def test_a_cut_stamp_costs_a_hash_and_not_a_download(tmp_path: Path) -> None:
    source = Source()
    JarCache(tmp_path, JARS, source).ensure()
    (tmp_path / "verified.json").write_text('{"one-1.0.jar": ["ab')

    JarCache(tmp_path, JARS, source).ensure()

    assert len(source.asked) == 2


def test_a_new_lock_is_not_satisfied_by_old_stamps(tmp_path: Path) -> None:
    source = Source()
    JarCache(tmp_path, JARS, source).ensure()
    changed = [replace(JARS[0], sha256="0" * 64), JARS[1]]

    JarCache(tmp_path, changed, source).ensure()

    assert source.asked[2:] == ["one-1.0.jar"]


def test_starts_at_the_same_time_fetch_once(tmp_path: Path) -> None:
    source = Source()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: JarCache(tmp_path, JARS, source).ensure(), range(8)))

    assert all(paths == found[0] for paths in found)
    assert len(source.asked) == 2


def test_a_kafka_of_the_users_own_is_used_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "libs").mkdir()
    own = [tmp_path / "libs" / name for name in ("a.jar", "kafka_2.13-4.1.0.jar")]
    for path in own:
        path.touch()

    assert kafka_jars({"BANZHANG_KAFKA_HOME": str(tmp_path)}) == own


@pytest.mark.parametrize(
    ("files", "found"),
    [([], "no Kafka"), (["other.jar"], "no Kafka"), (["kafka_2.13-3.9.1.jar"], "Kafka 3.x")],
)
def test_a_folder_that_is_no_fit_kafka_is_refused(
    tmp_path: Path, files: list[str], found: str
) -> None:
    (tmp_path / "libs").mkdir()
    for name in files:
        (tmp_path / "libs" / name).touch()

    with pytest.raises(LocalError, match=f"BANZHANG_KAFKA_HOME={tmp_path} holds {found}"):
        kafka_jars({"BANZHANG_KAFKA_HOME": str(tmp_path)})


def test_the_cache_is_where_the_user_or_the_system_says() -> None:
    assert cache_folder({"BANZHANG_CACHE": "/a", "XDG_CACHE_HOME": "/b"}) == Path("/a")
    assert cache_folder({"XDG_CACHE_HOME": "/b"}) == Path("/b/banzhang")
    assert cache_folder({}) == Path.home() / ".cache" / "banzhang"


def test_the_lock_holds_kafka_4_1_with_a_hash_for_every_file() -> None:
    jars = read_lock()

    assert "org.apache.kafka:kafka_2.13:4.1.0" in {locked.coordinate for locked in jars}
    assert all(len(locked.sha256) == 64 and locked.size > 0 for locked in jars)
    assert len({locked.file for locked in jars}) == len(jars)
    versions = {
        locked.coordinate.split(":")[2] for locked in jars if "apache.kafka" in locked.coordinate
    }
    assert versions == {"4.1.0"}


class Repository(http.server.ThreadingHTTPServer):
    """A Maven repository on this machine: path to content."""

    files: dict[str, bytes]


class _Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Repository)
        content = self.server.files.get(self.path)
        self.send_response(404 if content is None else 200)
        self.send_header("Content-Length", str(len(content or b"")))
        self.end_headers()
        self.wfile.write(content or b"")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Keep quiet."""


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Repository]:
    with Repository(("127.0.0.1", 0), _Answer) as server:
        server.files = {
            f"/org/example/{name}/1.0/{name}-1.0.jar": content for name, content in CONTENT.items()
        }
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        settings = tmp_path / "jgo.conf"
        settings.write_text(f"[repositories]\ncentral = http://127.0.0.1:{server.server_port}\n")
        monkeypatch.setenv("JGO_CONFIG_FILE", str(settings))
        monkeypatch.setattr(download, "_PAUSES_S", (0.0, 0.0))
        yield server
        server.shutdown()
        thread.join()
    gc.collect()


def test_a_mirror_in_the_settings_of_jgo_is_used(
    tmp_path: Path, repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = JarCache(tmp_path / "cache", JARS).ensure()

    assert [path.read_bytes() for path in paths] == list(CONTENT.values())
    assert "fetching 0.0 MB" in capsys.readouterr().err
    assert {path.name for path in (tmp_path / "cache").iterdir()} == {
        "one-1.0.jar",
        "two-1.0.jar",
        "verified.json",
        "lock",
    }


def test_a_wrong_checksum_names_the_file_what_was_expected_and_the_way_out(
    tmp_path: Path, repository: Repository
) -> None:
    planted = b"something else"
    repository.files["/org/example/two/1.0/two-1.0.jar"] = planted

    with pytest.raises(LocalError) as caught:
        JarCache(tmp_path / "cache", JARS).ensure()

    told = str(caught.value)
    assert told.startswith("two-1.0.jar came with 14 bytes and SHA-256 ")
    assert sha256(planted).hexdigest() in told
    assert f"expected 2000 bytes with SHA-256 {JARS[1].sha256}" in told
    assert "BANZHANG_KAFKA_HOME" in told
    assert not (tmp_path / "cache" / "two-1.0.jar").exists()
    assert not list((tmp_path / "cache").glob("staging-*"))


def test_what_came_before_a_fault_is_not_fetched_again(
    tmp_path: Path, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    # One after the other, so that the first file has come when the second one fails.
    monkeypatch.setattr(download, "_AT_ONCE", 1)
    two = repository.files.pop("/org/example/two/1.0/two-1.0.jar")
    with pytest.raises(LocalError, match=r"two-1\.0\.jar could not be fetched"):
        JarCache(tmp_path / "cache", JARS).ensure()
    repository.files = {"/org/example/two/1.0/two-1.0.jar": two}

    JarCache(tmp_path / "cache", JARS).ensure()

    assert set(json.loads((tmp_path / "cache" / "verified.json").read_text())) == {
        "one-1.0.jar",
        "two-1.0.jar",
    }


def test_no_connection_is_one_clear_error(
    tmp_path: Path, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tmp_path / "closed.conf"
    settings.write_text("[repositories]\ncentral = http://127.0.0.1:1\n")
    monkeypatch.setenv("JGO_CONFIG_FILE", str(settings))

    with pytest.raises(LocalError, match=r"one-1\.0\.jar could not be fetched .*try again"):
        JarCache(tmp_path / "cache", JARS).ensure()
