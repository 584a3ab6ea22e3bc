"""How people in the group should be called, and whether a display name is so.

The names asked for are known by their prints alone. A print says how many letters its name has
(`letters_in`), so a place in a display name is compared once, not with every length.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Final, NamedTuple, Self

from streams.fingerprints import letters_in
from streams.naming.words import NO_RELATIONS, RELATIONS, SUBJECTS
from streams.text import fold

LETTERS_MAX: Final = 64
"""Letters of a display name that are looked at. A longer one is nobody's whole name."""
PARTS_MAX: Final = 8
"""Parts of a pattern, a bound on the work."""

_NAMES: Final = {"child": "孩子姓名", "name": "本人姓名"}
_SUBJECT: Final = "任教学科"
_NOBODY: Final = "某某某"
"""Stands for a name in examples: nobody's, so that no name is told to anyone."""
_SAID_MAX: Final = 4
_SLOT: Final = re.compile(r"\{([^{}]*)\}")


class Part(NamedTuple):
    """A part of a pattern. `slot`: its name, empty for letters. `words`: those that may stand
    there, folded; none for a name of the roster. `said`: how the member is told of it; `example`:
    what stands there in an example.
    """

    slot: str
    words: tuple[str, ...]
    said: str
    example: str


class NamePattern(NamedTuple):
    """A name of these roles: it is the parts one after the other (`whole`), or has them."""

    by: tuple[str, ...]
    whole: bool
    parts: tuple[Part, ...]

    @classmethod
    def of(
        cls,
        by: Iterable[str],
        *,
        is_: str | None = None,
        has: str | None = None,
        relations: Sequence[str] = (),
        subjects: Sequence[str] = (),
    ) -> Self:
        """The pattern that `is_` or `has` writes with `{child}`, `{name}`, `{relation}`,
        `{subject}` and letters between them. Without `relations` or `subjects`: those of
        `streams.naming.words`.

        Raises ValueError, in one line, for a pattern that can't be one.
        """
        if (is_ is None) == (has is None):
            raise ValueError("a name pattern takes one of `is` and `has`: leave the other out")
        text = has if is_ is None else is_
        parts = tuple(_parts(text or "", relations, subjects))
        if not any(part.words != ("",) for part in parts):
            raise ValueError("the name pattern is empty: write at least one slot, such as {child}")
        if len(parts) > PARTS_MAX:
            raise ValueError(f"the name pattern has {len(parts)} parts: {PARTS_MAX} are the most")
        return cls(tuple(by), is_ is not None, parts)


def fits(
    display_name: str,
    patterns: Iterable[NamePattern],
    own: int,
    child: int,
    print_of: Callable[[str], int],
) -> bool:
    """Whether a display name is as one of the patterns has it; without patterns any name is.

    `own` and `child` are the roster's prints of the person's and the child's full name, `print_of`
    what they were made by (`Prints.of_name`). A pattern with a name that the roster has not (0)
    can't be told wrong: it fits. Script, width, case, spaces, marks and emoji count nothing.
    """
    letters = fold(display_name)
    names = {"child": child, "name": own}
    asked = tuple(patterns)
    return not asked or any(_fits(letters, pattern, names, print_of) for pattern in asked)


def asked(patterns: Iterable[NamePattern]) -> str:
    """The sentence that tells a member how the name should look, with an example that is no one's;
    empty without patterns.
    """
    known = tuple(patterns)
    if not known:
        return ""
    forms = "，或".join(dict.fromkeys(_form(pattern) for pattern in known))
    return f"请把群昵称改为{forms}，例如“{''.join(part.example for part in known[0].parts)}”"


def other_relation(display_name: str, allowed: Collection[str]) -> bool:
    """Whether a display name says a relation that none of the allowed words means (外婆, where only
    爸爸 and 妈妈 are). Of several the last one counts: 妈妈的姐姐 is an aunt.
    """
    letters = fold(display_name)[:LETTERS_MAX]
    may = {_MEANS.get(word, word) for word in map(fold, allowed)}
    said = [_MEANS[word] for word in _SAYS.findall(letters) if word in _MEANS]
    return bool(said) and said[-1] not in may


_MEANS: Final = {word: family[0] for family in RELATIONS for word in family}
# The longest first: 小舅妈 is no 小舅, and no 妈.
_SAYS: Final = re.compile("|".join(sorted((*_MEANS, *NO_RELATIONS), key=len, reverse=True)))


def _parts(text: str, relations: Sequence[str], subjects: Sequence[str]) -> Iterator[Part]:
    for at, piece in enumerate(_SLOT.split(text)):
        # Letters and slots take turns.
        if at % 2:
            yield _slot(piece, relations, subjects)
        elif "{" in piece or "}" in piece:
            raise ValueError("a brace in the name pattern has no other: write slots as {child}")
        elif piece:
            yield Part("", (fold(piece),), piece, piece)


def _slot(slot: str, relations: Sequence[str], subjects: Sequence[str]) -> Part:
    if slot == "relation":
        shown = relations or [family[0] for family in RELATIONS]
        said = "/".join(shown[:_SAID_MAX]) + ("等" if len(shown) > _SAID_MAX else "")
        return _one_of(slot, relations or tuple(_MEANS), said)
    if slot == "subject":
        return _one_of(slot, subjects or SUBJECTS, _SUBJECT)
    if slot not in _NAMES:
        slots = ", ".join(f"{{{known}}}" for known in (*_NAMES, "relation", "subject"))
        raise ValueError(f"{{{slot}}} is no slot of a name pattern: write one of {slots}")
    return Part(slot, (), _NAMES[slot], _NOBODY)


def _one_of(slot: str, words: Sequence[str], said: str) -> Part:
    folded = tuple(map(fold, words))
    if not all(folded):
        raise ValueError(f"a word for {{{slot}}} has no letter: leave it out")
    # The example that the covenants themselves give is a mother's.
    example = next((word for word in words if fold(word) == "妈妈"), words[0])
    return Part(slot, folded, said, example)


def _form(pattern: NamePattern) -> str:
    said = ""
    slot = ""
    for part in pattern.parts:
        said += f"+{part.said}" if slot and part.slot else part.said
        slot = part.slot
    return f"“{said}”" if pattern.whole else f"含有“{said}”的名字"


def _fits(
    letters: str, pattern: NamePattern, names: dict[str, int], print_of: Callable[[str], int]
) -> bool:
    if any(not part.words and not names[part.slot] for part in pattern.parts):
        return True
    if pattern.whole and len(letters) > LETTERS_MAX:
        return False
    letters = letters[:LETTERS_MAX]
    # The places up to which the parts so far may reach: each part goes on from all of them.
    places = {0} if pattern.whole else set(range(len(letters) + 1))
    for part in pattern.parts:
        if part.words:
            places = {
                place + len(word)
                for place in places
                for word in part.words
                if letters.startswith(word, place)
            }
        else:
            places = set(_behind_name(letters, places, names[part.slot], print_of))
    return len(letters) in places if pattern.whole else bool(places)


def _behind_name(
    letters: str, places: Iterable[int], wanted: int, print_of: Callable[[str], int]
) -> Iterator[int]:
    length = letters_in(wanted)
    for place in places:
        if place + length <= len(letters) and print_of(letters[place : place + length]) == wanted:
            yield place + length
