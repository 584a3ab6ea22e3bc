"""A sample of the covenants' scenarios through Kafka: the same as in the pure judge, by worker,
topics and packs that travel."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from aiokafka import AIOKafkaProducer

from agents.topics import GroupName, Pack, publish
from infra.local import Cluster
from schemas.action import Action, decode_action
from streams.policy import Policy, pack_bytes
from tests.covenants.reading import Scenario, book, ends_of, log_of, policy_for, shortfalls
from tests.system.harness import Stream

SAMPLE: Final = (
    "order-06",  # a silent group
    "pact-03",  # a stranger joins
    "pact-10",  # quiet nights
    "owner-04",  # names
    "admins-05",  # a notice that asks for an answer
    "admins-09",  # the ladder with mutes
    "committee-01",  # a group that waits for approval
    "committee-14",  # an exemption
    "committee-16",  # the weekly purge
    "committee-17",  # two must agree
    "nick-03",  # acknowledgements nobody asked for
    "nick-16",  # mentions of a teacher in class
    "privacy-05",  # advertisements, how often
    "privacy-11",  # a report
    "r1-12",  # a review that nobody answers
    "r1-19",  # one child, at length
    "r1-27",  # a file again and again
    "team-08",  # a reply clock
    "three-09",  # three steps
    "r6-06",  # another relation
)
BEFORE_ALL_MS: Final = 1_785_000_000_000
"""A clock that shows July 2026: no tick may move a group past events that are still to come."""


def chosen() -> Sequence[Scenario]:
    """The sample, in its order."""
    by_id = {scenario["id"]: scenario for scenario in book("examples.yaml")}
    return [by_id[name] for name in SAMPLE]


def groups_of(scenario: Scenario) -> Mapping[int, GroupName]:
    """Where the log stands that ends before each event: a group of its own for each."""
    platform = scenario.get("platform", "wechat")
    return {end: GroupName(platform, f"{scenario['id']}~{end}") for end in ends_of(scenario)}


def order_of(policy: Policy, log: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The head teacher's order, right after the roster, to be judged by the covenant's pack."""
    head = log[0]
    named = {"name": "policy", "args": {"policy": policy.ref.version}}
    common = {key: head[key] for key in ("platform", "group_id", "member_id")}
    return common | {
        "id": "order",
        "kind": "command",
        "sent_at": head["sent_at"] + 1,
        "command": named,
    }


def records(scenario: Scenario, policy: Policy) -> Iterator[tuple[bytes, bytes]]:
    """Keys and values of all logs of a scenario."""
    for end, group in groups_of(scenario).items():
        log = log_of(scenario, end, group.group_id)
        assert log[0]["kind"] == "roster"
        for event in (log[0], order_of(policy, log), *log[1:]):
            yield group.key, msgspec.json.encode(event)


@pytest.mark.timeout(240)
async def test_a_sample_of_the_scenarios_comes_true_through_kafka(
    kafka: Cluster, tmp_path: Path
) -> None:
    async with Stream(kafka.bootstrap, tmp_path) as stream:
        stream.environment["BANZHANG_CLOCK"] = f"{BEFORE_ALL_MS}@{time.time_ns() // 1_000_000}*1"
        scenarios = chosen()
        for scenario in scenarios:
            policy = policy_for(scenario)
            pack = Pack(policy.ref.version, pack_bytes(policy.pack))
            await publish(kafka.bootstrap, stream.topics, pack)
        await write(stream, [line for one in scenarios for line in records(one, policy_for(one))])
        for name in ("one", "two"):
            stream.worker(name).start()

        await stream.ready(2)
        await stream.drained()

        seen = await actions_of(stream)
        faults = {
            scenario["id"]: shortfalls(
                scenario,
                {end: seen.get(group.group_id, ()) for end, group in groups_of(scenario).items()},
            )
            for scenario in scenarios
        }
        assert {name: told for name, told in faults.items() if told} == {}


async def write(stream: Stream, lines: Sequence[tuple[bytes, bytes]]) -> None:
    """Append the records to the events topic, in order."""
    producer = AIOKafkaProducer(bootstrap_servers=stream.bootstrap, enable_idempotence=True)
    await producer.start()
    try:
        for key, value in lines:
            await producer.send(stream.topics.events.name, key=key, value=value)
    finally:
        await producer.stop()


async def actions_of(stream: Stream) -> Mapping[str, Sequence[Action]]:
    """The actions of each group, each once."""
    seen: dict[str, dict[str, Action]] = {}
    async for line in stream.objects(stream.topics.actions.name):
        action = decode_action(json.dumps(line).encode())
        seen.setdefault(action.group_id, {})[action.id] = action
    return {group_id: list(actions.values()) for group_id, actions in seen.items()}
