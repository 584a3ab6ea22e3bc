"""Spellings in which an address has plain dots again, and no spaces strewn in it."""

from collections.abc import Iterator
from typing import Any, Final

import re2

from streams.text.privacy.cues import has
from streams.text.spelling import Spelling

_MAX: Final = 500
"""Dots of other writing that are looked at in one message: a bound on the work."""

# A dot in a frame, or as a word.
_FRAMED: Final = re2.compile(r" ?[\[({<] ?(?:\.|dot|点|。|·|d0t) ?[\])}>] ?| {1,3}dot {1,3}")
# Signs that stand for a dot between Latin letters or figures.
_SIGNS: Final = "点。·"
_COMMAS: Final = re2.compile(r"www[,;](?:[a-z0-9-]{1,40}[,;]){1,4}(?:com|cn|net|org|top|vip)")
_STREWN: Final = re2.compile(
    r"(?:\b[a-z0-9] +){3}|[a-z0-9/] +\. *[a-z0-9]|[a-z0-9]\. +[a-z]{2,4}\b|[a-z0-9] +/|/ +[a-z0-9]"
    r"|\.[a-z](?: [a-z])+\b"
)


def views(spelling: Spelling) -> Iterator[Spelling]:
    """The spelling with its dots brought back, and, where it is strewn, without spaces too."""
    dotted = _dotted(spelling)
    yield dotted
    if " " in dotted.plain and _STREWN.search(dotted.plain):
        yield _dotted(dotted.without(" "))


def _dotted(spelling: Spelling) -> Spelling:
    plain = spelling.plain
    if has(plain, ("www,", "www;")):
        plain = _COMMAS.sub(_with_dots, plain)
    plain = _with_signs_as_dots(plain)
    if not has(plain, ("dot", "[", "(", "<", "{")):
        return Spelling(plain, spelling.places)
    kept: list[int] = []
    signs: list[str] = []
    at = 0
    for match in _FRAMED.finditer(plain):
        start, end = match.span()
        kept += range(at, start + 1)
        signs += [plain[at:start], "."]
        at = end
    kept += range(at, len(plain))
    signs.append(plain[at:])
    return Spelling("".join(signs), list(map(spelling.places.__getitem__, kept)))


def _with_dots(match: Any) -> str:
    return str(match.group()).replace(",", ".").replace(";", ".")


def _with_signs_as_dots(plain: str) -> str:
    """With a dot for each 点, 。 or · that stands between Latin letters or figures."""
    for sign in _SIGNS:
        pieces = plain.split(sign, _MAX)
        ends: list[str] = []
        for place in range(1, len(pieces)):
            first, last = pieces[place].lstrip(" ")[:1], pieces[place - 1].rstrip(" ")[-1:]
            joins = first.isascii() and first.isalnum() and last.isascii() and last.isalnum()
            ends.append("." if joins else sign)
        plain = "".join(map("".join, zip(pieces, [*ends, ""], strict=True)))
    return plain
