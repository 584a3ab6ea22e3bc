"""A network that is slow, cuts, loses answers or works in one direction alone."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Final

import pytest

from banzhang.kafka import records_of
from infra.local import Cluster
from tests.system.harness import SESSION_S, WHOLE, Stream
from tests.system.midrun import Deed, through
from tests.system.proxy import FETCH, OFFSET_COMMIT, PRODUCE, Proxy

REQUEST_S: Final = 5
PATIENT_S: Final = 30.0
"""A session, where no end of the worker is expected: a busy machine must not cause one."""
LONG_S: Final = 2 * SESSION_S
"""Of a network that is half there: past the session and a write's request."""


@asynccontextmanager
async def behind(proxy: Proxy, folder: Path, session_s: float = SESSION_S) -> AsyncIterator[Stream]:
    """A stream with one worker, which reaches its broker by the proxy alone; the test itself goes
    in by the broker's first entrance.
    """
    async with proxy:
        with Cluster(folder / "kafka", doors={1: proxy.port}) as cluster:
            proxy.broker_port = cluster.door()
            async with Stream(cluster.bootstrap, folder) as stream:
                stream.environment |= {
                    "BANZHANG_KAFKA": proxy.address,
                    "BANZHANG_REQUEST_S": str(REQUEST_S),
                    "BANZHANG_SESSION_S": str(session_s),
                }
                await stream.worked_by("w1")
                yield stream


def struck(proxy: Proxy, name: str, plan: Callable[[], None], count: int) -> Deed:
    """Plan a fault, and wait until it has struck so often."""

    async def deed() -> None:
        before = proxy.hits[name]
        plan()
        await proxy.struck(name, before + count)

    return deed


async def ticks_of(stream: Stream) -> Counter[tuple[int, str]]:
    """How often each tick stands on each partition."""
    found: Counter[tuple[int, str]] = Counter()
    async for record in records_of(stream.bootstrap, stream.topics.events.name):
        event = json.loads(record.value)
        if event["kind"] == "tick":
            found[record.partition, event["id"]] += 1
    return found


async def test_lost_answers_to_writes_double_nothing(tmp_path: Path) -> None:
    """The broker took the batch and nobody heard of it: the producer sends it again."""
    proxy = Proxy()
    async with behind(proxy, tmp_path, PATIENT_S) as stream:
        topics = stream.topics
        verdict = await through(
            stream,
            [
                struck(proxy, "lost", partial(proxy.lose_answers, 5, about=topic.name.encode()), 5)
                for topic in (topics.actions, topics.state, topics.events)
            ],
        )
        ticks = await ticks_of(stream)
        exits = stream.worker("w1").exits

    assert proxy.hits["lost"] == 15
    assert verdict.words == "DELIVERED", verdict
    assert set(ticks.values()) == {1}, "a lost answer doubled a tick"
    assert not exits, "a lost answer is no reason to end"


@pytest.mark.chaos
async def test_connections_that_are_cut_in_the_middle_of_a_request_lose_and_double_nothing(
    tmp_path: Path,
) -> None:
    proxy = Proxy()

    async def cut_all() -> None:
        assert proxy.cut() > 0

    async with behind(proxy, tmp_path) as stream:
        verdict = await through(
            stream,
            [
                struck(proxy, "torn", partial(proxy.tear_requests, 5, kind=PRODUCE), 5),
                cut_all,
                struck(proxy, "torn", partial(proxy.tear_requests, 3, kind=FETCH), 3),
                cut_all,
                struck(proxy, "torn", partial(proxy.tear_requests, 3, kind=OFFSET_COMMIT), 3),
                struck(proxy, "lost", partial(proxy.lose_answers, 3, kind=OFFSET_COMMIT), 3),
                struck(proxy, "lost", partial(proxy.lose_answers, 3, kind=FETCH), 3),
            ],
        )

    assert verdict.words in WHOLE, verdict


@pytest.mark.chaos
@pytest.mark.parametrize("direction", ["requests", "answers"])
async def test_a_network_that_works_in_one_direction_alone_ends_the_worker_and_loses_nothing(
    direction: str, tmp_path: Path
) -> None:
    proxy = Proxy()
    gate: asyncio.Event = getattr(proxy, direction)

    async def one_way() -> None:
        before = stream.worker("w1").exits.total()
        gate.clear()
        # The time is the fault itself. What ended meanwhile is started again while it lasts.
        async with asyncio.timeout(4 * LONG_S):
            while stream.worker("w1").exits.total() == before:
                await asyncio.sleep(0.1)
                stream.worker("w1").look()
        gate.set()

    async with behind(proxy, tmp_path) as stream:
        verdict = await through(stream, [one_way, one_way])
        said = stream.worker("w1").log.read_text("utf-8")

    assert verdict.words in WHOLE, verdict
    assert "banzhang: exit" in said


@pytest.mark.chaos
async def test_a_slow_broker_delays_and_loses_nothing(tmp_path: Path) -> None:
    """A quarter of a second each way, and 400 kB a second; then as it was."""
    proxy = Proxy()

    async def slow() -> None:
        proxy.latency_s, proxy.bytes_per_s = 0.25, 400_000.0
        settled = sum((await stream.committed()).values())
        async with asyncio.timeout(120):
            while sum((await stream.committed()).values()) < settled + 3_000:  # noqa: ASYNC110
                await asyncio.sleep(0.2)

    async def fast() -> None:
        proxy.latency_s, proxy.bytes_per_s = 0.0, float("inf")

    async with behind(proxy, tmp_path, PATIENT_S) as stream:
        verdict = await through(stream, [slow, fast], rate=1_000)
        exits = stream.worker("w1").exits

    assert verdict.words == "DELIVERED", verdict
    assert not exits, "slow is no reason to end"
