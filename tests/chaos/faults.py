"""The faults, each a deed on the stage: it hits at once, proves that it hit, and mends what it broke.

A deed returns the proof in words. What a fault leaves behind (a group that has to find together,
states to recover) is waited for by the runner, or not, as the plan has it.
"""

import asyncio
import os
import random
import signal
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from redis.asyncio import Redis

from agents.exits import RESTART
from tests.chaos.plan import KINDS
from tests.chaos.source import CHUNK, POISON, Line
from tests.chaos.stage import Stage, Stuck
from tests.system.harness import SESSION_S, Worker
from tests.system.platform import Moment, Span

PAST_SESSION_S: Final = 2 * SESSION_S
DOWN_S: Final = 5.0
ALL_DOWN_S: Final = (5, 30)
"""All brokers are away so long: within the clients' patience, and past it."""
LATENCIES_S: Final = (0.1, 0.5)
"""What a slow network takes for each frame: a fetch, a write, a heartbeat."""
SLOW_S: Final = (2, 12)
"""Redis answers so late: within the egress's patience, and past it."""
WORKERS: Final = range(2, 5)
_ANSWERS: Final = 2
_WAIT_S: Final = 90.0
_LOOK_S: Final = 0.02
_CHUNKS: Final = 10

Deed = Callable[[Stage, random.Random], Awaitable[str]]


class NotHit(AssertionError):
    """The fault did not do what it is meant to do; the words say what was seen instead."""


class Missed(Exception):
    """The fault came too late; it is done again."""


# Workers.


async def kill_one(stage: Stage, chance: random.Random) -> str:
    """SIGKILL; started again at once, or when the others have taken its partitions over."""
    worker = await _one_of(stage, chance)
    worker.send(signal.SIGKILL)
    worker.end()
    if len(stage.at_work) and chance.random() < 0.5:
        await stage.caught_up()
    worker.start()
    return worker.name


async def kill_all(stage: Stage, _chance: random.Random) -> str:
    """SIGKILL to all at once."""
    killed = stage.at_work
    for worker in killed:
        worker.send(signal.SIGKILL)
    for worker in killed:
        worker.end()
        worker.start()
    return f"{len(killed)} workers"


async def kill_in_recovery(stage: Stage, chance: random.Random) -> str:
    """A worker that recovers slowly takes the place of one that was killed; it, or all, are killed
    while it recovers.
    """
    worker = await _one_of(stage, chance)
    worker.send(signal.SIGKILL)
    worker.end()
    begin = worker.log.stat().st_size
    worker.start(("-m", "tests.system.slow_recovery"))
    await worker.says("recovering", begin)
    killed = [worker] if chance.random() < 0.5 else stage.at_work
    for one in killed:
        one.send(signal.SIGKILL)
    for one in killed:
        one.end()
    said = worker.said(begin)
    for one in killed:
        one.start()
    if "recovered" in said:
        raise Missed("the recovery was over before the kill came")
    return f"{len(killed)} of them while {said.split()[1]} was recovered"


async def freeze_one(stage: Stage, chance: random.Random) -> str:
    """SIGSTOP past the session; it has to end by itself when it goes on."""
    worker = await _one_of(stage, chance)
    worker.send(signal.SIGSTOP)
    ended = asyncio.create_task(worker.ended(PAST_SESSION_S + _WAIT_S))
    await asyncio.sleep(PAST_SESSION_S)
    worker.send(signal.SIGCONT)
    if (code := await ended) != RESTART:
        raise NotHit(f"{worker.name} ended with {code}, not {RESTART}")
    return worker.name


async def terminate_one(stage: Stage, chance: random.Random) -> str:
    """SIGTERM; it has to leave by itself."""
    return await _replaced(await _one_of(stage, chance))


async def restart_all(stage: Stage, _chance: random.Random) -> str:
    """SIGTERM to one after the other, each when the one before has done its part again."""
    names = []
    for worker in stage.at_work:
        await stage.whole()
        names.append(await _replaced(worker))
    return ", ".join(names)


async def _replaced(worker: Worker) -> str:
    worker.send(signal.SIGTERM)
    code = await worker.ended(_WAIT_S)
    # Brokers that are still coming back from the fault before may keep it from a clean end.
    if code not in (0, RESTART):
        raise NotHit(f"{worker.name} ended with {code}")
    worker.start()
    return f"{worker.name} ({code})"


async def plant(stage: Stage, chance: random.Random) -> str:
    """A worker with an exception in its body, between the actions and the states."""
    worker = await _one_of(stage, chance)
    worker.send(signal.SIGKILL)
    worker.end()
    worker.start(("-m", "tests.system.planted"))
    if (code := await worker.ended(_WAIT_S)) != RESTART:
        raise NotHit(f"{worker.name} ended with {code}, not {RESTART}")
    return worker.name


async def restaff(stage: Stage, chance: random.Random) -> str:
    """More workers than before, or fewer."""
    before = len(stage.at_work)
    count = chance.choice([number for number in WORKERS if number != stage.progress.workers])
    stage.progress.workers = count
    stage.staff(count)
    for name, worker in stage.workers.items():
        if int(name[1:]) > count and worker.is_running:
            worker.send(signal.SIGTERM)
            await worker.ended(_WAIT_S)
    return f"{before} to {count}"


async def _one_of(stage: Stage, chance: random.Random) -> Worker:
    """Any worker; waits while all of them are on their way back from the fault before."""
    await _until(lambda: bool(stage.at_work), "no worker came back")
    return chance.choice(stage.at_work)


# Brokers.


async def bounce_broker(stage: Stage, chance: random.Random) -> str:
    """A broker is stopped as it should be, and started."""
    number = chance.randint(1, 3)
    await asyncio.to_thread(stage.cluster.stop_broker, number)
    await asyncio.to_thread(stage.cluster.start_broker, number)
    return f"broker {number}"


async def kill_broker(stage: Stage, chance: random.Random) -> str:
    """A broker is killed; the others notice, and it comes back."""
    number = chance.randint(1, 3)
    stage.cluster.kill(number)
    await asyncio.sleep(DOWN_S * chance.random())
    await asyncio.to_thread(stage.cluster.start_broker, number)
    return f"broker {number}"


async def freeze_broker(stage: Stage, chance: random.Random) -> str:
    """A broker stands still for longer than the others wait for it."""
    number = chance.randint(1, 3)
    pid = stage.cluster.pid(number)
    os.kill(pid, signal.SIGSTOP)
    try:
        await asyncio.sleep(DOWN_S + 1)
    finally:
        os.kill(pid, signal.SIGCONT)
    return f"broker {number}"


async def two_brokers_down(stage: Stage, chance: random.Random) -> str:
    """Two of three are killed: nothing can be written until they are back."""
    first, second = chance.sample(range(1, 4), 2)
    stage.cluster.kill(first)
    stage.cluster.kill(second)
    await asyncio.sleep(DOWN_S)
    await asyncio.to_thread(stage.cluster.start_brokers, (first, second))
    return f"brokers {first} and {second}"


async def all_brokers_down(stage: Stage, chance: random.Random) -> str:
    """All are killed: nobody can write, read or find together until they are back."""
    down_s = chance.choice(ALL_DOWN_S)
    for number in range(1, 4):
        stage.cluster.kill(number)
    await asyncio.sleep(down_s)
    await asyncio.to_thread(stage.cluster.start_brokers, range(1, 4))
    return f"{down_s} s"


# The network between the brokers and the worker that reaches them through the proxies.


async def cut_connections(stage: Stage, _chance: random.Random) -> str:
    """All of its connections break at once, whatever was on its way."""
    cut = 0

    def struck() -> bool:
        nonlocal cut
        cut = sum(proxy.cut() for proxy in stage.proxies.values())
        return cut > 0

    await _until(struck, f"{stage.far.name} had no connection")
    return f"{cut} connections"


async def lose_answers(stage: Stage, _chance: random.Random) -> str:
    """The brokers take what it writes, and it never hears of it."""
    before = _lost(stage)
    for proxy in stage.proxies.values():
        proxy.lose_answers(_ANSWERS)
    await _until(lambda: _lost(stage) > before, f"{stage.far.name} wrote nothing")
    for proxy in stage.proxies.values():
        proxy.lose_answers(0)
    return f"{_lost(stage) - before} answers"


def _lost(stage: Stage) -> int:
    return sum(proxy.hits["lost"] for proxy in stage.proxies.values())


async def silence(stage: Stage, _chance: random.Random) -> str:
    """Nothing that the brokers say comes through, for longer than a session."""
    for proxy in stage.proxies.values():
        proxy.answers.clear()
    try:
        await asyncio.sleep(PAST_SESSION_S)
    finally:
        for proxy in stage.proxies.values():
            proxy.answers.set()
    return f"{PAST_SESSION_S:.0f} s"


async def slow_network(stage: Stage, chance: random.Random) -> str:
    """All that passes between it and the brokers comes late, for longer than a session."""
    latency_s = chance.choice(LATENCIES_S)
    for proxy in stage.proxies.values():
        proxy.latency_s = latency_s
    try:
        await asyncio.sleep(PAST_SESSION_S)
    finally:
        for proxy in stage.proxies.values():
            proxy.latency_s = 0.0
    return f"{latency_s} s a frame"


# Redis and the egress.


async def kill_redis(stage: Stage, _chance: random.Random) -> str:
    """Redis is killed while actions are performed; its file brings its memory back."""
    await stage.egress.amid_performing()
    await asyncio.to_thread(stage.redis.kill)
    await _restart_redis(stage)
    return "its memory came back"


async def stop_redis(stage: Stage, _chance: random.Random) -> str:
    """Redis is away for a while."""
    await stage.egress.amid_performing()
    await asyncio.to_thread(stage.redis.stop)
    await asyncio.sleep(DOWN_S)
    await asyncio.to_thread(stage.redis.start)
    return f"{DOWN_S:.0f} s"


async def _restart_redis(stage: Stage) -> None:
    await asyncio.to_thread(stage.redis.stop)
    await asyncio.to_thread(stage.redis.start)


async def flush_redis(stage: Stage, _chance: random.Random) -> str:
    """Redis forgets what was done."""
    await stage.egress.amid_performing()
    spans, begin = stage.progress.spans, time.time_ns()
    # Noted before it is done: a runner that dies in between has to know of it.
    spans.append(Span(begin, begin + 10**10))
    stage.remember()
    async with Redis.from_url(stage.redis.url) as redis:
        forgot = await redis.dbsize()
        await redis.flushall()
    spans[-1] = Span(begin, time.time_ns())
    return f"{forgot} ids"


async def slow_redis(stage: Stage, chance: random.Random) -> str:
    """Redis answers late, or too late."""
    late_s = chance.choice(SLOW_S)
    await stage.egress.amid_performing()
    async with Redis.from_url(stage.redis.url, socket_timeout=2.0 * late_s) as redis:
        await redis.execute_command("CLIENT", "PAUSE", late_s * 1000)  # type: ignore[no-untyped-call]
        await redis.ping()
    return f"{late_s} s"


async def kill_egress(stage: Stage, _chance: random.Random) -> str:
    """The egress is killed while actions are performed."""
    return f"{await stage.egress.kill()} calls not committed"


async def freeze_egress(stage: Stage, _chance: random.Random) -> str:
    """The egress stands still past its session, in the middle of a batch."""
    await stage.egress.amid_performing()
    stage.egress.process.send(signal.SIGSTOP)
    await asyncio.sleep(PAST_SESSION_S)
    stage.egress.process.send(signal.SIGCONT)
    return f"{PAST_SESSION_S:.0f} s"


# Producers.


async def duplicates(stage: Stage, _chance: random.Random) -> str:
    """The newest events come once more."""
    lines = list(stage.source.newest)
    await stage.source.write(lines)
    return f"{len(lines)} events"


async def disorder(stage: Stage, _chance: random.Random) -> str:
    """The next chunks are written in any order."""
    stage.source.disorder = _CHUNKS
    await _until(lambda: not stage.source.disorder, "the producer stands still")
    return f"{_CHUNKS * CHUNK} events"


async def poison(stage: Stage, chance: random.Random) -> str:
    """Records that are no events, among those that are some."""
    keys = [line.key for line in stage.source.newest]
    lines = [Line(chance.choice(keys), value, planted=True) for value in POISON.values()]
    chance.shuffle(lines)
    await stage.source.write(lines)
    return f"{len(lines)} records"


async def wrong_partition(stage: Stage, _chance: random.Random) -> str:
    """A producer with another partitioner: the next chunks stand on wrong partitions."""
    stage.source.astray = _CHUNKS
    await _until(lambda: not stage.source.astray, "the producer stands still")
    return f"{_CHUNKS * CHUNK} events"


# All of them.

DEEDS: Final[Mapping[str, Deed]] = {
    "kill a worker": kill_one,
    "kill all workers": kill_all,
    "kill in a recovery": kill_in_recovery,
    "freeze a worker": freeze_one,
    "terminate a worker": terminate_one,
    "restart all in turn": restart_all,
    "exception in the body": plant,
    "more or fewer workers": restaff,
    "bounce a broker": bounce_broker,
    "kill a broker": kill_broker,
    "freeze a broker": freeze_broker,
    "two brokers down": two_brokers_down,
    "all brokers down": all_brokers_down,
    "cut connections": cut_connections,
    "lose answers": lose_answers,
    "silence of the brokers": silence,
    "slow network": slow_network,
    "kill Redis": kill_redis,
    "stop Redis": stop_redis,
    "flush Redis": flush_redis,
    "slow Redis": slow_redis,
    "kill the egress": kill_egress,
    "freeze the egress": freeze_egress,
    "duplicates": duplicates,
    "disorder": disorder,
    "poison": poison,
    "wrong partition": wrong_partition,
}
assert tuple(DEEDS) == tuple(KINDS)

_OF_WHOLE: Final = frozenset({"freeze a worker", "terminate a worker", "restart all in turn"})
_OF_EGRESS: Final = frozenset(kind for kind in KINDS if "Redis" in kind or "egress" in kind)


async def moment_for(stage: Stage, kind: str) -> Moment:
    """Wait for a moment at which whom the fault is aimed at has work done and work left."""
    topics = stage.topics
    if kind in _OF_WHOLE:
        await stage.whole()
    if kind in _OF_EGRESS:
        return await stage.log.until_in_the_middle(stage.egress_group, topics.actions.name, _WAIT_S)
    return await stage.log.until_in_the_middle(stage.log.judges, topics.events.name, _WAIT_S)


async def _until(met: Callable[[], bool], otherwise: str) -> None:
    give_up_at = asyncio.get_running_loop().time() + _WAIT_S
    while not met():
        if asyncio.get_running_loop().time() > give_up_at:
            raise Stuck(f"{otherwise} within {_WAIT_S:.0f} s")
        await asyncio.sleep(_LOOK_S)  # another process's file can only be looked at
