"""The chaos runner itself: it does its faults, goes on where it was, and finds what was planted."""

import asyncio
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

from tests.chaos.progress import Progress
from tests.chaos.runner import RIGHT, WRONG

ROOT: Final = Path(__file__).parents[2]
LIMIT_S: Final = 200


async def begun(folder: Path, faults: int, *more: str) -> asyncio.subprocess.Process:
    """A run with one broker, in a process of its own as `make chaos` has it."""
    words = ["--brokers", "1", "--faults", str(faults), "--folder", str(folder), *more]
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.chaos", *words),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


async def ended(run: asyncio.subprocess.Process) -> tuple[int | None, str]:
    """Its exit code, and all that it said."""
    async with asyncio.timeout(LIMIT_S):
        said, _ = await run.communicate()
    return run.returncode, said.decode()


def kinds(names: Sequence[str]) -> list[str]:
    return ["--kinds", *names]


async def test_three_faults_are_done_compared_and_told(tmp_path: Path) -> None:
    three = ("kill a worker", "kill the egress", "poison")

    code, said = await ended(await begun(tmp_path, 3, *kinds(three)))

    assert code == RIGHT, said
    done = Progress.read(tmp_path)
    assert done is not None
    assert sorted(hit.kind for hit in done.hits) == sorted(three)
    assert all(0 < hit.committed < hit.end for hit in done.hits)
    assert [check.faults for check in done.checks] == [3]
    assert "7 of 7 planted, 0 wrong" in done.checks[-1].line
    assert re.search(r"all +3 +3 ", said), "the table counts them"


async def test_an_action_that_a_worker_lost_is_found(tmp_path: Path) -> None:
    lossy = ("--worker", "-m tests.chaos.lossy")

    code, said = await ended(await begun(tmp_path, 1, *kinds(["duplicates"]), *lossy))

    assert code == WRONG, said
    assert re.search(r"LESS: DELIVERED \d+ MORE 0 LESS [1-9]", said), said


@pytest.mark.chaos
async def test_a_run_that_was_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    two = kinds(["kill all workers", "duplicates"])
    run = await begun(tmp_path, 4, *two)
    assert run.stdout is not None
    async with asyncio.timeout(LIMIT_S):
        while not (line := await run.stdout.readline()).startswith(b"    2 "):
            assert line, "it ended before the second fault was done"
    run.kill()
    await ended(run)
    before = Progress.read(tmp_path)

    code, said = await ended(await begun(tmp_path, 4, *two))

    assert code == RIGHT, said
    after = Progress.read(tmp_path)
    assert before is not None
    assert after is not None
    assert after.hits[: len(before.hits)] == before.hits
    assert [hit.number for hit in after.hits] == [1, 2, 3, 4]
    assert "2 start(s)" in said
