"""What a text says, as the rules look at it: a function of the text, its attachments and whose
reading holds for its writer.
"""

from typing import Final

from msgspec import Struct


class Said(Struct, frozen=True):
    """What the word lists found in one message, labels in the text's order, each once.

    `labels`: found, and not doubted. `doubted`: found, but the learned model is sure that nothing
    is wrong. `cues`: ways of speaking, looked for only where something hangs on them. `places`: where a label was found, as (label, place), the
    place a word of `schemas.policy.Where.found_in`; a plain text's own words are left out.
    `is_roll`: so many names are listed that it may be a class's roll; the group's roster says.
    """

    labels: tuple[str, ...] = ()
    doubted: tuple[str, ...] = ()
    cues: tuple[str, ...] = ()
    places: tuple[tuple[str, str], ...] = ()
    is_roll: bool = False


NOTHING: Final = Said()
"""Of most texts; always this one object, so that the quick look tells by identity."""
