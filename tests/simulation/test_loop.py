"""Virtual time, and processes that are frozen or killed between two steps."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.simulation.loop import Endless, Host, VirtualLoop, tidy


@pytest.fixture
def loop() -> Iterator[VirtualLoop]:
    made = VirtualLoop()
    yield made
    made.close()


def test_time_passes_by_waiting_alone(loop: VirtualLoop) -> None:
    async def wait() -> float:
        await asyncio.sleep(1_000_000)
        return asyncio.get_running_loop().time()

    assert loop.run_until_complete(wait()) == 1_000_000


def test_what_is_due_at_one_time_comes_in_the_order_in_which_it_was_asked(
    loop: VirtualLoop,
) -> None:
    seen: list[int] = []
    for number in range(20):
        loop.outside(1.0, seen.append, number)
    loop.run_until_complete(asyncio.sleep(2))

    assert seen == list(range(20))


def test_a_frozen_host_runs_no_step_and_its_timers_come_late(loop: VirtualLoop) -> None:
    host, seen = Host(), []

    async def work() -> None:
        for _ in range(4):
            await asyncio.sleep(1)
            seen.append(loop.now)

    loop.begin(host, work())
    loop.outside(1.5, loop.freeze, host, 10.0)
    loop.run_until_complete(asyncio.sleep(20))

    assert seen == [1.0, 11.5, 12.5, 13.5]


def test_a_dead_host_runs_no_step_and_cleans_nothing_up(loop: VirtualLoop) -> None:
    host, seen = Host(), []

    async def work() -> None:
        try:
            await asyncio.sleep(5)
        finally:
            seen.append("cleaned up")

    async def child() -> None:
        await asyncio.gather(work(), work())

    loop.begin(host, child())
    loop.outside(1.0, setattr, host, "is_dead", True)
    loop.run_until_complete(asyncio.sleep(20))

    assert seen == []
    tidy(host)


def test_a_history_in_which_everybody_waits_is_told(loop: VirtualLoop) -> None:
    async def wait() -> None:
        await loop.create_future()

    with pytest.raises(Endless, match="everybody waits"):
        loop.run_until_complete(wait())
