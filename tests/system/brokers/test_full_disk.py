"""A broker whose disk is full: it ends, and when there is room again everything comes."""

import asyncio
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from infra.local import Cluster
from tests.system.harness import WHOLE, Stream
from tests.system.midrun import through

DISK_BYTES: Final = 256 << 20
LEFT_BYTES: Final = 1 << 20


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own, where this machine lets us make one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    size = f"size={DISK_BYTES}"
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", size, "tmpfs", folder], capture_output=True, check=False
    )
    if made.returncode != 0:
        pytest.skip("a small disk can only be mounted with the rights of root")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


async def judged_around(
    cluster: Cluster, folder: Path, fill: Callable[[], None], make_room: Callable[[], None]
) -> None:
    """A stream, and a disk that is full in its middle until the broker has ended of it."""

    async def full() -> None:
        fill()
        async with asyncio.timeout(60):
            while cluster.is_running():  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        make_room()
        await asyncio.to_thread(cluster.start_broker)

    async with Stream(cluster.bootstrap, folder) as stream:
        stream.environment["BANZHANG_REQUEST_S"] = "5"
        await stream.worked_by("w1", "w2")
        verdict = await through(stream, [full])

    assert verdict.words in WHOLE, verdict


@pytest.mark.chaos
async def test_a_full_disk_stops_the_broker_and_everything_comes_when_there_is_room(
    disk: Path, tmp_path: Path
) -> None:
    ballast = disk / "ballast"

    def fill() -> None:
        ballast.write_bytes(bytes(shutil.disk_usage(disk).free - LEFT_BYTES))

    with Cluster(disk / "kafka") as cluster:
        await judged_around(cluster, tmp_path, fill, ballast.unlink)
        said = cluster.log().read_text("utf-8", "replace")

    assert "No space left on device" in said


@pytest.mark.chaos
async def test_files_that_may_not_grow_stop_the_broker_and_everything_comes_when_they_may(
    tmp_path: Path,
) -> None:
    """A quota, which needs no rights: no file of the broker's may grow past what the largest has."""

    def fill() -> None:
        logs = (tmp_path / "kafka").rglob("*.log")
        limit = max(file.stat().st_size for file in logs) + LEFT_BYTES // 16
        resource.prlimit(cluster.pid(), resource.RLIMIT_FSIZE, (limit, limit))

    def make_room() -> None:
        """The next process has no such limit."""

    with Cluster(tmp_path / "kafka") as cluster:
        await judged_around(cluster, tmp_path, fill, make_room)
        said = cluster.log().read_text("utf-8", "replace")

    assert "File too large" in said
