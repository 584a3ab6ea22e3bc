"""The register of performed actions on a real Redis behaves as its twin in memory."""

from collections.abc import AsyncIterator, Callable

import pytest
from redis.asyncio import Redis

from adapters.register import CLAIMED, KEPT_S, MemoryRegister, RedisRegister, Register
from infra.local import RedisServer

Make = Callable[[str], Register]


@pytest.fixture
async def redis(redis_server: RedisServer) -> AsyncIterator[Redis]:
    client = Redis.from_url(redis_server.url)
    yield client
    await client.aclose()


@pytest.fixture(params=["memory", "redis"])
def register(request: pytest.FixtureRequest, redis: Redis) -> Register:
    if request.param == "memory":
        return MemoryRegister()
    return RedisRegister(redis, f"test-{request.node.name}")


async def test_a_claim_is_granted_once(register: Register) -> None:
    assert [await register.claim("a"), await register.claim("a")] == ["", CLAIMED]


async def test_a_settled_action_says_how_it_ended(register: Register) -> None:
    await register.claim("a")

    await register.settle("a", "done")

    assert await register.claim("a") == "done"


async def test_actions_do_not_touch_each_other(register: Register) -> None:
    await register.claim("a")

    assert await register.claim("b") == ""


async def test_claims_of_namespaces_are_apart_and_lapse_after_the_topics_retention(
    redis: Redis,
) -> None:
    await RedisRegister(redis, "one").claim("a")

    assert await RedisRegister(redis, "two").claim("a") == ""
    assert KEPT_S - 60 <= await redis.ttl("one:done:a") <= KEPT_S
