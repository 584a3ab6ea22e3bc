"""What a policy pack is: a covenant as data, without code.

A pack is read strictly (`streams.policy.reader`), resolved with its settings, and published under
the hash of its content; it never changes after that. Periods are integer milliseconds here and
words such as `60s`, `10m`, `24h`, `90d` in YAML; clock times are minutes since local midnight here
and `HH:MM` in YAML.

A rule is one subject (`when`), narrowed by filters (`by`, `platform`, `hours`, `where`), with its
consequences.
"""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct

from schemas.action import ActionKind
from schemas.calendar import Day, Span, Weekday, Year
from schemas.event import Role

ENGINE: Final = "2"
"""The engine's version, part of every pack's hash: raise it when the same pack would judge the
same log otherwise."""

Handling = Literal[
    "clear",
    "severe",
    "speech",
    "judgement",
    "off_topic",
    "flood",
    "quiet",
    "look",
    "plain",
    "spare",
]
SEVERE: Final = frozenset({"porn", "gambling", "fraud", "illegal", "violence"})
"""Labels of what the law forbids: no exemption takes them out of a message."""
LadderName = Literal["guide", "discretion", "owner_removes", "three_steps"]
Recipient = Literal[
    "owner", "admin", "head_teacher", "teacher", "school_office", "class_cadre", "school_leader"
]
State = Literal["draft", "shadow", "live"]

Whom = Literal[
    "head_teacher",
    "teacher",
    "school_office",
    "class_cadre",
    "parent",
    "student",
    "outsider",
    "unknown",
    "staff",
    "others",
]
"""A role of the roster; `unknown`: not on it; `staff`: the pack's own; `others`: all but these."""

Clock = Annotated[int, Meta(extra={"written": "clock"})]
"""Minutes since local midnight."""

AttachmentType = Literal[
    "image",
    "video",
    "voice",
    "file",
    "sticker",
    "link",
    "red_packet",
    "card",
    "mini_program",
    "forward",
]
Mentioned = Literal["member", "staff", "all"]
Cue = Literal[
    "question",
    "proposal",
    "asks_reply",
    "asks_form",
    "urgent",
    "emergency",
    "incite",
    "study",
    "parenting",
    "class_matter",
]
"""A way of speaking, by which rules tell the same words apart; no finding by itself."""

CommandName = Literal[
    "warn", "mute", "unmute", "remove", "undo", "exempt", "approve", "reject", "policy"
]
"""Commands that a pack may leave to some of those with authority; see `Commands`."""


Answered = Literal["staff", "mentioned", "anyone", "notice"]
"""Whose message a reply is to: one of the staff, of who is mentioned, of anyone; or an open notice
that asks for an answer."""


class Rate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`messages` of one member, first and last less than `within_ms` apart."""

    messages: int
    within_ms: int


class Repeat(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """`times` identical ones of one member in a row, first and last at most `within_ms` apart.

    `of`: their texts, or their files and links, whatever they are called. `broken_by`: whether
    another text of the same member alone breaks the row, or a message of anyone.
    """

    times: int
    within_ms: int
    of: Literal["texts", "files"] = "texts"
    broken_by: Literal["member", "anyone"] = "member"


class QuietHours(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """From minute `start` (inclusive) to minute `end` (exclusive) of the local day, across
    midnight where `end` is not after `start`. `days`: those on which it begins; none: all.
    """

    start: Clock = msgspec.field(name="from")
    end: Clock = msgspec.field(name="to")
    days: tuple[Day, ...] = ()


class Hours(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """From minute `start` (inclusive) to minute `end` (exclusive) of such local days."""

    start: Clock = msgspec.field(name="from")
    end: Clock = msgspec.field(name="to")
    days: tuple[Day, ...] = ()


class Count(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """So many messages, attachments or different members, first and last less than `within_ms`
    apart; which messages count is said by the rule's filters.

    `by`: whose counts are kept apart: each member's, the whole group's, each text's, each child's
    that is named, each pair's of a dispute, each mentioned member's, each notice's of the staff
    (the acknowledgements under it, without a period). `answer`: a full window once, or each record
    that fills one.
    """

    at_least: int
    of: Literal["messages", "attachments", "members"] = "messages"
    within_ms: int | None = None
    by: Literal["member", "group", "text", "child", "pair", "mentioned", "notice"] = "member"
    answer: Literal["window", "each"] = "window"


class Reported(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """So many different members reported one member, or one message of theirs; `what`: whichever,
    or a message alone.
    """

    reporters: int = 1
    what: Literal["any", "message"] = "any"


class Unanswered(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A notice that asks for an answer had none of some who owe one, `within_ms` after it."""

    within_ms: int = 86_400_000
    owed_by: tuple[Whom, ...] = ("parent", "student")


class Unreplied(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A member whom a message mentioned wrote nothing for `within_ms`, counted inside of `hours`
    alone. `asked_by`: whose messages ask; `asks`: any of theirs is a task, or only questions ask.
    """

    within_ms: int
    asked_by: tuple[Whom, ...]
    asks: Literal["task", "question"] = "task"
    hours: Hours | None = None


class Silence(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Nobody of the staff, of the others, or of all, wrote for `for_ms`."""

    of: Literal["staff", "others", "anyone"]
    for_ms: int


class OpenReview(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A review to this role had no command about its member for `for_ms`."""

    to: Recipient
    for_ms: int


class Weekly(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Once a week, at this local time."""

    day: Weekday
    at: Clock


class When(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The subject: exactly one of these is given, but for `also`, which goes with `labels`.

    Of a message: `labels`: one of them was found (`also`: and one of these). `suspected`: the
    lists or the learned model name one of them, but not both, and nothing else is answered; only
    the handling `look` may follow. `cues`: one of these ways of speaking. `attachments`,
    `mentions`: one of these. `rate`, `repeat`, `quiet_hours`, `count`. `message`: any.

    Of a person: `joins`: a stranger is not on the roster, or an outsider there, or of the roles of
    `by`; `present`: a stranger is in the group, who wrote, or of whom a later roster made one
    (`writing_stranger`: who wrote); `added`: a later roster names somebody of these roles who has
    not come in; `name`: it breaks the pack's patterns; `misnamed_ms`: still, so long after it was
    asked for; `reported`; `absent_ms`: no event of theirs for so long.

    Of the group, by time: `unanswered`, `unreplied`, `silence`, `open_review`, `weekly`. By a
    command: `command`: one that its sender may not give; `policy`: another pack judges from here.
    `group`: it wrote before anybody approved it.
    """

    rate: Rate | None = None
    repeat: Repeat | None = None
    quiet_hours: QuietHours | None = None
    count: Count | None = None
    labels: tuple[str, ...] | None = None
    also: tuple[str, ...] | None = None
    suspected: tuple[str, ...] | None = None
    cues: tuple[Cue, ...] | None = None
    attachments: tuple[AttachmentType, ...] | None = None
    mentions: tuple[Mentioned, ...] | None = None
    message: Literal["any"] | None = None
    joins: Literal["rostered", "stranger", "other_relation"] | None = None
    present: Literal["stranger", "writing_stranger"] | None = None
    added: tuple[Whom, ...] | None = None
    name: Literal["wrong"] | None = None
    misnamed_ms: int | None = None
    reported: Reported | None = None
    absent_ms: int | None = None
    unanswered: Unanswered | None = None
    unreplied: Unreplied | None = None
    silence: Silence | None = None
    open_review: OpenReview | None = None
    weekly: Weekly | None = None
    command: Literal["beyond"] | None = None
    policy: Literal["changed"] | None = None
    group: Literal["unapproved"] | None = None

    def signs(self) -> tuple[str, ...]:
        """The signs of a message that it is about: cues, attachments, mentions, or any."""
        return self.cues or self.attachments or self.mentions or (("any",) if self.message else ())


class Where(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Filters of what an event shows; all that are given must hold, each by one of its words.

    `found_in`: where a label was found: in emoji, in the title of a sticker, … `reply_to`: whose
    message it answers. `other_side`: with whom the dispute is. `inviter`: who let the joiner in.
    `commands`: the names of commands that their sender may not give.
    """

    labels: tuple[str, ...] = ()
    not_labels: tuple[str, ...] = ()
    cues: tuple[Cue, ...] = ()
    not_cues: tuple[Cue, ...] = ()
    attachments: tuple[AttachmentType, ...] = ()
    found_in: tuple[Literal["text", "emoji", "sticker", "image", "file", "link"], ...] = ()
    mentions: tuple[Mentioned, ...] = ()
    reply_to: tuple[Answered, ...] = ()
    not_reply_to: tuple[Answered, ...] = ()
    other_side: tuple[Whom, ...] = ()
    inviter: tuple[Whom, ...] = ()
    commands: tuple[CommandName, ...] = ()


class Beside(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Somebody else whom a finding concerns, and what follows for them."""

    about: Literal["inviter", "other_side", "owed", "mentioned"]
    do: tuple[Literal["remind"], ...] = ("remind",)
    strike: float = 0
    remind: str | None = None


class Rule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One rule: the clause it stands for, its subject and filters, and how a finding is handled.

    `handling` names the class of the finding (`streams.rules.handling` has what each brings);
    `plain` brings what `do` says and nothing else; `spare` takes the labels and rules that `spare`
    names out of the message. `strike` overrides the class's weight, `do` its actions (the ladder
    adds its own); `escalate` tells further roles at once. `once`: at most so often a member (or
    group). `to`: who decides, in place of the pack's `review_to`; `propose`: what approval carries
    out; `quorum`: how many different members of `to` must approve. `about`: whom the actions
    concern, where it is not who wrote. `remind`, `notice`, `report`: the sentence that is read, in
    place of the standard one. `hold`: while the review is open nobody of the dispute is muted. `package`:
    the school office gets the ids and hashes of the evidence at once.
    """

    id: str
    text: str
    when: When
    handling: Handling
    clause: str | None = None
    also_clauses: tuple[str, ...] = ()
    state: State = "live"
    by: tuple[Whom, ...] = ()
    platform: tuple[str, ...] = ()
    hours: Hours | None = None
    where: Where = msgspec.field(default_factory=Where)
    strike: float | None = None
    do: tuple[ActionKind, ...] | None = None
    escalate: tuple[Recipient, ...] = ()
    once: Literal["day", "week", "ever"] | None = None
    to: Recipient | None = None
    propose: Literal["remove", "delete", "leave", "announce", "join", "nothing"] | None = None
    quorum: int = 1
    about: Literal["group", "staff_or_family"] | None = None
    beside: tuple[Beside, ...] = ()
    spare: tuple[str, ...] = ()
    remind: str | None = None
    notice: str | None = None
    report: str | None = None
    urgent: bool = False
    mute_ms: int | None = None
    hold: bool = False
    package: bool = False


class NamePattern(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """How members of these roles are called: the whole name `is`, or it `has`, `{child}`, `{name}`,
    `{relation}`, `{subject}` and the letters between them.
    """

    by: tuple[Whom, ...]
    is_: str | None = msgspec.field(name="is", default=None)
    has: str | None = None
    relations: tuple[str, ...] = ()


class Commands(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Who may give which command; one that is not named here, whoever has authority."""

    warn: tuple[Recipient, ...] | None = None
    mute: tuple[Recipient, ...] | None = None
    unmute: tuple[Recipient, ...] | None = None
    remove: tuple[Recipient, ...] | None = None
    undo: tuple[Recipient, ...] | None = None
    exempt: tuple[Recipient, ...] | None = None
    approve: tuple[Recipient, ...] | None = None
    reject: tuple[Recipient, ...] | None = None
    policy: tuple[Recipient, ...] | None = None


class Reports(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What bounds a reporter: so many reports a day, and none for `within_ms` after so many of
    theirs were rejected.
    """

    a_day: int = 5
    rejected: int = 3
    within_ms: int = 30 * 86_400_000


class PolicyQuorum(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who must approve before another pack judges: all members of the roster with this role."""

    by: Role


class Clause(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A clause of the covenant. `kept_by`: what of the pack or the system keeps it where no rule
    does; `help`: what the system does to help where only a person can.
    """

    id: str
    kind: Literal["automatic", "assisted", "human", "informative"]
    text: str
    kept_by: tuple[
        Literal[
            "ladder",
            "severe",
            "authority",
            "commands",
            "staff",
            "names",
            "welcome",
            "posting",
            "reader",
            "version",
            "quorum",
            "review_to",
        ],
        ...,
    ] = ()
    help: str = ""


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a school sets without touching a rule; each key may be given by `--set`.

    `words`: lines such as `ad: 好物分享 团长` and `allow: 红包书`.
    """

    allow_ads: bool = False
    allow_chat: bool = False
    group_approved: bool = True
    public_numbers: tuple[str, ...] = ()
    allowed_hosts: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    office_contact: str = ""
    quiet_end: str = "06:00"
    midday_end: str = "14:30"


class Pack(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A covenant: who is bound, who decides, the ladder, the rules.

    `years` are written by nobody: the reader puts in what the rules' days need of the calendar, so
    that a worker needs no file, and what a published pack says of a day never changes.
    """

    id: str
    title: str
    version: str
    ladder: LadderName
    rules: tuple[Rule, ...]
    language: Literal["zh"] = "zh"
    timezone: str = "Asia/Shanghai"
    mutes: bool = False
    mute_ms: int = 600_000
    lapse_ms: int | None = None
    ladder_quorum: int = 1
    staff: tuple[Role, ...] = ("head_teacher", "teacher", "school_office")
    authority: tuple[Recipient, ...] = ("owner", "admin", "head_teacher")
    commands: Commands = msgspec.field(default_factory=Commands)
    review_to: Recipient = "head_teacher"
    names: tuple[NamePattern, ...] = ()
    subjects: tuple[str, ...] = ()
    posting: Hours | None = None
    reports: Reports = msgspec.field(default_factory=Reports)
    policy_quorum: PolicyQuorum | None = None
    welcome: str = ""
    calendar: Literal["china"] = "china"
    terms: tuple[Span, ...] = ()
    exams: tuple[Span, ...] = ()
    years: tuple[Year, ...] = ()
    settings: Settings = msgspec.field(default_factory=Settings)
    clauses: tuple[Clause, ...] = ()
