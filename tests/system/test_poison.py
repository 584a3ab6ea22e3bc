"""A bad record stops nobody: poison at known places, dead letters for exactly those."""

import base64
import json
import random
import time
from pathlib import Path
from typing import Any, Final

from aiokafka import AIOKafkaProducer

from agents.exits import MEND
from infra.local import Cluster
from schemas.event import RECORD_BYTES_MAX
from tests.system.harness import Stream, message

GOOD: Final = {
    "id": "p",
    "kind": "message",
    "platform": "qq",
    "group_id": "g1",
    "member_id": "m",
    "sent_at": 1,
    "text": "好",
}


def _as_bytes(**changed: Any) -> bytes:
    return json.dumps(GOOD | changed, ensure_ascii=False).encode()


def _without(field: str) -> bytes:
    return json.dumps({name: held for name, held in GOOD.items() if name != field}).encode()


POISON: Final[dict[str, tuple[bytes | None, str, str]]] = {
    "no JSON": (b"\x00\xffno json", "not_json", "$"),
    "a missing field": (_without("member_id"), "missing_field", "$.member_id"),
    "an ill-typed field": (_as_bytes(sent_at="yesterday"), "bad_field", "$.sent_at"),
    "a null value": (None, "null_value", "$"),
    "a lone surrogate": (
        _as_bytes().replace("好".encode(), b"\\ud800"),
        "not_json",
        "$.text",
    ),
    "a deep nest": (
        _as_bytes().rstrip(b"}") + b',"more":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
        "too_deep",
        "$",
    ),
    "over a MiB": (_as_bytes(text="字" * (RECORD_BYTES_MAX // 3)), "too_large", "$"),
    "ahead of the log": (_as_bytes(sent_at=4_000_000_000_000), "ahead", "$.sent_at"),
}


async def _write(stream: Stream, records: list[tuple[bytes, bytes | None]]) -> list[int]:
    """Append records to partition 0 of the events topic, in order; their offsets."""
    producer = AIOKafkaProducer(bootstrap_servers=stream.bootstrap, max_request_size=4 << 20)
    await producer.start()
    try:
        return [
            (
                await producer.send_and_wait(
                    stream.topics.events.name, key=key, value=value, partition=0
                )
            ).offset
            for key, value in records
        ]
    finally:
        await producer.stop()


async def test_each_bad_record_is_a_dead_letter_that_names_the_field_and_the_rest_is_judged(
    kafka: Cluster, tmp_path: Path
) -> None:
    chance, now = random.Random(5), time.time_ns() // 1_000_000
    records: list[tuple[bytes, bytes | None]] = []
    planted = {}
    for number, (name, (value, reason, field)) in enumerate(POISON.items()):
        records += [message(number * 50 + n, now, chance) for n in range(50)]
        planted[len(records)] = (name, value, reason, field)
        records.append((b"qq:g1", value))

    async with Stream(kafka.bootstrap, tmp_path) as stream:
        stream.worker("w1").start()
        await stream.ready(workers=1)
        offsets = await _write(stream, records)
        await stream.drained()
        verdict = await stream.compared(ignore_bad_lines=True)
        letters = {line["offset"]: line for line in await stream.dead_letters()}

    assert letters.keys() == {offsets[place] for place in planted}
    for place, (name, value, reason, field) in planted.items():
        letter = letters[offsets[place]]
        raw = None if letter.get("raw") is None else base64.b64decode(letter["raw"])
        assert (letter["reason"], letter["field"]) == (reason, field), name
        assert (letter["topic"], letter["partition"]) == (stream.topics.events.name, 0)
        assert raw == value, name
    assert (verdict.missing, verdict.extra, verdict.wrong) == (0, 0, 0)


async def test_too_many_bad_records_in_a_row_stop_the_worker_with_a_clear_message(
    kafka: Cluster, tmp_path: Path
) -> None:
    async with Stream(kafka.bootstrap, tmp_path) as stream:
        stream.environment["BANZHANG_REJECTS_IN_ROW"] = "20"
        worker = stream.worker("w1")
        worker.start()

        await _write(stream, [(b"qq:g1", b"{")] * 30)

        assert await worker.ended() == MEND
        assert await stream.dead_letters() == []
    said = worker.log.read_text(encoding="utf-8")
    assert "banzhang: exit rejects" in said
    assert "BANZHANG_REJECTS_IN_ROW" in said
