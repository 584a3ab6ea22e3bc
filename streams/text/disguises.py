"""Words in disguise: look-alikes, parts, initials, pinyin, sound-alikes, repeats, strewn letters.

What is written in initials is worked out ahead: each word brings those ways to the one automaton
that looks for the words themselves. What sounds alike is found in the text's readings, by a second
one; what looks alike by a third, in the text with one character for all that look like it. What has
more letters than the word is found after they are left out, or put together where they are parts of
a character.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache
from itertools import chain, islice
from typing import Final, Generic, NamedTuple, TypeVar

from ahocorasick_rs import AhoCorasick, MatchKind
from msgspec import Struct

from streams.text.initials import abbreviated
from streams.text.lookalikes import LOOKALIKES, SHOWN, looks
from streams.text.normal import fold, places, skeleton
from streams.text.ordinary import ordinary_words
from streams.text.parts import Compositions
from streams.text.pinyin import may_be_spelled, spelled, spellings
from streams.text.row import Row

Hit = tuple[int, int, int]
"""A word's number, and its start and end in the normal form."""

TWICE: Final = re.compile(r"(.)\1+")
"""A letter that is repeated. Python's own engine has nothing to go back to in it."""

SUSPECTS_MAX: Final = 400
"""Suspicions looked into in one message, of each kind: a bound on the work, not on sense."""

_CACHED: Final = 4096
_KNOWN_MAX: Final = 16_384

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
COMMON: Final = frozenset(
    "的了吧呢啊是在有我你他她它们这那到不也就都还说看去来走上下大小一人个和与可要会能把被给让对为以从"
    "用做想没又再才很最更已年月日天时里中后前多少几什么怎样哪谁"
)
_COMMON_SHORT: Final = COMMON | frozenset("吗嘛呀啦哦着过得地请用家门生子学新高长名本")

# English (and file) words that fall into the syllables of a word.
_ENGLISH: Final = frozenset(
    {
        *("made", "make", "male", "same", "name", "game", "page", "sage", "wage", "cake", "lake"),
        *("take", "bike", "dike", "hike", "mike", "pike", "bite", "site", "kite", "date", "dare"),
        *("care", "mare", "bare", "hare", "mama", "papa", "baba", "nana", "lala", "women", "woman"),
        *("china", "change", "orange", "dance", "lance", "banana", "tango", "mango", "bingo"),
        *("sushi", "tofu", "panda", "ninja", "miami", "texas", "nike", "benz", "gucci"),
    }
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


class _Sound(NamedTuple):
    """A word that something sounds like, whether it is strange enough to be meant without more, and
    the places of other letters.
    """

    word: int
    alone: bool
    differing: Sequence[int]


M = TypeVar("M")


class Echoes(Generic[M]):
    """Words by a code that others have too: how they sound, how they look."""

    def __init__(
        self,
        words_of: Mapping[str, Sequence[int]],
        mean: Callable[[Sequence[int], str], Sequence[M]],
    ) -> None:
        """`mean`: what a part of a text that has the code of some words means; most parts mean
        nothing: they are one of the words, or too far from it.
        """
        self.words_of = list(words_of.values())
        self._mean = mean
        self._known: dict[str, Sequence[M]] = {}
        self._nothing: set[str] = set()
        self.automaton = AhoCorasick(list(words_of), matchkind=MatchKind.Standard)

    def find(self, codes: str, row: Row) -> dict[int, list[tuple[Sequence[M], int, int]]]:
        """What stands in the texts of a row, `codes` being their codes: by the text's number the
        meaning, start and end of each place.
        """
        places = self.automaton.find_matches_as_indexes(codes, overlapping=True)
        shape, nothing = row.shape, self._nothing
        # Most parts are known to mean nothing: what is done for each of them is little.
        some = [
            (part, place) for place in places if (part := shape[place[1] : place[2]]) not in nothing
        ]
        kept = [
            (meant, start, end)
            for part, (pattern, start, end) in some
            if (meant := self._known.get(part) or self._learn(pattern, part))
        ]
        found: dict[int, list[tuple[Sequence[M], int, int]]] = {}
        for number, place in row.placed(kept):
            found.setdefault(number, []).append(place)
        return found

    def _learn(self, pattern: int, part: str) -> Sequence[M]:
        # A part has one code, so it can be known without it.
        meant = self._mean(self.words_of[pattern], part)
        if len(self._known) + len(self._nothing) >= _KNOWN_MAX:
            self._known.clear()
            self._nothing.clear()
        if meant:
            self._known[part] = meant
        else:
            self._nothing.add(part)
        return meant


class Disguises:
    """The spellings in which words may be disguised, ready to be looked for."""

    def __init__(
        self, words: Mapping[int, str], eligible: AbstractSet[int], traded: AbstractSet[int]
    ) -> None:
        """Words by their numbers. `eligible`: which of them may be in disguise; `traded`: which are
        worth hiding by their sound alone, two characters long.
        """
        self._words = words
        self._traded = traded
        listed = frozenset(words.values())
        hiding: dict[int, str] = {}
        self.variants: dict[str, tuple[int, ...]] = {}
        sounds: dict[str, list[int]] = {}
        shown: dict[str, list[int]] = {}
        squeezed: dict[str, list[int]] = {}
        for number, word in words.items():
            if TWICE.search(word):
                squeezed.setdefault(squeeze(word), []).append(number)
            if number not in eligible or not _can_hide(word):
                continue
            hiding[number] = word
            for variant in map(skeleton, abbreviated(word)):
                # Most stand for one word: a tuple is made sooner than a list.
                if variant not in listed:
                    known = self.variants.get(variant)
                    self.variants[variant] = (*known, number) if known else (number,)
            for codes in spellings(word):
                sounds.setdefault(codes, []).append(number)
            shown.setdefault(looks(word), []).append(number)
        self.hiding = hiding.keys()
        self.compositions = Compositions(dict.fromkeys(chain.from_iterable(hiding.values())))
        self._listed = listed
        self._looks = Echoes(shown, self._looking)
        self._sounds = Echoes(sounds, self._sounding)
        squeezed = {word: numbers for word, numbers in squeezed.items() if len(word) > 1}
        self._squeezed_of = list(squeezed.values())
        self._squeezed = AhoCorasick(list(squeezed), matchkind=MatchKind.Standard)

    def drawn(self, shape: str, word: int, start: int, end: int) -> Iterator[Suspect]:
        """A variant that was found, if the letters that differ are no word of their own."""
        part = shape[start:end]
        if part.isascii():
            yield Suspect(word, start, end, len(part) > _VAGUE)
            return
        spelling = self._words[word]
        other = [at for at in _differing(shape, start, end, spelling) if _is_han(shape[at])]
        if end - start > len(spelling):
            if not _are_words(shape, (start, end), other):
                yield Suspect(word, start, end)
        elif not other or _sense(shape, (start, end), other) == _NONE:
            shared = [sign for sign in part if sign in spelling]
            strange = len(part) > 2 or not _COMMON_SHORT.issuperset(shared)
            yield Suspect(word, start, end, strange)

    def alike(self, row: Row) -> dict[int, list[Suspect]]:
        """Words that sound or look like what stands in the texts of a row, by the text's number."""
        suspects: dict[int, list[Suspect]] = {}
        for number, heard in self._sounds.find(row.codes, row).items():
            suspects[number] = list(self._heard(row.shapes[number], heard[:SUSPECTS_MAX]))
        for number, seen in self._looks.find(row.looks, row).items():
            for words, start, end in seen[:SUSPECTS_MAX]:
                for word in words:
                    drawn = self.drawn(row.shapes[number], word, start, end)
                    suspects.setdefault(number, []).extend(drawn)
        return suspects

    def _heard(
        self, shape: str, found: Iterable[tuple[Sequence["_Sound"], int, int]]
    ) -> Iterator[Suspect]:
        for sounds, start, end in found:
            for word, alone, differing in sounds:
                sense = _sense(shape, (start, end), [start + at for at in differing])
                # 威信 is a word, 加威信 is none: with company it is 加微信.
                if sense == _NONE or (sense == _WITHIN and end - start > 2):
                    # Of two characters one is little to go by: 卢沟 is a bridge, 好巧 no 好俏.
                    told = end - start > 2 or word in self._traded
                    yield Suspect(word, start, end, alone and told and sense == _NONE)

    def _sounding(self, words: Sequence[int], part: str) -> Sequence["_Sound"]:
        """The words that a part of a text sounds like, as `_heard` has it."""
        heard = ((word, _how_heard(self._words[word], part)) for word in words)
        return tuple(_Sound(word, *how) for word, how in heard if how is not None)

    def _looking(self, words: Sequence[int], part: str) -> Sequence[int]:
        """The words that a part of a text looks like, with another character in one place."""
        if part in self._listed:
            return ()
        return tuple(word for word in words if _is_drawn(self._words[word], part))

    def spelled(self, text: str, shape: str) -> Iterator[Suspect]:
        """Words that stand in pinyin, whole or in part."""
        folded = fold(text)
        if not may_be_spelled(text, folded):
            return
        read = spelled(folded, shape, places(text))
        if read is None:
            return
        found = self._sounds.automaton.find_matches_as_indexes(read.codes, overlapping=True)
        for pattern, first, last in found[:SUSPECTS_MAX]:
            start, end = read.starts[first], read.starts[last]
            part = shape[start:end]
            if _LATIN.isdisjoint(part) or part in _ENGLISH or len(part) < 3:
                continue
            for word in self._sounds.words_of[pattern]:
                if part != self._words[word]:
                    yield Suspect(word, start, end, whole=True)

    def repeated(self, shape: str, squeezed: str, met: Iterable[Hit]) -> Iterator[Suspect]:
        """Words of which a letter is written several times. `squeezed`: the shape with each letter
        once where it is repeated; `met`: the words that stand in it.
        """
        starts = [at for at, sign in enumerate(shape) if at == 0 or sign != shape[at - 1]]
        starts.append(len(shape))
        several = self._squeezed.find_matches_as_indexes(squeezed, overlapping=True)
        doubled = (
            (word, first, last)
            for pattern, first, last in several
            for word in self._squeezed_of[pattern]
        )
        for word, first, last in islice(chain(met, doubled), SUSPECTS_MAX):
            span = _repeats(self._words[word], starts, first, last)
            if span and not _is_doubled(shape, span, self._words[word]):
                yield Suspect(word, *span)


def _is_drawn(word: str, part: str) -> bool:
    """Whether a part of a text is a word with a look-alike in one place, and not a word anyway."""
    other = [at for at, sign in enumerate(part) if sign != word[at]]
    if len(other) != 1 or part[other[0]] not in SHOWN.get(word[other[0]], ""):
        return False
    return part[other[0]] in word or _sense(part, (0, len(part)), other) == _NONE


def _how_heard(word: str, part: str) -> tuple[bool, Sequence[int]] | None:
    """How a part of a text that sounds like a word differs from it: whether it is strange enough to
    be meant without more, and the places of other letters. None if it is the word itself or shares
    too little with it.
    """
    if part == word or len(part) != len(word):
        return None
    differing = [at for at, sign in enumerate(part) if sign not in word]
    alike = all(
        sign == own or sign in LOOKALIKES.get(own, "") for sign, own in zip(part, word, strict=True)
    )
    shared = [sign for sign in part if sign in word]
    # What everybody says (我) is no word's own.
    if len(word) < 4 and not alike and _COMMON_SHORT.issuperset(shared):
        return None
    # What has a sense by itself keeps it, whatever stands around it.
    if _sense(part, (0, len(part)), differing) == _WHOLE:
        return None
    return alike or bool(shared), differing


def _can_hide(word: str) -> bool:
    return 2 <= len(word) <= _WORD_MAX and any(map(_is_han, word))


def _differing(shape: str, start: int, end: int, word: str) -> list[int]:
    """The places of letters that the word does not have."""
    return [at for at in range(start, end) if shape[at] not in word]


def _is_han(sign: str) -> bool:
    return ord(sign) in _HAN


def _are_words(text: str, span: tuple[int, int], parts: Sequence[int]) -> bool:
    """Whether what may be a character's parts is an ordinary word, or one crosses the ends."""
    start, end = span
    return any(
        first < start or last > end or all(at in parts for at in range(first, last))
        for first, last in ordinary_words(text, span)
    )


_NONE: Final = 0
_WITHIN: Final = 1
_WHOLE: Final = 2


def _sense(text: str, span: tuple[int, int], other: Sequence[int]) -> int:
    """What ordinary words make of the letters that are not the word's own: nothing, a word within
    the stretch, or so much that it is innocent: they fill the stretch or cross its ends.

    The commonest characters are words by themselves.
    """
    start, end = span
    if all(text[at] in (COMMON if end - start > 2 else _COMMON_SHORT) for at in other):
        return _WHOLE
    sense = _NONE
    for first, last in ordinary_words(text, span):
        if first < start or last > end or last - first == end - start:
            return _WHOLE
        if any(first <= at < last for at in other):
            sense = _WITHIN
    return sense


def squeeze(shape: str) -> str:
    """A normal form with each letter once where it is repeated."""
    return TWICE.sub(r"\1", shape)


def are_repeated(row: Row) -> list[int]:
    """The numbers of the texts in which a letter is repeated, but for those in a word (妈妈)."""
    twice = [
        (match[1], match.start(), match.end())
        for match in TWICE.finditer(row.shape)
        if len(match[0]) >= _repetition(match[1])
    ]
    return list(dict.fromkeys(number for number, _ in row.placed(twice)))


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


@lru_cache(maxsize=_CACHED)
def _repetition(sign: str) -> int:
    """So many of a letter are a repetition: two, or three where two are a word (妈妈)."""
    return 3 if any(ordinary_words(sign * 2, (0, 2))) else 2


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


def gaps_in(shape: str) -> frozenset[int]:
    """The places of letters strewn between Chinese characters."""
    found: list[int] = []
    behind = -1
    for at, sign in enumerate(shape):
        if sign in _STREWN:
            continue
        if 0 <= behind < at - 1 <= behind + _STREWN_MAX:
            found.extend(range(behind + 1, at))
        behind = at if ord(sign) in _HAN else -1
    return frozenset(found)
