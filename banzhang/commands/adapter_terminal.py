"""Show actions on this terminal as they come: one line each, without people's texts and names.

To the system it is a platform like others: each action is shown once, even if it comes twice or
the adapter was killed; what is past its time is not shown; every outcome goes back to the log.

Example:
  banzhang adapter terminal --kafka 127.0.0.1:9092
"""

import argparse
import sys

from adapters.terminal import TerminalAdapter
from banzhang.egress import add_adapter_flags, run_adapter
from banzhang.settings import values


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument(
        "--colour",
        choices=("auto", "always", "never"),
        default="auto",
        help="colours; auto: on a terminal only",
    )
    add_adapter_flags(parser)


def run(options: argparse.Namespace) -> int:
    """Show actions until a signal."""
    colour = options.colour == "always" or (options.colour == "auto" and sys.stdout.isatty())
    return run_adapter(
        "terminal",
        values(options),
        lambda now_ms: TerminalAdapter(sys.stdout, now_ms, colour=colour),
    )
