"""Change the number of partitions, while everything runs: more of them, or fewer.

The log goes on in a new generation of the events topic; the states of all members go over with it.
Workers follow by themselves: each finishes what stands before the seal, writes its states where the
new partitions' owners find them, and begins anew. Messages wait meanwhile, for seconds; none is lost
and none is judged twice. Whoever still writes to the old topic is forwarded.

Each step is noted on the cluster: ended at any moment, this command goes on where it was when it is
run again. --dry-run tells what it would do, and changes nothing.

Example:
  banzhang scale --partitions 32 --dry-run
  banzhang scale --partitions 32
  banzhang scale --drop-older
"""

import argparse
import asyncio
import json
import sys

from agents.clock import Clock
from agents.scaling import Plan, Scaling, drop_older, left_over, planned
from banzhang.failure import USAGE, Failure
from banzhang.kafka import reaching
from banzhang.settings import add_flags, values
from streams.topology import DAY_MS

RETENTION_MS = 7 * DAY_MS
_NAMES = ("BANZHANG_KAFKA", "BANZHANG_NAMESPACE", "BANZHANG_CLOCK")


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("--partitions", type=int, metavar="N", help="how many there shall be")
    parser.add_argument("--dry-run", action="store_true", help="tell the plan, change nothing")
    parser.add_argument(
        "--drop-older",
        action="store_true",
        help="delete what earlier generations left, a week after the last change",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object")
    add_flags(parser, _NAMES)


def run(options: argparse.Namespace) -> int:
    """Carry the change out, or tell what it would be."""
    if (options.partitions is None) != options.drop_older:
        words = "name either --partitions N or --drop-older"
        raise Failure(words, code=USAGE)
    given = values(options)
    kafka, namespace = given["BANZHANG_KAFKA"], given["BANZHANG_NAMESPACE"]
    with reaching(kafka):
        if options.drop_older:
            return _drop_older(options, kafka, namespace)
        plan = asyncio.run(planned(kafka, namespace, options.partitions, measure=options.dry_run))
        if options.dry_run:
            print(_as_json(plan) if options.json else _as_text(plan))
            return 0
        clock = Clock.of(given["BANZHANG_CLOCK"])

        def say(line: str) -> None:
            if not options.json:
                print(line, flush=True)

        say(_begins(plan))
        scaling = Scaling(kafka, namespace, plan, clock, say)
        try:
            asyncio.run(scaling.run())
        except KeyboardInterrupt:
            print(scaling.words_when_cut_off, file=sys.stderr, flush=True)
            raise
    print(_as_json(plan) if options.json else _ends(plan))
    return 0


def _drop_older(options: argparse.Namespace, kafka: str, namespace: str) -> int:
    left = asyncio.run(left_over(kafka, namespace, RETENTION_MS))
    names = [name for topics in left.values() for name in topics]
    if not options.dry_run:
        asyncio.run(drop_older(kafka, namespace, left))
    if options.json:
        print(json.dumps({"left_over" if options.dry_run else "deleted": names}))
    elif not names:
        print("there is nothing to delete")
    elif options.dry_run:
        print(f"would delete {', '.join(names)}\nnothing was changed")
    else:
        print(f"deleted {', '.join(names)}")
    return 0


def _begins(plan: Plan) -> str:
    change = plan.change
    goes_on = "" if change.step == "planned" else f", going on from the step `{change.step}`"
    return (
        f"{change.partitions_before} -> {change.partitions} partitions, "
        f"generation {change.before} -> {change.generation}{goes_on}"
    )


def _ends(plan: Plan) -> str:
    change = plan.change
    return (
        f"generation {change.generation} is in force with {change.partitions} partitions; workers "
        "go over by themselves, and what comes to the old topic is forwarded"
    )


def _as_text(plan: Plan) -> str:
    lines = [_begins(plan)]
    if (sizes := plan.sizes) is not None:
        held = f"{sizes.groups:,} groups, {sizes.members:,} members, {sizes.records:,} records"
        lines.append(f"states    {held}, {sizes.bytes / 1e6:,.1f} MB")
        lines.append(f"time      messages wait for some {sizes.pause_s:.0f} s, with one worker")
    lines += [
        "steps     1 make the topics; 2 ingresses move; 3 seal the partitions; 4 states go over;",
        "          5 the new generation is in force; 6 workers begin anew; 7 later: --drop-older",
        "nothing was changed",
    ]
    return "\n".join(lines)


def _as_json(plan: Plan) -> str:
    change, sizes = plan.change, plan.sizes
    said: dict[str, object] = {
        "generation": change.generation,
        "partitions": change.partitions,
        "partitions_before": change.partitions_before,
    }
    if sizes is not None:
        said |= sizes._asdict() | {"pause_s": sizes.pause_s}
    return json.dumps(said)
