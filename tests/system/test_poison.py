"""A bad record stops nobody: poison at known places, dead letters for exactly those."""

import base64
import json
import random
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from aiokafka import AIOKafkaProducer

from agents.exits import MEND
from infra.local import Cluster
from schemas.dead import RAW_BYTES_MAX
from schemas.event import RECORD_BYTES_MAX
from streams.partitioner import partition_of
from tests.system.harness import PARTITIONS, Stream, message

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


def _of_size(size: int, **changed: Any) -> bytes:
    """A message of so many bytes, by a field that nobody knows."""
    return _as_bytes(**changed, more="x" * (size - len(_as_bytes(**changed, more=""))))


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
    "an empty value": (b"", "not_json", "$"),
    "no UTF-8": (_as_bytes().replace("好".encode(), b"\xff"), "not_utf8", "$.text"),
    "a list": (b"[]", "bad_field", "$"),
    "a number for a text": (_as_bytes(text=5), "bad_field", "$.text"),
    "a MiB and a byte": (_of_size(RECORD_BYTES_MAX + 1), "too_large", "$"),
    "just under two MiB": (_of_size((2 << 20) - 200), "too_large", "$"),
    "nothing under a key of two MiB": (None, "null_value", "$"),
    "ten MiB, compressed": (_of_size(10 << 20), "too_large", "$"),
    "a message to all groups": (_as_bytes(group_id="*", platform="*"), "bad_field", "$.group_id"),
    "a platform with a colon": (_as_bytes(platform="q:q"), "bad_field", "$.platform"),
}
KEYS: Final = {"nothing under a key of two MiB": b"k" * ((2 << 20) - 200)}
COMPRESSED: Final = {"ten MiB, compressed"}


class Planted(NamedTuple):
    """A record on its way to partition 0 of the events topic."""

    key: bytes | None
    value: bytes | None
    name: str = ""


async def _write(stream: Stream, records: Sequence[Planted]) -> list[int]:
    """Append records to partition 0 of the events topic, in order; their offsets."""
    async with (
        AIOKafkaProducer(bootstrap_servers=stream.bootstrap, max_request_size=4 << 20) as plain,
        AIOKafkaProducer(
            bootstrap_servers=stream.bootstrap, max_request_size=16 << 20, compression_type="gzip"
        ) as compressing,
    ):
        return [
            (
                await (compressing if name in COMPRESSED else plain).send_and_wait(
                    stream.topics.events.name, key=key, value=value, partition=0
                )
            ).offset
            for key, value, name in records
        ]


async def test_each_bad_record_is_a_dead_letter_that_names_the_field_and_the_rest_is_judged(
    kafka: Cluster, tmp_path: Path
) -> None:
    chance, now = random.Random(5), time.time_ns() // 1_000_000
    records: list[Planted] = []
    planted = {}
    for number, (name, (value, reason, field)) in enumerate(POISON.items()):
        records += [Planted(*message(number * 50 + n, now, chance)) for n in range(50)]
        planted[len(records)] = (name, value, reason, field)
        records.append(Planted(KEYS.get(name, b"qq:g1"), value, name))

    async with Stream(kafka.bootstrap, tmp_path) as stream:
        await stream.worked_by("w1")
        offsets = await _write(stream, records)
        await stream.drained()
        verdict = await stream.compared(ignore_bad_lines=True)
        letters = [line async for line in stream.objects(stream.topics.dead.name)]

    assert sorted(line["offset"] for line in letters) == [offsets[place] for place in planted]
    by_offset = {line["offset"]: line for line in letters}
    for place, (name, value, reason, field) in planted.items():
        letter = by_offset[offsets[place]]
        raw = None if letter.get("raw") is None else base64.b64decode(letter["raw"])
        assert (letter["reason"], letter["field"]) == (reason, field), name
        assert (letter["topic"], letter["partition"]) == (stream.topics.events.name, 0)
        assert raw == (None if value is None else value[:RAW_BYTES_MAX]), name
        if raw != value:
            assert letter["raw_bytes"] == len(value or b"")
    assert verdict.words == "DELIVERED", verdict
    assert not stream.worker("w1").exits, "a bad record stopped the worker"


async def test_odd_records_that_are_none_the_worse_are_judged_once(
    kafka: Cluster, tmp_path: Path
) -> None:
    """Each is the third of a run of equal texts, at home on its partition and astray on it."""
    now = time.time_ns() // 1_000_000
    records: list[Planted] = []
    thirds: set[str] = set()
    for group in (_group_at(0), _group_at(5)):
        key = f"qq:{group}".encode()
        for name, third_key, size in (
            ("a MiB", key, RECORD_BYTES_MAX),
            ("another group's key", b"qq:another", 0),
            ("no key", None, 0),
        ):
            common = {"group_id": group, "member_id": name, "sent_at": now, "text": "甲乙丙"}
            ids = [f"{group} {name} {number}" for number in range(3)]
            first, second = (_as_bytes(id=one, **common) for one in ids[:2])
            third = _of_size(size, id=ids[2], **common) if size else _as_bytes(id=ids[2], **common)
            assert not size or len(third) == size
            records += [Planted(key, first), Planted(key, second), Planted(third_key, third)]
            thirds.add(ids[2])

    async with Stream(kafka.bootstrap, tmp_path) as stream:
        await stream.worked_by("w1")
        await _write(stream, records)
        await stream.drained()
        # The copies of the strays were written before the first drain ended.
        await stream.drained()
        verdict = await stream.compared()
        told = [a async for a in stream.objects(stream.topics.actions.name)]
        letters = await stream.dead_letters()

    assert letters == []
    assert verdict.words == "DELIVERED", verdict
    assert {one for a in told for one in a["evidence"]} >= thirds
    assert not stream.worker("w1").exits


def _group_at(partition: int) -> str:
    """A group whose key's partition is this one."""
    return next(
        group
        for group in map(str, range(1_000))
        if partition_of(f"qq:{group}".encode(), PARTITIONS) == partition
    )


async def test_too_many_bad_records_in_a_row_stop_the_worker_with_a_clear_message(
    kafka: Cluster, tmp_path: Path
) -> None:
    async with Stream(kafka.bootstrap, tmp_path) as stream:
        stream.environment["BANZHANG_REJECTS_IN_ROW"] = "20"
        worker = stream.worker("w1")
        worker.start()

        await _write(stream, [Planted(b"qq:g1", b"{")] * 30)

        assert await worker.ended() == MEND
        assert await stream.dead_letters() == []
    said = worker.log.read_text(encoding="utf-8")
    assert "banzhang: exit rejects" in said
    assert "BANZHANG_REJECTS_IN_ROW" in said
