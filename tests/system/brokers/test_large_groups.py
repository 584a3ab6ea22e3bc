"""Groups at their limits: all of a large one talk at once, and changes that fill a batch."""

import json
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
from schemas.event import Message, Role, Roster, RosterLine, encode_event
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
    """Three groups whose rosters change some four MiB of keys each, in one settle; and once more,
    with a kill while they are judged.

    It takes several groups: one's roster comes to half of a batch at most, and all its changes to
    a whole one (`test_limits.py::test_a_group_of_which_every_part_is_full_is_within_its_share_of_a_batch`).
    """
    now = time.time_ns() // 1_000_000
    groups = _long_names_on_one_partition(3)
    lines = [_roster(group, "parent", now - 20_000) for group in groups]
    lines += [
        said(group, member, number, now - 10_000 + number)
        for number in range(3)
        for group in groups
        for member in range(100)
    ]

    async with Stream(kafka.bootstrap, tmp_path) as stream:
        settled: list[int] = []

        async def kill_amid_the_rosters() -> None:
            await kill_in_the_middle(stream, "w1")
            settled.append((await stream.committed())[0])

        await write(stream, lines, 10_000)
        await stream.worked_by("w1")
        await stream.drained()
        again = [_roster(group, "student", now - 5_000) for group in groups]
        again += [said(g, m, 3, now) for g in groups for m in range(20)]
        await write(stream, again, 10_000, deed=kill_amid_the_rosters)
        # What was written must be found again by who comes next.
        await write(stream, [said(g, m, 4, now) for g in groups for m in range(200)], 10_000)
        await stream.drained()
        verdict = await stream.compared()
        log = [r async for r in records_of(stream.bootstrap, stream.topics.events.name)]
        batches = noted(monkeypatch)
        assert [r async for r in records_of(stream.bootstrap, stream.topics.state.name)]

    assert verdict.words in WHOLE, verdict
    rosters = [r.offset for r in log if json.loads(r.value)["kind"] == "roster"]
    assert len(rosters) == 2 * len(groups)
    assert settled[0] <= rosters[-1], "the rosters were settled before the kill came"
    whole = [_whole_groups(batch) for batch in batches]
    assert sum(map(len, whole)) == len(rosters), "a roster's changes stand in two batches"
    assert 0 < max(map(len, whole)) < len(groups), "the changes of one settle did not fill a batch"


def _roster(group: str, role: Role, sent_at: int) -> Line:
    """All members of a group, each with this role."""
    roster = tuple(RosterLine(member_id=f"p{m}", role=role) for m in range(ROSTER))
    event = Roster(
        id=f"roster of {role}s",
        platform="qq",
        group_id=group,
        member_id="office",
        sent_at=sent_at,
        roster=roster,
    )
    return f"qq:{group}".encode(), encode_event(event)


def _long_names_on_one_partition(count: int) -> list[str]:
    """Names near the longest that a platform may give, of groups of partition 0."""
    names = ("班" * 490 + str(number) for number in range(1_000))
    here = (n for n in names if partition_of(f"qq:{n}".encode(), PARTITIONS) == 0)
    return list(islice(here, count))


def _whole_groups(batch: list[bytes]) -> set[bytes]:
    """The groups of which a batch holds as many records as the roster has members."""
    held = Counter(key.partition(b"\x1f")[0] for key in batch)
    return {group for group, records in held.items() if records > ROSTER}
