"""An ingress writes to the generation that is to get events, from its first record on."""

from typing import Any, cast

import msgspec
import pytest

from agents.generations import Generations, Ingress, Scale, Step
from banzhang import ingress

GIVEN = {"BANZHANG_KAFKA": "nowhere", "BANZHANG_NAMESPACE": "t"}


def change(step: Step) -> Generations:
    scale = Scale(
        generation=2,
        before=1,
        partitions=5,
        partitions_before=2,
        replication=1,
        policy="",
        step=step,
        at=1,
    )
    return Generations(scales={2: scale})


class FakeIngress:
    def __init__(self, _bootstrap: str, topic: str) -> None:
        self.topic = topic

    async def __aenter__(self) -> "FakeIngress":
        return self

    async def __aexit__(self, *_: object) -> None: ...

    async def move(self, topic: str) -> None:
        self.topic = topic

    async def flush(self) -> None: ...


async def test_one_that_starts_while_the_others_go_over_brings_nothing_behind_the_seals(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The change looked for ingresses just before this one had said that it is there."""
    known, said = [change("planned")], []

    async def generations(_bootstrap: str, _namespace: str) -> Generations:
        return known[-1]

    async def append(
        _bootstrap: str, _topic: str, records: list[tuple[int, bytes, bytes | None]]
    ) -> None:
        known.append(change("sealed"))
        for _, _, value in records:
            said.append(msgspec.json.decode(value, type=Ingress).generation if value else None)

    async def follow(*_: object) -> None: ...

    monkeypatch.setattr(ingress, "Ingress", FakeIngress)
    monkeypatch.setattr(ingress, "generations", generations)
    monkeypatch.setattr(ingress, "append", append)
    monkeypatch.setattr(ingress, "follow", follow)

    async with ingress.following(GIVEN, "test") as started:
        topic = cast(Any, started).topic

    assert topic == "t.events.2"
    assert said == [1, 2, None]
