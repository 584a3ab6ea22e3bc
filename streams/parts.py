"""What a group may hold beside its head, its desk and its members: each part a record of its own on
the changelog, written only when it changed. All are bounded, and hold no text and no name.
"""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct, field

from streams.tally import Tally

DUES_MAX: Final = 1_024
"""Deadlines of a group. The furthest gives way: what comes soonest matters most."""
DUES_BYTES_MAX: Final = 384 << 10
"""The same bound where ids are long."""
BOARD_MAX: Final = 32
ACKS_MAX: Final = 64
NOTICES_MAX: Final = 24
"""Open notices; the one that is due last gives way. One message may answer all of them at once, and
each may hold the answers of a large group."""
ANSWERS_MAX: Final = 5_000
"""Answers to a notice: as many as a group has members. The oldest give way, of people long gone."""
CLOCKS_MAX: Final = 64
ANNOUNCED_MAX: Final = 32
STANDING_MAX: Final = 64
IDS_BYTES_MAX: Final = 16 << 10
"""Of the ids in one list of a week, where they are long."""
DISPUTES_MAX: Final = 32
RULINGS_MAX: Final = 32
REPORTED_MAX: Final = 64
REPORTERS_MAX: Final = 256
REPORTERS_OF_ONE_MAX: Final = 32
TIMES_MAX: Final = 100
"""Times of one reporter: as many reports a day, and rejected ones, as a pack may allow at most. Were
fewer remembered, a pack's higher bound would bound nobody."""


class Due(Struct, array_like=True, gc=False, order=True):
    """One deadline: when, what kind (`streams.agenda`), and whom or what it is about. Whether it
    still means anything is looked up when it comes, so that nothing has to be taken back.
    """

    at: int
    kind: int
    about: str = ""
    rule: str = ""


class Agenda(Struct, array_like=True, gc=False):
    """A group's deadlines, in order."""

    dues: list[Due] = field(default_factory=list)


class Posted(Struct, array_like=True, gc=False):
    """A message of the staff: when, its name (`streams.idrow.name_of`), and whether it asks for
    anything (a question, a reply), so that acknowledgements of it are no chain. `told`: under which
    names of cases its chain has its answer.
    """

    at: int
    name: str
    asks: bool = False
    told: list[str] = field(default_factory=list)


class Ack(Struct, array_like=True, gc=False, order=True):
    """A bare acknowledgement: when, its event's name, the hash of whose it is, and the name of the
    message that it replies to (empty for none).
    """

    at: int
    name: str
    who: int
    reply_to: str = ""


class Board(Struct, array_like=True, gc=False):
    """The newest messages of the staff and the newest acknowledgements, in the order of time."""

    posted: list[Posted] = field(default_factory=list)
    acks: list[Ack] = field(default_factory=list)


class Notice(Struct, array_like=True, gc=False):
    """A notice that asks for an answer: whose it is, when it was asked and is due, by which rule,
    and who has answered (hashes of ids).
    """

    author: str
    at: int
    due: int
    rule: str
    answered: list[int] = field(default_factory=list)


class Clock(Struct, array_like=True, gc=False):
    """A member who was mentioned owes a word: which message asks it, by which rule, since when and
    until when.
    """

    member: str
    message: str
    rule: str
    at: int
    due: int


class Clocks(Struct, array_like=True, gc=False):
    """Whose reply clocks run."""

    running: list[Clock] = field(default_factory=list)


class Week(Struct, array_like=True, gc=False):
    """What one rule's next weekly report tells: what was counted since `since` by word (a label,
    `joins`, `replies` …), the announcements, and of all time: the messages of deletions (action
    hash, message), those of them that did not succeed, and the evidence of severe findings.

    `spoken`: `Head.spoken` at the last report.
    """

    since: int = 0
    spoken: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    announced: list[str] = field(default_factory=list)
    deleted: list[tuple[int, str]] = field(default_factory=list)
    standing: list[str] = field(default_factory=list)
    severe: list[str] = field(default_factory=list)


class Dispute(Struct, array_like=True, gc=False):
    """Two members at odds: who wrote, about whom, when, by which message, and whose review it opened
    (an action id; empty for none).
    """

    at: int
    writer: str
    other: str
    review: str = ""
    message: str = ""


class Ruling(Struct, array_like=True, gc=False):
    """The last decision of a person about a member: the decider's role and rank, and the command's
    id.
    """

    member: str
    role: str
    rank: str
    event: str


class Disputes(Struct, array_like=True, gc=False):
    """The newest quarrelling words (`known`, by time), the disputes whose open review holds the
    system's hand (`held`), and who decided last about whom.
    """

    known: list[Dispute] = field(default_factory=list)
    held: list[Dispute] = field(default_factory=list)
    rulings: list[Ruling] = field(default_factory=list)


class Reporter(Struct, array_like=True, gc=False):
    """What a reporter did: the times of reports, and of those that were rejected."""

    times: list[int] = field(default_factory=list)
    rejected: list[int] = field(default_factory=list)


class Reporting(Struct, array_like=True, gc=False):
    """Reports: by whom (hashes) a member, or a message, was reported, and each reporter's doings.
    `settled`: the messages about which a person has decided; to report them again is no news.
    """

    reported: dict[str, list[int]] = field(default_factory=dict)
    reporters: dict[int, Reporter] = field(default_factory=dict)
    settled: list[str] = field(default_factory=list)


class Consent(Struct, array_like=True, gc=False):
    """What waits for the group's own people to agree: the pack that was ordered, with the hashes of
    those who approved it; `asked`: the rules that asked for approval of the group itself.
    """

    policy: str = ""
    approvals: list[int] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)


AGENDA: Final = b"a"
BOARD: Final = b"b"
CLOCKS: Final = b"k"
CONSENT: Final = b"o"
DISPUTES: Final = b"q"
NOTICE: Final = b"n"
REPORTING: Final = b"r"
TALLY: Final = b"t"
WEEK: Final = b"w"

PARTS: Final[Mapping[bytes, type[Struct]]] = {
    AGENDA: Agenda,
    BOARD: Board,
    CLOCKS: Clocks,
    CONSENT: Consent,
    DISPUTES: Disputes,
    NOTICE: Notice,
    REPORTING: Reporting,
    TALLY: Tally,
    WEEK: Week,
}
"""The parts by the first letter of their key; notices and tallies have a name behind it."""
