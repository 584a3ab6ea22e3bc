"""Read word lists strictly, and say every fault with its line, its column and its mend.

Without a file the shipped lists are read. Prints one line for each file that is right and exits 0;
with any fault it prints one line for each, FILE:LINE:COLUMN: what is wrong, and exits 1. A file
that can't be read ends it with exit code 2. docs/text.md says what may stand in a list.

Example:
  banzhang lexicon check
  banzhang lexicon check our-words.yaml
"""

import argparse
import sys
from collections.abc import Iterator

from banzhang.failure import FAULT
from banzhang.packs import text_of
from streams.text.lexicon import shipped_lists
from streams.text.lexicon.check import check_lexicon


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("files", nargs="*", metavar="FILE.yaml", help="the lists to read")


def run(options: argparse.Namespace) -> int:
    """Read all lists; exit 1 if any has a fault."""
    code = 0
    for name, text in _lists(options.files):
        faults = check_lexicon(text, name)
        for fault in faults:
            print(fault, file=sys.stderr)
            code = FAULT
        if not faults:
            print(f"{name}: right")
    return code


def _lists(paths: list[str]) -> Iterator[tuple[str, str]]:
    """Name and text of each list."""
    if not paths:
        yield from shipped_lists().items()
    for path in paths:
        yield path, text_of(path, what="word list")
