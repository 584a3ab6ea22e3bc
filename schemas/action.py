"""Actions, out, and their outcomes, back: records of `chat.actions` and `chat.outcomes`."""

from typing import Any, Final, Literal

import msgspec
from msgspec import Struct

from schemas.event import Id

ActionKind = Literal[
    "remind",
    "notice",
    "delete",
    "mute",
    "unmute",
    "mute_all",
    "unmute_all",
    "remove",
    "welcome",
    "rename_request",
    "review",
    "escalate",
    "purge",
    "report",
]
Mode = Literal["live", "shadow", "late"]
Status = Literal["done", "failed", "unsupported", "expired", "duplicate"]
UNDELIVERED: Final = frozenset({"failed", "unsupported", "expired"})
"""The outcomes after which an action was not done."""


class PolicyRef(Struct, frozen=True, kw_only=True, gc=False):
    """What judged: the pack's name, and the version that is its content's hash."""

    id: str
    version: str


class Action(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is to be done, to whom, and why.

    `id` is a function of the input alone, so a consumer may drop one that it has seen. Nothing is
    performed past `expires_at` (milliseconds, event time; absent: never expires).
    """

    id: str
    kind: ActionKind
    platform: str
    group_id: str
    member_id: str | None = None
    evidence: tuple[str, ...] = ()
    rule: str
    clause: str | None = None
    labels: tuple[str, ...] = ()
    explain: str
    strikes: int | float = 0
    params: dict[str, Any] = msgspec.field(default_factory=dict)
    policy: PolicyRef
    mode: Mode
    decided_at: int
    expires_at: int | None = None


class Outcome(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What an adapter says of an action; `duplicate` counts as done."""

    action_id: Id
    platform: Id
    group_id: Id
    status: Status
    detail: str | None = None
    at: int


_actions = msgspec.json.Decoder(Action)
_outcomes = msgspec.json.Decoder(Outcome)
_encoder = msgspec.json.Encoder()


def decode_action(value: bytes) -> Action:
    """Read an action. Raises `msgspec.ValidationError` or `DecodeError`, which name the field."""
    return _actions.decode(value)


def decode_outcome(value: bytes) -> Outcome:
    """Read an outcome. Raises `msgspec.ValidationError` or `DecodeError`, which name the field."""
    return _outcomes.decode(value)


def encode_action(action: Action) -> bytes:
    """The action's bytes, one JSON object."""
    return _encoder.encode(action)


def encode_outcome(outcome: Outcome) -> bytes:
    """The outcome's bytes, one JSON object."""
    return _encoder.encode(outcome)
