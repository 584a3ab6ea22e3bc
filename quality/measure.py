"""Counting what was found against what is there."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from quality.sets import Row


class Counts(NamedTuple):
    """How often: found rightly, found wrongly, missed, rightly left alone."""

    right: int = 0
    wrong: int = 0
    missed: int = 0
    left: int = 0

    def and_one(self, is_there: bool, is_found: bool) -> "Counts":
        """With one more case."""
        hit = (is_there and is_found, is_found and not is_there, is_there and not is_found)
        add = (*hit, not any(hit))
        return Counts(*(count + more for count, more in zip(self, add, strict=True)))

    @property
    def precision(self) -> float:
        """Per cent of what was found that is there; 100 where nothing was found."""
        return share(self.right, self.right + self.wrong)

    @property
    def recall(self) -> float:
        """Per cent of what is there that was found; 100 where nothing is there."""
        return share(self.right, self.right + self.missed)

    @property
    def f1(self) -> float:
        """The harmonic mean of both, in per cent."""
        return share(2 * self.right, 2 * self.right + self.wrong + self.missed)

    @property
    def flagged(self) -> float:
        """Per cent of the clean that was found wrongly."""
        return share(self.wrong, self.wrong + self.left, 0.0)

    @property
    def macro_f1(self) -> float:
        """The mean of F1 for the label and F1 for its absence, in per cent."""
        absent = share(2 * self.left, 2 * self.left + self.wrong + self.missed)
        return round((self.f1 + absent) / 2, 2)


def counted(cases: Iterable[tuple[bool, bool]]) -> Counts:
    """Counts of cases: is it there, was it found?"""
    counts = Counts()
    for is_there, is_found in cases:
        counts = counts.and_one(is_there, is_found)
    return counts


class Judged(NamedTuple):
    """A data set and what was found in each of its rows."""

    rows: Sequence[Row]
    found: Sequence[frozenset[str]]

    def without(self, labels: frozenset[str]) -> "Judged":
        """As if nobody had ever heard of these labels."""
        rows = [_without(row, labels) for row in self.rows]
        return Judged(rows, [found - labels for found in self.found])

    def by_label(self) -> Mapping[str, Counts]:
        """Counts of each label that is there or was found, in the order of names."""
        names = sorted({name for row in self.rows for name in row.labels}.union(*self.found))
        return {name: self.of_label(name) for name in names}

    def of_label(self, name: str) -> Counts:
        """Counts of one label."""
        return counted((name in row.labels, name in found) for row, found in self._pairs())

    def of_any(self) -> Counts:
        """Counts of messages: is anything there, was anything found?"""
        return counted((bool(row.labels), bool(found)) for row, found in self._pairs())

    def micro_f1(self) -> float:
        """F1 over all labels' counts together, in per cent."""
        each = list(self.by_label().values()) or [Counts()]
        return Counts(*map(sum, zip(*each, strict=True))).f1

    def found_of(self, tricked: bool) -> float | None:
        """Per cent of violating messages found, of those with a trick or without; None: no such."""
        pairs = [
            (row, found)
            for row, found in self._pairs()
            if row.labels and (row.evasion is not None) is tricked
        ]
        return share(sum(bool(found) for _, found in pairs), len(pairs)) if pairs else None

    def confusions(self) -> Mapping[tuple[str, str], int]:
        """How often a message with one label was given another instead, most frequent first."""
        seen: dict[tuple[str, str], int] = {}
        for row, found in self._pairs():
            for there in sorted(row.labels - found) or ["clean"] * (not row.labels):
                for given in sorted(found - row.labels) or ["clean"] * (not found):
                    if there != given:
                        seen[there, given] = seen.get((there, given), 0) + 1
        return dict(sorted(seen.items(), key=lambda item: (-item[1], item[0])))

    def faults(self) -> Sequence[tuple[Row, frozenset[str]]]:
        """The worst first: clean ones flagged, violations not found at all, wrong labels."""
        wrong = [(row, found) for row, found in self._pairs() if row.labels != found]
        return sorted(wrong, key=lambda pair: _badness(*pair))

    def _pairs(self) -> Iterable[tuple[Row, frozenset[str]]]:
        return zip(self.rows, self.found, strict=True)


def share(part: float, whole: float, otherwise: float = 100.0) -> float:
    """Per cent, to two digits."""
    return round(100 * part / whole, 2) if whole else otherwise


def _without(row: Row, labels: frozenset[str]) -> Row:
    return Row(
        id=row.id,
        text=row.text,
        role=row.role,
        labels=row.labels - labels,
        evasion=row.evasion,
        topic=row.topic,
    )


def _badness(row: Row, found: frozenset[str]) -> int:
    if not row.labels:
        return 0
    return 2 if found else 1
