"""Running one contender over one input, watched from outside."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import orjson
import psutil  # type: ignore[import-untyped]

from bench.contender import Contender, Trial
from bench.rules import Finding
from bench.scores import TrialError
from bench.topics import Commits, Stored

_ROOT = str(Path(__file__).parents[1])
_SAMPLE_S = 0.05
_STOP_LIMIT_S = 30.0
# From the start of a process to its first commit, and between any two: generous, since a fault
# shows as an end of the process or as wrong results, and only a deadlock would run into it.
_STANDSTILL_S = 240.0
_LOG_TAIL_BYTES = 2_000


class Sample(NamedTuple):
    """What a process has used so far: seconds of CPU, bytes of memory, at a wall clock's time."""

    at_s: float
    cpu_s: float
    rss: int


@dataclass
class Running:
    """A contender's process, and what it has used."""

    process: psutil.Popen
    log: Path
    commits: Commits
    samples: list[Sample] = field(default_factory=list)

    def await_commits(self, topic: str, ends: dict[int, int]) -> None:
        """Wait until its consumer group has committed `ends`, taking samples meanwhile.

        Raises `TrialError` if the process ends before, or makes no progress for long.
        """
        moved_at, before = time.monotonic(), -1
        while True:
            self.sample()
            committed = self.commits.of(topic, list(ends))
            if all(committed[partition] >= end for partition, end in ends.items()):
                return
            if (now := sum(committed.values())) != before:
                moved_at, before = time.monotonic(), now
            if time.monotonic() - moved_at > _STANDSTILL_S:
                raise TrialError(
                    f"no progress in {_STANDSTILL_S:.0f} s at {now} committed; {self._told()}"
                )
            self.pause()

    def pause(self) -> None:
        """Let the process work until the next sample. Raises `TrialError` if it has ended."""
        try:
            code = self.process.wait(_SAMPLE_S)
        except psutil.TimeoutExpired:
            return
        raise TrialError(f"ended with code {code}; {self._told()}")

    def sample(self) -> None:
        """Note what the process has used so far."""
        with self.process.oneshot():
            cpu, memory = self.process.cpu_times(), self.process.memory_info()
        self.samples.append(Sample(time.time(), cpu.user + cpu.system, memory.rss))

    def cpu_at(self, at_s: float) -> float:
        """Seconds of CPU used up to a time, between two samples in proportion."""
        before = max((s for s in self.samples if s.at_s <= at_s), default=self.samples[0])
        after = min((s for s in self.samples if s.at_s >= at_s), default=self.samples[-1])
        if after.at_s == before.at_s:
            return before.cpu_s
        share = (at_s - before.at_s) / (after.at_s - before.at_s)
        return before.cpu_s + share * (after.cpu_s - before.cpu_s)

    def _told(self) -> str:
        """Where its log is, and the log's end: our own texts are made up, so it may be shown."""
        tail = self.log.read_bytes()[-_LOG_TAIL_BYTES:].decode(errors="replace")
        return f"its log is {self.log}:\n{tail}"


@contextmanager
def started(contender: Contender, trial: Trial) -> Iterator[Running]:
    """Run a contender's process; at the end it is asked to leave, and if it does not, killed."""
    log = trial.folder / "log"
    commits = Commits(trial.broker.bootstrap, contender.group(trial))
    with log.open("ab") as output:
        process = psutil.Popen(
            contender.command(),
            env={**os.environ, "PYTHONPATH": _ROOT, **contender.environment(trial)},
            # Faust, for one, makes a folder for its data where it is started.
            cwd=trial.folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            yield Running(process, log, commits)
        finally:
            if process.poll() is None:
                process.terminate()
            try:
                process.wait(_STOP_LIMIT_S)
            except psutil.TimeoutExpired:
                process.kill()
                process.wait()
            commits.close()


def findings(contender: Contender, records: list[Stored]) -> list[Finding]:
    """What a contender's actions say, each finding as often as it was told."""
    told = (contender.finding(orjson.loads(record.value)) for record in records)
    return [finding for finding in told if finding is not None]
