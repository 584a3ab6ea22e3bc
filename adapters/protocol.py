"""What an adapter is, what it may say, and how long it is asked again."""

import random
from collections.abc import Iterator
from typing import Final, Protocol, get_args

from msgspec import Struct

from schemas.action import Action, ActionKind, Outcome

ALL_KINDS: Final[frozenset[ActionKind]] = frozenset(get_args(ActionKind))

IDEMPOTENT: Final[frozenset[ActionKind]] = frozenset(
    {"delete", "mute", "unmute", "mute_all", "unmute_all", "remove", "purge"}
)
"""Kinds that leave the platform the same when done twice. The others speak to people: they are
tried once, and doubt about the one try is an outcome `failed`, not a second try."""


class Unavailable(Exception):
    """Nothing is known of what became of the action. It may have been done."""


class NotSent(Unavailable):
    """The platform was not reached: surely nothing was done, so any kind may be tried again."""


class Capabilities(Struct, frozen=True, kw_only=True):
    """What a platform can do; other kinds are answered `unsupported`, never tried."""

    kinds: frozenset[ActionKind] = ALL_KINDS


class Adapter(Protocol):
    """One platform's hands."""

    @property
    def capabilities(self) -> Capabilities:
        """What the platform can do."""
        ...

    async def perform(self, action: Action) -> Outcome:
        """Perform one action.

        A returned outcome is what the platform said. A raised `Unavailable` means: nothing is
        known, ask again later. The caller must not assume that it means "not done", unless it is
        a `NotSent`.
        """
        ...


class Backoff(Struct, frozen=True, kw_only=True):
    """How often and how far apart something is tried.

    Half of each pause is random, so that many callers do not come back at the same moment.
    """

    base_ms: int = 200
    cap_ms: int = 10_000
    tries_max: int = 6

    def pauses_s(self) -> Iterator[float]:
        """The pause before each further try, in seconds."""
        for number in range(self.tries_max - 1):
            whole = min(self.cap_ms, self.base_ms << number) / 1000
            yield whole * (0.5 + random.random() / 2)


def outcome_of(action: Action, status: str, at: int, detail: str | None = None) -> Outcome:
    """The outcome of an action. `at` is the adapter's clock (milliseconds)."""
    return Outcome(
        action_id=action.id,
        platform=action.platform,
        group_id=action.group_id,
        status=status,  # type: ignore[arg-type]
        detail=detail,
        at=at,
    )
