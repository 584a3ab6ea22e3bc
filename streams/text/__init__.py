"""What stands in a message: normal form, acknowledgements, findings. See `docs/text.md`."""

from streams.text.match import CHILD, CUES, LABELS, STAFF, SUSPECTS, Match, Reader
from streams.text.normal import fold, is_acknowledgement, repeated_line
from streams.text.reader import WordReader

__all__ = [
    "CHILD",
    "CUES",
    "LABELS",
    "STAFF",
    "SUSPECTS",
    "Match",
    "Reader",
    "WordReader",
    "fold",
    "is_acknowledgement",
    "repeated_line",
]
