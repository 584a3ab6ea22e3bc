from collections import Counter
from itertools import pairwise

import pytest

from bench.ours import FULL
from bench.week import (
    DAY_MS,
    DAYS,
    FETCHED,
    MEMBERS_PER_GROUP,
    MESSAGES_PER_MEMBER,
    Logged,
    Week,
    last_changes,
)
from streams.partition import Partition
from streams.policy.compile import compile_pack
from streams.policy.published import pack_bytes
from streams.state import split_key
from tests.strategies import policy

BEGAN_AT = 1_772_406_000_000
WEEK = Week(groups=8, began_at=BEGAN_AT, seed=7)
PARTITIONS = 2
POLICY = compile_pack(pack_bytes(FULL.pack))

PLAIN = policy()
"""Without deadlines, which write members down long after their last word."""


def partition(number: int) -> Partition:
    states = Partition(topic="events", number=number, partitions=PARTITIONS)
    states.begin_with(POLICY.ref.version)
    return states


def log(number: int) -> list[Logged]:
    messages = WEEK.messages(number, PARTITIONS)
    return [Logged(n, 0, message.key, message.value) for n, message in enumerate(messages)]


def test_each_member_of_each_group_writes_six_messages_in_one_partition() -> None:
    said = [m for number in range(PARTITIONS) for m in WEEK.messages(number, PARTITIONS)]

    by_member = Counter((message.group_id, message.member_id) for message in said)

    assert len(by_member) == WEEK.groups * MEMBERS_PER_GROUP
    assert set(by_member.values()) == {MESSAGES_PER_MEMBER}


def test_messages_stand_in_order_of_time_within_the_week_and_never_at_night() -> None:
    times = [message.sent_at for message in WEEK.messages(0, PARTITIONS)]

    assert all(earlier <= later for earlier, later in pairwise(times))
    assert times[0] >= BEGAN_AT
    assert times[-1] < BEGAN_AT + DAYS * DAY_MS
    assert all((at - BEGAN_AT) % DAY_MS < 15 * 3_600_000 for at in times)


def test_the_same_seed_makes_the_same_week_and_another_one_another() -> None:
    other = Week(groups=8, began_at=BEGAN_AT, seed=8)

    assert list(WEEK.messages(1, 2)) == list(WEEK.messages(1, 2))
    assert list(WEEK.messages(1, 2)) != list(other.messages(1, 2))


@pytest.mark.parametrize("number", range(PARTITIONS))
def test_what_is_kept_holds_one_record_of_each_member_and_gives_the_states_back(
    number: int,
) -> None:
    judged, recovered = partition(number), partition(number)
    records = log(number)

    kept = last_changes(judged, records, {POLICY.ref.version: POLICY})
    for key, value in kept.items():
        recovered.load(key, value)

    members = [key for key in kept if split_key(key)[1].startswith(b"m")]
    assert len(members) == len(records) / MESSAGES_PER_MEMBER
    assert recovered.highest() == records[-1].offset
    assert recovered.groups.keys() == judged.groups.keys()
    for key, group in recovered.groups.items():
        for member_id in group.members:
            assert group.peek(member_id) == judged.groups[key].peek(member_id)


def test_a_key_that_is_written_again_stands_where_it_was_written_last() -> None:
    week = Week(groups=20, began_at=BEGAN_AT, seed=7)
    said = list(week.messages(0, 1))
    records = [Logged(n, 0, message.key, message.value) for n, message in enumerate(said)]
    in_last_fetch = {m.member_id.encode() for m in said[FETCHED:]}
    states = Partition(topic="events", number=0, partitions=1)
    states.begin_with(PLAIN.ref.version)

    kept = last_changes(states, records, {PLAIN.ref.version: PLAIN})

    members = [part[1:] for _, part in map(split_key, kept) if part.startswith(b"m")]
    late = [member in in_last_fetch for member in members]
    assert 0 < sum(late) < len(late)
    assert late == sorted(late)
