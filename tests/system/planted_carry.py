"""A worker that dies once while it carries states over: BANZHANG_TEST_DIES says at which moment.

`half`: between two writes of states. `unsaid`: when all is written, before it is said.
"""

from collections.abc import Iterable

from agents import carry, worker
from agents.carry import Carrier
from agents.outbox import Parcel
from agents.settings import Settings
from streams.seal import Seal
from tests.system.mortal import MOMENT, die


class Mortal(Carrier):
    """Dies at its moment."""

    writes = 0

    async def _deliver(self, parcels: Iterable[Parcel]) -> None:
        await super()._deliver(parcels)
        self.writes += 1
        if MOMENT == "half" and self.writes == 1:
            die()

    async def _say(self, number: int, seal: Seal) -> None:
        if MOMENT == "unsaid":
            die()
        await super()._say(number, seal)


if __name__ == "__main__":
    carry.GROUPS = 3
    worker.Carrier = Mortal  # type: ignore[attr-defined]
    worker.run(Settings.of())
