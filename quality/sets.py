"""The labelled messages that quality is measured on and the model is trained on."""

import json
import lzma
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

DATA: Final = Path(__file__).parent / "data"
OURS: Final = ("school", "daily")
"""What the names of sets begin with that hold messages of school groups, written for this project."""
HELD: Final = ("school_held", "school_unseen")
"""Sets that nobody tunes on and nothing is trained on."""


class Row(Struct, frozen=True, kw_only=True):
    """A message as it was labelled. No labels: clean. `topic` is what a corpus says it is about."""

    id: str
    text: str
    role: str = "parent"
    labels: frozenset[str] = frozenset()
    evasion: str | None = None
    topic: str = ""


def read_set(name: str) -> tuple[Row, ...]:
    """A data set by its file's name without endings. Raises `FileNotFoundError`."""
    return tuple(_row(name, place, line) for place, line in enumerate(_lines(name), start=1))


def set_names() -> tuple[str, ...]:
    """All data sets there are, by name."""
    return tuple(sorted(path.name.partition(".")[0] for path in DATA.glob("*.jsonl*")))


def _lines(name: str) -> Iterator[Mapping[str, Any]]:
    plain = DATA / f"{name}.jsonl"
    if plain.exists():
        source = plain.read_bytes()
    else:
        source = lzma.decompress((DATA / f"{name}.jsonl.xz").read_bytes())
    return (json.loads(line) for line in source.decode().split("\n") if line.strip())


def _row(name: str, place: int, line: Mapping[str, Any]) -> Row:
    labels = line.get("labels")
    if labels is None:
        # Corpora of others know offensive and not.
        labels = ["abuse"] if line["label"] else []
    return Row(
        id=f"{name}:{line.get('id', place)}",
        text=line["text"],
        role=line.get("role", "parent"),
        labels=frozenset(labels) - {"clean"},
        evasion=line.get("evasion") or _trick(line.get("technique")),
        topic=line.get("topic", ""),
    )


def _trick(technique: str | None) -> str | None:
    return None if technique in (None, "plain") else technique
