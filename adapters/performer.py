"""From an action to its outcome: once, in time, and only what the platform can do."""

import asyncio
from collections.abc import Callable
from typing import Final

from adapters.protocol import (
    IDEMPOTENT,
    Adapter,
    Backoff,
    NotSent,
    Unavailable,
    outcome_of,
)
from adapters.register import CLAIMED, Register
from schemas.action import Action, Outcome

CALL_S: Final = 30.0
"""A call that takes longer is given up; what became of it is then unknown."""
IN_DOUBT: Final = "it is not known whether it was done"


class Performer:
    """Performs actions by an adapter, each at most once (idempotent kinds: at least once).

    `now_ms` is the adapter's clock, a value: a simulated day has one of its own.
    """

    def __init__(
        self,
        adapter: Adapter,
        register: Register,
        *,
        now_ms: Callable[[], int],
        backoff: Backoff | None = None,
        call_s: float = CALL_S,
    ) -> None:
        self._adapter = adapter
        self._register = register
        self._now_ms = now_ms
        self._backoff = backoff or Backoff()
        self._call_s = call_s

    async def settle(self, action: Action) -> Outcome | None:
        """What became of the action; None for one that only tells what would have been done.

        An action that was seen is not performed again: the answer repeats how it ended.
        """
        if action.mode != "live":
            return None
        word = await self._register.claim(action.id)
        if word == CLAIMED and action.kind not in IDEMPOTENT:
            outcome = self._said(action, "failed", IN_DOUBT)
        elif word not in {"", CLAIMED}:
            return self._said(action, "duplicate" if word == "done" else word)
        elif action.kind not in self._adapter.capabilities.kinds:
            outcome = self._said(action, "unsupported", f"the platform has no {action.kind}")
        else:
            outcome = await self._performed(action)
        await self._register.settle(action.id, outcome.status)
        return outcome

    async def _performed(self, action: Action) -> Outcome:
        """Try until there is an answer, the action expires or the tries are used up."""
        doubt = False
        pauses = self._backoff.pauses_s()
        while True:
            if self._is_over(action):
                # In doubt it must not count as expired: that would take the step once more.
                return self._said(action, *(("failed", IN_DOUBT) if doubt else ("expired",)))
            try:
                return await asyncio.wait_for(self._adapter.perform(action), self._call_s)
            except NotSent:
                pass
            except (Unavailable, TimeoutError):
                doubt = True
                if action.kind not in IDEMPOTENT:
                    return self._said(action, "failed", IN_DOUBT)
            pause_s = next(pauses, None)
            if pause_s is None:
                return self._said(action, "failed", IN_DOUBT if doubt else "not reached")
            await asyncio.sleep(pause_s)

    def _is_over(self, action: Action) -> bool:
        return action.expires_at is not None and self._now_ms() > action.expires_at

    def _said(self, action: Action, status: str, detail: str | None = None) -> Outcome:
        return outcome_of(action, status, self._now_ms(), detail)
