"""The log: one line an entry on standard error, with coordinates, without anybody's words.

The people here are children. What libraries log is not ours to choose, so every entry is written
by one of the formatters below: an argument is shown only if it is a number, a word or a coordinate,
bytes are shown by their length, and an error by its type and where it arose. Libraries say nothing
below `info`: at `debug` Kafka's client logs whole requests, and the records in them.
"""

import asyncio
import logging
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from traceback import extract_tb
from typing import Any, Final, TextIO

import msgspec
from aiokafka import TopicPartition

from agents.exits import FAREWELL, named

FIELDS: Final = ("topic", "partition", "offset", "first", "following")
"""Coordinates, given as `extra` of an entry; nothing else of it becomes a field."""
LIBRARIES: Final = ("aiokafka", "asyncio", "faust", "mode", "py.warnings")
ITEMS_MAX: Final = 20
LETTERS_MAX: Final = 500
FRAMES_MAX: Final = 10
_EXIT: Final = "banzhang"


class Shown(str):
    """Text that looks the same under `%s` and `%r`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def shown(value: object) -> Any:
    """A value as it may stand in the log. Numbers stay numbers, for `%d`."""
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, str):
        return Shown(value[:LETTERS_MAX])
    if isinstance(value, BaseException):
        return Shown(named(value))
    if isinstance(value, bytes | bytearray | memoryview):
        return Shown(f"<{len(value)} bytes>")
    if isinstance(value, tuple) and tuple(getattr(value, "_fields", ())) == ("topic", "partition"):
        return Shown(f"{value[0]} {value[1]}")
    if isinstance(value, Mapping):
        return Shown(f"{{{_listed(f'{shown(k)}: {shown(held)}' for k, held in value.items())}}}")
    if isinstance(value, list | tuple | set | frozenset):
        return Shown(f"[{_listed(str(shown(item)) for item in value)}]")
    return Shown(f"<{type(value).__name__}>")


def _listed(items: Iterable[str]) -> str:
    first: list[str] = []
    for item in items:
        if len(first) == ITEMS_MAX:
            return ", ".join([*first, "…"])
        first.append(item)
    return ", ".join(first)


def words(entry: logging.LogRecord) -> str:
    """An entry's message in one line."""
    template = entry.msg if isinstance(entry.msg, str) else str(shown(entry.msg))
    text = template
    if entry.args:
        safe: Any = (
            {key: shown(held) for key, held in entry.args.items()}
            if isinstance(entry.args, Mapping)
            else tuple(shown(each) for each in entry.args)
        )
        try:
            text = template % safe
        except (TypeError, ValueError, KeyError):
            text = template
    if entry.name.partition(".")[0] in {"asyncio", "py"}:
        # What follows the first line is the repr of a task or a line of a source.
        text = text.partition("\n")[0]
    return _clean(" ".join(text.split()))


def _clean(text: str) -> str:
    """Without lone surrogates, which no encoder takes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def coordinates(entry: logging.LogRecord) -> dict[str, Any]:
    """The entry's coordinates: those given, and those of a partition among its arguments."""
    found: dict[str, Any] = {name: vars(entry)[name] for name in FIELDS if name in vars(entry)}
    for each in entry.args if isinstance(entry.args, tuple) else ():
        if isinstance(each, TopicPartition) and "topic" not in found:
            found |= {"topic": each.topic, "partition": each.partition}
    return found


def fault_of(entry: logging.LogRecord) -> dict[str, Any]:
    """The error that an entry brings: types, and places in the sources; no words of it."""
    fault = entry.exc_info[1] if isinstance(entry.exc_info, tuple) else None
    if fault is None:
        return {}
    frames = extract_tb(fault.__traceback__)[-FRAMES_MAX:]
    places = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    cause = fault.__cause__ or fault.__context__
    why = f" because of {named(cause)}" if cause is not None else ""
    return {"error": _clean(" ".join((named(fault) + why).split())), "at": places}


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, coordinates, the error."""

    def format(self, record: logging.LogRecord) -> str:
        """One line; total over any entry."""
        fields = _line(record.created, record.levelname, record.name, words(record))
        return msgspec.json.encode(fields | coordinates(record) | fault_of(record)).decode()


class PlainLines(logging.Formatter):
    """The same for a person's eyes."""

    def format(self, record: logging.LogRecord) -> str:
        """One line; total over any entry."""
        more = coordinates(record) | fault_of(record)
        parts = [
            f"{name}={' < '.join(held) if name == 'at' else held}" for name, held in more.items()
        ]
        at = _time(record.created)
        return " ".join([at, record.levelname, f"{record.name}:", words(record), *parts])


def _line(created_s: float, level: str, logger: str, message: str) -> dict[str, Any]:
    return {
        "time": _time(created_s),
        "level": level.lower(),
        "logger": logger,
        "message": message,
    }


def _time(created_s: float) -> str:
    return datetime.fromtimestamp(created_s, UTC).isoformat(timespec="milliseconds")


def exit_object(reason: str, line: str) -> str:
    """The last line of a worker whose log is JSON; its message is the line of a plain one."""
    fields = _line(datetime.now(UTC).timestamp(), "critical", _EXIT, line) | {"exit": reason}
    return msgspec.json.encode(fields).decode()


def configure(level: str, form: str, stream: TextIO | None = None) -> None:
    """Have everything in this process log so. `form` is `json` or `text`; `stream` is standard
    error, if it is not said otherwise.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else PlainLines())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    # A handler that fails would print the entry with its arguments as they are.
    logging.raiseExceptions = False
    logging.captureWarnings(True)
    least = max(logging.INFO, logging.getLogger().level)
    for name in LIBRARIES:
        logging.getLogger(name).setLevel(least)
    # A busy second delays a commit or a beat of Faust's; what matters is watched by `Upkeep`.
    logging.getLogger("mode.timers").setLevel(max(logging.ERROR, least))
    if form == "json":
        FAREWELL.written = exit_object


def tell_of_loop(_loop: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
    """What asyncio tells of an error that nobody waits for; its own words show the error's."""
    fault = context.get("exception")
    told = str(context.get("message", "an error in the event loop")).partition("\n")[0]
    logging.getLogger(__name__).error(
        "%s", told, exc_info=(type(fault), fault, fault.__traceback__) if fault else None
    )
