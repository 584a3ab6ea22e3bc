"""A network that is slow, cuts, loses answers or works in one direction alone."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from infra.local import Cluster
from tests.system.harness import Stream
from tests.system.midrun import through
from tests.system.proxy import FETCH, OFFSET_COMMIT, Proxy

REQUEST_S: Final = 5


@contextmanager
def behind(proxy: Proxy, folder: Path) -> Iterator[Cluster]:
    """A broker whose second entrance is the proxy; the test itself goes in by the first."""
    with Cluster(folder / "kafka", doors={1: proxy.port}) as cluster:
        proxy.broker_port = cluster.door()
        yield cluster


def stream_through(proxy: Proxy, cluster: Cluster, folder: Path) -> Stream:
    """A stream whose workers reach the broker by the proxy alone."""
    stream = Stream(cluster.bootstrap, folder)
    stream.environment |= {
        "BANZHANG_KAFKA": proxy.address,
        "BANZHANG_REQUEST_S": str(REQUEST_S),
    }
    return stream


async def test_lost_answers_to_writes_double_nothing(tmp_path: Path) -> None:
    """The broker took the batch and nobody heard of it: the producer sends it again."""
    async with Proxy() as proxy:
        with behind(proxy, tmp_path) as cluster:
            async with stream_through(proxy, cluster, tmp_path) as stream:
                stream.worker("w1").start()
                await stream.ready(workers=1)

                async def lose(name: str, count: int) -> None:
                    before = proxy.hits["lost"]
                    proxy.lose_answers(count, about=name.encode())
                    await proxy.struck("lost", before + count)

                topics = stream.topics
                verdict = await through(
                    stream,
                    [
                        lambda: lose(topics.actions.name, 5),
                        lambda: lose(topics.state.name, 5),
                        lambda: lose(topics.events.name, 3),
                    ],
                )
                exits = stream.worker("w1").exits
                ticks = [line["id"] async for line in stream.objects(topics.events.name)]

    assert proxy.hits["lost"] == 13
    assert verdict.words == "DELIVERED", verdict
    assert not exits, "a lost answer is no reason to end"
    assert len(ticks) == 0
