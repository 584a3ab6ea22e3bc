"""What a line of the roster leaves in the state: prints of names, and no name."""

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from streams.naming.words import COMPOUND_SURNAMES, SURNAMES
from streams.text import fold

GIVEN_MIN: Final = 2
"""A given name of one letter stands in too many words to say who is meant."""

_HAN: Final = re.compile("[\u3400-\u9fff\U00020000-\U000323af]+")
# What stands between the given name and the father's in names of the north-west: 艾力·买买提.
_DOT: Final = re.compile("[\u00b7\u2022\u2027\u2219\u22c5\u30fb\uff0e]")


class RosterPrints(NamedTuple):
    """Prints of a person's own name, of the child's full name and of its given name; 0: none."""

    own: int
    child: int
    given: int


def roster_prints(
    name: str | None, child: str | None, print_of: Callable[[str], int]
) -> RosterPrints:
    """The prints of a line that names a person and a child. Total over any strings.

    `print_of` is `Prints.of_name`.
    """
    given = given_name(child or "")
    return RosterPrints(print_of(name or ""), print_of(child or ""), print_of(given))


def given_name(full: str) -> str:
    """A full name, folded, less the surname; empty where less than two letters are left, and for a
    name of which we can't say what the surname is.
    """
    letters = fold(full)
    if not _HAN.fullmatch(letters):
        return ""
    given = _less_surname(full, letters)
    return given if len(given) >= GIVEN_MIN else ""


def _less_surname(full: str, letters: str) -> str:
    first = fold(_DOT.split(full.strip(), maxsplit=1)[0])
    if first != letters:
        return first
    if letters[:2] in COMPOUND_SURNAMES:
        return letters[2:]
    # Of four letters the second is often the mother's surname: 张杨 and a given name of two.
    if len(letters) == 4 and letters[1] in SURNAMES and letters[0] in SURNAMES:
        return letters[2:]
    return letters[1:] if len(letters) <= 4 else ""
