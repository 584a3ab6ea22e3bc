"""What is seen of a worker under a long load, and what it comes to."""

import csv
from collections.abc import Sequence
from pathlib import Path
from statistics import linear_regression
from typing import Final, NamedTuple

SAMPLES: Final = Path(__file__).parent / "soak.csv"


class Reading(NamedTuple):
    """What was seen at one time: seconds from the start, messages judged, written and not yet
    judged, judged a second since the last reading; of the process: memory, open files and
    processor; records ever written to the changelog.
    """

    seconds: float
    judged: int
    lag: int
    per_s: float
    rss_mib: float
    open_files: int
    cpu_s: float
    changelog: int


def second_half(readings: Sequence[Reading]) -> Sequence[Reading]:
    """The readings from the half of the messages on: before it states still come to be."""
    half = readings[-1].judged / 2
    return [reading for reading in readings if reading.judged >= half]


def growth(readings: Sequence[Reading]) -> float:
    """MiB of memory that a million messages of the second half brought; 0 for a single reading."""
    seen = second_half(readings)
    if len({reading.judged for reading in seen}) < 2:
        return 0.0
    millions = [reading.judged / 1e6 for reading in seen]
    return linear_regression(millions, [reading.rss_mib for reading in seen]).slope


def keep(readings: Sequence[Reading], path: Path = SAMPLES) -> None:
    """Write the readings down, one line each."""
    with path.open("w", newline="", encoding="ascii") as out:
        lines = csv.writer(out, lineterminator="\n")
        lines.writerow(Reading._fields)
        lines.writerows(readings)
