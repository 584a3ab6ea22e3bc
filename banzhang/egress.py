"""An adapter put together with Kafka, Redis and a clock, and run until a signal."""

import argparse
import asyncio
import signal
from collections.abc import Callable, Mapping
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import RedisError

from adapters.egress import Route, run_egress
from adapters.performer import Performer
from adapters.protocol import Adapter
from adapters.register import RedisRegister
from agents.clock import Clock
from banzhang.failure import USAGE, Failure
from banzhang.kafka import reaching
from banzhang.settings import add_flags
from streams.topology import topology

NAMES: Final = ("BANZHANG_KAFKA", "BANZHANG_REDIS", "BANZHANG_NAMESPACE", "BANZHANG_CLOCK")
_REDIS_S: Final = 10


def add_adapter_flags(parser: argparse.ArgumentParser) -> None:
    """The settings that every adapter takes."""
    add_flags(parser, NAMES)


def clock_of(given: Mapping[str, str]) -> Clock:
    """The adapter's clock: the machine's, or a simulated day's."""
    try:
        return Clock.of(given["BANZHANG_CLOCK"])
    except ValueError as wrong:
        raise Failure(str(wrong), code=USAGE) from None


def run_adapter(
    name: str, given: Mapping[str, str], make: Callable[[Callable[[], int]], Adapter]
) -> int:
    """Run the adapter until SIGTERM (exit 0) or Ctrl-C (exit 130)."""
    clock = clock_of(given)
    adapter = make(clock.now_ms)
    redis = given["BANZHANG_REDIS"]
    try:
        with reaching(given["BANZHANG_KAFKA"]):
            interrupted = asyncio.run(_run(name, given, adapter, clock))
    except RedisError:
        raise Failure(
            f"no Redis answers at {redis.rpartition('@')[2]}; start one with `banzhang up`, or "
            "name the right address by --redis or BANZHANG_REDIS"
        ) from None
    except ValueError as wrong:  # Redis' client says so of an address that it can't read.
        raise Failure(f"BANZHANG_REDIS: {wrong}", code=USAGE) from None
    if interrupted:
        raise KeyboardInterrupt
    return 0


async def _run(name: str, given: Mapping[str, str], adapter: Adapter, clock: Clock) -> bool:
    namespace = given["BANZHANG_NAMESPACE"]
    topics = topology(namespace)
    stopping = asyncio.Event()
    caught: list[signal.Signals] = []

    def stop(number: signal.Signals) -> None:
        caught.append(number)
        stopping.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop, number)
    route = Route(
        bootstrap=given["BANZHANG_KAFKA"],
        actions=topics.actions.name,
        outcomes=topics.outcomes.name,
        group=f"{namespace}.adapter.{name}",
    )
    async with Redis.from_url(
        given["BANZHANG_REDIS"],
        socket_connect_timeout=_REDIS_S,
        socket_timeout=_REDIS_S,
    ) as redis:
        await redis.ping()
        performer = Performer(adapter, RedisRegister(redis, namespace), now_ms=clock.now_ms)
        await run_egress(route, performer.settle, stopping)
    return signal.SIGINT in caught
