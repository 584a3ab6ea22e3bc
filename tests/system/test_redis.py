"""Redis dies, forgets and dawdles while the real egress performs: what a platform is asked to do."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from redis.asyncio import Redis

from adapters.protocol import IDEMPOTENT
from banzhang.demo.stage import Progress, total
from infra.local import Cluster, RedisServer
from tests.system.harness import Stream, Worker
from tests.system.midrun import through
from tests.system.platform import (
    NAME,
    PROGRAM,
    Call,
    Egress,
    Moment,
    Repeats,
    calls_in,
    hurry,
    repeats,
)

DOWN_S: Final = 3.0
TOO_LATE_S: Final = 12
"""Past the time that the egress gives Redis."""
DRAIN_S: Final = 120.0

Harm = Callable[[RedisServer, Egress], Awaitable[None]]


async def kill(redis: RedisServer, _egress: Egress) -> None:
    await asyncio.to_thread(redis.kill)
    await asyncio.to_thread(redis.stop)
    await asyncio.to_thread(redis.start)


async def be_away(redis: RedisServer, egress: Egress) -> None:
    await asyncio.to_thread(redis.stop)
    # How long it is away is the fault; the egress says so and ends, as often as it is started.
    await asyncio.sleep(DOWN_S)
    assert await egress.process.ended() != 0
    await asyncio.to_thread(redis.start)


async def dawdle(redis: RedisServer, egress: Egress) -> None:
    async with Redis.from_url(redis.url) as client:
        await client.execute_command("CLIENT", "PAUSE", TOO_LATE_S * 1000)  # type: ignore[no-untyped-call]
        assert await egress.process.ended() != 0
        await client.ping()


async def kill_the_egress(_redis: RedisServer, egress: Egress) -> None:
    assert await egress.kill() > 0


HARMS: Final[Mapping[str, Harm]] = {
    "Redis is killed": kill,
    "Redis is away": be_away,
    "Redis dawdles": dawdle,
    "the egress is killed": kill_the_egress,
}


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    """One of the test's own: it is stopped and killed."""
    with RedisServer(tmp_path / "redis") as server:
        yield server


class Scene:
    """A stream, and the egress behind it."""

    def __init__(self, stream: Stream, redis: RedisServer, progress: Progress) -> None:
        self.stream, self.progress = stream, progress
        self.group = f"{stream.namespace}.adapter.{NAME}"
        calls = stream.folder / "calls.txt"
        environment = stream.environment | {"BANZHANG_REDIS": redis.url}
        process = Worker(
            "egress", environment, stream.folder / "egress.log", command=(*PROGRAM, str(calls))
        )
        # Among the workers it is started again as they are, and ended with them.
        stream.workers["egress"] = process
        self.egress = Egress(process, calls, self.moment)

    async def moment(self) -> Moment:
        """Where the egress is."""
        topic = self.stream.topics.actions.name
        done = total(await self.progress.committed(self.group, topic))
        return Moment(done, total(await self.progress.ends(topic)))

    async def performed(self) -> Mapping[str, Sequence[Call]]:
        """Wait until every action is settled; the calls of the platform."""
        hurry(self.egress.calls).touch()
        topic = self.stream.topics.actions.name
        ends = await self.progress.ends(topic)
        watch = asyncio.create_task(self._keep())
        try:
            async with asyncio.timeout(DRAIN_S):
                await self.progress.until_read(self.group, topic, ends)
        finally:
            watch.cancel()
        return calls_in(self.egress.calls)

    async def _keep(self) -> None:
        while True:
            self.egress.process.look()
            await asyncio.sleep(0.1)

    async def actions(self) -> Mapping[str, str]:
        """The kinds of all actions, by id."""
        name = self.stream.topics.actions.name
        return {line["id"]: line["kind"] async for line in self.stream.objects(name)}

    async def outcomes(self) -> Mapping[str, list[dict[str, Any]]]:
        """What was said of each action, in the order of the log."""
        said: dict[str, list[dict[str, Any]]] = {}
        async for line in self.stream.objects(self.stream.topics.outcomes.name):
            said.setdefault(line["action_id"], []).append(line)
        return said

    async def read_again(self) -> None:
        """End the egress, have its group begin the actions anew, start it."""
        self.egress.process.end()
        async with asyncio.timeout(DRAIN_S):
            # Offsets are taken of an empty group alone; a killed member is missed after its session.
            while not await self.stream.is_shared_by(0, self.group):  # noqa: ASYNC110
                await asyncio.sleep(0.1)  # the group's state can only be asked for
        topic = self.stream.topics.actions.name
        async with AIOKafkaConsumer(
            bootstrap_servers=self.stream.bootstrap, group_id=self.group, enable_auto_commit=False
        ) as consumer:
            tps = [TopicPartition(topic, number) for number in await self.progress.ends(topic)]
            consumer.assign(tps)
            await consumer.commit(dict.fromkeys(tps, 0))
        self.egress.process.start()


@asynccontextmanager
async def scene(kafka: Cluster, redis: RedisServer, folder: Path) -> AsyncIterator[Scene]:
    async with Stream(kafka.bootstrap, folder) as stream, Progress(kafka.bootstrap) as progress:
        await stream.worked_by("w1")
        made = Scene(stream, redis, progress)
        made.egress.process.start()
        yield made


@pytest.mark.parametrize(
    "harm",
    [
        pytest.param(harm, id=name, marks=() if name == "Redis is killed" else pytest.mark.chaos)
        for name, harm in HARMS.items()
    ],
)
async def test_a_platform_is_called_once_for_an_action_while_redis_keeps_its_memory(
    harm: Harm, kafka: Cluster, redis: RedisServer, tmp_path: Path
) -> None:
    async with scene(kafka, redis, tmp_path) as on:

        async def struck() -> None:
            await on.egress.amid_performing()
            await harm(redis, on.egress)

        verdict = await through(on.stream, [struck, struck])
        on.egress.process.start()
        calls = await on.performed()
        actions, outcomes = await on.actions(), await on.outcomes()

    assert verdict.words == "DELIVERED", f"nothing was done to the judge: {verdict}"
    assert outcomes.keys() == actions.keys(), "each action has an outcome"
    assert repeats(calls, []).unexplained == 0
    if harm is kill_the_egress:
        met = {n for n, said in outcomes.items() if len(said) > 1 or said[0]["status"] == "failed"}
        assert {actions[name] for name in met} - IDEMPOTENT, "kills met what may not be repeated"
    again = {kind for kind in actions.values() if kind in IDEMPOTENT}
    told = set(actions.values()) - again
    assert again, "no kind that may be done twice"
    assert told, "no kind that may not"
    for name, kind in actions.items():
        if kind in IDEMPOTENT:
            assert name in calls, f"{kind}: at least once"
        elif name not in calls:
            [said, *_] = outcomes[name]
            assert (said["status"], said["detail"]) == (
                "failed",
                "it is not known whether it was done",
            ), f"{kind}: what was not done is said"


async def test_what_is_read_again_is_done_again_only_where_redis_has_forgotten_it(
    kafka: Cluster, redis: RedisServer, tmp_path: Path
) -> None:
    async with scene(kafka, redis, tmp_path) as on:
        # The comparison ends all that runs; amid a call, it would leave unknown whether it was done.
        on.egress.process.end()
        await through(on.stream, [])
        on.egress.process.start()
        once = await on.performed()
        actions = await on.actions()

        await on.read_again()
        remembered = await on.performed()
        async with Redis.from_url(redis.url) as client:
            await client.flushall()
        await on.read_again()
        forgotten = await on.performed()

        outcomes = await on.outcomes()

    assert once.keys() == actions.keys()
    assert remembered == once, "read again, and nobody was called"
    assert {name: len(calls) for name, calls in forgotten.items()} == dict.fromkeys(actions, 2)
    done_again = {calls[0].kind for calls in forgotten.values()}
    assert done_again & IDEMPOTENT, "kinds that may be done twice are"
    assert done_again - IDEMPOTENT, "and so are those that speak to people"
    assert {tuple(line["status"] for line in said) for said in outcomes.values()} == {
        ("done", "duplicate", "done")
    }
    assert repeats(forgotten, []) != Repeats(0, 0, 0)
