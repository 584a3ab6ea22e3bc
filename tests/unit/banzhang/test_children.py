"""Child processes: what they said when they ended, and that they end when asked."""

import asyncio
import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from banzhang.children import Child, stop_all
from infra.local.lifeline import Lifeline


@pytest.fixture
def lifeline() -> Iterator[Lifeline]:
    lifeline = Lifeline()
    yield lifeline
    lifeline.close()


def child_of(folder: Path, lifeline: Lifeline, *words: str, **environ: str) -> Child:
    return Child("c", words, environ=environ, log=folder / "logs" / "c.log", lifeline=lifeline)


async def test_a_child_runs_a_command_in_its_environment_and_writes_a_log(
    tmp_path: Path, lifeline: Lifeline
) -> None:
    child = child_of(tmp_path, lifeline, "settings", "--json", BANZHANG_NAMESPACE="of-the-child")

    await child.start()

    assert await child.wait() == 0
    assert child.pid == 0
    said = json.loads(child.log.read_bytes())
    assert said["BANZHANG_NAMESPACE"] == {"value": "of-the-child", "origin": "environment"}


async def test_children_end_when_asked(tmp_path: Path, lifeline: Lifeline) -> None:
    children = [child_of(tmp_path, lifeline, "up", "--help") for _ in range(2)]
    for child in children:
        await child.start()

    await stop_all(children)

    assert [child.pid for child in children] == [0, 0]


async def test_a_child_that_ends_is_started_again_and_the_reason_is_said(
    tmp_path: Path, lifeline: Lifeline
) -> None:
    child, said = child_of(tmp_path, lifeline, "judge", str(tmp_path / "none")), asyncio.Event()
    lines: list[str] = []

    def say(line: str) -> None:
        lines.append(line)
        said.set()

    keeper = asyncio.create_task(child.keep(say))
    await said.wait()
    keeper.cancel()

    assert lines == [f"c ended (exit code 2); again in 1 s, log: {child.log}"]


@pytest.mark.parametrize(
    ("log", "code", "why"),
    [
        (b"", 1, "exit code 1"),
        (b"words\nerror: no Kafka answers\n", 1, "error: no Kafka answers"),
        (
            b"error: of an earlier run\nbanzhang: exit stalled: x; y\n",
            70,
            "banzhang: exit stalled: x; y",
        ),
        (b"error: of an earlier run\n", 0, "exit code 0"),
        (b"", -signal.SIGKILL, "SIGKILL"),
    ],
)
def test_the_reason_is_the_named_exit_else_the_code(
    log: bytes, code: int, why: str, tmp_path: Path, lifeline: Lifeline
) -> None:
    child = child_of(tmp_path, lifeline, "worker")
    child.log.parent.mkdir()
    child.log.write_bytes(b"x" * 10_000 + b"\n" + log)

    assert child.why(code) == why


async def test_a_variable_that_is_no_setting_is_not_told_by_each_child_again(
    tmp_path: Path, lifeline: Lifeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BANZHANG_SESION_S", "5")
    child = child_of(tmp_path, lifeline, "settings", "--json")

    await child.start()

    assert await child.wait() == 0
    assert json.loads(child.log.read_bytes())
