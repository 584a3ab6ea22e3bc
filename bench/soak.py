"""A worker under a long load: does its memory stay flat, does it keep up, does it leak files.

A district's messages run through one worker with the default pack for as long as asked; what the
process uses is noted every few seconds. The topics' retention is small, so that the disk holds it.
"""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil  # type: ignore[import-untyped]

from agents.clock import Clock
from agents.topics import Pack, create
from bench.contender import PARTITIONS, Trial
from bench.district import MESSAGES_A_DAY, District
from bench.ours import FULL, FullPack
from bench.readings import Reading
from bench.scores import TrialError
from bench.trial import Running, started
from bench.week import DAY_MS
from bench.workload import SEED
from streams.policy.compile import compile_pack
from streams.policy.published import pack_bytes, pack_hash
from streams.topology import Topic, Topology, topology

SAMPLE_S: Final = 5.0
AHEAD: Final = 100_000
"""Messages that the feeder may be before the worker: some seconds' work."""
MIB: Final = 1 << 20
_SEGMENT: Final = 32 * MIB
_KEPT: Final = 128 * MIB
"""Bytes of a partition that the broker keeps: many times what `AHEAD` messages are."""
_STANDSTILL_S: Final = 240.0


@dataclass(frozen=True, kw_only=True)
class Soaked(FullPack):
    """The worker under the default pack, its topics small."""

    def prepare(self, trial: Trial) -> None:
        """Make the topics with bounds on what the broker keeps."""
        raw = pack_bytes(self.pack)
        wanted = bounded(topology(trial.name, partitions=PARTITIONS))
        pack = Pack(pack_hash(raw), raw)
        asyncio.run(create(trial.broker.bootstrap, wanted, pack, Clock.of("real")))

    def environment(self, trial: Trial) -> Mapping[str, str]:
        """No tick comes: one of today would end the district's days before they are over. The session
        is long, for a busy machine may let a process wait, and the run is about something else.
        """
        own = {"BANZHANG_TICK_S": "86400", "BANZHANG_SESSION_S": "45"}
        return {**super().environment(trial), **own}


def bounded(topics: Topology) -> Topology:
    """The project's topics, of which the large ones keep no more than a soak needs."""

    def kept(topic: Topic, **more: str) -> Topic:
        return topic._replace(config={**topic.config, "segment.bytes": str(_SEGMENT), **more})

    small = {"retention.bytes": str(_KEPT)}
    return topics._replace(
        events=kept(topics.events, **small),
        actions=kept(topics.actions, **small),
        state=kept(topics.state),
    )


def run(trial: Trial, messages: int, groups: int, stay_weeks: int, today: int) -> list[Reading]:
    """Let a worker judge so many messages of so many groups, in which people stay for so many weeks;
    what was seen meanwhile.

    Raises `TrialError` if the worker or its feeder ends before, or nothing moves for long.
    """
    worker = Soaked(name=FULL.name, title=FULL.title, pack=FULL.pack)
    worker.prepare(trial)
    # So far back that its last day is over too: nothing may be ahead of the log's clock.
    days = messages // (groups * MESSAGES_A_DAY) + 1
    began_at = today - days * DAY_MS
    district = District(groups=groups, began_at=began_at, seed=SEED, stay_weeks=stay_weeks)
    with started(worker, trial) as running, _fed(trial, messages, district) as feeder:
        seen = list(_watched(trial, running, feeder, messages))
    return with_known(seen, district)


def with_known(seen: Sequence[Reading], district: District) -> list[Reading]:
    """Add to each reading who was known by then, and how many messages were remembered."""
    ring = compile_pack(pack_bytes(FULL.pack)).ring
    known = district.known([one.judged for one in seen], ring)
    return [
        one._replace(newcomers=max(0, then.people - district.members), remembered=then.messages)
        for one, then in zip(seen, known, strict=True)
    ]


def _watched(
    trial: Trial, running: Running, feeder: "subprocess.Popen[bytes]", messages: int
) -> Iterator[Reading]:
    events, state = f"{trial.name}.events", f"{trial.name}.state"
    began = moved = time.monotonic()
    last = (began, 0)
    while last[1] < messages:
        if feeder.poll():
            raise TrialError(f"the process that writes the messages ended with {feeder.poll()}")
        _pause(running)
        now = time.monotonic()
        # Each partition begins with its policy.
        committed = sum(running.commits.of(events, range(PARTITIONS)).values())
        judged = max(0, committed - PARTITIONS)
        ends = sum(trial.broker.ends(events).values()) - PARTITIONS
        running.sample()
        seen = running.samples[-1]
        yield Reading(
            seconds=round(now - began, 1),
            judged=judged,
            lag=ends - judged,
            per_s=round((judged - last[1]) / (now - last[0]), 1),
            rss_mib=round(seen.rss / MIB, 2),
            open_files=running.process.num_fds(),
            cpu_s=round(seen.cpu_s, 1),
            changelog=sum(trial.broker.ends(state).values()),
        )
        moved = now if judged > last[1] else moved
        if now - moved > _STANDSTILL_S:
            raise TrialError(f"no progress in {_STANDSTILL_S:.0f} s at {judged} judged")
        last = (now, judged)


def _pause(running: Running) -> None:
    try:
        code = running.process.wait(SAMPLE_S)
    except psutil.TimeoutExpired:
        return
    raise TrialError(f"the worker ended with code {code}; its log is {running.log}")


@contextmanager
def _fed(trial: Trial, messages: int, district: District) -> Iterator["subprocess.Popen[bytes]"]:
    made = (district.groups, district.began_at, district.seed, district.stay_weeks)
    words = (trial.broker.bootstrap, trial.name, *made, messages, AHEAD)
    command = [sys.executable, "-m", "bench.feeding", *map(str, words)]
    feeder = subprocess.Popen(command, cwd=Path(__file__).parents[1])
    try:
        yield feeder
    finally:
        feeder.terminate()
        feeder.wait()
