"""From a history that fails to a short one that fails in the same way."""

from collections.abc import Callable

from tests.simulation.history import Outcome, lived
from tests.simulation.loop import VirtualLoop
from tests.simulation.plan import Cut, Plan, cut_down

Numbers = tuple[int, ...]


def shrunk(plan: Plan, loop: VirtualLoop, like: Outcome) -> Cut:
    """The shortest cut found of a plan whose outcome has the first fault of `like`."""

    def fails(cut: Cut) -> bool:
        outcome = lived(cut_down(plan, cut), loop)
        return bool(outcome.faults) and _kind(outcome) == _kind(like)

    cut = Cut.whole(plan)
    while True:
        before = cut
        cut = _with_fewer(cut, "faults", fails)
        cut = _with_fewer(cut, "records", fails)
        while cut.workers > 1 and fails(cut._replace(workers=cut.workers - 1)):
            cut = cut._replace(workers=cut.workers - 1)
        if cut == before:
            return cut


def _kind(outcome: Outcome) -> str:
    return outcome.faults[0].partition(":")[0]


def _with_fewer(cut: Cut, field: str, fails: Callable[[Cut], bool]) -> Cut:
    """Drop halves, then quarters, and so on down to one at a time, as long as it still fails."""
    size = len(getattr(cut, field))
    while size:
        at = 0
        while at < len(getattr(cut, field)):
            numbers: Numbers = getattr(cut, field)
            less = numbers[:at] + numbers[at + size :]
            shorter = cut._replace(faults=less) if field == "faults" else cut._replace(records=less)
            if fails(shorter):
                cut = shorter
            else:
                at += size
        size //= 2
    return cut
