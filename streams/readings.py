"""What packs share: what was found in texts, kept once for all of them that read alike.

To read a text costs more than to judge it by all else, and two versions of a pack, or the packs of
two schools, seldom read differently.
"""

from collections.abc import Callable, Hashable, Sequence
from functools import partial
from typing import Final

from schemas.event import Attachment
from streams.kept import Kept
from streams.said import Said
from streams.text.match import STANDINGS

SHOWN_MAX: Final = 4_096
"""Messages with attachments of which is kept what was found in them."""
SHOWN_LETTERS_MAX: Final = 1_024
"""Longer ones, titles and addresses included, are not kept: they would fill the memory."""

Find = Callable[[str, Sequence[str], Sequence[Attachment]], Sequence[Said]]
"""What several messages of one standing say, each with the same attachments."""


class Found:
    """What was found in messages by one way of reading. A function of them alone, in memory only."""

    def __init__(self, find: Find) -> None:
        self._find = find
        self.texts: dict[str, Kept[Said]] = {
            standing: Kept(partial(_bare, find, standing)) for standing in STANDINGS
        }
        self._shown: dict[tuple[str, str, tuple[Attachment, ...]], Said] = {}

    def shown(self, text: str, standing: str, attachments: Sequence[Attachment]) -> Said:
        """What a message with attachments says: most are a picture and no words."""
        name = (standing, text, tuple(attachments))
        found = self._shown.get(name)
        if found is None:
            found = self._find(standing, [text], attachments)[0]
            if len(text) + sum(map(_letters, attachments)) <= SHOWN_LETTERS_MAX:
                if len(self._shown) >= SHOWN_MAX:
                    self._shown.clear()
                self._shown[name] = found
        return found


class Readings:
    """What was found, by way of reading."""

    def __init__(self) -> None:
        self._ways: dict[Hashable, Found] = {}

    def by(self, way: Hashable, find: Find) -> Found:
        """What was and will be found by a way of reading; by `find`, where it is a new one.

        `way` must hold everything that the answers of `find` depend on beside its arguments: a
        policy that is served by another's `find` would else be judged wrongly.
        """
        found = self._ways.get(way)
        if found is None:
            found = self._ways[way] = Found(find)
        return found


def _letters(attachment: Attachment) -> int:
    parts = (attachment.type, attachment.url, attachment.name, attachment.title)
    return sum(len(part) for part in parts if part)


def _bare(find: Find, standing: str, texts: Sequence[str]) -> Sequence[Said]:
    return find(standing, texts, ())
