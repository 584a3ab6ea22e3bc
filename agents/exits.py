"""Exits with names: how a worker ends when it can't go on safely.

A restart is the tested path, so a fault that can't be retried to success ends the process at once:
memory may be ahead of the log by then, and nothing after the fault may write or commit. That is
why it is `os._exit`: no `finally`, no Faust service and no flush runs behind it.
"""

import os
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, NamedTuple, NoReturn

from agents import exit_counts

RESTART: Final = 70
"""Exit code: a restart mends it (an orchestrator's `on-failure`)."""
MEND: Final = 78
"""Exit code: a person has to mend something first; a restart ends in the same way."""


class Reason(NamedTuple):
    """One way to end: the exit code, what happened, and what a person can do about it."""

    code: int
    meaning: str
    mend: str


REASONS: Final[Mapping[str, Reason]] = {
    "agent": Reason(
        RESTART,
        "an agent stopped reading although the worker was not asked to end",
        "restart; report it if it comes back",
    ),
    "body": Reason(
        RESTART,
        "an error in the body of an agent",
        "the batch is judged again after a restart; report the error if it comes back",
    ),
    "crashed": Reason(
        RESTART, "a service of Faust ended with an error", "restart; report it if it comes back"
    ),
    "fence_beyond_log": Reason(
        MEND,
        "the states or the committed offset know a record that the topic does not hold",
        "the events topic was deleted, truncated or made anew: restore it, or start a new "
        "generation with an empty state topic and an empty consumer group",
    ),
    "fetch": Reason(RESTART, "fetching records failed", "restart; check the brokers"),
    "foreign_write": Reason(
        RESTART,
        "somebody else wrote to a state partition that this worker owns",
        "restart: recovery keeps the higher place; if it comes back, look for a second system "
        "under the same namespace",
    ),
    "group_too_large": Reason(
        MEND,
        "the changes of one group do not fit into one record batch",
        "split the group, or lower the bounds on what is kept of a group",
    ),
    "handover": Reason(
        RESTART,
        "the batch in hand did not end within half the rebalance timeout",
        "restart; check the brokers, or raise BANZHANG_REBALANCE_S",
    ),
    "hole": Reason(
        RESTART,
        "a batch came to be confirmed that does not begin where the last one ended",
        "restart: it goes on from the committed offset; report it",
    ),
    "internals": Reason(
        MEND,
        "the installed faust, mode or aiokafka lacks a private attribute that is needed",
        "install the versions in the lock",
    ),
    "log_replaced": Reason(
        MEND,
        "the record at the place of the states is not the one that was judged",
        "the events topic was made anew: restore it, or start a new generation with an empty "
        "state topic and an empty consumer group",
    ),
    "metrics": Reason(
        MEND,
        "the port of the metrics and of the health endpoints can't be opened",
        "name a free port by BANZHANG_METRICS_PORT, one a worker, or 0 for none, and an address of "
        "this machine by BANZHANG_METRICS_HOST",
    ),
    "pack": Reason(
        MEND,
        "a published policy pack can't be read by this version",
        "update the worker, or publish a pack that `banzhang policy check` accepts",
    ),
    "packs": Reason(
        RESTART,
        "reading the policy packs ended, so a pack that is waited for would never come",
        "restart; check the brokers",
    ),
    "producer": Reason(
        RESTART, "writing to Kafka failed", "restart; check the brokers and the topics' limits"
    ),
    "record_too_large": Reason(
        MEND,
        "one record is larger than its topic takes",
        "compare the topic's max.message.bytes: `banzhang topics create` says what is wrong",
    ),
    "recovery": Reason(RESTART, "reading the state topic failed", "restart; check the brokers"),
    "recovery_deadline": Reason(
        RESTART,
        "reading the state topic took longer than BANZHANG_RECOVERY_S",
        "restart; give the worker fewer partitions, or raise BANZHANG_RECOVERY_S",
    ),
    "rejects": Reason(
        MEND,
        "too many records in a row, or too large a share of them, were unreadable",
        "look at the newest records of the dead-letter topic; after mending the producer, or to "
        "let them pass, raise BANZHANG_REJECTS_IN_ROW or BANZHANG_REJECTS_SHARE and restart",
    ),
    "shutdown": Reason(
        RESTART, "the worker did not end within its time", "nothing: a restart goes on"
    ),
    "stalled": Reason(
        RESTART,
        "this process stood still for most of a session, so others may own its partitions",
        "restart; look for a stopped container, a frozen machine or a lack of processor time",
    ),
    "starved": Reason(
        RESTART,
        "an owned partition was not begun, or made no progress although ticks are appended to it",
        "restart; report it if it comes back",
    ),
    "stuck": Reason(RESTART, "the event loop did not turn", "restart; report it if it comes back"),
    "topics": Reason(
        MEND, "a topic is missing or is not as it must be", "run `banzhang topics create`"
    ),
    "uncommitted": Reason(
        RESTART,
        "the group took no commit of a partition for longer than BANZHANG_STARVED_S",
        "restart: what is read again changes nothing; check the brokers",
    ),
    "unheard": Reason(
        RESTART,
        "the group did not answer for most of a session, so others may own its partitions",
        "restart; check the brokers and the network to them",
    ),
    "unjoined": Reason(
        RESTART,
        "the group neither took this worker in nor answered it for longer than a rebalance and "
        "BANZHANG_STARVED_S",
        "restart; check the brokers and the other workers of the group",
    ),
    "unready": Reason(
        RESTART,
        "the broker could not be reached in time",
        "start Kafka, or set BANZHANG_KAFKA to where it is",
    ),
    "upkeep": Reason(
        RESTART,
        "what beats, ticks, looks after the partitions or follows the generations ended before the "
        "worker",
        "restart; report it if it comes back",
    ),
}

WORDS_S: Final = 1.0
"""For the last line and the count together: a full pipe or a hung disk must not keep the process,
because its heartbeats, in another thread, would keep its partitions."""


class Farewell:
    """How an exit is told, set once at the start of a worker.

    `written(reason, line)` gives the line as the log's format has it; `counts` is the file that
    outlives the process, if there is one.
    """

    def __init__(self) -> None:
        self.written: Callable[[str, str], str] = lambda _, line: line
        self.counts: Path | None = None


FAREWELL: Final = Farewell()


def leave(reason: str, detail: str = "") -> NoReturn:
    """End the process now. `detail` holds coordinates and types, never a person's words."""
    why = REASONS[reason]
    where = f" ({' '.join(detail.split())})" if detail else ""
    line = f"banzhang: exit {reason}: {why.meaning}{where}; {why.mend}"
    _tell([(_say, reason, line), (_count, reason, line)])
    end_process(why.code)


def _tell(deeds: list[tuple[Callable[[str, str], None], str, str]]) -> None:
    """Let each be done in a thread of its own, and wait no longer than `WORDS_S` for all."""
    until_s = time.monotonic() + WORDS_S
    threads = [threading.Thread(target=deed, args=(*words,), daemon=True) for deed, *words in deeds]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(max(0.0, until_s - time.monotonic()))
    except RuntimeError:
        # The system gives no more threads: the exit code alone has to tell.
        return


def _say(reason: str, line: str) -> None:
    print(FAREWELL.written(reason, line), file=sys.__stderr__, flush=True)


def _count(reason: str, _: str) -> None:
    if FAREWELL.counts is not None:
        exit_counts.add(FAREWELL.counts, reason)


def end_process(code: int) -> NoReturn:
    """`os._exit` behind a name of ours, so that a test can stand in its place."""
    os._exit(code)


def named(fault: BaseException) -> str:
    """A fault for a log line: its type, and its words where they come from Kafka's client."""
    kafka = type(fault).__module__.startswith("aiokafka")
    return f"{type(fault).__name__}: {fault}" if kafka else type(fault).__name__
