"""A past for a worker to recover: the events on their topic, the states on theirs, all committed.

It is what a worker leaves that has judged a week and whose changelog has been compacted. To let
one do so would take as long and leave six records a member, the compaction of which nobody can ask
for; so the judging is done here, a process a core, by the same pure core.
"""

import multiprocessing
import os
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import chain

from agents import identity
from agents.outbox import Record
from bench.contender import PARTITIONS, Trial
from bench.ours import FULL
from bench.scores import TrialError
from bench.topics import Broker, Stored
from bench.week import Logged, Week, last_changes
from streams.partition import Partition
from streams.policy.compile import compile_pack
from streams.policy.published import pack_bytes
from streams.state import MEMBER, split_key

GENERATION = 1


@dataclass(frozen=True, kw_only=True)
class Written:
    """What stands in the changelog: records of all kinds, members, and the members' bytes."""

    records: int
    members: int
    member_bytes: int


def write(trial: Trial, week: Week, times: int = 1) -> Written:
    """Fill the topics of a trial that `FULL` has prepared, and commit the events.

    Each state is written `times`, as on a log of which compaction has not taken what is young.
    """
    work = partial(_write_partition, trial.broker.bootstrap, trial.name, week, times)
    # Not forked: this process has threads of its Kafka client.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), mp_context=context) as pool:
        parts = list(pool.map(work, range(PARTITIONS)))
    source = FULL.source(trial)
    trial.broker.commit(FULL.group(trial), source, trial.broker.ends(source))
    return Written(
        records=sum(part.records for part in parts),
        members=sum(part.members for part in parts),
        member_bytes=sum(part.member_bytes for part in parts),
    )


def _write_partition(
    bootstrap: str, namespace: str, week: Week, times: int, number: int
) -> Written:
    broker = Broker(bootstrap)
    events, state = f"{namespace}.events", f"{namespace}.state"
    first = broker.ends(events)[number]
    # What stands there already is the order to judge by the pack.
    orders = [broker.record(events, number, offset) for offset in range(first)]
    now = int(time.time() * 1000)
    said = (
        Logged(offset, now, message.key, message.value)
        for offset, message in enumerate(week.messages(number, PARTITIONS), first)
    )
    states = Partition(topic=events, number=number, partitions=PARTITIONS, generation=GENERATION)
    policy = compile_pack(pack_bytes(FULL.pack))
    log: Iterator[Logged | Stored] = chain(orders, broker.append(events, number, said))
    kept = last_changes(states, log, {policy.ref.version: policy})
    last = broker.record(events, number, broker.ends(events)[number] - 1)
    _check(states, last)
    kept[identity.KEY] = identity.mark(GENERATION, last)
    for _ in range(times):
        for _ in broker.append(state, number, (Record(key, value) for key, value in kept.items())):
            pass
    members = [value for key, value in kept.items() if split_key(key)[1].startswith(MEMBER)]
    return Written(records=len(kept), members=len(members), member_bytes=sum(map(len, members)))


def _check(states: Partition, last: Stored) -> None:
    """A worker refuses states that were judged from another log than the one that stands there."""
    judged = max((group.offset for group in states.groups.values()), default=last.offset)
    if judged != last.offset:
        raise TrialError(
            f"{states.topic} {states.number} ends with {last.offset}, but {judged} was judged last"
        )
