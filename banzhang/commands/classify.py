"""Say what is found in the texts of a file: each line's own fields, with `labels` and `matches`.

A line is a JSON object with `text`, and may have a `role` (teachers may do what parents may not).
`matches` holds label, text, start and end; offsets count characters of the original text. `labels`
is empty where nothing is found. Two read each message, the word lists and a learned model:
`suspected` holds those of the labels that the model alone names (their match is the whole text), and
`doubted` those that the lists alone find where the model is sure that nothing is wrong (they are not
among `labels`). A rule acts only on what both let stand. `--words` asks the lists alone. A line that
can't be read is told on standard error; the exit code is then 2.

Example:
  echo '{"text": "加我微信领红包", "role": "parent"}' | banzhang classify -
"""

import argparse
import codecs
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, Final

import msgspec

from banzhang.failure import USAGE
from banzhang.lines import Printer, opened
from streams.text import Match, Reader, WordReader
from streams.text.match import Message

_BATCH: Final = 256
_SHOWN: Final = ("label", "text", "start", "end")


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
        "--words", action="store_true", help="ask the word lists alone, not the learned model"
    )


def run(options: argparse.Namespace) -> int:
    """Classify each line; exit 2 if one can't be read."""
    said_of = _by_words if options.words else _by_both
    reader, printer, code = WordReader.default(), Printer(), 0
    with opened(options.file) as file:
        # Many at once cost a part of what they cost one by one; who types waits for no other line.
        size = 1 if file.isatty() else _BATCH
        for lines in _batches(enumerate(file, start=1), size):
            read, faults = _read(lines)
            for number, fault in faults:
                code = USAGE
                print(f"{options.file}:{number}: {fault}", file=sys.stderr)
            for (fields, _), more in zip(read, said_of(reader, [m for _, m in read]), strict=True):
                printer.line(msgspec.json.encode(fields | more))
    printer.flush()
    return code


def _batches(lines: Iterator[tuple[int, bytes]], size: int) -> Iterator[list[tuple[int, bytes]]]:
    while batch := list(islice(lines, size)):
        yield batch


def _read(
    lines: Sequence[tuple[int, bytes]],
) -> tuple[list[tuple[dict[str, Any], Message]], list[tuple[int, str]]]:
    """The fields of the lines that can be read, each with its message, and what is wrong with the
    others.
    """
    read: list[tuple[dict[str, Any], Message]] = []
    faults: list[tuple[int, str]] = []
    for number, line in lines:
        if number == 1:
            # Windows' editor begins a file with a mark.
            line = line.removeprefix(codecs.BOM_UTF8)  # noqa: PLW2901
        if not line.strip():
            continue
        try:
            known, fields = _lines.decode(line), _fields.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            faults.append((number, " ".join(str(error).split()) or type(error).__name__))
        else:
            read.append((fields, (known.text, (), known.role)))
    return read, faults


def _by_words(reader: Reader, messages: Sequence[Message]) -> list[dict[str, Any]]:
    return [_said(matches) for matches in reader.read_all(messages)]


def _by_both(reader: Reader, messages: Sequence[Message]) -> list[dict[str, Any]]:
    # Only who asks the model pays for its weights.
    from streams.text.model.opinion import Opinion  # noqa: PLC0415

    said = []
    weighed = Opinion.default().weighed(messages, reader.read_all(messages))
    for (text, _, _), one in zip(messages, weighed, strict=True):
        whole = [Match(label, text, 0, len(text)) for label in one.suspected]
        doubted = list(dict.fromkeys(match.label for match in one.doubted))
        more = {"suspected": one.suspected, "doubted": doubted}
        said.append(_said([*one.found, *whole]) | more)
    return said


def _said(matches: Sequence[Match]) -> dict[str, Any]:
    labels = list(dict.fromkeys(match.label for match in matches))
    shown = [{name: getattr(match, name) for name in _SHOWN} for match in matches]
    return {"labels": labels, "matches": shown}
