"""A sealed partition's states go over once, to where their groups' new owners look for them."""

from typing import Any

import msgspec
import pytest
from aiokafka import TopicPartition
from aiokafka.errors import UnknownTopicOrPartitionError
from aiokafka.record.memory_records import MemoryRecords

from agents import carry
from agents.carry import Carrier
from agents.generations import Carried, Generations, carried_key
from agents.lease import Lease
from agents.outbox import Batch
from streams.partition import Partition
from streams.partitioner import partition_of
from streams.place import place
from streams.seal import Seal
from streams.topology import topology
from tests.agents.fakes import TOPICS, FakeOutbox, Left

SEAL = Seal(9, 2, 2)
STATE = topology("t", generation=2).state.name
META = TOPICS.meta.name


class Rig:
    def __init__(self, known: Generations | None = None) -> None:
        self.outbox = FakeOutbox()
        self.lease = Lease(10)
        self.looks = 0

        async def look() -> Generations:
            self.looks += 1
            return known or Generations()

        self.carrier = Carrier(
            namespace="t", meta=TOPICS.meta, outbox=self.outbox, lease=self.lease, look=look
        )

    def written(self, topic: str) -> dict[int, list[Any]]:
        """The records of a topic, by partition."""
        return {
            tp.partition: [r for batch in dict.fromkeys(log) for r in records_of(batch)]
            for tp, log in self.outbox.logs.items()
            if tp.topic == topic
        }


def records_of(batch: Batch) -> list[Any]:
    return list(MemoryRecords(bytes(batch.builder._build())).next_batch())


def states(groups: int) -> Partition:
    partition = Partition(topic="events", number=0, partitions=1)
    for number in range(groups):
        # A head, as the changelog has it; what stands in it does not matter here.
        partition.load(f"qq:g{number}\x1fh".encode(), place(1, 5) + msgspec.msgpack.encode([]))
    return partition


async def test_each_group_goes_to_the_partition_of_its_key_at_the_place_before_the_first() -> None:
    rig = Rig()

    await rig.carrier.carry(0, states(9), SEAL)

    found = {r.key: (n, r.value) for n, records in rig.written(STATE).items() for r in records}
    heads = {key: at for key, at in found.items() if key.endswith(b"\x1fh")}
    assert len(heads) == 9
    for key, (number, value) in found.items():
        assert number == partition_of(key.partition(b"\x1f")[0], 2)
        assert value[:12] == place(2, -1)


async def test_it_is_said_behind_all_states_and_not_done_again() -> None:
    rig = Rig()

    await rig.carrier.carry(0, states(carry.GROUPS + 1), SEAL)
    await rig.carrier.carry(0, states(1), SEAL)

    [said] = rig.written(META)[0]
    assert (said.key, msgspec.json.decode(said.value, type=Carried)) == (
        carried_key(2, 0),
        Carried(9),
    )
    assert rig.outbox.calls == [{STATE}, {STATE}, {META}]
    assert rig.looks == 1


async def test_what_an_owner_before_carried_over_is_left_alone() -> None:
    rig = Rig(Generations(carried={2: {0: 9}}))

    await rig.carrier.carry(0, states(3), SEAL)

    assert rig.outbox.calls == []


async def test_a_worker_that_stood_still_carries_nothing() -> None:
    rig = Rig()
    rig.lease.seen -= 100

    with pytest.raises(Left, match=r"exit stalled: .*before the states that go over"):
        await rig.carrier.carry(0, states(1), SEAL)

    assert rig.outbox.calls == []


async def test_a_state_topic_with_other_partitions_than_the_seal_names_ends_the_process() -> None:
    rig = Rig()

    with pytest.raises(Left, match=r"exit topics: .*t\.state\.2 has 2 partitions, not 5"):
        await rig.carrier.carry(0, states(1), Seal(9, 2, 5))

    assert TopicPartition(META, 0) not in rig.outbox.logs


async def test_a_seal_that_nobody_made_topics_for_ends_the_process_by_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rig = Rig()

    async def partitions(_topic: str) -> int:
        raise UnknownTopicOrPartitionError

    monkeypatch.setattr(rig.outbox, "partitions", partitions)

    with pytest.raises(
        Left, match=r"exit topics: .*is missing: run `banzhang scale --partitions 2`"
    ):
        await rig.carrier.carry(0, states(1), SEAL)


async def test_a_group_that_is_larger_than_a_batch_goes_over_in_several() -> None:
    rig, large = Rig(), states(1)
    for number in range(12):
        member = place(1, 5) + bytes(1 << 20)
        large.load(f"qq:g0\x1fmp{number}".encode(), member)

    await rig.carrier.carry(0, large, SEAL)

    written = [record for records in rig.written(STATE).values() for record in records]
    assert len(written) == 2 + 12
    assert {bytes(record.key) for record in written} >= {b"qq:g0\x1fmp0", b"qq:g0\x1fmp11"}
