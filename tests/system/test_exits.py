"""No worker hangs or runs on without work: each way that could be thought of ends by its name.

And what it says on the way: the endpoints of a real worker, and a log, metrics and a last line
without anybody's words.
"""

import asyncio
import base64
import json
import signal
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest
from aiokafka import AIOKafkaProducer

from agents.exits import REASONS, RESTART
from infra.local import Cluster
from infra.local.ports import PortLease
from streams.policy.published import pack_hash
from streams.simulate import school_day
from tests.system.harness import SESSION_S, Stream, Worker, reasons_in

PLANTED: Final = ("-m", "tests.system.hung")
SIDE_BY_SIDE: Final = 3
LIMIT_S: Final = 100.0


class Hang(NamedTuple):
    """A fault of `tests.system.hung`, the settings that make it short, the exit that it must be.

    `asked`: the worker is asked to end once it hangs. `beside`: what another thread may say in the
    same millisecond, because it follows from the fault.
    """

    fault: str
    reason: str
    settings: dict[str, str]
    asked: bool = False
    beside: str = ""


HANGS: Final = (
    Hang("loop", "stuck", {"STUCK_S": "7"}),
    Hang("unread", "starved", {"STARVED_S": "6"}),
    Hang("seek", "starved", {"STARVED_S": "6"}),
    Hang("untaken", "uncommitted", {"STARVED_S": "6"}),
    Hang("thread blocked", "unheard", {}),
    Hang("thread dead", "crashed", {}, beside="fetch"),
    Hang("service", "crashed", {}),
    Hang("recovery", "recovery_deadline", {"RECOVERY_S": "2"}),
    Hang("settle", "handover", {"REBALANCE_S": "6"}, asked=True),
    Hang("end", "shutdown", {"SHUTDOWN_S": "2"}, asked=True),
    Hang("packs", "packs", {}),
    Hang("sender", "producer", {"REQUEST_S": "2"}),
)


@pytest.mark.timeout(400)
async def test_each_way_to_hang_ends_by_its_name(kafka: Cluster, tmp_path: Path) -> None:
    room = asyncio.Semaphore(SIDE_BY_SIDE)

    async def ended(hang: Hang) -> tuple[str, str, int]:
        folder = tmp_path / hang.fault.replace(" ", "-")
        folder.mkdir()
        async with room, Stream(kafka.bootstrap, folder) as stream:
            return await _ended(stream, hang)

    found = await asyncio.gather(*map(ended, HANGS))

    assert found == [(hang.fault, hang.reason, RESTART) for hang in HANGS]


async def _ended(stream: Stream, hang: Hang) -> tuple[str, str, int]:
    """Start a worker that will hang; the name and the code of its exit."""
    stream.environment |= {f"BANZHANG_{name}": value for name, value in hang.settings.items()}
    stream.environment["FAULT"] = hang.fault
    worker = stream.worker("w1")
    worker.start(PLANTED)
    if hang.asked:
        if hang.fault == "end":
            await stream.ready(workers=1, limit_s=LIMIT_S)
        else:
            await _said(worker, "hung")
        worker.send(signal.SIGTERM)
    code = await worker.ended(LIMIT_S)
    words = worker.log.read_text("utf-8")
    assert "hung" in words, f"{hang.fault}: it ended before the fault began: {words[-500:]}"
    return hang.fault, _reason(words, hang.beside), code


def _reason(words: str, beside: str = "") -> str:
    named = [name for name in reasons_in(words) if name != beside]
    return named[-1] if named else words[-500:]


async def _said(worker: Worker, word: str) -> None:
    async with asyncio.timeout(LIMIT_S):
        while word not in worker.log.read_text("utf-8"):  # noqa: ASYNC110 - a file has no event
            await asyncio.sleep(0.1)


class Asked:
    """The endpoints of one worker."""

    def __init__(self, port: int) -> None:
        self.port = port

    async def page(self, path: str) -> tuple[int, str]:
        return await asyncio.to_thread(self._page, path)

    def _page(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as found:
                return found.status, found.read().decode()
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, refused.read().decode()
        except OSError as fault:
            return 0, str(fault)

    async def until(self, path: str, status: int, word: str = "") -> str:
        """Wait for an answer."""
        async with asyncio.timeout(LIMIT_S):
            while True:
                found, body = await self.page(path)
                if found == status and word in body:
                    return body
                await asyncio.sleep(0.05)  # an endpoint can only be asked

    async def values(self) -> dict[str, float]:
        _, text = await self.page("/metrics")
        lines = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
        return {name: float(value) for name, _, value in lines}


@asynccontextmanager
async def endpoints(stream: Stream) -> AsyncIterator[Asked]:
    """A port of their own for the workers of `stream`."""
    lease = PortLease()
    try:
        [port] = lease.take((), 1)
        stream.environment["BANZHANG_METRICS_PORT"] = str(port)
        yield Asked(port)
    finally:
        lease.release()


async def test_a_worker_tells_that_it_lives_is_ready_and_how_far_it_is(
    kafka: Cluster, tmp_path: Path
) -> None:
    async with Stream(kafka.bootstrap, tmp_path) as stream, endpoints(stream) as asked:
        stream.worker("w1").start()
        assert json.loads(await asked.until("/livez", 200))["live"] is True
        assert json.loads(await asked.until("/readyz", 200)) == {"ready": True, "partitions": 8}
        await stream.produce(2_000, 2_000, 5, _no_news)
        await stream.drained()
        values = await asked.values()

    lags = [value for name, value in values.items() if name.startswith("banzhang_lag_seconds{")]
    assert len(lags) == 8
    assert all(0 <= lag < 60 for lag in lags)
    assert sum(v for name, v in values.items() if name.startswith("banzhang_unsettled_")) < 100
    assert values["banzhang_owned_partitions"] == 8
    assert values[f'banzhang_records_total{{topic="{stream.topics.events.name}"}}'] >= 2_000
    assert values['banzhang_actions_total{kind="remind",mode="live"}'] > 0
    assert values["banzhang_batch_bytes_sum"] > 2_000 * 50
    assert values["banzhang_in_flight_bytes"] < 1 << 20


async def _no_news(_: float) -> None:
    """The share that was written matters to nobody."""


async def test_a_worker_whose_loop_stands_still_says_so_while_it_stands(
    kafka: Cluster, tmp_path: Path
) -> None:
    async with Stream(kafka.bootstrap, tmp_path) as stream, endpoints(stream) as asked:
        stream.environment |= {
            "FAULT": "loop",
            "BANZHANG_STUCK_S": "9",
            "BANZHANG_EXITS_FILE": str(tmp_path / "exits"),
        }
        worker = stream.worker("w1")
        worker.start(PLANTED)
        await asked.until("/readyz", 200)

        live = json.loads(await asked.until("/livez", 503, "standing"))
        ready = json.loads(await asked.until("/readyz", 503, "standing"))
        assert await worker.ended(LIMIT_S) == RESTART
        assert "banzhang: exit stuck" in worker.log.read_text("utf-8")

        worker.start()
        await asked.until("/metrics", 200, 'banzhang_exits_total{name="stuck"} 1.0')

    assert live.pop("seconds") >= 4.8
    assert live == {"live": False, "reason": "standing"}
    assert ready == {"ready": False, "reason": "standing"}


async def test_a_worker_that_was_frozen_past_its_session_ends_by_name(
    kafka: Cluster, tmp_path: Path
) -> None:
    async with Stream(kafka.bootstrap, tmp_path) as stream, endpoints(stream) as asked:
        worker = stream.worker("w1")
        worker.start()
        await asked.until("/readyz", 200)
        worker.send(signal.SIGSTOP)
        await asyncio.sleep(1.2 * SESSION_S)  # the freezing is the fault
        worker.send(signal.SIGCONT)

        assert await worker.ended(LIMIT_S) == RESTART
    assert worker.reasons() == ["stalled"]


async def test_a_worker_that_waits_for_a_pack_is_alive_and_not_ready(
    kafka: Cluster, tmp_path: Path
) -> None:
    async with Stream(kafka.bootstrap, tmp_path) as stream, endpoints(stream) as asked:
        stream.worker("w1").start()
        await asked.until("/readyz", 200)
        order = {
            "id": "order",
            "kind": "command",
            "platform": "*",
            "group_id": "*",
            "member_id": "system",
            "sent_at": 1,
            "command": {"name": "policy", "args": {"policy": pack_hash(b"none")}},
        }
        await _write(stream, [(b"*:*", json.dumps(order).encode())])

        answer = json.loads(await asked.until("/readyz", 503, "packs"))
        assert answer == {"ready": False, "reason": "packs", "waiting": 1}
        assert (await asked.page("/livez"))[0] == 200
        assert (await asked.values())["banzhang_waiting_packs"] == 1


async def _write(stream: Stream, records: list[tuple[bytes, bytes]]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=stream.bootstrap, linger_ms=5)
    await producer.start()
    try:
        sent = [
            await producer.send(stream.topics.events.name, key=key, value=value)
            for key, value in records
        ]
        await asyncio.gather(*sent)
    finally:
        await producer.stop()


SECRETS: Final = ("whispered-word", "悄悄话儿", "Liu-Secretname", "名密刘")


def _forms(secret: str) -> set[str]:
    """A secret as it may come to stand in a log: as it is, as escapes, as base64."""
    raw = secret.encode()
    return {
        secret,
        repr(raw)[2:-1],
        json.dumps(secret)[1:-1],
        repr(secret.encode("utf-16-le"))[2:-1],
        base64.b64encode(raw).decode().rstrip("=")[:-1],
        raw.hex(),
    }


def _secret_day() -> list[tuple[bytes, bytes]]:
    """A school day in which texts and names hold the secrets, and some poison that does too."""
    records = []
    for event, _ in school_day(groups=4, members=12, messages=60, seed=3):
        told = dict(event)
        if "text" in told:
            told["text"] = f"{SECRETS[0]} {told['text']} {SECRETS[1]}"
        for field in ("nickname", "name", "card", "display_name"):
            if field in told:
                told[field] = f"{SECRETS[2]}{SECRETS[3]}"
        if "members" in told:
            told["members"] = [_renamed(member) for member in told["members"]]
        key = f"{told['platform']}:{told['group_id']}".encode()
        records.append((key, json.dumps(told, ensure_ascii=False).encode()))
    for secret in SECRETS:
        records.append((b"qq:poison", f"no json {secret}".encode()))
        records.append((b"qq:poison", json.dumps({"id": secret, "sent_at": secret}).encode()))
    return records


def _renamed(member: dict[str, Any]) -> dict[str, Any]:
    named = {"nickname", "name", "card", "display_name"}
    return {
        field: f"{SECRETS[2]}{SECRETS[3]}" if field in named else held
        for field, held in member.items()
    }


@pytest.mark.timeout(300)
async def test_neither_log_nor_metrics_nor_the_last_line_hold_anybodys_words(
    kafka: Cluster, tmp_path: Path
) -> None:
    day = _secret_day()
    joined = b"".join(value for _, value in day).decode()
    assert all(secret in joined for secret in SECRETS), "the day must hold what is looked for"

    async with Stream(kafka.bootstrap, tmp_path) as stream, endpoints(stream) as asked:
        stream.environment |= {
            "BANZHANG_LOG_LEVEL": "debug",
            "BANZHANG_LOG_FORMAT": "json",
            "FAULT": "words",
            "FAULT_WORDS": " ".join(SECRETS),
            "BANZHANG_REJECTS_SHARE": "1",
        }
        worker = stream.worker("w1")
        worker.start()
        await asked.until("/readyz", 200)
        await _write(stream, day)
        await stream.drained()
        values = (await asked.page("/metrics"))[1]
        worker.send(signal.SIGTERM)
        assert await worker.ended(LIMIT_S) == 0
        worker.start(PLANTED)
        assert await worker.ended(LIMIT_S) == RESTART
        for fault in ("service", "thread dead"):
            stream.environment["FAULT"] = fault
            worker.start(PLANTED)
            assert await worker.ended(LIMIT_S) == RESTART
        letters = len(await stream.dead_letters())

    said = worker.log.read_text("utf-8")
    entries = [json.loads(line) for line in said.splitlines() if line != "hung"]
    assert letters == 2 * len(SECRETS)
    assert "banzhang_rejects_total" in values
    for secret in SECRETS:
        for form in _forms(secret):
            assert form not in said, form
            assert form not in values, form
    assert len(entries) > 20, "at debug level there is something to look at"
    # With its thread the fetching dies, which another thread may say in the same millisecond.
    exits = [entry["exit"] for entry in entries if entry.get("exit", "fetch") != "fetch"]
    assert exits == ["body", "crashed", "crashed"]
    assert {"aiokafka", "faust", "mode"} & {entry["logger"].partition(".")[0] for entry in entries}
    assert all({"time", "level", "logger", "message"} <= entry.keys() for entry in entries)


def test_every_hang_has_a_name_that_a_person_can_look_up() -> None:
    assert {hang.reason for hang in HANGS} <= REASONS.keys()
