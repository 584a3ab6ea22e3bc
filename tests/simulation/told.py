"""What is told of many histories. Light: whoever only adds and prints it need not load a worker."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from tests.simulation.history import Outcome

COUNTED = "histories"
"""The name under which a test reports its counts."""


class Told(NamedTuple):
    """How many histories there were, what failed, struck and came of them."""

    seeds: int
    failed: int
    hits: Counter[str]
    exits: Counter[str]
    words: Counter[str]
    actions: int

    @classmethod
    def nothing(cls) -> "Told":
        """Of no history."""
        return cls(0, 0, Counter(), Counter(), Counter(), 0)

    @classmethod
    def of(cls, outcome: "Outcome") -> "Told":
        """Of one."""
        words = Counter({outcome.words: 1})
        failed = int(not outcome.is_right)
        return cls(1, failed, outcome.hits, outcome.exits, words, outcome.actions)

    @classmethod
    def read(cls, counts: Mapping[str, Any]) -> "Told":
        """The inverse of `counts`."""
        plain: dict[str, Any] = {
            name: Counter(value) if isinstance(value, dict) else value
            for name, value in counts.items()
        }
        return cls(**plain)

    def counts(self) -> dict[str, Any]:
        """As plain numbers by their names, fit to be sent from one process to another."""
        return {n: dict(v) if isinstance(v, Counter) else v for n, v in self._asdict().items()}

    def plus(self, other: "Told") -> "Told":
        """Both together."""
        return Told(
            self.seeds + other.seeds,
            self.failed + other.failed,
            self.hits + other.hits,
            self.exits + other.exits,
            self.words + other.words,
            self.actions + other.actions,
        )

    def __str__(self) -> str:
        struck = sum(count for kind, count in self.hits.items() if not kind.startswith("("))
        return (
            f"{self.seeds} histories, {struck / max(1, self.seeds):.1f} faults struck in each, "
            f"{self.actions / max(1, self.seeds):.1f} actions; {self.failed} failed\n"
            f"struck: {_listed(self.hits)}\nexits: {_listed(self.exits)}\n"
            f"verdicts: {_listed(self.words)}"
        )


def total(of: Iterable[Told]) -> Told:
    """All together."""
    told = Told.nothing()
    for each in of:
        told = told.plus(each)
    return told


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
