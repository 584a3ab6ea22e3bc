"""The same log gives the same actions, whatever dies: thousands of histories, several faults each."""

import gc
from collections.abc import Callable
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents import exits
from tests.simulation.history import simulated
from tests.simulation.many import explained, replayed, told
from tests.simulation.mutations import MUTATIONS
from tests.simulation.plan import FAULTS, POINTS, Cut, cut_down, plan_of
from tests.simulation.told import COUNTED, Told, total

SEEDS: Final = 10_000
CHUNK: Final = 500
"""Histories of a test: small enough for several processes to share them."""
STRUCK_MIN: Final = 5.0


@pytest.mark.simulation
@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK))
def test_every_history_ends_as_the_oracle_says(
    first: int, record_property: Callable[[str, object], None]
) -> None:
    found, failed = told(first, CHUNK, jobs=1)
    record_property(COUNTED, found.counts())

    assert not failed, "\n".join(map(explained, failed))
    struck = sum(found.hits[kind] for kind in FAULTS)
    assert struck >= STRUCK_MIN * found.seeds
    assert all(found.hits[kind] > found.seeds // 200 for kind in FAULTS), "a fault hardly struck"
    assert found.hits["(mended)"] > found.seeds // 100, "hardly any write came from a stalled one"
    assert found.words["MORE"] > found.seeds // 20, "hardly any action came twice"
    assert found.actions > 5 * found.seeds


def test_counts_of_several_processes_add_up() -> None:
    one, _ = told(0, 2, jobs=1)
    other, _ = told(2, 3, jobs=1)
    both, _ = told(0, 5, jobs=1)

    assert total(Told.read(found.counts()) for found in (one, other)) == both
    assert str(both).startswith("5 histories, ")


def test_a_seed_gives_the_same_history_each_time() -> None:
    assert replayed(7, None) == replayed(7, None)
    assert replayed(7, Cut.whole(plan_of(7))) == replayed(7, None)


def test_every_fault_may_strike_at_some_point_and_nothing_else_does() -> None:
    planned = {(fault.point, fault.kind) for n in range(2_000) for fault in plan_of(n).faults}

    possible = {(point, kind) for point, where in POINTS.items() for kind in where.kinds}
    assert planned <= possible
    assert {kind for _, kind in planned} == set(FAULTS)
    assert {point for point, _ in planned} == set(POINTS)


@given(st.sets(st.integers(0, 130)), st.sets(st.integers(0, 20)), st.integers(1, 3))
def test_a_cut_is_read_as_it_was_written(records: set[int], faults: set[int], workers: int) -> None:
    cut = Cut(tuple(sorted(records)), tuple(sorted(faults)), workers)

    assert Cut.of(str(cut)) == cut


def test_a_cut_that_is_none_is_told_how_to_write_one() -> None:
    with pytest.raises(ValueError, match="write it as r0-4,7/f2/w1"):
        Cut.of("0-4")


def test_what_is_dropped_from_a_plan_gives_its_time_to_what_follows() -> None:
    plan = plan_of(3)
    short = cut_down(plan, Cut((9,), (), 1))

    [left] = short.records
    assert left.gap_s == pytest.approx(sum(planned.gap_s for planned in plan.records[:10]))
    assert left.leap_ms == sum(planned.leap_ms for planned in plan.records[:10])


def test_a_seed_that_fails_is_shrunk_and_tells_the_command_that_brings_it_back() -> None:
    with MUTATIONS["state before actions"].planted():
        failed = next(outcome for n in range(100) if not (outcome := replayed(n, None)).is_right)
        said = explained(failed)
        *_, word = said.partition("--shrunk ")
        cut = Cut.of(word.split()[0])
        again = replayed(failed.seed, cut)

    assert f"again: python -m tests.simulation --seed {failed.seed}\n" in said
    assert not again.is_right
    assert len(cut.records) + len(cut.faults) <= 12
    assert replayed(failed.seed, cut).is_right, "the mutation alone is at fault"


def test_nothing_of_a_simulation_stays_behind() -> None:
    before = (exits.end_process, exits._tell, gc.isenabled())
    with simulated():
        assert exits.end_process is not before[0]

    assert (exits.end_process, exits._tell, gc.isenabled()) == before
