from collections import Counter
from itertools import islice
from pathlib import Path

import pytest

from bench.district import AWAKE_MS, MESSAGES_A_DAY, District
from bench.readings import Reading, explained, growth, keep, second_half
from bench.soak import with_known
from bench.soak_picture import PANELS, drawn
from bench.week import DAY_MS
from schemas.event import Message, decode_event


def readings(*rss_mib: float) -> list[Reading]:
    return [
        Reading(
            seconds=5.0 * n,
            judged=1_000_000 * n,
            lag=1_000,
            per_s=20_000.0,
            rss_mib=rss,
            open_files=24,
            cpu_s=4.0 * n,
            changelog=100 * n,
        )
        for n, rss in enumerate(rss_mib, start=1)
    ]


def test_growth_is_that_of_the_second_half_a_million_messages() -> None:
    assert growth(readings(100, 200, 300, 301, 302, 303)) == pytest.approx(1.0)
    assert growth(readings(300, 300, 300, 300)) == 0
    assert growth(readings(300)) == 0


def test_memory_is_told_by_who_is_known_and_what_is_remembered() -> None:
    def reading(at: int, newcomers: int, remembered: int, more_mib: float) -> Reading:
        rss_mib = 100 + (800 * newcomers + 40 * remembered) / (1 << 20) + more_mib
        one = readings(rss_mib)[0]
        return one._replace(judged=1_000_000 * at, newcomers=newcomers, remembered=remembered)

    known = [(at, 1_000 * (at // 4), 90_000 + round(9_000 * at**0.5)) for at in range(20)]
    flat = explained([reading(*one, more_mib=0) for one in known])
    leaking = explained([reading(*one, more_mib=one[0] ** 2 / 10) for one in known])

    assert flat == pytest.approx((800, 40, 0, 0), abs=1e-3)
    assert leaking.off_mib > 1


def test_who_is_known_and_remembered_is_who_wrote() -> None:
    district = District(groups=2, began_at=1_700_000_000_000, seed=1)
    counts = [50, 100, 3_000]
    events = [decode_event(value) for _, value in islice(district.records(), counts[-1])]
    people = [event.member_id for event in events if isinstance(event, Message)]

    known = list(district.known(counts, ring=12))

    for count, (met, remembered) in zip(counts, known, strict=True):
        wrote = Counter(people[:count])
        assert met == len(wrote)
        assert remembered == sum(min(times, 12) for times in wrote.values())
    [seen] = with_known([readings(300)[0]._replace(judged=counts[-1])], district)
    assert seen.newcomers == len(set(people)) - district.members > 0


def test_the_second_half_begins_with_half_of_the_messages() -> None:
    assert [reading.judged for reading in second_half(readings(1, 2, 3, 4))] == [
        2_000_000,
        3_000_000,
        4_000_000,
    ]


def test_the_picture_shows_each_curve_from_zero_and_is_the_same_for_the_same_readings() -> None:
    seen = readings(300, 310, 310)

    picture = drawn(seen, groups=10)

    assert picture == drawn(seen, groups=10)
    assert picture.count("<polyline") == len(PANELS)
    assert "3,000,000 messages of 10 groups" in picture


def test_readings_are_kept_a_line_each(tmp_path: Path) -> None:
    keep(readings(1, 2), tmp_path / "soak.csv")

    lines = (tmp_path / "soak.csv").read_text(encoding="ascii").splitlines()
    assert lines[0] == ",".join(Reading._fields)
    assert len(lines) == 3


def test_a_district_is_made_of_events_in_order_the_same_from_a_seed() -> None:
    district = District(groups=3, began_at=1_700_000_000_000, seed=1)

    records = list(islice(district.records(), 2_000))

    assert records == list(islice(district.records(), 2_000))
    events = [decode_event(value) for _, value in records]
    assert all(isinstance(event, Message) for event in events)
    times = [event.sent_at for event in events if isinstance(event, Message)]
    assert times == sorted(times)
    a_day = 3 * MESSAGES_A_DAY
    assert times[a_day] - times[0] == DAY_MS
    assert times[a_day - 1] - times[0] < AWAKE_MS
    assert len({event.member_id for event in events[: district.members]}) == district.members  # type: ignore[union-attr]


def test_people_come_and_go_where_they_do() -> None:
    district = District(groups=1, began_at=0, seed=1)

    early, late = (district._tenant(0, 3, day) for day in (0, 70))

    assert early != late

    settled = District(groups=1, began_at=0, seed=1, stay_weeks=1_000_000)
    assert settled._tenant(0, 3, day=0) == settled._tenant(0, 3, day=70)
