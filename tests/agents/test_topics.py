"""What the brokers refuse is not told as done."""

from types import SimpleNamespace

import pytest
from aiokafka.errors import TopicAuthorizationFailedError, UnknownTopicOrPartitionError

from agents import topics
from agents.topics import drop


class FakeAdmin:
    """Answers each deletion by a code."""

    code = 0

    def __init__(self, **_: object) -> None: ...

    async def start(self) -> None: ...

    async def close(self) -> None: ...

    async def delete_topics(self, names: list[str]) -> SimpleNamespace:
        return SimpleNamespace(topic_error_codes=[(name, self.code) for name in names])


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
