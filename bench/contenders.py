"""The contenders: how each is started, what topics it needs, and how its actions are read."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.contender import COMPACTED, PARTITIONS, STAMPED, Contender, Trial
from bench.ours import FULL, OURS
from bench.rules import Finding
from bench.workload import Workload


@dataclass(frozen=True, kw_only=True)
class Peer:
    """A program of `bench.peers`, which learns of its trial from its environment.

    `changelog_names` are the names that its framework gives to the topics of its state, with
    `{group}` and `{source}` to be filled in. The benchmark makes them beforehand, so that all
    changelogs have the same settings. `state_folder` says whether it keeps state on disk.
    """

    name: str
    title: str
    command_line: tuple[str, ...]
    changelog_names: tuple[str, ...]
    state_folder: bool = False
    messages_max: int | None = None

    def prepare(self, trial: Trial) -> None:
        """Make the topics of actions and of state."""
        trial.broker.create([self.actions(trial)], PARTITIONS, STAMPED)
        trial.broker.create(self.changelogs(trial), PARTITIONS, COMPACTED)

    def source(self, trial: Trial) -> str:
        """All peers read the same topic."""
        return trial.source

    def group(self, trial: Trial) -> str:
        """A new one each trial: frameworks name their topics and folders after it."""
        return trial.name

    def actions(self, trial: Trial) -> str:
        """A topic of the trial alone."""
        return f"{trial.name}-actions"

    def changelogs(self, trial: Trial) -> Sequence[str]:
        """The patterns filled in."""
        return [
            name.format(group=self.group(trial), source=trial.source)
            for name in self.changelog_names
        ]

    def command(self) -> Sequence[str]:
        """The peer's module, run by this Python."""
        return [sys.executable, "-m", *self.command_line]

    def environment(self, trial: Trial) -> Mapping[str, str]:
        """All that a peer's module asks for."""
        return {
            "BENCH_KAFKA": trial.broker.bootstrap,
            "BENCH_PARTITIONS": str(PARTITIONS),
            "BENCH_SOURCE": trial.source,
            "BENCH_GROUP": self.group(trial),
            "BENCH_ACTIONS": self.actions(trial),
            "BENCH_CHANGELOG": self.changelogs(trial)[0],
            "BENCH_STATE": str(trial.folder / "state"),
        }

    def finding(self, action: Mapping[str, Any]) -> Finding | None:
        """Peers write one action a finding."""
        return Finding(action["id"], action["rule"], action["strikes"])

    def expected(self, workload: Workload) -> Sequence[Finding]:
        """What the yardstick says."""
        return workload.expected

    def local_state(self, trial: Trial) -> Path | None:
        """Where a framework with a store on disk was told to keep it."""
        return trial.folder / "state" if self.state_folder else None


FAUST = Peer(
    name="faust",
    title="Faust as documented",
    command_line=(
        "bench.peers.faust_documented",
        "--loop",
        "uvloop",
        "worker",
        "-l",
        "error",
        "--without-web",
    ),
    changelog_names=("{group}-members-changelog", "{group}-rates-changelog"),
    messages_max=20_000,
)
LOOP = Peer(
    name="loop",
    title="confluent-kafka loop by hand",
    command_line=("bench.peers.loop_by_hand",),
    changelog_names=("{group}-changelog",),
)
QUIX = Peer(
    name="quix",
    title="Quix Streams",
    command_line=("bench.peers.quix_streams",),
    changelog_names=("changelog__{group}--{source}--default",),
    state_folder=True,
)

# In the order of their turns. Ratios in the table are to the peers among them.
CONTENDERS: tuple[Contender, ...] = (FAUST, LOOP, QUIX, OURS, FULL)
