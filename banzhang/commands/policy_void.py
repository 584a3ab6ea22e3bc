"""Say that no policy pack has this hash, so that nobody waits for it any longer.

A command in the chat may name a policy by a hash that was mistyped. A worker never guesses: it
waits for the pack, and says so in its log. This lets it go on: that command then orders nothing. A
hash that was declared void can't be published under any more.

Example:
  banzhang policy void 0123456789abcdef0123456789abcdef
"""

import argparse
import asyncio

from agents.topics import declare_void, in_force_now
from banzhang.failure import USAGE, Failure
from banzhang.kafka import reaching
from banzhang.settings import add_flags, values
from streams.commands import is_hash


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("hash", metavar="HASH", help="32 hexadecimal digits, as the log names it")
    add_flags(parser, ("BANZHANG_KAFKA", "BANZHANG_NAMESPACE"))


def run(options: argparse.Namespace) -> int:
    """Declare it void; exit 1 where a pack has it."""
    if not is_hash(options.hash):
        raise Failure(f"{options.hash!r} is no pack's hash: name 32 digits of 0-9a-f", code=USAGE)
    given = values(options)
    with reaching(given["BANZHANG_KAFKA"]):
        done = asyncio.run(_declare(given, options.hash))
    if not done:
        raise Failure(f"{options.hash} is the hash of a published pack; nothing was changed")
    print(f"{options.hash}: void; workers that waited for it go on")
    return 0


async def _declare(given: dict[str, str], name: str) -> bool:
    topics = await in_force_now(given["BANZHANG_KAFKA"], given["BANZHANG_NAMESPACE"])
    return await declare_void(given["BANZHANG_KAFKA"], topics, name)
