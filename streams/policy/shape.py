"""A node tree held against the types of `schemas.policy`: every key, every value, every place.

The types are the one description of a pack; this module adds only how YAML writes them. The
answer is plain values, fit for `msgspec.convert`, with the place of each.
"""

import re
from collections.abc import Callable, Mapping
from enum import Enum, auto
from typing import Any, Final, NamedTuple

import msgspec
import yaml
from msgspec import inspect

from schemas.policy import Pack, QuietHours, Settings
from streams.policy.fault import Faults, Mark, hint, shown
from streams.policy.nodes import mark_of
from streams.policy.notation import clock_minutes, clock_words, period_ms

Path = tuple[str | int, ...]

_TAG: Final = "tag:yaml.org,2002:"
PERIOD_SUFFIX: Final = "_ms"
_WHOLE: Final = re.compile(r"0|[1-9][0-9]{0,8}")


class Bad(Enum):
    """Stands for a value that was no value of its type; its fault is noted already."""

    BAD = auto()


BAD: Final = Bad.BAD


class _Slot(NamedTuple):
    """A key of a mapping: the field that it fills, and how its value is read."""

    field: str
    required: bool
    read: "Callable[[Shape, yaml.Node, Path], Any]"


class Shape:
    """One reading of one pack. `marks` holds the place of every value that was found."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self.marks: dict[Path, Mark] = {}

    def pack(self, root: yaml.Node) -> dict[str, Any] | Bad:
        """The pack's values; what was wrong is left out and noted."""
        values: dict[str, Any] | Bad = _PACK(self, root, ())
        return values

    def mark(self, path: Path) -> Mark:
        """The place of the value at `path`, or of the nearest one around it."""
        while path not in self.marks:
            path = path[:-1]
        return self.marks[path]

    def found(self, path: Path, key: str) -> str:
        """Where a person looks: `rules[2].when`."""
        words = "".join(f"[{p + 1}]" if isinstance(p, int) else f".{p}" for p in (*path, key))
        return words.lstrip(".")


def _mapping(slots: Mapping[str, _Slot]) -> Callable[[Shape, yaml.Node, Path], Any]:
    def read(shape: Shape, node: yaml.Node, path: Path) -> dict[str, Any] | Bad:
        shape.marks[path] = mark_of(node.start_mark)
        if not isinstance(node, yaml.MappingNode):
            what = ", ".join(slots)
            shape.faults.at(shape.marks[path], f"here belongs a mapping with the keys {what}")
            return BAD
        values: dict[str, Any] = {}
        seen: dict[str, Mark] = {}
        for key_node, value_node in node.value:
            slot = _slot(shape, key_node, slots, seen)
            if slot is None:
                continue
            value = slot.read(shape, value_node, (*path, slot.field))
            if value is not BAD:
                values[slot.field] = value
        for key, slot in slots.items():
            if slot.required and key not in seen:
                shape.faults.at(
                    shape.marks[path], f"the key `{key}` is missing ({shape.found(path, key)})"
                )
        return values

    return read


def _slot(
    shape: Shape, node: yaml.Node, slots: Mapping[str, _Slot], seen: dict[str, Mark]
) -> _Slot | None:
    mark = mark_of(node.start_mark)
    if not isinstance(node, yaml.ScalarNode):
        shape.faults.at(mark, f"a key is a word; known here: {', '.join(slots)}")
        return None
    key = str(node.value)
    if key in seen:
        first = seen[key].line
        shape.faults.at(mark, f"the key {shown(key)} stands in line {first} already; keep one")
        return None
    seen[key] = mark
    if key not in slots:
        shape.faults.at(mark, f"unknown key {shown(key)}{hint(key, slots)}")
        return None
    return slots[key]


def _list(
    item: Callable[[Shape, yaml.Node, Path], Any], *, may_be_empty: bool
) -> Callable[[Shape, yaml.Node, Path], Any]:
    def read(shape: Shape, node: yaml.Node, path: Path) -> list[Any] | Bad:
        mark = shape.marks[path] = mark_of(node.start_mark)
        if not isinstance(node, yaml.SequenceNode):
            shape.faults.at(mark, "here belongs a list: [a, b], or a line with `- ` for each")
            return BAD
        if not node.value and not may_be_empty:
            shape.faults.at(mark, "an empty list matches nothing; fill it or take the key out")
            return BAD
        values = [item(shape, each, (*path, i)) for i, each in enumerate(node.value)]
        _refuse_repeats(shape, values, path)
        return BAD if any(value is BAD for value in values) else values

    return read


def _refuse_repeats(shape: Shape, values: list[Any], path: Path) -> None:
    seen: set[str] = set()
    for i, value in enumerate(values):
        if not isinstance(value, str):
            continue
        if value in seen:
            shape.faults.at(shape.mark((*path, i)), f"{shown(value)} stands in the list twice")
        seen.add(value)


def _scalar(shape: Shape, node: yaml.Node, path: Path, what: str) -> tuple[str, str] | None:
    """The tag (`str`, `int`, …) and text of a scalar; None, and a fault, for what is none."""
    mark = shape.marks[path] = mark_of(node.start_mark)
    if not isinstance(node, yaml.ScalarNode):
        shape.faults.at(mark, f"here belongs {what}, not a list or mapping")
        return None
    if node.tag == _TAG + "null":
        shape.faults.at(mark, f"here belongs {what}; without a value, take the key out")
        return None
    return str(node.tag).removeprefix(_TAG), str(node.value)


def _text(shape: Shape, node: yaml.Node, path: Path) -> str | Bad:
    read = _scalar(shape, node, path, "a text")
    if read is None:
        return BAD
    tag, text = read
    if tag != "str":
        shape.faults.at(shape.mark(path), f"here belongs a text; write it in quotes: {shown(text)}")
        return BAD
    return text


def _whole(shape: Shape, node: yaml.Node, path: Path) -> int | Bad:
    read = _scalar(shape, node, path, "a whole number")
    if read is None:
        return BAD
    tag, text = read
    # YAML reads 010 as eight and 1:30 as ninety; a pack means neither.
    if tag == "int" and _WHOLE.fullmatch(text):
        return int(text)
    quoted = "; write it without quotes" if tag == "str" and text.isdecimal() else ""
    shape.faults.at(
        shape.mark(path), f"here belongs a whole number such as 10, not {shown(text)}{quoted}"
    )
    return BAD


def _number(shape: Shape, node: yaml.Node, path: Path) -> float | Bad:
    read = _scalar(shape, node, path, "a number")
    if read is None:
        return BAD
    tag, text = read
    if tag in {"int", "float"} and text.replace(".", "", 1).isdecimal() and text.isascii():
        return float(text)
    shape.faults.at(shape.mark(path), f"here belongs a number such as 1 or 0.5, not {shown(text)}")
    return BAD


def _switch(shape: Shape, node: yaml.Node, path: Path) -> bool | Bad:
    read = _scalar(shape, node, path, "true or false")
    if read is None:
        return BAD
    if read in {("bool", "true"), ("bool", "false")}:
        return read[1] == "true"
    shape.faults.at(shape.mark(path), f"here belongs true or false, not {shown(read[1])}")
    return BAD


def _period(shape: Shape, node: yaml.Node, path: Path) -> int | Bad:
    read = _scalar(shape, node, path, "a period")
    if read is None:
        return BAD
    ms = period_ms(read[1]) if read[0] == "str" else None
    if ms is not None:
        return ms
    mend = f"{read[1]}s" if read[0] == "int" and read[1].isdecimal() else "60s, 10m, 24h or 90d"
    shape.faults.at(
        shape.mark(path),
        f"here belongs a period with its unit, such as {mend[:24]}, not {shown(read[1])}",
    )
    return BAD


def _clock(shape: Shape, node: yaml.Node, path: Path) -> int | Bad:
    read = _scalar(shape, node, path, "a time of day")
    if read is None:
        return BAD
    minutes = clock_minutes(read[1])
    if read[0] == "str" and minutes is not None:
        return minutes
    mend = f'; write it in quotes: "{read[1]}"' if minutes is not None else ""
    shape.faults.at(
        shape.mark(path), f'here belongs a time of day such as "22:00", not {shown(read[1])}{mend}'
    )
    return BAD


def _clock_text(shape: Shape, node: yaml.Node, path: Path) -> str | Bad:
    """A time of day that the type keeps as it is written (in the settings)."""
    minutes = _clock(shape, node, path)
    return BAD if minutes is BAD else clock_words(minutes)


def _one_of(words: tuple[str, ...]) -> Callable[[Shape, yaml.Node, Path], Any]:
    def read(shape: Shape, node: yaml.Node, path: Path) -> str | Bad:
        text = _text(shape, node, path)
        if text is BAD or text in words:
            return text
        shape.faults.at(
            shape.mark(path),
            f"{shown(str(text))} is none of the words here{hint(str(text), words)}",
        )
        return BAD

    return read


_SCALARS: Final[Mapping[type, Callable[[Shape, yaml.Node, Path], Any]]] = {
    inspect.StrType: _text,
    inspect.IntType: _whole,
    inspect.FloatType: _number,
    inspect.BoolType: _switch,
}


_WRITTEN: Final[Mapping[str, Callable[[Shape, yaml.Node, Path], Any]]] = {"clock": _clock}
"""How values are read of which the type alone does not say how they are written."""


def _reader(kind: inspect.Type, *, may_be_empty: bool) -> Callable[[Shape, yaml.Node, Path], Any]:
    """How YAML writes a value of the type."""
    if isinstance(kind, inspect.UnionType):
        (kind,) = (each for each in kind.types if not isinstance(each, inspect.NoneType))
    if isinstance(kind, inspect.Metadata):
        return _WRITTEN[(kind.extra or {})["written"]]
    if isinstance(kind, inspect.StructType):
        return _mapping(_slots(kind))
    if isinstance(kind, inspect.VarTupleType):
        item = _reader(kind.item_type, may_be_empty=may_be_empty)
        return _list(item, may_be_empty=may_be_empty)
    if isinstance(kind, inspect.LiteralType):
        return _one_of(tuple(map(str, kind.values)))
    return _SCALARS[type(kind)]


def _slots(kind: inspect.StructType) -> dict[str, _Slot]:
    slots: dict[str, _Slot] = {}
    for field in kind.fields:
        name, required = field.encode_name, field.required
        read = _reader(field.type, may_be_empty=kind.cls is Settings)
        if name.endswith(PERIOD_SUFFIX):
            name, read = name.removesuffix(PERIOD_SUFFIX), _period
        elif kind.cls is QuietHours and name == "to":
            # It may be left out: the settings then say when the quiet ends.
            required = False
        elif kind.cls is Settings and name in CLOCK_SETTINGS:
            read = _clock_text
        slots[name] = _Slot(field.encode_name, required, read)
    return slots


CLOCK_SETTINGS: Final = frozenset({"quiet_end", "midday_end"})
"""Settings that hold a time of day; the type keeps them as text."""

_PACK: Final = _reader(msgspec.inspect.type_info(Pack), may_be_empty=False)
