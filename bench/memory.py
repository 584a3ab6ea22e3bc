"""What a worker holds in memory once it has come to rest."""

import time
from collections.abc import Sequence

from bench.scores import TrialError
from bench.trial import Running, Sample

# At rest: for so long the readings have differed by no more than this, two bytes a member of
# 500,000. Heartbeats and commits go on, so equal readings may never come.
REST_S = 2.0
REST_BYTES = 1 << 20
_UNREST_S = 60.0


def rss_at_rest(running: Running) -> int:
    """Wait until the process's resident memory stands still, and return it, in bytes.

    Raises `TrialError` if it ends, or is still moving after a minute.
    """
    began, first = time.monotonic(), len(running.samples)
    while time.monotonic() - began < _UNREST_S:
        running.sample()
        if at_rest(running.samples[first:]):
            return running.samples[-1].rss
        running.pause()
    raise TrialError(f"its memory is still moving after {_UNREST_S:.0f} s")


def at_rest(samples: Sequence[Sample]) -> bool:
    """Whether the memory stood still in the last two seconds; not so where fewer were seen."""
    last = samples[-1].at_s
    if last - samples[0].at_s < REST_S:
        return False
    recent = [sample.rss for sample in samples if last - sample.at_s <= REST_S]
    return max(recent) - min(recent) <= REST_BYTES
