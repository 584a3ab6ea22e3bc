"""Workers that come, go and die in the middle of a stream, against the oracle."""

import io
import signal
import subprocess
import tarfile
from pathlib import Path
from typing import Final

import pytest

from infra.local import Cluster
from tests.system.harness import WHOLE, Stream, Worker
from tests.system.midrun import Deed, kill, restart, through

ROOT: Final = Path(__file__).parents[2]
BEFORE: Final = "1463530"
"""The commit that stands for the last release until there is a tag: its states and ids are ours."""
SLOW: Final = ("-m", "tests.system.slow_recovery")


def become(stream: Stream, *names: str) -> Deed:
    """These workers and no others: new ones are started, the others leave."""

    async def deed() -> None:
        leaving = [worker for name, worker in stream.workers.items() if name not in names]
        for name in names:
            if not stream.worker(name).is_running:
                stream.worker(name).start()
        for worker in leaving:
            worker.send(signal.SIGTERM)
            assert await worker.ended() == 0
        await stream.ready(len(names))

    return deed


async def test_kills_come_in_bursts_and_in_the_recovery_that_the_last_one_caused(
    kafka: Cluster, tmp_path: Path
) -> None:
    async def kill_the_heir_in_its_recovery() -> None:
        heir = stream.worker("w2")
        begin = heir.log.stat().st_size
        stream.worker("w1").send(signal.SIGKILL)
        await heir.says("recovering", begin)
        heir.send(signal.SIGKILL)
        assert "recovered" not in heir.said(begin), "its recovery was over before the kill came"
        for name in ("w1", "w2"):
            stream.worker(name).end()
            stream.worker(name).start()

    async with Stream(kafka.bootstrap, tmp_path) as stream:
        stream.worker("w1").start()
        stream.worker("w2").start(SLOW)
        await stream.ready(workers=2)

        verdict = await through(
            stream,
            [
                kill_the_heir_in_its_recovery,
                kill(stream, "w1"),
                kill(stream, "w1", "w2"),
            ],
        )

    assert verdict.words in WHOLE, verdict
    assert verdict.expected > 100


@pytest.mark.chaos
@pytest.mark.timeout(400)
async def test_kills_come_in_rounds(kafka: Cluster, tmp_path: Path) -> None:
    async with Stream(kafka.bootstrap, tmp_path) as stream:
        for name in ("w1", "w2", "w3"):
            stream.worker(name).start()
        await stream.ready(workers=3)

        rounds = [kill(stream, name) for _ in range(3) for name in ("w1", "w2", "w3")]
        verdict = await through(stream, rounds)

    assert verdict.words in WHOLE, verdict


@pytest.mark.chaos
async def test_one_worker_may_become_three_and_two(kafka: Cluster, tmp_path: Path) -> None:
    async with Stream(kafka.bootstrap, tmp_path) as stream:
        await stream.worked_by("w1")

        verdict = await through(
            stream, [become(stream, "w1", "w2", "w3"), become(stream, "w2", "w3")]
        )

    assert verdict.words == "DELIVERED", f"a clean handover repeats nothing: {verdict}"
    assert verdict.expected > 100


@pytest.mark.chaos
async def test_a_rolling_restart_under_load_changes_nothing(kafka: Cluster, tmp_path: Path) -> None:
    names = ("w1", "w2", "w3")
    async with Stream(kafka.bootstrap, tmp_path) as stream:
        for name in names:
            stream.worker(name).start()
        await stream.ready(workers=3)

        verdict = await through(stream, [restart(stream, name, workers=3) for name in names])

    assert verdict.words == "DELIVERED", f"a clean handover repeats nothing: {verdict}"
    assert verdict.expected > 100


@pytest.mark.chaos
async def test_a_worker_of_the_last_release_beside_one_of_this_gives_the_same_actions(
    kafka: Cluster, tmp_path: Path
) -> None:
    release = last_release(tmp_path / "release")
    async with Stream(kafka.bootstrap, tmp_path) as stream:
        stream.workers["old"] = Worker(
            "old", stream.environment, tmp_path / "old.log", home=release
        )
        for name in ("old", "new"):
            stream.worker(name).start()
        await stream.ready(workers=2)

        verdict = await through(
            stream,
            # The states of each are taken over by the other.
            [
                kill(stream, "new"),
                kill(stream, "old"),
                become(stream, "new"),
                become(stream, "old"),
            ],
        )

    assert verdict.words in WHOLE, verdict
    assert verdict.expected > 100


def last_release(folder: Path) -> Path:
    """The files of the last tag, or of the commit that stands for it; skips where git has none."""
    tag = git("describe", "--tags", "--abbrev=0")
    packed = git("archive", "--format=tar", tag.decode().strip() if tag else BEFORE)
    if not packed:
        pytest.skip("this checkout has no history to take the last release from")
    with tarfile.open(fileobj=io.BytesIO(packed)) as files:
        files.extractall(folder, filter="data")
    return folder


def git(*words: str) -> bytes:
    """What git says; nothing where it can't."""
    try:
        return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, check=False).stdout
    except FileNotFoundError:
        return b""
