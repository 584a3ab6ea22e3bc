"""Groups at their limits: all of a large one talk at once, and changes that fill a batch."""

import random
import time
from collections import Counter
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final

import pytest

from banzhang.kafka import records_of
from infra.local import Cluster
from schemas.event import Message, Roster, RosterLine, encode_event
from streams.partitioner import partition_of
from tests.system.batches import noted
from tests.system.harness import PARTITIONS, WHOLE, Stream
from tests.system.midrun import Line, kill_in_the_middle, write

MEMBERS: Final = 3_000
ROUNDS: Final = 12
ROSTER: Final = 2_300
"""Members of a group with the longest of names: their changes are half of a record batch."""


def said(group: str, member: int, number: int, sent_at: int) -> Line:
    """A member says what everybody says."""
    event = Message(
        id=f"{member}-{number}",
        platform="qq",
        group_id=group,
        member_id=f"p{member}",
        sent_at=sent_at,
        text="甲乙丙丁",
    )
    return f"qq:{group}".encode(), encode_event(event)


@pytest.mark.chaos
async def test_a_group_of_three_thousand_in_which_all_talk_at_once_is_judged_whatever_dies(
    kafka: Cluster, tmp_path: Path
) -> None:
    chance, now = random.Random(11), time.time_ns() // 1_000_000
    lines = []
    for number in range(ROUNDS):
        members = list(range(MEMBERS))
        chance.shuffle(members)
        # All within a second of each other, as after a teacher's "please confirm".
        lines += [said("crowd", m, number, now - 20_000 + 1_000 * number) for m in members]

    async with Stream(kafka.bootstrap, tmp_path) as stream:
        await stream.worked_by("w1")
        await write(stream, lines, 10_000, deed=partial(kill_in_the_middle, stream, "w1"))
        await stream.drained()
        verdict = await stream.compared()
        told = [a async for a in stream.objects(stream.topics.actions.name)]

    assert verdict.words in WHOLE, verdict
    assert {a["member_id"] for a in told if "member_id" in a} == {f"p{m}" for m in range(MEMBERS)}


@pytest.mark.chaos
async def test_changes_that_fill_a_batch_go_on_in_the_next_with_no_group_in_two(
    kafka: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three groups whose rosters change some four MiB of keys each, in one settle."""
    now = time.time_ns() // 1_000_000
    groups = _long_names_on_one_partition(3)
    roster = tuple(RosterLine(member_id=f"p{m}", role="parent") for m in range(ROSTER))
    lines = [
        (
            f"qq:{group}".encode(),
            encode_event(
                Roster(
                    id="roster",
                    platform="qq",
                    group_id=group,
                    member_id="office",
                    sent_at=now - 20_000,
                    roster=roster,
                )
            ),
        )
        for group in groups
    ]
    lines += [
        said(group, member, number, now - 10_000 + number)
        for number in range(3)
        for group in groups
        for member in range(100)
    ]

    async with Stream(kafka.bootstrap, tmp_path) as stream:
        await write(stream, lines, 10_000)
        await stream.worked_by("w1")
        await stream.drained()
        stream.worker("w1").end()
        # What was written must be found again by who comes next.
        stream.worker("w2").start()
        await write(stream, [said(g, m, 3, now) for g in groups for m in range(200)], 10_000)
        await stream.drained()
        verdict = await stream.compared()
        batches = noted(monkeypatch)
        assert [r async for r in records_of(stream.bootstrap, stream.topics.state.name)]

    assert verdict.words in WHOLE, verdict
    whole = [_whole_groups(batch) for batch in batches]
    assert sum(map(len, whole)) == len(groups), "a roster's changes stand in two batches"
    assert 0 < max(map(len, whole)) < len(groups), "the changes of one settle did not fill a batch"


def _long_names_on_one_partition(count: int) -> list[str]:
    """Names near the longest that a platform may give, of groups of partition 0."""
    names = ("班" * 490 + str(number) for number in range(1_000))
    here = (n for n in names if partition_of(f"qq:{n}".encode(), PARTITIONS) == 0)
    return list(islice(here, count))


def _whole_groups(batch: list[bytes]) -> set[bytes]:
    """The groups of which a batch holds as many records as the roster has members."""
    held = Counter(key.partition(b"\x1f")[0] for key in batch)
    return {group for group, records in held.items() if records > ROSTER}
