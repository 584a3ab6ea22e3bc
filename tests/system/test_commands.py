"""The commands on a real Kafka and a real Redis: what a technician types, in that order."""

import base64
import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer

from infra.local import Cluster, RedisServer

ROOT = Path(__file__).parents[2]
FLOODS = """\
id: floods
title: 不刷屏
version: "1"
ladder: guide
rules:
- id: flood.repeat
  clause: D1
  text: 不刷屏：同样的话不要连发三遍。
  when: {repeat: {times: 3, within: 10m}}
  handling: flood
"""
LIMIT_S = 60


class System:
    """One namespace on the shared servers, by the command line alone."""

    def __init__(self, folder: Path, kafka: str = "", redis: str = "") -> None:
        # Without quiet hours: the tests run at any time of day.
        policy = folder / "floods.yaml"
        policy.write_text(FLOODS, encoding="utf-8")
        self.started: list[subprocess.Popen[bytes]] = []
        self.namespace = f"t{uuid.uuid4().hex[:8]}"
        self.environ = os.environ | {
            "BANZHANG_KAFKA": kafka,
            "BANZHANG_REDIS": redis,
            "BANZHANG_NAMESPACE": self.namespace,
            "BANZHANG_POLICY": str(policy),
            "BANZHANG_SESSION_S": "6",
        }

    def run(self, *words: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-m", "banzhang", *words],
            input=given,
            capture_output=True,
            env=self.environ,
            timeout=LIMIT_S,
            check=False,
            cwd=ROOT,
        )

    def start(self, *words: str) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen(
            [sys.executable, "-m", "banzhang", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.environ,
            cwd=ROOT,
        )
        self.started.append(process)
        return process

    def end(self) -> None:
        """End what a failed test has left."""
        for process in self.started:
            if process.poll() is None:
                process.terminate()
            with process:
                process.communicate(timeout=LIMIT_S)

    def lines(self, topic: str) -> list[dict[str, Any]]:
        done = self.run("export", topic)
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def system(kafka: Cluster, redis_server: RedisServer, tmp_path: Path) -> Iterator[System]:
    system = System(tmp_path, kafka.bootstrap, redis_server.url)
    yield system
    system.end()


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[System]:
    """Without servers: for a command that brings its own."""
    system = System(tmp_path)
    yield system
    system.end()


@pytest.fixture
def made(system: System) -> System:
    done = system.run("topics", "create", "--partitions", "2")
    assert done.returncode == 0, done.stderr
    return system


@pytest.fixture
def judging(made: System) -> Iterator[System]:
    """With a worker and a file adapter beside it."""
    worker = made.start("worker")
    yield made
    worker.send_signal(signal.SIGTERM)
    said = worker.communicate(timeout=LIMIT_S)[1]
    assert worker.returncode == 0, said


def until(condition: Callable[[], bool]) -> None:
    give_up_at = time.monotonic() + LIMIT_S
    while not condition():
        assert time.monotonic() < give_up_at, "the condition did not come true"
        time.sleep(0.2)


def messages(group: str, texts: list[str]) -> bytes:
    now = int(time.time() * 1000) - 5_000
    return b"".join(
        json.dumps(
            {
                "id": f"{group}-{n}",
                "kind": "message",
                "platform": "qq",
                "group_id": group,
                "member_id": "m1",
                "sent_at": now + n,
                "text": text,
            },
            ensure_ascii=False,
        ).encode()
        + b"\n"
        for n, text in enumerate(texts)
    )


def test_topics_are_made_once_and_a_difference_is_told_with_its_mend(system: System) -> None:
    first = json.loads(system.run("topics", "create", "--partitions", "2", "--json").stdout)
    again = json.loads(system.run("topics", "create", "--partitions", "2", "--json").stdout)
    other = system.run("topics", "create", "--partitions", "3")

    assert f"{system.namespace}.events" in first["made"]
    assert again == {"made": [], "policy": first["policy"]}
    assert other.returncode == 1
    assert (
        f"error: {system.namespace}.events has 2 partitions instead of 3;" in other.stderr.decode()
    )


def test_the_first_policy_stands_once_in_each_partition(made: System) -> None:
    made.run("topics", "create", "--partitions", "2")

    events = made.lines("events")

    assert sorted(event["partition"] for event in events) == [0, 1]
    assert {event["command"]["name"] for event in events} == {"policy"}


def test_a_file_in_is_judged_performed_explained_and_judged_alike_again(
    judging: System, tmp_path: Path
) -> None:
    sent = judging.run(
        "adapter", "file", "--events", "-", given=messages("g1", ["接龙"] * 4) + b"no event\n"
    )
    assert sent.returncode == 2
    assert sent.stderr.startswith(b"-:5: $: ")

    out = tmp_path / "actions.jsonl"
    adapter = judging.start("adapter", "file", "--actions", str(out))
    until(lambda: out.exists() and out.read_bytes().count(b"\n") >= 3)
    until(lambda: any(event["kind"] == "outcome" for event in judging.lines("events")))
    adapter.send_signal(signal.SIGTERM)
    assert adapter.communicate(timeout=LIMIT_S)[1] == b""
    assert adapter.returncode == 0

    actions = judging.lines("actions")
    exported = judging.run("export", "events").stdout
    again = judging.run("judge", "-", given=exported)
    assert again.returncode == 0, again.stderr
    assert {a["id"] for a in map(json.loads, again.stdout.splitlines())} == {
        action["id"] for action in actions
    }
    told = judging.run("explain", actions[0]["id"]).stdout.decode()
    assert "floods#D1: 不刷屏" in told
    assert "g1-0, g1-1, g1-2" in told


def test_a_worker_leaves_no_file_behind(made: System, tmp_path: Path) -> None:
    scratch = tmp_path / "tmp"
    scratch.mkdir()
    made.environ["TMPDIR"] = str(scratch)
    worker = made.start("worker")
    until(lambda: any(event["kind"] == "tick" for event in made.lines("events")))

    worker.send_signal(signal.SIGTERM)
    said = worker.communicate(timeout=LIMIT_S)[1]

    assert (worker.returncode, said) == (0, b"")
    assert list(scratch.iterdir()) == []


def test_a_second_up_in_the_same_folder_starts_nothing_and_names_the_option(
    alone: System, tmp_path: Path
) -> None:
    words = ("up", "--data", str(tmp_path / "data"), "--workers", "1", "--partitions", "1")
    first = alone.start(*words)
    _until_line(first, "starting Redis and Kafka")

    second = alone.run(*words)
    first.send_signal(signal.SIGTERM)
    first.communicate(timeout=LIMIT_S)

    assert (second.returncode, second.stdout) == (1, b"")
    (line,) = second.stderr.decode().splitlines()
    assert f"is in use by process {first.pid}" in line
    assert "--data FOLDER" in line


def test_actions_are_shown_on_the_terminal_and_ctrl_c_ends_it_cleanly(judging: System) -> None:
    adapter = judging.start("adapter", "terminal")
    judging.run("adapter", "file", "--events", "-", given=messages("g2", ["接龙"] * 3))
    assert adapter.stdout is not None

    line = adapter.stdout.readline().decode()
    adapter.send_signal(signal.SIGINT)
    rest, said = adapter.communicate(timeout=LIMIT_S)

    assert "qq:g2" in line
    assert "flood.repeat" in line
    assert "接龙" not in line + rest.decode()
    assert (adapter.returncode, said) == (130, b"")


async def test_what_is_no_object_is_exported_as_bytes_and_told_by_judge(
    made: System, kafka: Cluster
) -> None:
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap) as producer:
        for value in (b"\xff\xfe", None, b"[1]"):
            await producer.send_and_wait(
                f"{made.namespace}.events", value, key=b"qq:g", partition=0
            )

    exported = made.run("export", f"{made.namespace}.events")
    raw = [line["raw"] for line in map(json.loads, exported.stdout.splitlines()) if "raw" in line]
    judged = made.run("judge", "-", given=exported.stdout)

    assert raw == [base64.b64encode(b"\xff\xfe").decode(), None, base64.b64encode(b"[1]").decode()]
    assert judged.returncode == 2
    assert len(judged.stderr.splitlines()) == 3


def test_following_goes_on_until_ctrl_c(made: System) -> None:
    follower = made.start("export", "events", "--follow")
    assert follower.stdout is not None
    for _ in range(2):
        assert b'"policy"' in follower.stdout.readline()

    made.run("adapter", "file", "--events", "-", given=messages("g3", ["在吗"]))
    assert "在吗" in follower.stdout.readline().decode()
    follower.send_signal(signal.SIGINT)

    rest, said = follower.communicate(timeout=LIMIT_S)
    assert (follower.returncode, rest, said) == (130, b"", b"")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["export", "events"], "there is no topic"),
        (["explain", "0123456789"], "there is no topic"),
        (["worker"], "run `banzhang topics create`"),
    ],
)
def test_a_system_without_topics_says_what_to_do(
    system: System, words: list[str], told: str
) -> None:
    done = system.run(*words)

    assert done.returncode != 0
    assert told in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()


def test_topics_that_the_brokers_would_not_make_are_told_with_their_reason(system: System) -> None:
    done = system.run("topics", "create", "--partitions", "2", "--replication", "3")

    said = done.stderr.decode()
    assert done.returncode == 1
    assert f"error: Kafka would not make {system.namespace}.actions: " in said
    assert "replicat" in said.lower()


@pytest.mark.parametrize(
    "words",
    [
        ["export", "events"],
        ["topics", "create"],
        ["adapter", "terminal"],
        ["adapter", "file", "--events", "-"],
    ],
)
def test_without_kafka_one_line_says_so(system: System, words: list[str]) -> None:
    system.environ["BANZHANG_KAFKA"] = "127.0.0.1:1"

    done = system.run(*words)

    assert done.returncode == 1
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith("error: no Kafka answers at 127.0.0.1:1; start one with `banzhang up`")


def test_without_redis_one_line_says_so(made: System) -> None:
    made.environ["BANZHANG_REDIS"] = "redis://:secret@127.0.0.1:1/0"

    done = made.run("adapter", "terminal")

    assert done.returncode == 1
    (line,) = done.stderr.decode().splitlines()
    assert "no Redis answers at 127.0.0.1:1/0" in line
    assert "secret" not in line


def test_a_pack_that_is_applied_judges_what_comes_after_it(judging: System, tmp_path: Path) -> None:
    system = judging
    other = tmp_path / "other.yaml"
    other.write_text(FLOODS.replace("id: floods", "id: other"), encoding="utf-8")
    system.run("adapter", "file", "--events", "-", given=messages("g1", ["接龙"] * 3))
    until(lambda: len(system.lines("actions")) == 2)

    applied = system.run("policy", "apply", str(other))
    again = system.run("policy", "apply", str(other))
    system.run("adapter", "file", "--events", "-", given=messages("g2", ["接龙"] * 3))
    until(lambda: len(system.lines("actions")) == 4)

    assert (applied.returncode, again.returncode) == (0, 0), applied.stderr
    assert "in force from here on" in applied.stdout.decode()
    assert "was in force already" in again.stdout.decode()
    policies = {a["group_id"]: a["policy"]["id"] for a in system.lines("actions")}
    assert policies == {"g1": "floods", "g2": "other"}
    told = system.run("topics", "create", "--partitions", "2").stdout.decode()
    assert "not floods: `banzhang policy apply` changes it" in told


def test_one_group_goes_over_to_a_pack_that_one_with_authority_orders(
    judging: System, tmp_path: Path
) -> None:
    system = judging
    other = tmp_path / "other.yaml"
    other.write_text(FLOODS.replace("id: floods", "id: other"), encoding="utf-8")
    roster = {
        "id": "r",
        "kind": "roster",
        "platform": "qq",
        "group_id": "g1",
        "member_id": "t1",
        "sent_at": int(time.time() * 1000) - 60_000,
        "roster": [{"member_id": "t1", "role": "head_teacher"}],
    }
    system.run("adapter", "file", "--events", "-", given=json.dumps(roster).encode() + b"\n")

    refused = system.run("policy", "apply", "--group", "qq:g1", str(other))
    done = system.run("policy", "apply", "--group", "qq:g1", "--as", "t1", str(other))
    system.run("policy", "apply", "--group", "qq:g2", "--as", "p1", str(other))
    for group in ("g1", "g2"):
        system.run("adapter", "file", "--events", "-", given=messages(group, ["接龙"] * 3))
    until(lambda: len(system.lines("actions")) == 4)

    assert refused.returncode == 2
    assert done.returncode == 0, done.stderr
    policies = {a["group_id"]: a["policy"]["id"] for a in system.lines("actions")}
    assert policies == {"g1": "other", "g2": "floods"}


def test_a_worker_that_waits_for_a_mistyped_pack_goes_on_when_it_is_void(
    judging: System,
) -> None:
    system, wrong = judging, "0" * 32
    roster = {
        "id": "r",
        "kind": "roster",
        "platform": "qq",
        "group_id": "g1",
        "member_id": "t1",
        "sent_at": int(time.time() * 1000) - 6_000,
        "roster": [{"member_id": "t1", "role": "head_teacher"}],
    }
    order = roster | {
        "id": "c",
        "kind": "command",
        "command": {"name": "policy", "args": {"policy": wrong}},
    }
    del order["roster"]
    lines = b"".join(json.dumps(event).encode() + b"\n" for event in (roster, order))
    system.run("adapter", "file", "--events", "-", given=lines + messages("g1", ["接龙"] * 3))

    refused = system.run("policy", "void", "not a hash")
    done = system.run("policy", "void", wrong)
    until(lambda: len(system.lines("actions")) == 2)

    assert refused.returncode == 2
    assert done.returncode == 0, done.stderr
    exported = system.run("export", "events").stdout
    judged = system.run("judge", "--void", wrong, "-", given=exported)
    ids = {json.loads(line)["id"] for line in judged.stdout.splitlines()}
    assert ids == {action["id"] for action in system.lines("actions")}
    published = system.lines("actions")[0]["policy"]["version"]
    assert (
        "is the hash of a published pack" in system.run("policy", "void", published).stderr.decode()
    )


def test_up_runs_everything_starts_a_killed_worker_again_and_keeps_the_data(
    alone: System, tmp_path: Path
) -> None:
    system = alone
    folder = str(tmp_path / "data")
    first = system.start("up", "--data", folder, "--workers", "1", "--partitions", "2")
    assert first.stdout is not None
    shown = _until_line(first, "Ctrl-C stops everything")
    system.environ["BANZHANG_KAFKA"] = _address(shown, "Kafka")
    until(lambda: len(_workers(first.pid)) == 1)
    os.kill(_workers(first.pid)[0], signal.SIGKILL)
    shown += _until_line(first, "worker-1 ended (SIGKILL); again in 1 s")
    system.run("adapter", "file", "--events", "-", given=messages("g4", ["接龙"] * 3))
    shown += _until_line(first, "flood.repeat")
    first.send_signal(signal.SIGINT)
    assert first.communicate(timeout=LIMIT_S)[1] == b""
    assert first.returncode == 130

    second = system.start("up", "--data", folder, "--workers", "1", "--partitions", "2")
    again = _until_line(second, "Ctrl-C stops everything")
    system.environ["BANZHANG_KAFKA"] = _address(again, "Kafka")
    kept = system.lines("actions")
    second.send_signal(signal.SIGTERM)
    second.communicate(timeout=LIMIT_S)

    assert second.returncode == 0
    assert [action["kind"] for action in kept] == ["delete", "remind"]


def _until_line(process: "subprocess.Popen[bytes]", words: str) -> list[str]:
    """What the process shows up to a line with these words; the test's own limit bounds it."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line.decode())
        if words in lines[-1]:
            return lines
    assert process.stderr is not None
    raise AssertionError(f"it ended before {words!r}: {lines} {process.stderr.read().decode()}")


def _address(lines: list[str], server: str) -> str:
    return next(line.split()[1] for line in lines if line.startswith(server + " "))


def _workers(pid: int) -> list[int]:
    """The workers among the children of a process."""
    tasks = Path(f"/proc/{pid}/task")
    numbers = [int(n) for task in tasks.iterdir() for n in (task / "children").read_text().split()]
    return [n for n in numbers if Path(f"/proc/{n}/cmdline").read_bytes().endswith(b"\0worker\0")]
