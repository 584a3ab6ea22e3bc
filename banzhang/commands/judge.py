"""Judge a file of events, with nothing running, and print the actions as JSON lines, in order.

The same code judges the topic: the same log gives the same lines. The first pack judges from the
start; a `policy` command in the file names any of them by its hash (`banzhang policy check` prints
hashes). A line that is no event is told on standard error, the rest is judged; the exit code is
then 2.

Example:
  banzhang judge --policy policies/default.yaml events.jsonl
  banzhang export events | banzhang judge --policy policies/default.yaml -
"""

import argparse
import sys
from typing import BinaryIO

from banzhang.failure import USAGE, Failure
from banzhang.lines import Printer, opened, seekable
from banzhang.packs import add_set, overrides, read_packs
from banzhang.settings import values
from schemas.action import Action, encode_action
from streams.pipeline import Disordered, Pipeline, UnknownPolicy, partitions_of
from streams.policy.compile import Policy, compile_pack


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("file", metavar="EVENTS.jsonl", help="the file; - for standard input")
    parser.add_argument(
        "--policy",
        action="append",
        metavar="PACK.yaml",
        help="a policy pack; may be repeated, the first judges from the start [BANZHANG_POLICY]",
    )
    parser.add_argument(
        "--void",
        action="append",
        default=[],
        metavar="HASH",
        help="a policy that was ordered and never published (`banzhang policy void`)",
    )
    add_set(parser)


def run(options: argparse.Namespace) -> int:
    """Judge the file; exit 2 if a line could not be."""
    paths = options.policy or [values()["BANZHANG_POLICY"]]
    packs = read_packs(paths, overrides(options.set))
    policies: dict[str, Policy | None] = dict.fromkeys(options.void)
    policies |= {pack.version: compile_pack(pack.content) for pack in packs}
    with opened(options.file) as file, seekable(file) as again:
        # An exported line says on which partition it stood; how many there were, all of them say.
        try:
            partitions = partitions_of(line for line in again if b'"partition"' in line)
        except Disordered as wrong:
            raise Failure(f"{options.file}: {wrong}", code=USAGE) from None
        again.seek(0)
        pipeline = Pipeline(policies, packs[0].version, partitions=partitions)
        return _judge(pipeline, again, options.file)


def _judge(pipeline: Pipeline, lines: BinaryIO, source: str) -> int:
    printer, code = Printer(), 0
    try:
        for told in pipeline.feed(lines):
            if isinstance(told, Action):
                printer.line(encode_action(told))
            else:
                code = USAGE
                where = f"{source}:{told.number}: {told.field}"
                print(f"{where}: {told.detail} ({told.reason})", file=sys.stderr)
    except UnknownPolicy as unknown:
        raise Failure(f"{source}: {unknown}", code=USAGE) from None
    finally:
        printer.flush()
    return code
