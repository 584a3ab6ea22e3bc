"""The whole way from lines to actions with nothing running: the oracle, and the tests' driver.

The same `Partition` judges here and behind Kafka, so the same log gives the same actions.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec
from msgspec import Struct

from schemas.action import Action, decode_action
from schemas.event import ANY, RECORD_BYTES_MAX
from streams.partition import ACTIVE_MAX, PIECE, Partition, Reading
from streams.partitioner import partition_of
from streams.policy.compile import Policy
from streams.seal import Seal
from streams.state import Change

LINE_BYTES_MAX: Final = RECORD_BYTES_MAX + 1_024
"""An exported line holds its record and where it stood."""

PIECE_BYTES: Final = 1 << 20
"""With so many bytes a piece of lines is full, however few they are."""


class Line(Struct, frozen=True, kw_only=True):
    """What an exported line says of where it stood."""

    partition: int | None = None
    offset: int | None = None
    generation: int = 1
    platform: Any = None
    group_id: str | None = None
    timestamp: int = 0
    raw: str | None = None

    @property
    def group(self) -> str | None:
        """The group's name as keys have it; None for a line that names none."""
        if self.group_id is None or not isinstance(self.platform, str):
            return None
        return f"{self.platform}:{self.group_id}"

    @property
    def concerns_all(self) -> bool:
        """Whether it is about all groups of its partition, or of the whole file."""
        return self.group_id == ANY

    @property
    def bytes_max(self) -> int:
        """How long the line may be."""
        return RECORD_BYTES_MAX if self.partition is None else LINE_BYTES_MAX


class BadLine(Struct, frozen=True, kw_only=True):
    """A line that could not be judged: its number in the input, and why, in safe words."""

    number: int
    reason: str
    field: str
    detail: str


class Disordered(ValueError):
    """A generation of the log begins before the end of the one that it goes on from."""


class UnknownPolicy(ValueError):
    """The log orders a policy of which no pack was given."""


class _Record(Struct, frozen=True):
    """A line in the shape of a Kafka record."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None


class Placed(NamedTuple):
    """A line as the record that it is judged as, and where it stood."""

    where: Line
    record: _Record


class _Plain(Struct, frozen=True, kw_only=True):
    """What counts of a line that nobody exported: whom it is about."""

    platform: Any = None
    group_id: str | None = None


class _Said(Struct, frozen=True, kw_only=True):
    """What there is to read in a line."""

    kind: str = ""
    text: str = ""


_lines = msgspec.json.Decoder(Line)
_plain_lines = msgspec.json.Decoder(_Plain)
_said = msgspec.json.Decoder(_Said)


def place_of_line(line: bytes) -> Line:
    """Where a line stood; a line that says nothing readable stood nowhere.

    The exporter's fields count only where a partition stands: without one, a `timestamp` is some
    field of the event's own, of whatever type. A `raw` alone is what was no JSON object.
    """
    try:
        where = _lines.decode(line)
    except msgspec.ValidationError:
        return _place_of_plain(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Line()
    if where.partition is None:
        return Line(platform=where.platform, group_id=where.group_id, raw=where.raw)
    return where


def _place_of_plain(line: bytes) -> Line:
    try:
        plain = _plain_lines.decode(line)
        return Line(platform=plain.platform, group_id=plain.group_id)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Line()


def placed(number: int, line: bytes) -> Placed:
    """The record that line `number` of the input is judged as; `line` has no blanks around it."""
    where = place_of_line(line)
    key = None if where.group is None else where.group.encode()
    value = b"raw" if where.raw is not None and where.group_id is None else line
    return Placed(where, _Record(number, where.timestamp, key, value))


def _pieces(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    piece: list[bytes] = []
    size = 0
    for line in lines:
        piece.append(line)
        size += len(line)
        if len(piece) == PIECE or size >= PIECE_BYTES:
            yield piece
            piece, size = [], 0
    yield piece


def _text_of(line: bytes) -> str:
    """The text of a message or an edit; empty for any other line."""
    try:
        said = _said.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return ""
    return said.text if said.kind in ("message", "edit") else ""


def partitions_of(lines: Iterable[bytes]) -> dict[int, int]:
    """How many partitions each generation of an exported log had.

    Every partition holds at least its first policy, so the highest number tells. Raises
    `Disordered` where a line stands behind one of a later generation.
    """
    counts: dict[int, int] = {}
    for line in lines:
        where = place_of_line(line)
        if where.partition is not None:
            if where.generation < max(counts, default=0):
                raise Disordered(
                    f"a record of generation {where.generation} stands behind one of generation "
                    f"{max(counts)}: put the whole of each generation before the next"
                )
            counts[where.generation] = max(counts.get(where.generation, 0), where.partition + 1)
    return counts


class Pipeline:
    """Judges lines in order. `policies` by hash (None: void); `first` judges from the start of a
    log that does not say itself by what it is judged.

    `partitions`: how many each generation had (`partitions_of`), for logs that were exported.
    `active_max`: as `Partition` has it.
    """

    def __init__(
        self,
        policies: Mapping[str, Policy | None],
        first: str,
        *,
        partitions: Mapping[int, int] | None = None,
        secret: bytes = b"",
        active_max: int = ACTIVE_MAX,
    ) -> None:
        self._active_max = active_max
        self._policies = policies
        self._first = first
        self._counts = partitions or {}
        self._secret = secret
        self._parts: dict[tuple[int, int] | None, Partition] = {}
        self._carried: dict[tuple[int, int] | None, list[Change]] = {}
        self._sealed: set[Partition] = set()
        self._newest = 0
        self._number = 0

    def feed(self, lines: Iterable[bytes]) -> Iterator[Action | BadLine]:
        """Judge lines; yields each one's actions, or why it is none. Blank lines are skipped.

        Raises `UnknownPolicy` where the log orders a policy that is not at hand.
        """
        for line in self._read_ahead(lines):
            self._number += 1
            if line.strip():
                yield from self._one(placed(self._number, line.strip()))

    def _read_ahead(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        """The lines; where one policy may judge them, it has read their texts a piece at a time, as
        behind Kafka. That makes it quicker, and nothing else.
        """
        policies = [policy for policy in self._policies.values() if policy is not None]
        if len(policies) != 1 or policies[0].reader is None:
            yield from lines
            return
        for piece in _pieces(lines):
            policies[0].read_ahead("", filter(None, map(_text_of, piece)))
            yield from piece

    def judge_all(self, lines: Iterable[Placed]) -> tuple[list[Action], list[BadLine]]:
        """Judge many lines at once: what `feed` says of them, for a part of its price. The actions
        of each partition stand in order, the bad lines too. Numbers must rise from call to call.

        Raises `UnknownPolicy` as `feed` does.
        """
        told: list[Action | BadLine] = []
        waiting: dict[tuple[Partition, int], list[_Record]] = {}
        for line in lines:
            where = line.where
            concerns_file = where.concerns_all and where.partition is None
            # A generation goes on from where the seals of the one before it are.
            if concerns_file or where.generation > self._newest:
                for (part, bytes_max), records in waiting.items():
                    told += self._judged(part, records, bytes_max)
                waiting = {}
                self._newest = max(self._newest, where.generation)
            if concerns_file:
                told += self._one(line)
            else:
                name = (self._part(where), where.bytes_max)
                waiting.setdefault(name, []).append(line.record)
        for (part, bytes_max), records in waiting.items():
            told += self._judged(part, records, bytes_max)
        actions = [one for one in told if isinstance(one, Action)]
        bad = [one for one in told if isinstance(one, BadLine)]
        return actions, sorted(bad, key=lambda one: one.number)

    def _one(self, line: Placed) -> Iterator[Action | BadLine]:
        parts = self._concerned(line.where)
        for part in parts:
            for told in self._judged(part, [line.record], line.where.bytes_max):
                # What is wrong with a line is the same everywhere.
                if isinstance(told, Action) or part is parts[0]:
                    yield told

    def _judged(
        self, part: Partition, records: Sequence[_Record], bytes_max: int
    ) -> Iterator[Action | BadLine]:
        reading = Reading(records, bytes_max)
        verdict = part.rehearse(reading, self._policies)
        if verdict.lacks is not None:
            raise UnknownPolicy(
                f"line {records[reading.at].offset} is to be judged by pack {verdict.lacks!r}, "
                "which is none of those given: add it with --policy, or, if no such pack was ever "
                "published, say --void"
            )
        for _, value in verdict.actions:
            yield decode_action(value)
        for _, letter in verdict.dead:
            yield _bad(letter)
        if verdict.seal is not None and part not in self._sealed:
            self._carry(part, verdict.seal)
        part.committed(reading.following)

    def _carry(self, part: Partition, seal: Seal) -> None:
        """Keep a sealed partition's groups for those partitions where they go on."""
        self._sealed.add(part)
        for key, changes in part.carried(seal.generation):
            name = (seal.generation, partition_of(key, seal.partitions))
            self._carried.setdefault(name, []).extend(changes)

    def _concerned(self, where: Line) -> list[Partition]:
        """The partition of the line; all of them for one that concerns every group."""
        mine = self._part(where)
        if where.concerns_all and where.partition is None:
            return list(self._parts.values())
        return [mine]

    def _part(self, where: Line) -> Partition:
        name = None if where.partition is None else (where.generation, where.partition)
        part = self._parts.get(name)
        if part is None:
            part = Partition(
                topic="file",
                number=where.partition or 0,
                partitions=0 if name is None else self._counts.get(where.generation, 0),
                generation=where.generation,
                secret=self._secret,
                active_max=self._active_max,
            )
            # A log that was exported from its beginning orders its policy itself, and the worker
            # judged nothing before that; one that retention has cut begins with the pack at hand.
            if where.partition is None or where.offset != 0:
                part.begin_with(self._first)
            for key, value, _ in self._carried.pop(name, ()):
                part.load(key, value or b"")
            self._parts[name] = part
        return part


def _bad(letter: bytes) -> BadLine:
    said = msgspec.json.decode(letter)
    return BadLine(
        number=said["offset"],
        reason=said["reason"],
        field=said["field"],
        detail=said["detail"],
    )


def judge_lines(
    lines: Iterable[bytes], policies: Mapping[str, Policy | None], first: str
) -> tuple[list[Action], list[BadLine]]:
    """Judge a small log at once: its actions, in order, and its bad lines."""
    actions: list[Action] = []
    bad: list[BadLine] = []
    for told in Pipeline(policies, first).feed(lines):
        if isinstance(told, Action):
            actions.append(told)
        else:
            bad.append(told)
    return actions, bad
