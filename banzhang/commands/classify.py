"""Say what is found in the texts of a file: each line's own fields, with `labels` and `matches`.

A line is a JSON object with `text`, and may have a `role` (teachers may do what parents may not).
`matches` holds label, text, start and end; offsets count characters of the original text. `labels`
is empty where nothing is found. A line that can't be read is told on standard error; the exit code
is then 2.

Example:
  echo '{"text": "加我微信领红包", "role": "parent"}' | banzhang classify -
"""

import argparse
import sys
from typing import Any

import msgspec

from banzhang.failure import USAGE
from banzhang.lines import Printer, opened
from streams.text import Reader, WordReader


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """What is read of a line."""

    text: str
    role: str = "parent"


_lines = msgspec.json.Decoder(Line)
_fields = msgspec.json.Decoder(dict[str, Any])


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("file", metavar="FILE.jsonl", help="the file; - for standard input")


def run(options: argparse.Namespace) -> int:
    """Classify each line; exit 2 if one can't be read."""
    reader, printer, code = WordReader.default(), Printer(), 0
    with opened(options.file) as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                printer.line(_classified(reader, line))
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                code = USAGE
                fault = " ".join(str(error).split()) or type(error).__name__
                print(f"{options.file}:{number}: {fault}", file=sys.stderr)
    printer.flush()
    return code


def _classified(reader: Reader, line: bytes) -> bytes:
    read = _lines.decode(line)
    matches = reader.read(read.text, (), read.role)
    found = {
        "labels": list(dict.fromkeys(match.label for match in matches)),
        "matches": matches,
    }
    return msgspec.json.encode(_fields.decode(line) | found)
