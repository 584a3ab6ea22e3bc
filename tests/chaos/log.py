"""The topics as the runner sees them, whatever the brokers are going through."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeVar

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from banzhang.demo.stage import PARTITIONS, Progress, total
from banzhang.kafka import PARTITION_BYTES
from streams.topology import Topology
from tests.system.platform import Moment

PATIENCE_S: Final = 180.0
"""Brokers that are down longer than any fault of ours are a fault of their own."""
_ASK_S: Final = 20.0
_PAUSE_S: Final = 0.1
_READ_RECORDS: Final = 5_000

T = TypeVar("T")
Offsets = Mapping[int, int]
"""By partition: the offset of the next record."""


class Log:
    """One namespace's topics and groups; every question is asked again until it is answered."""

    def __init__(self, bootstrap: str, topics: Topology) -> None:
        self._bootstrap = bootstrap
        self.topics = topics
        namespace = topics.actions.name.removesuffix(".actions")
        self.judges = f"{namespace}.judge"

    async def ends(self, topic: str) -> Offsets:
        """The end of each partition."""
        return await self._asked(lambda progress: progress.ends(topic))

    async def committed(self, group: str, topic: str) -> Offsets:
        """What the group has settled of each partition."""
        return await self._asked(lambda progress: progress.committed(group, topic))

    async def moment(self, group: str, topic: str) -> Moment:
        """Where the group is in the topic now."""

        async def look(progress: Progress) -> Moment:
            # What is committed first: the end grows, and must not seem smaller than it.
            committed = total(await progress.committed(group, topic))
            return Moment(committed, total(await progress.ends(topic)))

        return await self._asked(look)

    async def until_in_the_middle(self, group: str, topic: str, limit_s: float) -> Moment:
        """Wait for a moment at which the group has work before it; the last one if none comes."""

        async def look(progress: Progress) -> Moment:
            give_up_at = asyncio.get_running_loop().time() + limit_s
            while True:
                committed = total(await progress.committed(group, topic))
                moment = Moment(committed, total(await progress.ends(topic)))
                if moment.in_the_middle or asyncio.get_running_loop().time() > give_up_at:
                    return moment

        return await self._asked(look, limit_s + _ASK_S)

    async def until_shared(self, group: str, members: Callable[[], int], limit_s: float) -> None:
        """Wait until so many share the group, none of them on the way. Raises `TimeoutError`."""
        async with asyncio.timeout(limit_s):
            while await self._shared(group) != members():  # noqa: ASYNC110 - see `until_read`
                await asyncio.sleep(_PAUSE_S)

    async def _shared(self, group: str) -> int:
        """How many share the group; 0 while it finds together."""

        async def look() -> int:
            admin = AIOKafkaAdminClient(bootstrap_servers=self._bootstrap)
            try:
                await admin.start()
                [answer] = await admin.describe_consumer_groups([group])
                [(_code, _group, state, _kind, _protocol, members, *_)] = answer.groups
                return len(members) if state == "Stable" else 0
            finally:
                await admin.close()

        return await steadily(look, _ASK_S)

    async def until_read(self, group: str, topic: str, ends: Offsets, limit_s: float) -> None:
        """Wait until the group has settled the topic up to `ends`. Raises `TimeoutError`."""
        async with asyncio.timeout(limit_s):
            while True:
                committed = await self.committed(group, topic)
                if all(committed[number] >= end for number, end in ends.items()):
                    return
                await asyncio.sleep(_PAUSE_S)  # a group's offsets can only be asked for

    async def read(self, topic: str, begin: Offsets, ends: Offsets) -> list[Any]:
        """The records from `begin` up to `ends`, each partition's in its order."""
        found: dict[int, list[Any]] = {number: [] for number in ends}

        def at(number: int) -> int:
            held = found[number]
            return held[-1].offset + 1 if held else begin.get(number, 0)

        async def go_on(consumer: AIOKafkaConsumer) -> None:
            tps = {number: TopicPartition(topic, number) for number in ends}
            consumer.assign(list(tps.values()))
            for number, tp in tps.items():
                consumer.seek(tp, at(number))
            while unread := [
                tp for tp in tps.values() if await consumer.position(tp) < ends[tp.partition]
            ]:
                got = await consumer.getmany(*unread, timeout_ms=500, max_records=_READ_RECORDS)
                for tp, records in got.items():
                    found[tp.partition] += [r for r in records if r.offset < ends[tp.partition]]

        # A consumer that is stopped before its first wait ends in a cancelled task of its own.
        if any(begin.get(number, 0) < end for number, end in ends.items()):
            await self._with_consumer(go_on)
        return [record for records in found.values() for record in records]

    async def _with_consumer(self, work: Callable[[AIOKafkaConsumer], Awaitable[None]]) -> None:
        """Do the work with a reader, and with another one where the brokers took it away."""

        async def once() -> None:
            consumer = AIOKafkaConsumer(
                bootstrap_servers=self._bootstrap,
                group_id=None,
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                max_partition_fetch_bytes=PARTITION_BYTES,
            )
            try:
                await consumer.start()
                await work(consumer)
            finally:
                await consumer.stop()

        await steadily(once, PATIENCE_S)

    async def _asked(
        self, question: Callable[[Progress], Awaitable[T]], limit_s: float = _ASK_S
    ) -> T:
        async def once() -> T:
            async with Progress(self._bootstrap) as progress:
                return await question(progress)

        return await steadily(once, limit_s)


async def steadily(once: Callable[[], Awaitable[T]], each_s: float) -> T:
    """Try until it is done, each try for so long at most. Raises what the last one did, in the
    end: brokers that do not come back are no fault of the plan.
    """
    clock = asyncio.get_running_loop().time
    give_up_at = clock() + PATIENCE_S
    while True:
        try:
            return await asyncio.wait_for(once(), each_s)
        except (KafkaError, OSError, TimeoutError):
            if clock() > give_up_at:
                raise
            await asyncio.sleep(_PAUSE_S)


def nothing() -> dict[int, int]:
    """Before the first record of every partition."""
    return dict.fromkeys(range(PARTITIONS), 0)
