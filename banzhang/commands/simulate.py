"""Print the events of past school days of a made-up district, as JSON lines in order of arrival.

The same options give the same events on every machine. --truth writes, for each event in the same
order, what is wrong with it; so a judged file can be compared with what is known.

Example:
  banzhang simulate --groups 40 --members 45 --days 1 --seed 1 --truth truth.jsonl > day.jsonl
  banzhang judge day.jsonl > actions.jsonl
"""

import argparse
import contextlib
from pathlib import Path
from typing import BinaryIO

import msgspec

from banzhang.failure import USAGE, Failure
from banzhang.lines import Printer
from streams.simulate import simulate


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("--groups", type=int, required=True, metavar="G", help="class groups")
    parser.add_argument("--members", type=int, required=True, metavar="M", help="people in each")
    parser.add_argument("--days", type=int, required=True, metavar="D", help="school days")
    parser.add_argument(
        "--messages", type=int, default=20, metavar="N", help="a group and day; default: 20"
    )
    parser.add_argument("--seed", type=int, required=True, metavar="S", help="which district")
    parser.add_argument("--ticks", action="store_true", help="with ticks of the clock between")
    parser.add_argument("--truth", metavar="FILE", help="what is wrong with each event")


def run(options: argparse.Namespace) -> int:
    """Print the events."""
    try:
        with contextlib.ExitStack() as stack:
            truth: BinaryIO | None = None
            if options.truth is not None:
                truth = stack.enter_context(Path(options.truth).expanduser().open("wb"))
            _print(options, truth)
    except ValueError as wrong:
        raise Failure(str(wrong), code=USAGE) from None
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Failure(f"{options.truth}: {error.strerror}; name a file to write") from None
    return 0


def _print(options: argparse.Namespace, truth: BinaryIO | None) -> None:
    printer, encode = Printer(), msgspec.json.Encoder().encode
    for event, known in simulate(
        options.groups,
        options.members,
        options.days,
        options.messages,
        options.seed,
        options.ticks,
    ):
        printer.line(encode(event))
        if truth is not None:
            truth.write(encode(known) + b"\n")
    printer.flush()
