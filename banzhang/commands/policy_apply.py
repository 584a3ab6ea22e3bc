"""Put a policy pack in force: publish it, and order every partition of the log to be judged by it
from here on.

What was written before stays judged by the pack of its time. A group whose own log names a policy
keeps that one. Does nothing where the pack is in force already.

With --group one group alone goes over: the order stands in its own log, as given by the member that
--as names, and the judge obeys it if the covenant in force gives that member authority.

Example:
  banzhang policy apply our-class.yaml
  banzhang policy apply --group wechat:class-3-2 --as t_zhou our-class.yaml
"""

import argparse
import asyncio
import json

from agents.clock import Clock
from agents.topics import (
    GroupName,
    Pack,
    generations,
    in_force_now,
    order_in_group,
    put_in_force,
)
from banzhang.failure import USAGE, Failure
from banzhang.kafka import reaching
from banzhang.packs import add_set, overrides, read_packs
from banzhang.settings import add_flags, values


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("pack", metavar="PACK.yaml", help="the pack")
    parser.add_argument("--group", metavar="PLATFORM:GROUP", help="this group alone")
    parser.add_argument("--as", dest="member", metavar="MEMBER", help="who orders it in the group")
    parser.add_argument("--json", action="store_true", help="one JSON object: what was ordered")
    add_set(parser)
    add_flags(parser, ("BANZHANG_KAFKA", "BANZHANG_NAMESPACE", "BANZHANG_CLOCK"))


def run(options: argparse.Namespace) -> int:
    """Publish and order."""
    given = values(options)
    (pack,) = read_packs([options.pack], overrides(options.set))
    clock = Clock.of(given["BANZHANG_CLOCK"])
    published = Pack(pack.version, pack.content)
    if options.group or options.member:
        return _in_one_group(options, given, published, clock)
    with reaching(given["BANZHANG_KAFKA"]):
        ordered = asyncio.run(_apply(given, published, clock))
    if options.json:
        print(json.dumps({"policy": pack.version, "partitions": ordered}))
    elif ordered:
        print(f"{pack.pack.id}, hash {pack.version}: in force from here on")
    else:
        print(f"{pack.pack.id}, hash {pack.version}: was in force already")
    return 0


def _in_one_group(
    options: argparse.Namespace, given: dict[str, str], pack: Pack, clock: Clock
) -> int:
    """Write the order into one group's log."""
    platform, colon, group_id = (options.group or "").partition(":")
    if not (platform and colon and group_id and options.member):
        words = "--group and --as go together: --group wechat:class-3-2 --as t_zhou"
        raise Failure(words, code=USAGE)
    group = GroupName(platform, group_id)
    with reaching(given["BANZHANG_KAFKA"]):
        asyncio.run(_order(given, pack, clock, group, options.member))
    if options.json:
        print(json.dumps({"policy": pack.name, "group": options.group}, ensure_ascii=False))
    else:
        print(
            f"{options.group}: ordered to be judged by {pack.name}, if {options.member} may say so"
        )
    return 0


async def _order(
    given: dict[str, str], pack: Pack, clock: Clock, group: GroupName, member_id: str
) -> None:
    bootstrap = given["BANZHANG_KAFKA"]
    topics = await in_force_now(bootstrap, given["BANZHANG_NAMESPACE"])
    await order_in_group(bootstrap, topics, pack, clock, group, member_id)


async def _apply(given: dict[str, str], pack: Pack, clock: Clock) -> int:
    kafka, namespace = given["BANZHANG_KAFKA"], given["BANZHANG_NAMESPACE"]
    known = await generations(kafka, namespace)
    if known.under_way is not None:
        raise Failure(known.under_way.is_in_the_way)
    ordered = await put_in_force(kafka, await in_force_now(kafka, namespace), pack, clock)
    # Looked again behind the orders: the partitions of a change that began in between may have been
    # told of the pack before, and these orders end with the generation that they stand in.
    after = await generations(kafka, namespace)
    if (after.in_force, after.under_way) != (known.in_force, None):
        raise Failure(
            "a change of partitions began meanwhile: when `banzhang scale` has ended, give the same "
            "order again"
        )
    return ordered
