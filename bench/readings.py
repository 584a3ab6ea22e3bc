"""What is seen of a worker under a long load, and what it comes to."""

import csv
from collections.abc import Sequence
from pathlib import Path
from statistics import linear_regression
from typing import Final, NamedTuple

import numpy as np

SAMPLES: Final = Path(__file__).parent / "soak.csv"
_MIB: Final = 1 << 20


class Reading(NamedTuple):
    """What was seen at one time: seconds from the start, messages judged, written and not yet
    judged, judged a second since the last reading; of the process: memory, open files and
    processor; records ever written to the changelog. Of the messages judged: people met who were not
    there on the first day, and messages remembered.
    """

    seconds: float
    judged: int
    lag: int
    per_s: float
    rss_mib: float
    open_files: int
    cpu_s: float
    changelog: int
    newcomers: int = 0
    remembered: int = 0


class Explained(NamedTuple):
    """What of the memory is people and messages: bytes for each, and by how many MiB the readings are
    off that, on average (root mean square); the slope of what is off, in MiB a million messages.
    """

    newcomer_bytes: float
    message_bytes: float
    off_mib: float
    slope: float


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


def explained(readings: Sequence[Reading]) -> Explained:
    """Tell the memory by who is known and what is remembered, from a tenth of the messages on: before
    it the process itself still grows.
    """
    seen = [reading for reading in readings if reading.judged >= readings[-1].judged / 10]
    known = np.array([(1.0, one.newcomers, one.remembered) for one in seen])
    memory = np.array([one.rss_mib for one in seen])
    each, *_ = np.linalg.lstsq(known, memory, rcond=None)
    off = memory - known @ each
    millions = [one.judged / 1e6 for one in seen]
    slope = linear_regression(millions, off.tolist()).slope
    newcomer_mib, message_mib = each[1:].tolist()
    off_mib = float(np.sqrt(np.mean(off**2)))
    return Explained(newcomer_mib * _MIB, message_mib * _MIB, off_mib, slope)


def keep(readings: Sequence[Reading], path: Path = SAMPLES) -> None:
    """Write the readings down, one line each."""
    with path.open("w", newline="", encoding="ascii") as out:
        lines = csv.writer(out, lineterminator="\n")
        lines.writerow(Reading._fields)
        lines.writerows(readings)
