"""This system's worker as a contender: under a policy of just the two rules, and under a full one."""

import asyncio
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from msgspec import to_builtins

from agents.clock import Clock
from agents.topics import Pack, create
from bench.contender import PARTITIONS, Trial
from bench.rules import RATE_LIMIT, RATE_WINDOW_MS, REPEAT_LIMIT, REPEAT_WINDOW_MS, Finding
from bench.workload import Workload
from schemas.action import Action
from schemas.policy import Pack as PolicyPack
from schemas.policy import Rate, Repeat, Rule, When
from streams.pipeline import Pipeline
from streams.policy import read_pack
from streams.policy.compile import compile_pack
from streams.policy.published import pack_bytes, pack_hash
from streams.topology import Topology, topology

_POLICIES = Path(__file__).parents[1] / "policies"

RULES = PolicyPack(
    id="bench",
    title="bench",
    version="1",
    ladder="guide",
    rules=(
        Rule(
            id="repeat",
            text="repeat",
            when=When(repeat=Repeat(times=REPEAT_LIMIT, within_ms=REPEAT_WINDOW_MS)),
            handling="flood",
            # One action a finding, as the peers write it.
            do=("remind",),
        ),
        Rule(
            id="rate",
            text="rate",
            when=When(rate=Rate(messages=RATE_LIMIT, within_ms=RATE_WINDOW_MS)),
            handling="flood",
            # One action a finding, as the peers write it.
            do=("remind",),
        ),
    ),
)


@dataclass(frozen=True, kw_only=True)
class Worker:
    """`banzhang worker` under a pack. Its topics are the project's own, stamped by the broker."""

    name: str
    title: str
    pack: PolicyPack
    messages_max: int | None = None

    def prepare(self, trial: Trial) -> None:
        """Make the topics, publish the pack, and order each partition to be judged by it."""
        wanted = _stamped(topology(trial.name, partitions=PARTITIONS))
        raw = pack_bytes(self.pack)
        pack = Pack(pack_hash(raw), raw)
        asyncio.run(create(trial.broker.bootstrap, wanted, pack, Clock.of("real")))

    def source(self, trial: Trial) -> str:
        """Its own topic of events: the broker's clock stamps what it reads."""
        return f"{trial.name}.events"

    def group(self, trial: Trial) -> str:
        """The worker's group in the namespace."""
        return f"{trial.name}.judge"

    def actions(self, trial: Trial) -> str:
        """The topic of actions."""
        return f"{trial.name}.actions"

    def changelogs(self, trial: Trial) -> Sequence[str]:
        """The one changelog."""
        return [f"{trial.name}.state"]

    def command(self) -> Sequence[str]:
        """The worker as everybody starts it."""
        return [sys.executable, "-m", "banzhang", "worker"]

    def environment(self, trial: Trial) -> Mapping[str, str]:
        """Ticks are kept rare: one after the last message would lengthen the measured time."""
        return {
            "BANZHANG_KAFKA": trial.broker.bootstrap,
            "BANZHANG_NAMESPACE": trial.name,
            "BANZHANG_SESSION_S": "6",
            "BANZHANG_TICK_S": "3600",
        }

    def local_state(self, trial: Trial) -> Path | None:
        """None: all of it is in Kafka."""


class TwoRules(Worker):
    """The worker that does what the peers do."""

    def finding(self, action: Mapping[str, Any]) -> Finding | None:
        """A finding brings one reminder, and other actions beside it."""
        if action["kind"] != "remind":
            return None
        return Finding(action["evidence"][-1], action["rule"], action["strikes"])

    def expected(self, workload: Workload) -> Sequence[Finding]:
        """What the yardstick says."""
        return workload.expected


class FullPack(Worker):
    """The worker under a whole covenant, with text; held to the oracle instead of the yardstick."""

    def finding(self, action: Mapping[str, Any]) -> Finding | None:
        """Every action counts: its kind and id stand in the rule's place."""
        name = f"{action['kind']} {action['id']}"
        return Finding(action["evidence"][-1], name, action.get("strikes", 0))

    def expected(self, workload: Workload) -> Sequence[Finding]:
        """What one process over the same messages says, with nothing running."""
        policy = compile_pack(pack_bytes(self.pack))
        oracle = Pipeline({policy.ref.version: policy}, policy.ref.version)
        told = oracle.feed(message.value for message in workload.messages)
        actions = [to_builtins(action) for action in told if isinstance(action, Action)]
        return [finding for action in actions if (finding := self.finding(action)) is not None]


def _stamped(topics: Topology) -> Topology:
    """The project's topics, with the broker's own time on what the benchmark measures by."""
    stamp = {"message.timestamp.type": "LogAppendTime"}
    return topics._replace(
        actions=topics.actions._replace(config={**topics.actions.config, **stamp}),
        state=topics.state._replace(config={**topics.state.config, **stamp}),
    )


def _default_pack() -> PolicyPack:
    read = read_pack((_POLICIES / "default.yaml").read_text(encoding="utf-8"))
    assert isinstance(read, PolicyPack)
    return read


OURS = TwoRules(name="banzhang", title="banzhang, the same two rules", pack=RULES)
FULL = FullPack(name="full", title="banzhang, default pack with text", pack=_default_pack())
