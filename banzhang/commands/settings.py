"""Print every setting with its value and where it came from: a flag, the environment, or the
default. Passwords are masked. What is wrong with a value is told on standard error; the exit code
is then 2.

Example:
  banzhang settings
  BANZHANG_KAFKA=10.0.0.5:9092 banzhang settings --namespace district7 --json
"""

import argparse
import json
import sys

from rich.table import Table

from banzhang.console import console
from banzhang.failure import USAGE
from banzhang.settings import TABLE, Chosen, add_flags, chosen, faults


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument(
        "--json", action="store_true", help="one JSON object: name to value, origin"
    )
    add_flags(parser, TABLE)


def run(options: argparse.Namespace) -> int:
    """Print the table; exit 2 if a value is wrong."""
    table = chosen(options)
    if options.json:
        said = {name: {"value": one.shown, "origin": one.origin} for name, one in table.items()}
        print(json.dumps(said, ensure_ascii=False, indent=2))
    else:
        console().print(_table(table))
    wrong = faults(table)
    for line in wrong:
        print(line, file=sys.stderr)
    return USAGE if wrong else 0


def _table(table: dict[str, Chosen]) -> Table:
    shown = Table(box=None, pad_edge=False)
    for title in ("setting", "value", "from", "meaning"):
        shown.add_column(title, overflow="fold")
    for name, one in table.items():
        shown.add_row(name, one.shown, one.origin, one.setting.meaning)
    return shown
