"""Events, in: one record of `chat.events`, as the wire contract has it.

A record is a tagged union over `kind`, so that what each kind requires is a matter of types and a
decoding error names the field. Unknown fields are left out of the way. Times are integer
milliseconds since the Unix epoch, UTC.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta, Struct

Id = Annotated[str, Meta(min_length=1, max_length=512)]
"""An identifier of a platform's: bounded, because it is kept in states of bounded size."""

Named = Annotated[str, Meta(max_length=512)]
"""An identifier that may be left out, or empty; bounded like an `Id`."""

Millis = Annotated[int, Meta(ge=0, le=253_402_300_799_999)]
"""A time up to the year 9999: what lies beyond can only be an error of units."""

Role = Literal[
    "head_teacher", "teacher", "school_office", "class_cadre", "parent", "student", "outsider"
]

ANY: Final = "*"
"""As `group_id` of a tick or a `policy` command: all groups of the record's partition."""

RECORD_BYTES_MAX: Final = 1 << 20
"""A larger record is a dead letter."""


class Attachment(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """What hangs on a message. `type` is one of the contract's words; others are left unjudged."""

    type: str
    url: str | None = None
    name: str | None = None
    title: str | None = None


class Watch(Struct, frozen=True, kw_only=True, gc=False):
    """What other groups saw of the member: by which rule, in how many groups, how often."""

    rule: str
    groups: Annotated[int, Meta(ge=0)]
    count: Annotated[int, Meta(ge=0)]


class RosterLine(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """One person on the roster; it replaces what is known of that member."""

    member_id: Id
    role: Role
    name: str | None = None
    student: str | None = None


class CommandCall(Struct, frozen=True, kw_only=True):
    """A person's act: its name and arguments. Which arguments a name takes: `streams.commands`."""

    name: Annotated[str, Meta(min_length=1, max_length=64)]
    args: dict[str, Any] = msgspec.field(default_factory=dict)


class _Event(Struct, tag_field="kind", frozen=True, kw_only=True, omit_defaults=True, gc=False):
    id: Id
    platform: Id
    group_id: Id
    sent_at: Millis


class Message(_Event, frozen=True, kw_only=True, tag="message"):
    """A member wrote something."""

    member_id: Id
    text: str
    attachments: tuple[Attachment, ...] = ()
    mentions: tuple[str, ...] = ()
    reply_to: str | None = None
    name: str | None = None
    platform_role: str | None = None


class Edit(_Event, frozen=True, kw_only=True, tag="edit"):
    """A member replaced the text of `message_id`."""

    member_id: Id
    text: str
    message_id: Id
    note: str | None = None


class Recall(_Event, frozen=True, kw_only=True, tag="recall"):
    """A member, or one with rights, took `message_id` back."""

    member_id: Id
    message_id: Id
    target_id: str | None = None
    note: str | None = None


class Join(_Event, frozen=True, kw_only=True, tag="join"):
    """A member came in, under a name, let in by `inviter_id`."""

    member_id: Id
    name: str | None = None
    platform_role: str | None = None
    inviter_id: str | None = None


class Leave(_Event, frozen=True, kw_only=True, tag="leave"):
    """A member left."""

    member_id: Id


class Rename(_Event, frozen=True, kw_only=True, tag="rename"):
    """A member took another name in the group."""

    member_id: Id
    name: str


class Report(_Event, frozen=True, kw_only=True, tag="report"):
    """A member reported another."""

    member_id: Id
    target_id: Id
    message_id: str | None = None
    note: str | None = None


class Command(_Event, frozen=True, kw_only=True, tag="command", gc=True):
    """A person's act, by the console, the command line or a word in the chat."""

    member_id: Id
    command: CommandCall
    target_id: Named | None = None
    message_id: Named | None = None
    note: str | None = None


class Roster(_Event, frozen=True, kw_only=True, tag="roster"):
    """Who is who, as the school says."""

    member_id: Id
    roster: Annotated[tuple[RosterLine, ...], Meta(max_length=10_000)]


class OutcomeSeen(_Event, frozen=True, kw_only=True, tag="outcome"):
    """What became of an action; appended by the bridge that reads `chat.outcomes`."""

    action_id: Id
    status: Literal["done", "failed", "unsupported", "expired", "duplicate"]
    detail: str | None = None
    at: int | None = None


class WatchSeen(_Event, frozen=True, kw_only=True, tag="watch"):
    """What other groups saw of a member; appended by the watch agent."""

    member_id: Id
    watch: Watch


class Tick(_Event, frozen=True, kw_only=True, tag="tick"):
    """Time itself, for groups that are silent."""


Event = (
    Message
    | Edit
    | Recall
    | Join
    | Leave
    | Rename
    | Report
    | Command
    | Roster
    | OutcomeSeen
    | WatchSeen
    | Tick
)

KINDS: Final[Mapping[str, type[Struct]]] = {
    kind.__struct_config__.tag: kind for kind in Event.__args__
}


class Rejected(Struct, frozen=True):
    """Why a record is no event: a word fit for a metric label, the field, and a safe sentence.

    `detail` holds no value out of the record: it may be a child's words.
    """

    reason: str
    field: str
    detail: str


_FIELDS: Final = frozenset(name for kind in KINDS.values() for name in kind.__struct_fields__)

_decoder: msgspec.json.Decoder[Event] = msgspec.json.Decoder(Event)
_encoder = msgspec.json.Encoder()


def decode_event(value: bytes | None, bytes_max: int = RECORD_BYTES_MAX) -> Event | Rejected:
    """Read one record's value. Total: what is no event is a `Rejected`, never an exception."""
    if value is None:
        return Rejected("null_value", "$", "the record has no value")
    if len(value) > bytes_max:
        return Rejected("too_large", "$", f"{len(value)} bytes, more than the {bytes_max} allowed")
    try:
        return _decoder.decode(value)
    except msgspec.ValidationError as fault:
        return _invalid(str(fault))
    except msgspec.DecodeError as fault:
        return Rejected("not_json", _unreadable_text(value), _without_values(str(fault)))
    except UnicodeDecodeError as fault:
        words = f"byte {fault.start} of the text is no UTF-8"
        return Rejected("not_utf8", _unreadable_text(value), words)
    except RecursionError:
        return Rejected("too_deep", "$", "nested more deeply than can be read")


def decode_events(
    values: Sequence[bytes | None], bytes_max: int = RECORD_BYTES_MAX
) -> list[Event | Rejected]:
    """Read many records' values, as `decode_event` reads each. Quicker, where all are events."""
    try:
        if max(map(len, values), default=0) <= bytes_max:  # type: ignore[arg-type]
            return list(map(_decoder.decode, values))  # type: ignore[arg-type]
    except (msgspec.DecodeError, TypeError, UnicodeDecodeError, RecursionError):
        pass  # At least one of them is none: each for itself.
    return [decode_event(value, bytes_max) for value in values]


def encode_event(event: Event) -> bytes:
    """The record's bytes; what equals its default is left out."""
    return _encoder.encode(event)


def _invalid(words: str) -> Rejected:
    """A validation error's words, split into the field and a sentence without the value."""
    what, _, where = words.rpartition(" - at `")
    if what:
        return Rejected("bad_field", where.rstrip("`"), _without_values(what))
    if "required field `" in words:
        return Rejected("missing_field", "$." + words.split("`")[1], words)
    return Rejected("bad_field", "$", _without_values(words))


def _unreadable_text(value: bytes) -> str:
    """The first field whose text is no Unicode (a lone surrogate, broken UTF-8), or `$`.

    Only bad records come here, so the slow and forgiving reader of the standard library serves.
    A field that is none of ours is not named: its name may be words, or no Unicode itself.
    """
    try:
        found = json.loads(value.decode("utf-8", "surrogateescape"))
        fields = found.items() if isinstance(found, dict) else ()
        bad = [name for name, held in fields if name in _FIELDS and not _is_unicode(held)]
    except (ValueError, RecursionError):
        return "$"
    return f"$.{bad[0]}" if bad else "$"


def _is_unicode(held: object) -> bool:
    words = json.dumps(held, ensure_ascii=False)
    return not any("\ud800" <= letter <= "\udfff" for letter in words)


def _without_values(words: str) -> str:
    """Cut out what stands between plain quotes: msgspec quotes values so, types in backticks.

    It writes them as `repr` does: a value that holds an apostrophe stands between double quotes.
    """
    begins = [at for mark in "'\"" if (at := words.find(mark)) >= 0]
    if not begins:
        return words
    begin = min(begins)
    return words[:begin] + "…" + words[words.rindex(words[begin]) + 1 :]
