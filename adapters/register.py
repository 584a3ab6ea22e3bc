"""The register of what was done: an action is claimed before it is performed.

Its words outlive the adapter's process, so a redelivered action is recognised. They are no state
of the system's: whatever stands here as an outcome stands in `chat.outcomes` too.
"""

from typing import Final, Protocol

from redis.asyncio import Redis

CLAIMED: Final = "claimed"
"""Somebody began to perform the action and has not said how it ended."""

KEPT_S: Final = 31 * 86_400
"""Longer than `chat.actions` keeps its records: nothing older can come again."""


class Register(Protocol):
    """What was claimed, and how it ended."""

    async def claim(self, action_id: str) -> str:
        """Claim an action: the empty word if it is now ours, else what stands there."""
        ...

    async def settle(self, action_id: str, status: str) -> None:
        """Note how a claimed action ended."""
        ...


class MemoryRegister:
    """The register's twin for tests."""

    def __init__(self) -> None:
        self.words: dict[str, str] = {}

    async def claim(self, action_id: str) -> str:
        """As the protocol says."""
        if action_id in self.words:
            return self.words[action_id]
        self.words[action_id] = CLAIMED
        return ""

    async def settle(self, action_id: str, status: str) -> None:
        """As the protocol says."""
        self.words[action_id] = status


class RedisRegister:
    """The register in Redis, under `<namespace>:done:<action id>`, shared by all adapters."""

    def __init__(self, redis: Redis, namespace: str) -> None:
        self._redis = redis
        self._prefix = f"{namespace}:done:"

    async def claim(self, action_id: str) -> str:
        """As the protocol says. Raises `redis.RedisError` where Redis can't be asked."""
        key = self._prefix + action_id
        while not await self._redis.set(key, CLAIMED, nx=True, ex=KEPT_S):
            word = await self._redis.get(key)
            if word is not None:  # Otherwise it lapsed between the two, and is claimed anew.
                return word.decode() if isinstance(word, bytes) else str(word)
        return ""

    async def settle(self, action_id: str, status: str) -> None:
        """As the protocol says. Raises `redis.RedisError` where Redis can't be asked."""
        await self._redis.set(self._prefix + action_id, status, ex=KEPT_S)
