"""Which children of the roster a text names, by prints: no name is known here.

A child is found by the given name's print, or by the full name's where there is no given name of
two letters. Only where two letters of a text have such a print's tag is the print itself asked for,
and the full name tried around what was found.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Generic, NamedTuple, TypeVar

from streams.fingerprints import Prints, letters_in, tag_in
from streams.naming.words import EVERYDAY, IDIOMS, RELATIONS, SURNAMES
from streams.text import fold
from streams.text.normal import places
from streams.text.ordinary import ordinary_words

LETTERS_MAX: Final = 8_192
"""Letters of a text that are looked at: more than any of the platforms lets a message have."""
SHARED_MAX: Final = 4
"""A given name that more children have says no more who is meant."""
_SHORT: Final = 2
"""Names of so few letters stand in ordinary sentences by chance; longer ones don't."""

# Between the letters of a short name these make it two words. Spaces and other marks don't.
_BREAKS: Final = frozenset("，。！？；：、,.!?;:…—()（）【】[]“”\"'‘’《》/|\n\r")
_PERSON: Final = (
    *(word for family in RELATIONS for word in family if len(word) > 1),
    *("同学", "家长", "小朋友", "宝贝", "宝宝"),
)
# 同学们 and 家长会 are of nobody.
_PEOPLE: Final = frozenset("们会群委")
_DEGREE: Final = frozenset("很真太挺最更好超蛮那这么")
# What stands beside names all day: 和, 的 … is no letter of another word there.
_BEFORE: Final = frozenset("和跟与让给对把被叫是说帮找请问向比但而且我你他她家个位了的")
_BEHIND: Final = frozenset("和跟与的是在又把被也都就还没不说了吧吗呢去来有要让给对今很")

_IDIOMS: Final = {
    idiom[at : at + _SHORT]: [one for one in IDIOMS if idiom[at : at + _SHORT] in one]
    for idiom in IDIOMS
    for at in range(len(idiom) - 1)
}
_BESIDE: Final = 4
"""Letters beside a name that say what it is: the longest of `_PERSON` and one of `_PEOPLE`."""

K = TypeVar("K")


class Named(NamedTuple, Generic[K]):
    """A child that a text names, and where it stands in the text, as of a slice."""

    key: K
    start: int
    end: int


class _Place(NamedTuple):
    """Letters that have a child's print, as of a slice of the folded text."""

    name: int
    start: int
    end: int


class ChildIndex(Generic[K]):
    """The children of a group, looked up in texts. It is made anew when the roster changes.

    `children`: key, full name's print and given name's print (0: none) of each, as of
    `roster_prints`: the given name is the full one's end or its beginning. Of those with one full
    name the first one's key stands. `prints`: what made them.
    """

    def __init__(self, children: Iterable[tuple[K, int, int]], prints: Prints) -> None:
        self._prints = prints
        self._keys: dict[int, K] = {}
        self._fulls: dict[int, list[int]] = {}
        for key, full, given in children:
            if letters_in(full) >= _SHORT and full not in self._keys:
                self._keys[full] = key
                found_by = given if letters_in(given) >= _SHORT else full
                self._fulls.setdefault(found_by, []).append(full)
        self._tags = frozenset(map(tag_in, self._fulls))
        self._lengths = sorted(set(map(letters_in, self._fulls)))

    def named(self, text: str) -> tuple[Named[K], ...]:
        """The children that a text names, in order: by full names, the longest first, and then by
        given names where no full name stands. A given name that a few children share names each of
        them, at one place, but for those of whom the text has the full name. Total over any string.
        """
        # Most texts name nobody, and end here.
        if self._tags.isdisjoint(self._prints.tags_in(text)):
            return ()
        letters = fold(text)[:LETTERS_MAX]
        found = list(self._found(letters))
        if not found:
            return ()
        at = places(text)[:LETTERS_MAX]
        meant = (one for one in found if self._is_meant(text, letters, at, one))
        taken = sorted(_apart(self._best_first(meant), at), key=lambda one: one.start)
        full = {one.name for one in taken if one.name in self._keys}
        return tuple(
            Named(self._keys[name], at[one.start], at[one.end - 1] + 1)
            for one in taken
            for name in self._whose(one.name, full)
        )

    def replaced(self, text: str, word: str) -> str:
        """The text with `word` in place of every name."""
        parts, behind = [], 0
        for start, end in dict.fromkeys((one.start, one.end) for one in self.named(text)):
            parts += [text[behind:start], word]
            behind = end
        return "".join((*parts, text[behind:]))

    def _found(self, letters: str) -> Iterator[_Place]:
        """Where a name's print stands: given names, and the full names around them."""
        for start, tag in enumerate(self._prints.tags(letters)):
            if tag in self._tags:
                for length in self._lengths:
                    name = self._print_of(letters, start, start + length)
                    if name in self._fulls:
                        yield _Place(name, start, start + length)
                        yield from self._around(letters, name, start, start + length)

    def _around(self, letters: str, given: int, start: int, end: int) -> Iterator[_Place]:
        for length in sorted(set(map(letters_in, self._fulls[given])) - {end - start}):
            for first in (end - length, start):
                full = self._print_of(letters, first, first + length)
                if full in self._keys:
                    yield _Place(full, first, first + length)

    def _print_of(self, letters: str, start: int, end: int) -> int:
        if start < 0 or end > len(letters):
            return 0
        return self._prints.of_letters(letters[start:end])

    def _is_meant(self, text: str, letters: str, at: Sequence[int], one: _Place) -> bool:
        if one.name not in self._keys and len(self._fulls[one.name]) > SHARED_MAX:
            return False
        if one.end - one.start > _SHORT:
            return True
        if not _is_whole(text, at[one.start], at[one.end - 1]):
            return False
        left, right = _phrase(text, at, one)
        phrase, start, end = letters[left:right], one.start - left, one.end - left
        if one.name not in self._keys and _is_of_others(phrase, start):
            return False
        return _is_person(phrase, end) or not _is_word(phrase, start, end)

    def _best_first(self, found: Iterable[_Place]) -> Sequence[_Place]:
        return sorted(
            found, key=lambda one: (one.name not in self._keys, one.start - one.end, one.start)
        )

    def _whose(self, name: int, full: set[int]) -> Sequence[int]:
        if name in self._keys:
            return (name,)
        children = self._fulls[name]
        return [child for child in children if child in full] or children


def _apart(found: Iterable[_Place], at: Sequence[int]) -> Iterator[_Place]:
    """Those that share no character of the text (`at`: the letters' places) with one before."""
    taken = bytearray(at[-1] + 1)
    for one in found:
        start, end = at[one.start], at[one.end - 1] + 1
        if not any(taken[start:end]):
            taken[start:end] = b"\1" * (end - start)
            yield one


def _phrase(text: str, at: Sequence[int], one: _Place) -> tuple[int, int]:
    """The letters around a name that may be of one word or saying with it, as of a slice."""
    left, right = one.start, one.end
    while max(0, one.start - _BESIDE) < left and _is_whole(text, at[left - 1], at[left]):
        left -= 1
    while right < min(len(at), one.end + _BESIDE) and _is_whole(text, at[right - 1], at[right]):
        right += 1
    return left, right


def _is_whole(text: str, first: int, second: int) -> bool:
    return _BREAKS.isdisjoint(text[first:second])


def _is_of_others(letters: str, start: int) -> bool:
    """Whether a surname stands before a given name: with the child's own it would be a full name.
    What ends a word there is none: 国王.
    """
    return letters[start - 1 : start] in SURNAMES and not _ends_word(letters, start)


def _is_person(letters: str, end: int) -> bool:
    """Whether the letters up to here are somebody, by what follows: 同学, 妈妈."""
    if not letters.startswith(_PERSON, end):
        return False
    word = next(word for word in _PERSON if letters.startswith(word, end))
    return letters[end + len(word) : end + len(word) + 1] not in _PEOPLE


def _is_word(letters: str, start: int, end: int) -> bool:
    """Whether these letters are a word, or parts of words, rather than a name."""
    name = letters[start:end]
    if name in EVERYDAY:
        return True
    if any(idiom in letters for idiom in _IDIOMS.get(name, ())):
        return True
    words = ordinary_words(letters, (start, end))
    return any(_is_split(letters, (start, end), word) for word in words)


def _is_split(letters: str, name: tuple[int, int], word: tuple[int, int]) -> bool:
    """Whether an ordinary word takes a letter from the name, with nothing to say that it doesn't:
    可 and 欣赏, but 浩然 and 后来, where a word begins behind the name.
    """
    start, end = name
    first, behind = word
    if first >= start and behind <= end:
        # 很文静 is no 文静 who came.
        return word == name and letters[start - 1 : start] in _DEGREE
    if first <= start and behind >= end:
        return True
    if first < start:
        return letters[start - 1] not in _BEFORE and not _ends_word(letters, start)
    return letters[end] not in _BEHIND and not _begins_word(letters, end)


def _begins_word(letters: str, start: int) -> bool:
    return any(first == start for first, _ in ordinary_words(letters, (start, start + 1)))


def _ends_word(letters: str, end: int) -> bool:
    return any(behind == end for _, behind in ordinary_words(letters, (end - 1, end)))
