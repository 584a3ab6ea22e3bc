"""The topics that are wanted, and that are deleted."""

from types import SimpleNamespace

import pytest
from aiokafka.errors import TopicAuthorizationFailedError, UnknownTopicOrPartitionError

from agents import topics
from agents.generations import Generations, Scale
from agents.topics import drop, wanted_now
from streams.topology import Found
from tests.agents.test_succession import live


class FakeAdmin:
    """Answers each deletion by a code."""

    code = 0

    def __init__(self, **_: object) -> None: ...

    async def start(self) -> None: ...

    async def close(self) -> None: ...

    async def delete_topics(self, names: list[str]) -> SimpleNamespace:
        return SimpleNamespace(topic_error_codes=[(name, self.code) for name in names])


@pytest.mark.parametrize(("scales", "partitions"), [({}, 8), ({2: live(2)}, 4)])
async def test_a_later_generation_keeps_its_number_whatever_is_named_at_a_start(
    monkeypatch: pytest.MonkeyPatch, scales: dict[int, Scale], partitions: int
) -> None:
    """Else a compose file, or `up`, would start no worker any more behind a change of partitions."""

    async def generations(_bootstrap: str, _namespace: str) -> Generations:
        return Generations(scales=scales)

    async def describe(_bootstrap: str, _names: object) -> dict[str, Found]:
        return {"t.actions": Found(8, 1, {})}

    monkeypatch.setattr(topics, "generations", generations)
    monkeypatch.setattr(topics, "describe", describe)

    wanted = await wanted_now("nowhere", "t", partitions=8, replication=1)

    assert (wanted.events.partitions, wanted.state.partitions) == (partitions, partitions)
    assert wanted.actions.partitions == 8


async def test_a_topic_that_may_not_be_deleted_is_not_told_as_deleted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The forwarding from it would end, with messages in it."""
    monkeypatch.setattr(topics, "AIOKafkaAdminClient", FakeAdmin)
    monkeypatch.setattr(FakeAdmin, "code", TopicAuthorizationFailedError.errno)

    with pytest.raises(TopicAuthorizationFailedError):
        await drop("nowhere", ["t.events.2"])


@pytest.mark.parametrize("code", [0, UnknownTopicOrPartitionError.errno])
async def test_a_topic_that_is_gone_is_gone(monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    monkeypatch.setattr(topics, "AIOKafkaAdminClient", FakeAdmin)
    monkeypatch.setattr(FakeAdmin, "code", code)

    await drop("nowhere", ["t.events.2"])
