"""Words in disguise: look-alikes, parts, initials, pinyin, sound-alikes, repeats, strewn letters.

What is drawn differently is worked out ahead: each word brings the ways in which it may be written
to the one automaton that looks for the words themselves. What sounds alike is found in the text's
readings, by a second one. What has more letters than the word is found after they are left out.
"""

from collections.abc import Iterator, Sequence
from itertools import chain
from operator import eq
from typing import Final

from ahocorasick_rs import AhoCorasick, MatchKind
from msgspec import Struct

from streams.text.initials import abbreviated
from streams.text.lookalikes import LOOKALIKES
from streams.text.ordinary import ordinary_words
from streams.text.parts import divisions
from streams.text.pinyin import readings, spelled, spellings

SUSPECTS_MAX: Final = 400
"""Suspicions looked into in one message, of each kind: a bound on the work, not on sense."""

_WORD_MAX: Final = 8
"""Longer words are not looked for in disguise: their parts are words too."""

_HAN: Final = range(0x4E00, 0xA000)
_LATIN: Final = frozenset("abcdefghijklmnopqrstuvwxyz")
_STREWN: Final = _LATIN | frozenset(map(chr, range(0x3041, 0x3100)))
_STREWN_MAX: Final = 2
"""So many letters may be strewn between two characters."""

_VAGUE: Final = 2
"""Initials of so many letters stand for too much to say anything by themselves."""

# Characters that are words by themselves wherever they stand.
_COMMON: Final = frozenset(
    "的了吧呢啊是在有我你他她它们这那到不也就都还说看去来走上下大小一人个和与可要会能把被给让对为以从"
    "用做想没又再才很最更已年月日天时里中后前多少几什么怎样哪谁"
)
_COMMON_SHORT: Final = _COMMON | frozenset("吗嘛呀啦哦着过得地请用家门生子学新高长名本")

# English (and file) words that fall into the syllables of a word.
_ENGLISH: Final = frozenset(
    "made make male same name game gang bang hang wang fan pan can man women woman mama papa baba "
    "nana lala china page cage sage wage bake cake lake take bike dike hike mike pike bite site kite "
    "date dare care mare ware bare hare change orange dance lance pengpeng banana tango mango bingo "
    "sushi tofu kung panda ninja miami texas".split()
)


class Suspect(Struct, frozen=True, gc=False):
    """A place where a word may stand in disguise: its number, start and end in the normal form.

    `alone`: it may be a finding without another word of the same kind. `whole`: it begins and ends
    with a syllable, also where another Latin letter stands beside it.
    """

    word: int
    start: int
    end: int
    alone: bool = True
    whole: bool = False


class Disguises:
    """The spellings in which words may be disguised, ready to be looked for."""

    def __init__(self, words: Sequence[str], eligible: Sequence[bool]) -> None:
        self._words = words
        listed = frozenset(words)
        self.variants: dict[str, list[int]] = {}
        sounds: dict[str, list[int]] = {}
        squeezed: dict[str, list[int]] = {}
        for number, word in enumerate(words):
            squeezed.setdefault(_squeeze(word), []).append(number)
            if not eligible[number] or not _can_hide(word):
                continue
            for variant in _variants(word):
                if variant not in listed:
                    self.variants.setdefault(variant, []).append(number)
            for codes in spellings(word):
                sounds.setdefault(codes, []).append(number)
        self._sounds_of = list(sounds.values())
        self._sounds = AhoCorasick(list(sounds), matchkind=MatchKind.Standard)
        squeezed = {word: numbers for word, numbers in squeezed.items() if len(word) > 1}
        self._squeezed_of = list(squeezed.values())
        self._squeezed = AhoCorasick(list(squeezed), matchkind=MatchKind.Standard)

    def drawn(self, skeleton: str, word: int, start: int, end: int) -> Iterator[Suspect]:
        """A variant that was found, if the letters that differ are no word of their own."""
        part = skeleton[start:end]
        if part.isascii():
            yield Suspect(word, start, end, len(part) > _VAGUE)
            return
        own, other = _differing(skeleton, start, end, self._words[word])
        other = [at for at in other if skeleton[at] not in _LATIN]
        if not other or not _is_ordinary(skeleton, (start, end), other):
            yield Suspect(word, start, end, bool(own))

    def sounding(self, skeleton: str) -> Iterator[Suspect]:
        """Words that sound like what stands in a text of Chinese characters."""
        codes = readings(skeleton)
        found = self._sounds.find_matches_as_indexes(codes, overlapping=True)
        for pattern, start, end in found[:SUSPECTS_MAX]:
            for word in self._sounds_of[pattern]:
                yield from self._heard(skeleton, word, start, end)

    def spelled(self, folded: str, skeleton: str, places: Sequence[int]) -> Iterator[Suspect]:
        """Words that stand in pinyin, whole or in part."""
        text = spelled(folded, skeleton, places)
        if text is None:
            return
        found = self._sounds.find_matches_as_indexes(text.codes, overlapping=True)
        for pattern, first, last in found[:SUSPECTS_MAX]:
            start, end = text.starts[first], text.starts[last]
            part = skeleton[start:end]
            if _LATIN.isdisjoint(part) or part in _ENGLISH or len(part) < 3:
                continue
            for word in self._sounds_of[pattern]:
                if part != self._words[word]:
                    yield Suspect(word, start, end, whole=True)

    def _heard(self, skeleton: str, word: int, start: int, end: int) -> Iterator[Suspect]:
        spelling = self._words[word]
        if skeleton[start:end] == spelling or len(spelling) != end - start:
            return
        own, other = _differing(skeleton, start, end, spelling)
        if not _is_ordinary(skeleton, (start, end), other):
            yield Suspect(word, start, end, bool(own) and end - start > 2)

    def repeated(self, skeleton: str) -> Iterator[Suspect]:
        """Words of which a letter is written several times."""
        if not any(map(eq, skeleton, skeleton[1:])):
            return
        starts = [at for at, sign in enumerate(skeleton) if at == 0 or sign != skeleton[at - 1]]
        squeezed = "".join([skeleton[at] for at in starts])
        starts.append(len(skeleton))
        found = self._squeezed.find_matches_as_indexes(squeezed, overlapping=True)
        for pattern, first, last in found[:SUSPECTS_MAX]:
            for word in self._squeezed_of[pattern]:
                span = _repeats(self._words[word], starts, first, last)
                if span and not _is_doubled(skeleton, span, self._words[word]):
                    yield Suspect(word, *span)

    def strewn(self, skeleton: str, words: AhoCorasick, count: int) -> Iterator[Suspect]:
        """Words between whose letters stand others (代a购)."""
        gaps = _gaps(skeleton)
        if not gaps:
            return
        kept = [at for at in range(len(skeleton)) if at not in gaps]
        joined = "".join([skeleton[at] for at in kept])
        found = words.find_matches_as_indexes(joined, overlapping=True)
        for word, first, last in found[:SUSPECTS_MAX]:
            start, end = kept[first], kept[last - 1] + 1
            if word < count and end - start > last - first:
                yield Suspect(word, start, end)


def _can_hide(word: str) -> bool:
    return 2 <= len(word) <= _WORD_MAX and any(ord(sign) in _HAN for sign in word)


def _variants(word: str) -> Iterator[str]:
    """The ways in which a word may be drawn: one look-alike, one or all characters in parts,
    initials.
    """
    for at, sign in enumerate(word):
        before, behind = word[:at], word[at + 1 :]
        for other in chain(LOOKALIKES.get(sign, ""), divisions(sign)):
            yield f"{before}{other}{behind}"
    taken_apart = ["".join(divisions(sign)[:1]) or sign for sign in word]
    if len(word) <= 4:
        yield "".join(taken_apart)
    yield from abbreviated(word)


def _differing(
    skeleton: str, start: int, end: int, word: str
) -> tuple[list[int], list[int]]:
    """The places of letters that are the word's own, and of those that are not."""
    own: list[int] = []
    other: list[int] = []
    for at in range(start, end):
        (own if skeleton[at] in word else other).append(at)
    return own, other


def _is_ordinary(text: str, span: tuple[int, int], other: Sequence[int]) -> bool:
    """Whether ordinary words explain the letters that are not the word's own, or cross its ends.

    The commonest characters are words by themselves.
    """
    start, end = span
    if all(text[at] in (_COMMON if end - start > 2 else _COMMON_SHORT) for at in other):
        return True
    return any(
        (first < start or last > end) or any(first <= at < last for at in other)
        for first, last in ordinary_words(text, span)
    )


def _squeeze(word: str) -> str:
    return "".join(sign for at, sign in enumerate(word) if at == 0 or sign != word[at - 1])


def _repeats(word: str, starts: Sequence[int], first: int, last: int) -> tuple[int, int] | None:
    """The stretch in which a word stands with some letters repeated: each as often as the word
    has it or more, and one of them more often.
    """
    counts = [b - a for a, b in zip(starts[first:last], starts[first + 1 : last + 1], strict=True)]
    wanted = [0]
    for at, sign in enumerate(word):
        if at and sign != word[at - 1]:
            wanted.append(0)
        wanted[-1] += 1
    # At the ends a letter more may belong to what stands before or behind.
    inner = any(have > want for have, want in zip(counts, wanted, strict=True))
    if not inner or any(have < want for have, want in zip(counts, wanted, strict=True)):
        return None
    return starts[first], starts[last]


def _is_doubled(text: str, span: tuple[int, int], word: str) -> bool:
    """Whether a pair of letters is an ordinary word (妈妈), which makes it no repetition."""
    start, end = span
    return any(
        text[first] == text[first + 1] and text[first] * 2 not in word
        for first, last in ordinary_words(text, span)
        if last - first == 2 and start <= first and last <= end and not _is_tripled(text, first)
    )


def _is_tripled(text: str, at: int) -> bool:
    return text[at : at + 3] == text[at] * 3 or (at > 0 and text[at - 1] == text[at])


def _gaps(skeleton: str) -> frozenset[int]:
    """The places of letters strewn between Chinese characters."""
    found: list[int] = []
    behind = -1
    for at, sign in enumerate(skeleton):
        if sign in _STREWN:
            continue
        if 0 <= behind < at - 1 <= behind + _STREWN_MAX:
            found.extend(range(behind + 1, at))
        behind = at if ord(sign) in _HAN else -1
    return frozenset(found)
