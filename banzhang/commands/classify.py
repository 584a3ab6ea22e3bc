"""Say what is found in the texts of a file: each line's own fields, with `labels` and `matches`.

A line is a JSON object with `text`, and may have a `role` (teachers may do what parents may not).
`matches` holds label, text, start and end; offsets count characters of the original text. `labels`
is empty where nothing is found. With `--suspected` there is `suspected`, too: the labels that the
learned model names, where nothing was found and nobody of the staff writes. A line that can't be
read is told on standard error; the exit code is then 2.

Example:
  echo '{"text": "加我微信领红包", "role": "parent"}' | banzhang classify -
"""

import argparse
import sys
from typing import TYPE_CHECKING, Any

import msgspec

from banzhang.failure import USAGE
from banzhang.lines import Printer, opened
from streams.text import STAFF, Reader, WordReader

if TYPE_CHECKING:
    from streams.suspicions import Suspicions


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """What is read of a line."""

    text: str
    role: str = "parent"


_lines = msgspec.json.Decoder(Line)
_fields = msgspec.json.Decoder(dict[str, Any])


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("file", metavar="FILE.jsonl", help="the file; - for standard input")
    parser.add_argument(
        "--suspected", action="store_true", help="say also what the learned model suspects"
    )


def run(options: argparse.Namespace) -> int:
    """Classify each line; exit 2 if one can't be read."""
    reader, printer, code = WordReader.default(), Printer(), 0
    suspicions = _suspicions() if options.suspected else None
    with opened(options.file) as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                printer.line(_classified(reader, suspicions, line))
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                code = USAGE
                fault = " ".join(str(error).split()) or type(error).__name__
                print(f"{options.file}:{number}: {fault}", file=sys.stderr)
    printer.flush()
    return code


def _suspicions() -> "Suspicions":
    # Only who asks the model pays for its weights.
    from streams.suspicions import suspicions  # noqa: PLC0415

    return suspicions()


def _classified(reader: Reader, suspicions: "Suspicions | None", line: bytes) -> bytes:
    read = _lines.decode(line)
    matches = reader.read(read.text, (), read.role)
    found: dict[str, Any] = {
        "labels": list(dict.fromkeys(match.label for match in matches)),
        "matches": matches,
    }
    if suspicions is not None:
        is_asked = not matches and read.role not in STAFF
        found["suspected"] = suspicions.of(read.text) if is_asked else ()
    return msgspec.json.encode(_fields.decode(line) | found)
