"""The simulated day, ready to be played."""

from itertools import accumulate
from typing import Any, Final, NamedTuple

import msgspec

from adapters.file import Keyed
from banzhang.demo.play import Due
from banzhang.demo.report import Incident, incident_of
from streams.simulate import school_day

HOUR_MS: Final = 3_600_000
LASTS_MS: Final = 16 * HOUR_MS
"""From 06:30 to 22:30."""
MEMBERS: Final = 45


class Day(NamedTuple):
    """What is sent when, when the day begins and ends (event time, ms), and what is wrong in it."""

    dues: list[Due]
    begin_ms: int
    end_ms: int
    truth: frozenset[Incident]


def day_of(*, groups: int, messages: int, seed: int) -> Day:
    """One past school day of a district. The same arguments give the same day."""
    pairs = list(school_day(groups=groups, members=MEMBERS, messages=messages, seed=seed))
    begin_ms = min(event["sent_at"] for event, _ in pairs)
    end_ms = begin_ms + LASTS_MS
    # They come in order of arrival: one that was delayed is sent after what it came behind.
    arrivals = accumulate((event["sent_at"] for event, _ in pairs), max)
    dues = [Due(at, _keyed(event)) for at, (event, _) in zip(arrivals, pairs, strict=True)]
    truth = frozenset(
        incident_of(event["group_id"], label, event["id"], event["member_id"])
        for event, known in pairs
        for label in known["wrong"]
    )
    return Day(dues, begin_ms, end_ms, truth)


def _keyed(event: dict[str, Any]) -> Keyed:
    key = f"{event['platform']}:{event['group_id']}".encode()
    return Keyed(key, msgspec.json.encode(event))
