"""What is found in a text, and who finds it: the seam behind which the finding gets better."""

from collections.abc import Sequence
from typing import Final, NamedTuple, Protocol, get_args

from msgspec import Struct

from schemas.event import Attachment
from schemas.policy import Cue

LABELS: Final = (
    "ad",
    "red_packet",
    "vote_canvass",
    "bargain",
    "donation",
    "link_external",
    "abuse",
    "discrimination",
    "conflict",
    "defame_school",
    "porn",
    "vulgar",
    "gambling",
    "politics",
    "religion",
    "superstition",
    "rumour",
    "fraud",
    "illegal",
    "privacy_phone",
    "privacy_id",
    "privacy_address",
    "privacy_other",
    "grades",
    "criticise_child",
    "leave_request",
    "private_matter",
    "chitchat",
    "flaunt",
    "flood",
    "at_spam",
    "quiet_hours",
    "violence",
    "secret",
    "media",
)
"""Every label there is. `quiet_hours` is seen by the stream, not in a text, and so are `flood` and
`at_spam` but for a single message that is one; `clean` is no label but the absence of any."""

CUES: Final = frozenset(get_args(Cue))
"""Ways of speaking that are no findings: nobody is blamed for one. A rule may ask for them."""

STREAM: Final = frozenset({"flood", "at_spam", "quiet_hours"})
"""What a text alone does not show."""

SUSPECTS: Final = tuple(label for label in LABELS if label not in STREAM)
"""What the learned model may name; the columns of its weights are in this order."""

STAFF: Final = frozenset({"teacher", "head_teacher", "school_office"})

CHILD: Final = "\ue9c1\ue9c2\ue9c3"
"""Stands in a text for a child of the roster: the judge puts it in the place of a full or given name
before the text is read, since which words are names the roster knows best. Three signs for private
use, which nobody types. The reader takes it for a pupil's full name; the normal form leaves it out.
"""

STANDINGS: Final = ("parent", "teacher", "outsider")
"""Roles as far as reading tells them apart."""


def standing(role: str) -> str:
    """Whose rules hold for a role: `teacher` for all staff, `outsider`, `parent` for all others."""
    if role in STAFF:
        return "teacher"
    return "outsider" if role == "outsider" else "parent"


Message = tuple[str, Sequence[Attachment], str]
"""A text, its attachments, and the role of who wrote it."""


class Found(NamedTuple):
    """A label, and start and end in a text. `plain`: by words as they are written, which may be
    innocent all the same; a number, a link, and a word that somebody hid, is what it is.
    """

    label: str
    start: int
    end: int
    plain: bool = False


class Match(Struct, frozen=True, gc=False):
    """A finding and where it stands: `text` is the part of the original that brought it.

    `start` and `end` count code points of the original text. What was found in an attachment (its
    title, name or address) stands behind the text: both are the text's length there. `plain`: see
    `Found`.
    """

    label: str
    text: str
    start: int
    end: int
    plain: bool = False


class Reader(Protocol):
    """Reads a message and says what is in it. Total, pure, and linear in the message's length."""

    def read(
        self, text: str, attachments: Sequence[Attachment] = (), role: str = "parent"
    ) -> Sequence[Match]:
        """What was found, by place. A label may come more than once; an empty answer is clean."""
        ...

    def read_all(self, messages: Sequence[Message]) -> Sequence[Sequence[Match]]:
        """What was found in each of several messages, as `read` says it."""
        ...
