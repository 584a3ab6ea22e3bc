"""What a contender is: a way to start one process that judges one topic, seen from outside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from bench.rules import Finding

if TYPE_CHECKING:
    # Tests of what is made of results run without a client of Kafka.
    from bench.topics import Broker
    from bench.workload import Workload

PARTITIONS = 8
# Topics of state.
COMPACTED = {"cleanup.policy": "compact", "message.timestamp.type": "LogAppendTime"}
# Topics of actions: by the broker's own clock on each of them the runs are timed.
STAMPED = {"message.timestamp.type": "LogAppendTime"}
# The input: a record's time is the message's, as frameworks with windows in event time expect it.
EVENT_TIME = {"message.timestamp.type": "CreateTime"}


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One run of one contender.

    `name` is new each time, and with it consumer group, changelogs, actions and local state.
    `source` is the topic with the input; who must read a topic of its own (`Contender.source`)
    gets the same input there. `folder` is the trial's own, for logs and state on disk.
    """

    name: str
    broker: "Broker"
    source: str
    folder: Path


class Contender(Protocol):
    """What the benchmark asks of a contender.

    A contender is one process, started by `command` and ended by SIGTERM. It reads `source` as
    the consumer group `group` from the beginning, commits what it has done, keeps its state so
    that another process on another machine can go on, and writes actions.
    """

    @property
    def name(self) -> str:
        """One word, as `--only` takes it."""

    @property
    def title(self) -> str:
        """The row's name in the table."""

    @property
    def messages_max(self) -> int | None:
        """It is given at most so many messages of the input; the table says so. None: all."""

    def prepare(self, trial: Trial) -> None:
        """Make the trial's topics, all but `trial.source`, and what must stand in them."""

    def source(self, trial: Trial) -> str:
        """The topic that it reads. Another than `trial.source` is filled by the benchmark."""

    def group(self, trial: Trial) -> str:
        """The consumer group whose commits say how far it is."""

    def actions(self, trial: Trial) -> str:
        """The topic that it writes actions to."""

    def changelogs(self, trial: Trial) -> Sequence[str]:
        """The topics that hold its state: the last write to them ends the measured time."""

    def command(self) -> Sequence[str]:
        """What starts its process, in the trial's folder, with this project importable."""

    def environment(self, trial: Trial) -> Mapping[str, str]:
        """What its process has in its environment beside the benchmark's own."""

    def finding(self, action: Mapping[str, Any]) -> Finding | None:
        """The finding that an action stands for; None where another action stands for it."""

    def expected(self, workload: "Workload") -> Sequence[Finding]:
        """The findings that its actions must come to: all of them, and no others."""

    def local_state(self, trial: Trial) -> Path | None:
        """The folder of its state on this machine, whose loss it must survive, if there is one."""
