"""Print a topic's records as JSON lines, with `partition`, `offset` and `timestamp` beside each
record's own fields. What is no JSON object becomes {"raw": base64}. A dead letter's `source` says
where the record stands that could not be read.

It ends at the ends of the partitions as they were when it began, unless it is to follow. The lines
may hold what people wrote: keep them as carefully as the topic itself.

Example:
  banzhang export events > events.jsonl
  banzhang export chat.actions --follow
"""

import argparse
import asyncio

from banzhang.exported import line_of
from banzhang.kafka import full_name, reaching, records_of
from banzhang.lines import Printer
from banzhang.settings import add_flags, values


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("topic", metavar="TOPIC", help="the topic; `events` means NAMESPACE.events")
    parser.add_argument("--follow", action="store_true", help="go on with what comes")
    add_flags(parser, ("BANZHANG_KAFKA", "BANZHANG_NAMESPACE"))


def run(options: argparse.Namespace) -> int:
    """Print the records."""
    given = values(options)
    topic = full_name(options.topic, given["BANZHANG_NAMESPACE"])
    with reaching(given["BANZHANG_KAFKA"]):
        asyncio.run(_print(given["BANZHANG_KAFKA"], topic, follow=options.follow))
    return 0


async def _print(bootstrap: str, topic: str, *, follow: bool) -> None:
    printer = Printer()
    async for record in records_of(bootstrap, topic, follow=follow):
        printer.line(line_of(record))
        if follow:
            printer.flush()
    printer.flush()
