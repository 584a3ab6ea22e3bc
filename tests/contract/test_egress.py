"""How the way out reads: so many actions at a time, and none before the last ones are settled."""

import asyncio
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition

from adapters import egress
from adapters.egress import RECORDS_MAX, Route, run_egress
from adapters.memory import MemoryAdapter
from adapters.performer import Performer
from adapters.register import MemoryRegister
from schemas.action import encode_action
from tests.contract.actions import NOW, action_of

ACTIONS = TopicPartition("actions", 0)
ROUTE = Route(bootstrap="nowhere", actions="actions", outcomes="outcomes", group="adapter")


class Broker:
    """Both clients that the way out has, and the log between them; what happens is noted in order."""

    def __init__(self, count: int, stopping: asyncio.Event) -> None:
        self.waiting = [
            SimpleNamespace(value=encode_action(action_of(f"a{n}")), key=b"qq:g1", offset=n)
            for n in range(count)
        ]
        self.noted: list[tuple[str, int]] = []
        self._stopping = stopping

    def subscribe(self, topics: list[str]) -> None:
        assert topics == [ROUTE.actions]

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def getmany(self, *, timeout_ms: int, max_records: int) -> Mapping[TopicPartition, Any]:
        del timeout_ms
        given, self.waiting = self.waiting[:max_records], self.waiting[max_records:]
        if not self.waiting:
            self._stopping.set()
        self.noted.append(("read", len(given)))
        return {ACTIONS: given}

    async def send(self, _topic: str, _value: bytes, *, key: bytes) -> asyncio.Future[None]:
        assert key == b"qq:g1"
        answer = asyncio.get_running_loop().create_future()
        answer.set_result(None)
        return answer

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        self.noted.append(("committed", offsets[ACTIONS]))


async def test_so_many_actions_are_taken_at_a_time_and_the_rest_waits_at_the_broker(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stopping = asyncio.Event()
    broker = Broker(RECORDS_MAX + 1, stopping)
    for client in ("AIOKafkaConsumer", "AIOKafkaProducer"):
        monkeypatch.setattr(egress, client, lambda **_: broker)
    adapter = MemoryAdapter(lambda: NOW)
    performer = Performer(adapter, MemoryRegister(), now_ms=lambda: NOW)

    await run_egress(ROUTE, performer.settle, stopping)

    assert broker.noted == [
        ("read", RECORDS_MAX),
        ("committed", RECORDS_MAX),
        ("read", 1),
        ("committed", RECORDS_MAX + 1),
    ]
    assert adapter.calls == RECORDS_MAX + 1
