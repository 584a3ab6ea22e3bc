"""The plan: an endless sequence of faults that follows from its seed alone."""

import random
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

KINDS: Final[Sequence[str]] = (
    "kill a worker",
    "kill all workers",
    "kill in a recovery",
    "freeze a worker",
    "terminate a worker",
    "restart all in turn",
    "exception in the body",
    "more or fewer workers",
    "bounce a broker",
    "kill a broker",
    "freeze a broker",
    "two brokers down",
    "all brokers down",
    "cut connections",
    "lose answers",
    "silence of the brokers",
    "slow network",
    "kill Redis",
    "stop Redis",
    "flush Redis",
    "slow Redis",
    "kill the egress",
    "freeze the egress",
    "duplicates",
    "disorder",
    "poison",
    "wrong partition",
)
ONE_BROKER: Final = tuple(kind for kind in KINDS if kind.split()[-1] not in ("broker", "down"))
"""Kinds that a cluster of one broker outlives."""

_HASTE: Final = 0.25
"""So many in one come while the system is still busy with the last one."""


class Fault(NamedTuple):
    """One fault of the plan. Numbers count from 1.

    `seed`: of its details. `in_haste`: the next one does not wait until this one is got over.
    """

    number: int
    kind: str
    seed: int
    in_haste: bool

    def details(self) -> random.Random:
        """What it draws from: whom it hits, how long it lasts."""
        return random.Random(self.seed)


def plan(seed: int, kinds: Sequence[str] = KINDS) -> Iterator[Fault]:
    """The faults of a seed, for ever: all kinds in some order, then all of them in another."""
    chance, number = random.Random(seed), 0
    while True:
        for kind in chance.sample(kinds, len(kinds)):
            number += 1
            yield Fault(number, kind, chance.getrandbits(32), chance.random() < _HASTE)
