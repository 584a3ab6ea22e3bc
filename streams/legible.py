"""How much of a message is read: what people write, and not what machines could.

To read a letter costs some microseconds, and a record may hold a million of them: seconds in which the
event loop does not turn, at each try again. So of a longer text the beginning and the end are read.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from schemas.event import Attachment

TEXT_LETTERS_MAX: Final = 16_384
"""Letters of a text that are read: several times what platforms let people write."""
ATTACHMENTS_MAX: Final = 32
"""Attachments of a message that are looked at."""
TITLE_LETTERS_MAX: Final = 512
"""Letters of each of their names, titles and addresses."""


def legible(text: str, letters_max: int = TEXT_LETTERS_MAX) -> str:
    """The text, or the beginning and the end of a longer one, on two lines."""
    if len(text) <= letters_max:
        return text
    half = letters_max // 2
    return f"{text[:half]}\n{text[-half:]}"


def legible_attachments(attachments: Sequence[Attachment]) -> Sequence[Attachment]:
    """As many attachments as are looked at, with what is read of their words."""
    return [_legible_attachment(one) for one in attachments[:ATTACHMENTS_MAX]]


def _legible_attachment(attachment: Attachment) -> Attachment:
    words = (attachment.url, attachment.name, attachment.title)
    if all(word is None or len(word) <= TITLE_LETTERS_MAX for word in words):
        return attachment
    url, name, title = (word and legible(word, TITLE_LETTERS_MAX) for word in words)
    return msgspec.structs.replace(attachment, url=url, name=name, title=title)
