"""Files as a platform: events out of a file of JSON lines go into the log, actions into another.

Without --events it only writes actions; without --actions it only sends the events and ends. A
line that is no event is told on standard error and not sent; the exit code is then 2.

Example:
  banzhang adapter file --events monday.jsonl
  banzhang adapter file --actions actions.jsonl
"""

import argparse
import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path

from adapters.file import BadLine, FileAdapter, events_of
from banzhang.egress import add_adapter_flags, run_adapter
from banzhang.failure import USAGE, Failure
from banzhang.ingress import following
from banzhang.kafka import reaching
from banzhang.lines import arriving, opened
from banzhang.settings import values


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("--events", metavar="FILE", help="events to send; - for standard input")
    parser.add_argument("--actions", metavar="FILE", help="the file that actions are appended to")
    add_adapter_flags(parser)


def run(options: argparse.Namespace) -> int:
    """Send the events, then write actions until a signal."""
    if options.events is None and options.actions is None:
        raise Failure("name --events FILE, --actions FILE, or both", code=USAGE)
    given = values(options)
    code = 0
    if options.events is not None:
        with reaching(given["BANZHANG_KAFKA"]):
            code = asyncio.run(_send(given, options.events))
    if options.actions is None:
        return code
    try:
        with Path(options.actions).expanduser().open("ab") as out:
            return run_adapter("file", given, lambda now_ms: FileAdapter(out, now_ms)) or code
    except OSError as error:
        raise Failure(f"{options.actions}: {error.strerror}; name a file to write") from None


async def _send(given: Mapping[str, str], path: str) -> int:
    code = 0
    async with following(given, "adapter-file") as ingress:
        first = 1
        with opened(path) as file:
            async for lines in arriving(file):
                for record in events_of(lines, first):
                    if isinstance(record, BadLine):
                        code = USAGE
                        print(f"{path}:{record.number}: {_said(record)}", file=sys.stderr)
                    else:
                        await ingress.put(record)
                first += len(lines)
        await ingress.flush()
    return code


def _said(line: BadLine) -> str:
    fault = line.rejected
    return f"{fault.field}: {fault.detail} ({fault.reason})"
