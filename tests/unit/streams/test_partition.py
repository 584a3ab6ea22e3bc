"""All states of one partition: what is judged, refused, waited for, written, recovered."""

import json
from collections.abc import Sequence

import pytest

from schemas.event import Event
from streams.partition import (
    ACTIVE_MAX,
    LogReplaced,
    Partition,
    Verdict,
)
from streams.partitioner import partition_of
from streams.policy.compile import Policy
from streams.skim import AHEAD_MS
from streams.state import Member, split_key
from tests.strategies import (
    DAY,
    NOON,
    PACKETS,
    QUIET,
    Stood,
    command,
    judged_whole,
    local,
    message,
    policy,
    recall,
    red_packet,
    roster,
    stood,
    tick,
)

PLAIN = policy(PACKETS, QUIET, ladder="three_steps")
OTHER = policy(PACKETS, id="other")
PACKS = {pack.ref.version: pack for pack in (PLAIN, OTHER)}


def fresh(partitions: int = 0, number: int = 0) -> Partition:
    return Partition(topic="events", number=number, partitions=partitions)


def ready(partitions: int = 0, number: int = 0) -> Partition:
    partition = fresh(partitions, number)
    partition.begin_with(PLAIN.ref.version)
    return partition


def judged(
    partition: Partition,
    records: Sequence[Stood],
    packs: dict[str, Policy] | None = None,
) -> Verdict:
    return judged_whole(partition, records, PACKS if packs is None else packs)


def log_of(*events: Event | bytes, start: int = 0) -> list[Stood]:
    return [stood(start + i, event) for i, event in enumerate(events)]


def letters(verdict: Verdict) -> list[tuple[str, str, int]]:
    said = [json.loads(value) for _, value in verdict.dead]
    return [(letter["reason"], letter["field"], letter["offset"]) for letter in said]


# --- refused


def test_a_bad_record_is_buried_and_the_rest_is_judged() -> None:
    verdict = judged(ready(), log_of(b"{", red_packet("r")))

    assert letters(verdict) == [("not_json", "$", 0)]
    assert verdict.kinds == {("delete", "live"): 1, ("remind", "live"): 1}
    assert (verdict.judged, verdict.rejected_in_row) == (1, 0)


def test_bad_records_in_a_row_are_counted_across_fetches() -> None:
    partition = ready()
    judged(partition, log_of(message("e0"), b"{"))

    assert judged(partition, log_of(b"{", b"{", start=2)).rejected_in_row == 3


def test_a_dead_letter_has_the_bytes_and_the_coordinates() -> None:
    verdict = judged(ready(), [Stood(7, b"\xff", 123, b"qq:g1")])

    ((key, value),) = verdict.dead
    letter = json.loads(value)
    assert key == b"qq:g1"
    assert (letter["topic"], letter["partition"], letter["timestamp"]) == ("events", 0, 123)
    assert (letter["raw"], letter["key"]) == ("/w==", "cXE6ZzE=")


@pytest.mark.parametrize(("ahead", "refused"), [(AHEAD_MS, 0), (AHEAD_MS + 1, 1)])
def test_a_record_ahead_of_the_log_moves_no_clock(ahead: int, refused: int) -> None:
    partition = ready()
    judged(partition, log_of(message("e0", NOON)))
    record = stood(1, message("e1", NOON + ahead))

    verdict = judged(partition, [Stood(1, record.value, NOON, record.key)])

    assert len(verdict.dead) == refused
    assert verdict.judged == 1 - refused


def test_a_log_without_a_clock_refuses_nothing_for_its_time() -> None:
    assert judged(ready(), log_of(message("e0", 253_402_300_799_999))).dead == []


@pytest.mark.parametrize("event", [message("e0", group_id="*"), command("c", "warn", group="*")])
def test_only_ticks_and_policies_are_about_all_groups(event: Event) -> None:
    assert letters(judged(ready(), log_of(event))) == [("bad_field", "$.group_id", 0)]


@pytest.mark.parametrize("event", [message("e", platform="a:b"), message("e", group_id="a\x1fb")])
def test_a_name_that_would_be_another_group_s_is_refused(event: Event) -> None:
    assert letters(judged(ready(), log_of(event))) == [("bad_field", "$.platform", 0)]


# --- strays


def test_a_record_on_a_foreign_partition_is_sent_home_and_not_judged() -> None:
    home = partition_of(b"qq:g1", 8)
    record = stood(0, red_packet("r"))

    stray = judged(ready(8, (home + 1) % 8), [record])
    own = judged(ready(8, home), [record])

    assert stray.strays == [(b"qq:g1", record.value)]
    assert (stray.actions, stray.changes, stray.judged) == ([], [], 0)
    assert (own.strays, len(own.actions)) == ([], 2)


def test_a_record_under_a_wrong_key_is_judged_as_its_own_group_s() -> None:
    partition = ready()
    record = Stood(0, stood(0, red_packet("r")).value, key=b"qq:g2")
    judged(partition, log_of(message("e", group_id="g2"), start=1))

    judged(partition, [Stood(2, record.value, key=b"qq:g2")])

    assert list(partition.groups[b"qq:g1"].members) == ["p1"]


# --- policies


def test_what_stands_before_the_first_policy_is_a_dead_letter_and_the_rest_is_judged() -> None:
    partition = fresh()
    order = command("c", "policy", member="system", group="*", policy=PLAIN.ref.version)
    reading = partition.read(log_of(red_packet("r0"), order, red_packet("r1", NOON + 1)))

    verdict = partition.judge(reading, PACKS)

    [(_, letter)] = verdict.dead
    assert (json.loads(letter)["reason"], json.loads(letter)["offset"]) == ("no_policy", 0)
    assert (verdict.judged, reading.at) == (2, 3)
    assert {json.loads(action)["evidence"][-1] for _, action in verdict.actions} == {"r1"}


@pytest.mark.parametrize("group", ["g1", "*"])
def test_a_pack_that_was_declared_void_is_waited_for_by_nobody_and_orders_nothing(
    group: str,
) -> None:
    partition, void = ready(), "0" * 32
    order = command("c", "policy", NOON, group=group, policy=void)
    reading = partition.read(log_of(roster(), order, red_packet("r1", NOON + 1)))

    verdict = partition.judge(reading, {**PACKS, void: None})

    assert (verdict.lacks, verdict.judged) == (None, 3)
    assert json.loads(verdict.actions[0][1])["policy"]["id"] == PLAIN.pack.id


def test_what_stands_before_a_missing_pack_is_judged() -> None:
    partition = ready()
    order = command("c", "policy", member="system", group="*", policy=OTHER.ref.version)
    reading = partition.read(log_of(red_packet("r0"), order, red_packet("r1", NOON + 1)))

    first = partition.judge(reading, {PLAIN.ref.version: PLAIN})
    assert (first.lacks, reading.at, reading.following) == (OTHER.ref.version, 1, 1)

    second = partition.judge(reading, PACKS)
    assert (second.lacks, second.judged) == (None, 2)
    assert json.loads(second.actions[0][1])["policy"]["id"] == "other"


def test_a_tick_that_waits_for_a_pack_forgets_no_other_group_s_deadline() -> None:
    """A tick read again after a crash: one group is past it, another lacks its pack."""
    third = policy(PACKETS, QUIET, ladder="three_steps", id="third")
    packs = PACKS | {third.ref.version: third}
    night, morning = local("23:00"), local("06:00", day=8)
    log = log_of(
        message("own", night, "早", "t", group_id="g2", platform_role="owner"),
        command("c", "policy", night, member="t", group="g2", policy=third.ref.version),
        *(red_packet(f"r{i}", night, group_id="g2") for i in range(2)),
        tick(morning + 1),
        *(red_packet(f"r{i}", night) for i in range(2)),
    )
    partition = ready()
    before, after = judged(partition, log[:4], packs), judged(partition, log[4:], packs)
    after.changes = [batch for batch in after.changes if batch[0][0].startswith(b"qq:g1")]
    back = recovered([before, after])
    back.begin_with(PLAIN.ref.version)
    reading = back.read(log[4:])

    assert back.judge(reading, PACKS).lacks == third.ref.version
    assert b'"g2"' in notices(back.judge(reading, packs))[0]

    assert b'"g1"' in notices(judged(back, log_of(tick(morning + 2), start=7)))[0]


def notices(verdict: Verdict) -> list[bytes]:
    return [value for _, value in verdict.actions if b'"kind":"notice"' in value]


def test_packs_are_those_that_the_states_name() -> None:
    partition = ready()

    assert partition.packs() == {PLAIN.ref.version}


# --- the fence


def test_what_is_at_or_below_the_fence_changes_nothing() -> None:
    partition = ready()
    log = log_of(red_packet("r0"), red_packet("r1", NOON + 1))
    judged(partition, log)

    again = judged(partition, log)

    assert (again.actions, again.changes, again.judged) == ([], [], 0)


def test_another_event_at_the_fence_is_another_log() -> None:
    partition = ready()
    judged(partition, log_of(message("e0"), message("e1", NOON + 1)))

    for other in (message("other"), message("other", NOON + DAY)):
        with pytest.raises(LogReplaced, match="events 0 at 1"):
            judged(partition, log_of(other, start=1))


# --- written and recovered


def test_a_group_s_changes_stand_together_head_first_and_only_what_changed() -> None:
    partition = ready()
    judged(partition, log_of(message("e0"), message("e1", NOON, "早", "p2")))

    verdict = judged(partition, log_of(message("e2", NOON, "早", "p2"), start=2))

    ((head, member),) = verdict.changes
    assert [split_key(key) for key, *_ in (head, member)] == [
        (b"qq:g1", b"h"),
        (b"qq:g1", b"mp2"),
    ]
    assert {place for *_, place in (head, member)} == {(head[1] or b"")[:12]}


def recovered(verdicts: Sequence[Verdict]) -> Partition:
    partition = fresh()
    latest = {
        key: value for verdict in verdicts for batch in verdict.changes for key, value, _ in batch
    }
    for key, value in reversed(latest.items()):
        if value is not None:
            partition.load(key, value)
    return partition


def test_what_is_recovered_judges_on() -> None:
    partition = ready()
    order = command("c", "policy", member="system", group="*", policy=PLAIN.ref.version)
    verdicts = [judged(partition, log_of(order, red_packet("r0"), red_packet("r1", NOON + 1)))]
    back = recovered(verdicts)

    assert back.highest() == 2
    assert back.packs() == {PLAIN.ref.version}
    last = judged(back, log_of(red_packet("r2", NOON + 2), start=3))
    assert last.kinds == {("delete", "live"): 1, ("escalate", "live"): 1}


def test_a_state_is_the_same_bytes_before_and_after_the_changelog() -> None:
    partition = ready()
    order = command("c", "policy", member="system", group="*", policy=PLAIN.ref.version)
    back = recovered([judged(partition, log_of(order, red_packet("r0")))])
    more = log_of(red_packet("r1", NOON + 1), message("e", NOON + 2, "早"), start=2)

    assert judged(back, more).changes == judged(partition, more).changes


def test_states_of_an_older_generation_fence_nothing() -> None:
    partition = ready()
    verdict = judged(partition, log_of(message("e0")))
    newer = Partition(topic="events", number=0, partitions=0, generation=2)
    for key, value, _ in verdict.changes[0]:
        newer.load(key, value or b"")

    assert newer.highest() == -1
    assert newer.groups[b"qq:g1"].offset == -1


def test_a_deadline_set_and_due_within_one_fetch_is_met_by_the_tick_between() -> None:
    night, morning = local("23:00"), local("06:00", day=8)

    verdict = judged(
        ready(),
        log_of(
            red_packet("r0", night),
            red_packet("r1", night + 1),
            tick(morning - 1),
            tick(morning),
            tick(morning + DAY),
        ),
    )

    assert [json.loads(value)["decided_at"] for value in notices(verdict)] == [morning]


def test_a_tick_that_was_written_down_still_counts_for_a_group_that_was_not() -> None:
    night, morning = local("23:00"), local("06:00", day=8)
    order = command("c", "policy", member="system", group="*", policy=PLAIN.ref.version)
    log = log_of(order, red_packet("r0", night), red_packet("r1", night), tick(morning))
    lost = judged(fresh(), log)
    lost.changes = [batch for batch in lost.changes if batch[0][0].startswith(b"*:*")]

    again = judged(recovered([lost]), log)

    assert again.actions == lost.actions
    assert len(notices(again)) == 1


def test_a_tick_of_one_group_concerns_that_group_alone() -> None:
    night, morning = local("23:00"), local("06:00", day=8)
    packets = [
        red_packet(f"r{i}", night + i, group_id=group) for group in ("g1", "g2") for i in (0, 1)
    ]

    verdict = judged(ready(), log_of(*packets, tick(morning, "g2")))

    assert [json.loads(value)["group_id"] for value in notices(verdict)] == ["g2"]


def test_idle_members_go_back_to_bytes() -> None:
    partition = ready()
    count = ACTIVE_MAX + 100
    crowd = [message(f"e{i}", NOON, "早", f"m{i}") for i in range(count)]
    judged(partition, log_of(*crowd[:1]))
    fetched = recovered([judged(partition, log_of(*crowd[1:], start=1))])
    fetched.begin_with(PLAIN.ref.version)

    judged(
        fetched,
        log_of(*(message(f"f{i}", NOON + 1, "早", f"m{i}") for i in range(count)), start=count),
    )

    members = list(fetched.groups[b"qq:g1"].members.values())
    assert len(members) == count
    assert sum(isinstance(member, Member) for member in members) <= ACTIVE_MAX + 1


def test_what_no_replay_needs_is_pruned() -> None:
    partition = ready()
    judged(partition, log_of(*(tick(NOON + i) for i in range(10))))

    partition.committed(8)

    assert partition._partwide.ticks == [(7, NOON + 7), (8, NOON + 8), (9, NOON + 9)]
    assert partition._partwide.policies == [(-1, PLAIN.ref.version)]


def test_a_recall_about_nobody_changes_nothing() -> None:
    partition = ready()

    judged(partition, log_of(recall("x", "none")))

    assert partition.groups[b"qq:g1"].members == {}
