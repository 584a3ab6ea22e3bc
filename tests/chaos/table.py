"""The end of a run, as a table by kind of fault."""

from statistics import median
from typing import Final

from tests.chaos.plan import KINDS
from tests.chaos.progress import Hit, Progress

_HEAD: Final = f"{'fault':<24} {'done':>5} {'in the middle':>14} {'median s':>9} {'longest s':>10}"


def table(progress: Progress) -> str:
    """Lines for people: what was done, how often it hit in the middle, how long it took to be got
    over, and what the last comparison said.
    """
    by_kind = {kind: [hit for hit in progress.hits if hit.kind == kind] for kind in KINDS}
    lines = [_row(kind, hits) for kind, hits in by_kind.items() if hits]
    wrong = [check.line for check in progress.checks if not check.is_right]
    ends = [check.line for check in progress.checks[-1:]]
    told = [f"not right: {line}" for line in wrong]
    minutes = progress.seconds / 60
    whole = f"{len(progress.hits)} faults in {minutes:.0f} min, {progress.starts + 1} start(s)"
    return "\n".join([_HEAD, *lines, _row("all", progress.hits), *told, *ends, whole])


def _row(name: str, hits: list[Hit]) -> str:
    took = [hit.took_s for hit in hits] or [0.0]
    middle = sum(hit.in_the_middle for hit in hits)
    return f"{name:<24} {len(hits):>5} {middle:>14} {median(took):>9.1f} {max(took):>10.1f}"
