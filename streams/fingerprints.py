"""What is kept of a text: the keyed hash of its normal form, never the text."""

from array import array
from collections.abc import Iterator
from functools import lru_cache
from hashlib import blake2b
from operator import add
from typing import TYPE_CHECKING, Final

from xxhash import xxh3_64_intdigest

from streams.identity import fingerprint
from streams.text import fold, is_acknowledgement, repeated_line

if TYPE_CHECKING:
    Numbers = array[int]
else:  # Python 3.11 can't subscript it.
    Numbers = array

ACKNOWLEDGED: Final = -1
"""In place of a bare acknowledgement's print: it breaks a run and counts in none."""
KNOWN_MAX: Final = 32_768
LENGTH_MAX: Final = 256
"""Longer texts seldom come again, and enough of them would fill the memory."""
NAME_LETTERS_MAX: Final = 63
"""A longer name is no person's, and has no print."""

Print = tuple[int, int]
"""A text's print (0: nothing to compare) and how often one line stands in it.

No line of an acknowledgement, nor of a text without words, is ever one of a run.
"""

_TAG: Final = 0xFFF << NAME_LETTERS_MAX.bit_length()


def letters_in(name: int) -> int:
    """How many letters the name has, in its normal form, whose print this is."""
    return name & NAME_LETTERS_MAX


def tag_in(name: int) -> int:
    """The tag (`Prints.tags`) of the first two letters of the name whose print this is."""
    return name & _TAG


class _Tags(dict[str, int]):
    """The tags of pairs of letters, kept: texts are made of the same few thousand, and to look one
    up costs a quarter of a hash.
    """

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._seed = seed

    def __missing__(self, pair: str) -> int:
        tag = xxh3_64_intdigest(pair.encode(), self._seed) & _TAG
        if len(self) >= KNOWN_MAX:
            self.clear()
        self[pair] = tag
        return tag


class Prints:
    """The prints of texts under one key.

    Many messages are the same few words, so what was found is kept in `known`; that holds texts in
    memory only, where the records themselves are.
    """

    def __init__(self, secret: bytes) -> None:
        self.known: dict[str, Print] = {}
        self._secret = secret
        seed = int.from_bytes(blake2b(b"tags", digest_size=8, key=secret).digest(), "big")
        self._tags = _Tags(seed)
        self._tagged: dict[str, Numbers] = {}

    def of(self, text: str) -> Print:
        """A text's print, as it is known or as it is found now."""
        found = self.known.get(text)
        if found is None:
            found = self._print(text)
            if len(text) <= LENGTH_MAX:
                if len(self.known) >= KNOWN_MAX:
                    self.known.clear()
                self.known[text] = found
        return found

    def of_name(self, name: str) -> int:
        """The print of a person's name, which says how many letters it has (`letters_in`); 0 for
        one without letters, and for one of more than `NAME_LETTERS_MAX`.
        """
        return self.of_letters(fold(name))

    def of_letters(self, letters: str) -> int:
        """The print of the name whose normal form this is, for who looks through a folded text."""
        if not 0 < len(letters) <= NAME_LETTERS_MAX:
            return 0
        whole = fingerprint(letters, self._secret) & ~(_TAG | NAME_LETTERS_MAX)
        return whole | self._tags[letters[:2]] | len(letters)

    def tags(self, letters: str) -> Iterator[int]:
        """A tag of each two neighbours in a normal form: where a name begins, its print's tag is.

        A keyed hash of every place in every text would cost more than reading it. A tag costs a
        fifth, as its hash is a weak one: from names that he knows somebody may work out the seed,
        and would then know twelve bits of any other. So it must not be longer.
        """
        return map(self._tags.__getitem__, map(add, letters, letters[1:]))

    def tags_in(self, text: str) -> Numbers:
        """The tags of a text's normal form, kept like its print: what a group asks of every text
        before it looks for its children there.
        """
        found = self._tagged.get(text)
        if found is None:
            found = array("I", self.tags(fold(text)))
            if len(text) <= LENGTH_MAX:
                if len(self._tagged) >= KNOWN_MAX:
                    self._tagged.clear()
                self._tagged[text] = found
        return found

    def _print(self, text: str) -> Print:
        folded = fold(text)
        if not folded:
            return 0, 0
        if is_acknowledgement(folded):
            return ACKNOWLEDGED, 0
        lines = 1 if len(text.splitlines()) == 1 else repeated_line(text)
        return fingerprint(folded, self._secret), lines


@lru_cache(maxsize=8)
def prints_under(secret: bytes) -> Prints:
    """The prints under a key, one store for all partitions of a process."""
    return Prints(secret)
