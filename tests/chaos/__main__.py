"""`python -m tests.chaos`: faults of all kinds on a running stream. See docs/chaos.md."""

import argparse
import asyncio
import logging
import sys
from pathlib import Path

from infra.local import LocalError
from tests.chaos.plan import KINDS, ONE_BROKER
from tests.chaos.runner import REFUSED, OtherRun, chaos
from tests.chaos.stage import Run
from tests.system.harness import WORKER


def main(words: list[str] | None = None) -> int:
    """Run it from the command line; the exit code."""
    run = _run(words)
    # Clients whose brokers are gone say so at length, which is the point of the exercise.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    try:
        return asyncio.run(chaos(run, lambda line: print(line, flush=True)))
    except (LocalError, OtherRun) as fault:
        print(f"chaos: {fault}", file=sys.stderr)
        return REFUSED


def _run(words: list[str] | None) -> Run:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--faults", type=int, default=200, metavar="N", help="default: 200")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="which plan; default: 1")
    parser.add_argument(
        "--folder",
        type=Path,
        default=Path("build/chaos"),
        help="data and progress: a run that was stopped goes on there; default: build/chaos",
    )
    parser.add_argument("--brokers", type=int, choices=(1, 3), default=3, help="default: 3")
    parser.add_argument("--rate", type=int, default=250, metavar="R", help="events a second")
    parser.add_argument(
        "--kinds", nargs="+", choices=KINDS, metavar="KIND", help=f"of: {'; '.join(KINDS)}"
    )
    parser.add_argument(
        "--worker", default=" ".join(WORKER), metavar="WORDS", help="the program that is tried"
    )
    given = parser.parse_args(words)
    kinds = given.kinds or (KINDS if given.brokers == 3 else ONE_BROKER)
    return Run(
        folder=given.folder.absolute(),
        faults=given.faults,
        seed=given.seed,
        brokers=given.brokers,
        rate=given.rate,
        kinds=kinds,
        worker=given.worker.split(),
    )


if __name__ == "__main__":
    sys.exit(main())
