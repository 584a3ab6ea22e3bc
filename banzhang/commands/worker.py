"""Run one process that judges: its share of the partitions, the clock of these, and the bridge
that brings outcomes into the log. Start as many as there are cores; they share the work.

SIGTERM and Ctrl-C finish the batch in hand and leave. On a fault it ends by name, with one line
that says what a person can do: exit 70 where a restart mends it, 78 where it does not.

Example:
  banzhang worker --kafka 10.0.0.5:9092 --namespace chat
"""

import argparse

from agents.settings import Settings
from agents.worker import run as run_worker
from banzhang.failure import USAGE, Failure
from banzhang.settings import WORKER_NAMES, add_flags, values


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    add_flags(parser, WORKER_NAMES)


def run(options: argparse.Namespace) -> int:
    """Judge until a signal."""
    try:
        settings = Settings.of(values(options))
    except ValueError as wrong:
        raise Failure(str(wrong), code=USAGE) from None
    run_worker(settings)
    return 0
