"""What a policy pack is: a covenant as data, without code.

A pack is read strictly (`streams.policy.reader`), resolved with its settings, and published under
the hash of its content; it never changes after that. Periods are integer milliseconds here and
words such as `60s`, `10m`, `24h`, `90d` in YAML; clock times are minutes since local midnight here
and `HH:MM` in YAML.
"""

from typing import Final, Literal

import msgspec
from msgspec import Struct

from schemas.action import ActionKind
from schemas.event import Role

ENGINE: Final = "1"
"""The engine's version, part of every pack's hash: raise it when the same pack would judge the
same log otherwise."""

Handling = Literal["clear", "severe", "speech", "judgement", "off_topic", "flood", "quiet", "look"]
LadderName = Literal["guide", "discretion", "owner_removes", "three_steps"]
Recipient = Literal["owner", "admin", "head_teacher", "school_office"]
State = Literal["draft", "shadow", "live"]


class Rate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`messages` of one member, first and last less than `within_ms` apart."""

    messages: int
    within_ms: int


class Repeat(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`times` identical texts of one member in a row, first and last at most `within_ms` apart."""

    times: int
    within_ms: int


class QuietHours(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From minute `start` (inclusive) to minute `end` (exclusive) of the local day, across
    midnight where `end` is not after `start`.
    """

    start: int
    end: int


class When(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One condition: exactly one of `rate`, `repeat`, `quiet_hours`, `labels` and `suspected` is
    given.

    `labels`: one of them was found in the message; `also`, beside `labels` only: and one of these.
    `suspected`: the learned model names one of them, and neither was it found in the message nor
    anything else that a rule answers. Only the handling `look` may follow.
    """

    rate: Rate | None = None
    repeat: Repeat | None = None
    quiet_hours: QuietHours | None = None
    labels: tuple[str, ...] | None = None
    also: tuple[str, ...] | None = None
    suspected: tuple[str, ...] | None = None


class Rule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One rule: the clause it stands for, its condition, and how a finding is handled.

    `handling` names the class of the finding (`streams.rules.handling` has what each brings);
    `strike` overrides the class's weight, `do` its actions (the ladder adds its own); `escalate` tells further roles at once; `remind` is the
    sentence that the member reads, in place of the standard one.
    """

    id: str
    text: str
    when: When
    handling: Handling
    clause: str | None = None
    state: State = "live"
    strike: float | None = None
    do: tuple[ActionKind, ...] | None = None
    escalate: tuple[Recipient, ...] = ()
    remind: str | None = None


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
    """A covenant: who is bound, who decides, the ladder, the rules."""

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
    staff: tuple[Role, ...] = ("head_teacher", "teacher", "school_office")
    authority: tuple[Recipient, ...] = ("owner", "admin", "head_teacher")
    review_to: Recipient = "head_teacher"
    settings: Settings = msgspec.field(default_factory=Settings)
