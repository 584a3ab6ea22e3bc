"""Make the topics of a namespace, publish the policy pack, and write the first policy into each
partition of the log.

Does nothing where all is right. Where a topic is there but wrong, it changes nothing, says what is
wrong with each and how to mend it, and exits 1.

Example:
  banzhang topics create --partitions 8 --replication 3 --kafka 10.0.0.5:9092
"""

import argparse
import asyncio
import json

from agents.clock import Clock
from agents.topics import Pack, create, in_force, wanted_now
from banzhang.failure import USAGE, Failure
from banzhang.kafka import reaching
from banzhang.packs import add_set, overrides, read_packs
from banzhang.settings import add_flags, values


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("--partitions", type=int, default=8, metavar="N", help="default: 8")
    parser.add_argument("--replication", type=int, default=1, metavar="R", help="default: 1")
    parser.add_argument("--json", action="store_true", help="one JSON object: what was made")
    add_set(parser)
    names = ("BANZHANG_KAFKA", "BANZHANG_NAMESPACE", "BANZHANG_POLICY", "BANZHANG_CLOCK")
    add_flags(parser, names)


def run(options: argparse.Namespace) -> int:
    """Make what is missing."""
    if options.partitions < 1 or options.replication < 1:
        raise Failure("--partitions and --replication are at least 1", code=USAGE)
    given = values(options)
    (pack,) = read_packs([given["BANZHANG_POLICY"]], overrides(options.set))
    clock = Clock.of(given["BANZHANG_CLOCK"])
    published = Pack(pack.version, pack.content)
    with reaching(given["BANZHANG_KAFKA"]):
        wanted = asyncio.run(
            wanted_now(
                given["BANZHANG_KAFKA"],
                given["BANZHANG_NAMESPACE"],
                partitions=options.partitions,
                replication=options.replication,
            )
        )
        made = asyncio.run(create(given["BANZHANG_KAFKA"], wanted, published, clock))
        standing = asyncio.run(in_force(given["BANZHANG_KAFKA"], wanted))
    if options.json:
        print(json.dumps({"made": made, "policy": pack.version}))
    else:
        print(f"made {', '.join(made)}" if made else "all topics are there and right")
        if standing != {pack.version}:
            named = ", ".join(sorted(standing))
            print(
                f"in force is hash {named}, not {pack.pack.id}: `banzhang policy apply` changes it"
            )
    return 0
