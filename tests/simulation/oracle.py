"""The oracle: one partition over a recorded log, record by record; nothing ever dies."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from agents import identity
from streams.partition import Partition, Verdict
from streams.place import PLACE_BYTES
from streams.policy.compile import Policy
from tests.simulation.cluster import Entry, Log

DELIVERED: Final = "DELIVERED"
"""Each action of the oracle, once."""
MORE: Final = "MORE"
"""The same, some of them again under the same id."""
LESS: Final = "LESS"
"""An action of the oracle is missing."""
WRONG: Final = "WRONG"
"""An action that the oracle does not have, or other content."""

PARTWIDE: Final = b"*:*\x1f"


class Expected:
    """What follows from a log: actions and dead letters as bytes, copies of strays, states."""

    def __init__(self) -> None:
        self.actions: set[bytes] = set()
        self.dead: set[bytes] = set()
        self.strays: set[tuple[bytes, bytes]] = set()
        self.states: dict[bytes, bytes] = {}

    def take(
        self, partition: Partition, records: Sequence[Entry], packs: Mapping[str, Policy | None]
    ) -> None:
        """Judge one partition's log."""
        for verdict in _verdicts(partition, records, packs):
            assert verdict.lacks is None
            self.actions.update(value for _, value in verdict.actions)
            self.dead.update(letter for _, letter in verdict.dead)
            self.strays.update(verdict.strays)
            for changes in verdict.changes:
                for key, value, _ in changes:
                    if key.startswith(PARTWIDE):
                        continue
                    if value is None:
                        self.states.pop(key, None)
                    else:
                        self.states[key] = value


def _verdicts(
    partition: Partition, records: Sequence[Entry], packs: Mapping[str, Policy | None]
) -> Iterator[Verdict]:
    # One by one to the fourth, and the rest at once: no worker's fetches are cut like that.
    for piece in (*([record] for record in records[:4]), records[4:]):
        reading = partition.read(piece)
        while reading.at < len(reading.records):
            yield partition.judge(reading, packs)


class Compared(NamedTuple):
    """Actions found against those expected. `words` is the verdict by its name."""

    words: str
    missing: int
    extra: int
    repeated: int


def compared(expected: set[bytes], found: Sequence[bytes | None]) -> Compared:
    """Compare the contents of the actions topic with what it should hold."""
    times: Counter[Any] = Counter(found)
    missing, extra = len(expected - times.keys()), len(times.keys() - expected)
    repeated = times.total() - len(times)
    words = WRONG if extra else LESS if missing else MORE if repeated else DELIVERED
    return Compared(words, missing, extra, repeated)


def states_of(log: Log) -> dict[bytes, bytes]:
    """The states of a changelog as a recovery finds them, but for what only a replay needs."""
    return {
        key: value
        for key, value in log.survivors().values.items()
        if key != identity.KEY and not key.startswith(PARTWIDE)
    }


def differing(expected: Mapping[bytes, bytes], found: Mapping[bytes, bytes]) -> list[bytes]:
    """The keys whose states differ, apart from their places."""
    return sorted(
        key
        for key in expected.keys() | found.keys()
        if expected.get(key, b"")[PLACE_BYTES:] != found.get(key, b"")[PLACE_BYTES:]
    )


def ids_of(values: Sequence[bytes]) -> list[str]:
    """The ids of actions."""
    return [msgspec.json.decode(value)["id"] for value in values]
