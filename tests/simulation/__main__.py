"""Histories on demand: `python -m tests.simulation --seeds 1000000`, or one seed again."""

import argparse
import sys
from functools import partial

from tests.simulation.many import explained, replayed, told
from tests.simulation.plan import Cut


def main() -> int:
    """Run what is asked for; 1 where a history failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("--seeds", type=int, default=10_000, help="how many histories")
    parser.add_argument("--from", type=int, default=0, dest="first", help="the first one's seed")
    parser.add_argument("--jobs", type=int, default=2, help="processes side by side")
    parser.add_argument("--seed", type=int, help="this one again")
    parser.add_argument("--shrunk", type=Cut.of, help="what is left of it, as a failure told it")
    asked = parser.parse_args()
    if asked.seed is not None:
        outcome = replayed(asked.seed, asked.shrunk)
        print(*outcome.said, outcome._replace(said=()), sep="\n")
        return 0 if outcome.is_right else 1
    say = partial(print, file=sys.stderr, flush=True)
    counts, failed = told(asked.first, asked.seeds, asked.jobs, say)
    print(counts)
    for outcome in failed:
        print(explained(outcome))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
