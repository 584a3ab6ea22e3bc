"""What a run of a contender comes to."""

from collections import Counter
from dataclasses import dataclass
from typing import Final

from bench.rules import Finding

DELAY_MAX_S: Final = 30.0
"""Asked: for how long an action may wait while partitions change."""


class TrialError(Exception):
    """A contender failed: it ended, came to a standstill, or gave wrong results."""


@dataclass(frozen=True, kw_only=True)
class Score:
    """One run: `messages` judged in `seconds` of wall time and `cpu_seconds` of its process."""

    contender: str
    messages: int
    seconds: float
    cpu_seconds: float
    rss_max_bytes: int
    changelog_records: int

    @property
    def messages_per_s(self) -> float:
        """Speed by the wall clock."""
        return self.messages / self.seconds

    @property
    def messages_per_cpu_s(self) -> float:
        """Speed by the processor's time, all threads of the process together."""
        return self.messages / self.cpu_seconds


@dataclass(frozen=True, kw_only=True)
class Latency:
    """Milliseconds from the produce call of a message to the arrival of its action.

    `acknowledged` is the part of it that no contender has a share in: to the broker's answer.
    """

    contender: str
    rate_per_s: int
    actions: int
    p50_ms: float
    p99_ms: float
    max_ms: float
    acknowledged_p50_ms: float
    acknowledged_p99_ms: float


@dataclass(frozen=True, kw_only=True)
class Recovery:
    """One recovery: what the worker read in how many seconds, and its memory with and without.

    `seconds` is the worker's own measure, from the assignment to the moment when it may judge.
    """

    members: int
    records: int
    seconds: float
    rss_bytes: int
    rss_without_bytes: int

    @property
    def members_per_s(self) -> float:
        """Speed by the worker's clock."""
        return self.members / self.seconds

    @property
    def bytes_per_member(self) -> float:
        """Memory that a worker with members has and one without has not."""
        return (self.rss_bytes - self.rss_without_bytes) / self.members


@dataclass(frozen=True, kw_only=True)
class Failover:
    """One worker of two killed: seconds from the kill to the survivor's first actions.

    `first_s`, `last_s`: the first action on the first, and on the last, of the dead one's
    partitions. `recovery_s`, `records`: the survivor's own measure of what its states took, and
    how many records it read for them. `rss_bytes`: its memory before the kill.
    """

    session_s: float
    first_s: float
    last_s: float
    recovery_s: float
    records: int
    rss_bytes: int


@dataclass(frozen=True, kw_only=True)
class Growth:
    """One change of partitions under a stream: what the command took, and what became of messages.

    `estimate_s`: for how long nothing would be judged, as `--dry-run` tells it, with one worker;
    `still_s`: the longest in which no action was written, from the command on. `delay_s`: the longest
    from a message's writing to the broker's stamp on an action of it, of the messages from ten seconds
    before the command on; `calm_s`: the same before that, once the workers were abreast. `missing`:
    messages that had to be deleted and were not; `repeated`: actions that were written more than once.
    """

    members: int
    partitions: int
    messages: int
    estimate_s: float
    command_s: float
    calm_s: float
    still_s: float
    delay_s: float
    actions: int
    missing: int
    repeated: int

    @property
    def faults(self) -> list[str]:
        """What is not as it was asked for."""
        found = []
        if self.missing:
            found.append(f"{self.missing:,} messages lack their action")
        if self.repeated:
            found.append(f"{self.repeated:,} actions were written more than once")
        if self.delay_s > DELAY_MAX_S:
            found.append(
                f"an action waited for {self.delay_s:.1f} s, and {DELAY_MAX_S:.0f} s is asked"
            )
        return found


def compare(expected: Counter[Finding], got: Counter[Finding]) -> None:
    """Raise `TrialError` with counts and an example each where results differ."""
    missing, extra = expected - got, got - expected
    if missing or extra:
        examples = [str(next(iter(wrong))) for wrong in (missing, extra) if wrong]
        raise TrialError(
            f"WRONG: of {expected.total()} findings {missing.total()} are missing, "
            f"{extra.total()} are extra; for example {', '.join(examples)}"
        )
