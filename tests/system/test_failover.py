"""A worker that dies leaves its partitions to one that has followed them: same actions, no recovery."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from bench.meter import ports_of_meters, said_at
from infra.local import Cluster
from tests.system.harness import PARTITIONS, WHOLE, Stream, Worker
from tests.system.midrun import amid_work, through

RATE: Final = 1_500
OF_EACH: Final = PARTITIONS // 2


@pytest.fixture
def ports() -> Iterator[list[int]]:
    with ports_of_meters(2) as taken:
        yield taken


def employ(stream: Stream, name: str, port: int) -> Worker:
    """A worker of the stream's with its metrics on a port of its own."""
    environment = stream.environment | {"BANZHANG_METRICS_PORT": str(port)}
    stream.workers[name] = Worker(name, environment, stream.folder / f"{name}.log")
    stream.workers[name].start()
    return stream.workers[name]


async def told(port: int, is_so: Callable[[dict[str, float]], bool]) -> dict[str, float]:
    """Wait until a worker's metrics say something; what they say then."""
    async with asyncio.timeout(60):
        while True:
            said = await asyncio.to_thread(said_at, port)
            if said is not None and is_so(said):
                return said
            await asyncio.sleep(0.05)  # metrics can only be asked for


def is_abreast(said: dict[str, float]) -> bool:
    return (
        said["banzhang_standby_partitions"] == OF_EACH
        and said["banzhang_standby_records_total"] > 0
        and said["banzhang_standby_behind_records"] < RATE
    )


def has_just_begun_to_follow(said: dict[str, float]) -> bool:
    return said["banzhang_standby_partitions"] == OF_EACH


@pytest.mark.timeout(240)
async def test_the_heir_of_a_killed_worker_reads_only_what_it_has_not_followed(
    kafka: Cluster, tmp_path: Path, ports: list[int]
) -> None:
    async with Stream(kafka.bootstrap, tmp_path) as stream:
        first, _ = (employ(stream, f"w{port}", port) for port in ports)
        await stream.ready(workers=2)
        written: list[int] = []
        before: dict[str, float] = {}
        after: dict[str, float] = {}

        async def kill_who_is_followed() -> None:
            before.update(await told(ports[1], is_abreast))
            written.append(sum((await stream.ends(stream.topics.state.name)).values()))
            await amid_work(stream)
            first.send(signal.SIGKILL)

        async def ask_the_heir() -> None:
            after.update(await told(ports[1], lambda said: True))

        verdict = await through(stream, [kill_who_is_followed, ask_the_heir], rate=RATE, seed=5)

    assert verdict.expected > 100
    assert verdict.words in WHOLE, verdict
    print(
        "XX",
        before["banzhang_recovered_records_total"],
        after["banzhang_recovered_records_total"],
        written,
    )
    assert after["banzhang_owned_partitions"] == PARTITIONS
    read = after["banzhang_recovered_records_total"] - before["banzhang_recovered_records_total"]
    # Half of what was written was the dead worker's: a recovery would have read that.
    assert OF_EACH <= read < written[0] / 8, (read, written)
    assert after["banzhang_standby_refuted_total"] == 0


@pytest.mark.chaos
@pytest.mark.timeout(240)
async def test_partitions_that_go_to_and_fro_while_they_are_being_followed_lose_nothing(
    kafka: Cluster, tmp_path: Path, ports: list[int]
) -> None:
    async with Stream(kafka.bootstrap, tmp_path) as stream:
        pair = [employ(stream, f"w{port}", port) for port in ports]
        await stream.ready(workers=2)

        async def leave_in_turn() -> None:
            """Each goes as soon as the other has begun to follow it, twice in turn."""
            for turn in range(4):
                goes, stays = pair[turn % 2], ports[1 - turn % 2]
                await told(stays, has_just_begun_to_follow)
                await amid_work(stream)
                goes.send(signal.SIGTERM)
                assert await goes.ended() == 0
                goes.start()

        verdict = await through(stream, [leave_in_turn], rate=RATE // 2, seed=6)

    assert verdict.expected > 100
    assert verdict.words == "DELIVERED", f"a clean handover repeats nothing: {verdict}"
