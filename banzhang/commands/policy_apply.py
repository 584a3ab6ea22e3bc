"""Put a policy pack in force: publish it, and order every partition of the log to be judged by it
from here on.

What was written before stays judged by the pack of its time. A group whose own log names a policy
keeps that one. Does nothing where the pack is in force already.

Example:
  banzhang policy apply our-class.yaml
"""

import argparse
import asyncio
import json

from agents.clock import Clock
from agents.topics import Pack, put_in_force, standing
from banzhang.kafka import reaching
from banzhang.packs import add_set, overrides, read_packs
from banzhang.settings import add_flags, values


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("pack", metavar="PACK.yaml", help="the pack")
    parser.add_argument("--json", action="store_true", help="one JSON object: what was ordered")
    add_set(parser)
    add_flags(parser, ("BANZHANG_KAFKA", "BANZHANG_NAMESPACE", "BANZHANG_CLOCK"))


def run(options: argparse.Namespace) -> int:
    """Publish and order."""
    given = values(options)
    (pack,) = read_packs([options.pack], overrides(options.set))
    clock = Clock.of(given["BANZHANG_CLOCK"])
    published = Pack(pack.version, pack.content)
    with reaching(given["BANZHANG_KAFKA"]):
        ordered = asyncio.run(_apply(given, published, clock))
    if options.json:
        print(json.dumps({"policy": pack.version, "partitions": ordered}))
    elif ordered:
        print(f"{pack.pack.id}, hash {pack.version}: in force from here on")
    else:
        print(f"{pack.pack.id}, hash {pack.version}: was in force already")
    return 0


async def _apply(given: dict[str, str], pack: Pack, clock: Clock) -> int:
    topics = await standing(given["BANZHANG_KAFKA"], given["BANZHANG_NAMESPACE"], 1)
    return await put_in_force(given["BANZHANG_KAFKA"], topics, pack, clock)
