"""Words looked for as they are written and in every disguise, in many texts at once."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import islice
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick, MatchKind

from streams.text.disguises import (
    SUSPECTS_MAX,
    Disguises,
    Hit,
    Suspect,
    are_repeated,
    gaps_in,
    squeeze,
)
from streams.text.row import Row


class Seen(NamedTuple):
    """What a text seems to hold: words as they are written, and words in disguise."""

    hits: list[Hit]
    suspects: list[Suspect]


def _nothing() -> Seen:
    return Seen([], [])


def look(lookouts: Sequence["Lookout"], row: Row) -> dict[int, Seen]:
    """What the texts of a row seem to hold, by the text's number; of most, nothing."""
    seen = lookouts[0].look(row) if lookouts else {}
    for lookout in lookouts[1:]:
        for number, more in lookout.look(row).items():
            known = seen.setdefault(number, Seen([], []))
            known.hits.extend(more.hits)
            known.suspects.extend(more.suspects)
    return seen


class Lookout:
    """Words by their numbers, made ready to be looked for."""

    def __init__(
        self, words: Mapping[int, str], eligible: AbstractSet[int], traded: AbstractSet[int]
    ) -> None:
        """`eligible`: the words that may be in disguise; `traded`: see `Disguises`."""
        self._disguises = Disguises(words, eligible, traded)
        variants = self._disguises.variants
        self._numbers = list(words)
        self._meant = list(variants.values())
        patterns = [*words.values(), *variants]
        self._automaton = AhoCorasick(patterns, matchkind=MatchKind.Standard)

    def look(self, row: Row) -> dict[int, Seen]:
        """What the texts of a row seem to hold of these words."""
        seen: defaultdict[int, Seen] = defaultdict(_nothing)
        self._see(row, seen)
        if not self._disguises.hiding:
            return seen
        for number, suspects in self._disguises.alike(row).items():
            if suspects:
                seen[number].suspects.extend(suspects)
        for number, suspects in self._composed(row).items():
            seen[number].suspects.extend(suspects)
        for number in are_repeated(row):
            if suspects := list(self._repeated(row.shapes[number])):
                seen[number].suspects.extend(suspects)
        # A form has no capitals: it has small letters where it has any that can be.
        if row.shape.islower():
            for number, shape in enumerate(row.shapes):
                if shape.islower():
                    self._spell(row.texts[number], shape, number, seen)
        return seen

    def _see(self, row: Row, seen: Mapping[int, Seen]) -> None:
        """Words as they are, or their initials."""
        numbers, count = self._numbers, len(self._numbers)
        drawn: dict[int, list[Hit]] = {}
        met = self._automaton.find_matches_as_indexes(row.shape, overlapping=True)
        for number, hit in row.placed(met):
            if hit[0] < count:
                seen[number].hits.append((numbers[hit[0]], hit[1], hit[2]))
            else:
                drawn.setdefault(number, []).append(hit)
        for number, hits in drawn.items():
            if suspects := list(self._drawn(row.shapes[number], hits)):
                seen[number].suspects.extend(suspects)

    def _repeated(self, shape: str) -> Iterator[Suspect]:
        """Words of which a letter is written several times."""
        squeezed = squeeze(shape)
        return self._disguises.repeated(shape, squeezed, self._words_in(squeezed))

    def _words_in(self, shape: str) -> Iterator[Hit]:
        """The words that stand in a form as they are."""
        for pattern, start, end in self._automaton.find_matches_as_indexes(shape, overlapping=True):
            if pattern < len(self._numbers):
                yield self._numbers[pattern], start, end

    def _composed(self, row: Row) -> dict[int, list[Suspect]]:
        """Words with characters in parts, by the text's number."""
        parts: dict[int, list[Hit]] = {}
        for number, part in row.placed(self._disguises.compositions.find(row.shape)):
            parts.setdefault(number, []).append(part)
        met = {at: list(self._put_together(row.shapes[at], found)) for at, found in parts.items()}
        return {number: suspects for number, suspects in met.items() if suspects}

    def _put_together(self, shape: str, parts: Sequence[Hit]) -> Iterator[Suspect]:
        """Words that a text holds when its parts are put together."""
        hiding = self._disguises.hiding
        for text in self._disguises.compositions.put_together(shape, parts[:SUSPECTS_MAX]):
            for word, first, last in self._words_in(text.shape):
                start, end = text.starts[first], text.ends[last - 1]
                if end - start > last - first and word in hiding:
                    yield from self._disguises.drawn(shape, word, start, end)

    def _spell(self, text: str, shape: str, number: int, seen: Mapping[int, Seen]) -> None:
        """Words in pinyin, and words with Latin letters strewn between theirs."""
        suspects = list(self._disguises.spelled(text, shape))
        suspects += self._strewn(shape)
        if suspects:
            seen[number].suspects.extend(suspects)

    def _drawn(self, shape: str, met: Sequence[Hit]) -> Iterator[Suspect]:
        """Words of which the automaton met a variant."""
        count = len(self._numbers)
        variants = [hit for hit in met if hit[0] - count < len(self._meant)]
        for variant, start, end in variants[:SUSPECTS_MAX]:
            for word in self._meant[variant - count]:
                yield from self._disguises.drawn(shape, word, start, end)

    def _strewn(self, shape: str) -> Iterator[Suspect]:
        """Words between whose letters stand others (代a购)."""
        gaps = gaps_in(shape)
        if not gaps:
            return
        kept = [at for at in range(len(shape)) if at not in gaps]
        joined = "".join([shape[at] for at in kept])
        for word, first, last in islice(self._words_in(joined), SUSPECTS_MAX):
            start, end = kept[first], kept[last - 1] + 1
            if end - start > last - first:
                yield Suspect(word, start, end)
