"""What the simulation is worth: each fault that is built in on purpose is found within 1,000 seeds."""

from typing import Final

import pytest

from tests.simulation.history import lived, simulated
from tests.simulation.mutations import MUTATIONS
from tests.simulation.plan import plan_of

SEEDS: Final = 1_000


@pytest.mark.parametrize("name", MUTATIONS)
def test_the_simulation_finds(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with MUTATIONS[name].planted(), simulated() as loop:
        found = next((o for n in range(SEEDS) if not (o := lived(plan_of(n), loop)).is_right), None)

    assert found is not None, f"{name} lives through {SEEDS} seeds"
    with capsys.disabled():
        print(f"\n{name}: seed {found.seed}: {found.faults[0][:90]}", end="")
