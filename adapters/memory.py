"""An adapter without a platform: keeps what it was asked to do."""

from collections.abc import Callable, Sequence

from adapters.protocol import Capabilities, outcome_of
from schemas.action import Action, Outcome


class MemoryAdapter:
    """For tests: `performed` holds the actions done, `faults` what the next calls raise.

    A fault is raised before the action is done; `after` makes it raise behind it, as a lost answer
    does.
    """

    def __init__(
        self,
        now_ms: Callable[[], int],
        *,
        capabilities: Capabilities | None = None,
        faults: Sequence[Exception] = (),
        after: bool = False,
    ) -> None:
        self.performed: list[Action] = []
        self.calls = 0
        self._capabilities = capabilities or Capabilities()
        self._now_ms = now_ms
        self._faults = list(faults)
        self._after = after

    @property
    def capabilities(self) -> Capabilities:
        """As given."""
        return self._capabilities

    async def perform(self, action: Action) -> Outcome:
        """Keep the action, or raise the next planted fault."""
        self.calls += 1
        fault = self._faults.pop(0) if self._faults else None
        if fault is not None and not self._after:
            raise fault
        self.performed.append(action)
        if fault is not None:
            raise fault
        return outcome_of(action, "done", self._now_ms())
