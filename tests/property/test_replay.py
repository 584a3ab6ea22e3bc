"""The same log gives the same actions and the same states, whatever died and however it was cut."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.action import decode_action
from schemas.event import Event, Tick
from streams.partition import Partition, Verdict
from streams.place import PLACE_BYTES
from streams.state import Change
from tests.strategies import (
    DAY,
    GROUPS,
    HOUR,
    MEMBERSHIP,
    MINUTE,
    NAMES,
    PACKETS,
    QUIET,
    RATE,
    REPEAT,
    TIMED,
    Step,
    Stood,
    content,
    plans,
    policy,
    stood,
    suspecting,
    suspicion,
    unfold,
)

FIRST = policy(lapse_ms=HOUR)
SECOND = suspecting(
    policy(
        RATE,
        REPEAT,
        QUIET,
        PACKETS,
        content("abuse", "abuse", handling="severe", escalate=("owner", "school_office")),
        content("ads", "red_packet", state="shadow"),
        suspicion("doubts", "abuse"),
        *MEMBERSHIP,
        id="second",
        names=NAMES,
        ladder="three_steps",
        mutes=True,
    )
)
PACKS: Final = {pack.ref.version: pack for pack in (FIRST, SECOND, TIMED)}
POLICIES: Final = tuple(PACKS)


class Judged:
    """A partition with what came of it: actions by id, and the changelog as it stands."""

    def __init__(self) -> None:
        self.partition = new_partition()
        self.actions: dict[str, bytes] = {}
        self.changelog: dict[bytes, tuple[bytes, bytes | None]] = {}

    def judge(self, records: Sequence[Stood]) -> Verdict:
        verdict = self.partition.judge(self.partition.read(records), PACKS)
        assert verdict.lacks is None
        return verdict

    def deliver(self, verdict: Verdict) -> None:
        """Take actions in as a consumer does: one that comes again must be the same."""
        for _, value in verdict.actions:
            action_id = decode_action(value).id
            assert self.actions.setdefault(action_id, value) == value, "one id, two contents"

    def write(self, changes: Sequence[Change]) -> None:
        """A batch appears whole or not at all; of two places the higher survives."""
        for key, value, place in changes:
            if place >= self.changelog.get(key, (b"", None))[0]:
                self.changelog[key] = (place, value)

    def recover(self, order: Any) -> None:
        """Drop memory; read the changelog in any order."""
        self.partition = new_partition()
        for key in order(sorted(self.changelog)):
            _, value = self.changelog[key]
            if value is not None:
                self.partition.load(key, value)

    def states(self) -> dict[bytes, bytes]:
        """Every state without its place, and without what only the next replay needs."""
        return {
            key: value[PLACE_BYTES:]
            for key, (_, value) in self.changelog.items()
            if value is not None and not key.startswith(b"*:*")
        }


def new_partition() -> Partition:
    return Partition(topic="events", number=0, partitions=0)


def logged(log: Sequence[Event]) -> list[Stood]:
    return [stood(offset, event) for offset, event in enumerate(log)]


def oracle(records: Sequence[Stood]) -> Judged:
    """One process, one record at a time, nothing ever dies."""
    judged = Judged()
    for record in records:
        settled(judged, [record])
    return judged


def told(plan: Sequence[Step]) -> list[Event]:
    """The plan's log, with outcomes of actions that a first judging of it brought."""
    actions = sorted(oracle(logged(unfold(plan, POLICIES))).actions)
    return unfold(plan, POLICIES, actions)


@given(plans, st.data())
def test_any_batching_and_any_crash_leave_the_same_actions_and_states(
    plan: list[Step], data: st.DataObject
) -> None:
    records = logged(told(plan))
    wanted = oracle(records)
    judged, committed, at = Judged(), 0, 0
    crashes_left = data.draw(st.integers(1, 4), "crashes")

    while at < len(records):
        to = data.draw(st.integers(at + 1, len(records)), "cut")
        verdict = judged.judge(records[at:to])
        if crashes_left and data.draw(st.booleans(), "crash"):
            crashes_left -= 1
            crash(judged, verdict, data)
            at = committed
            continue
        judged.deliver(verdict)
        for batch in verdict.changes:
            judged.write(batch)
        at = to
        if data.draw(st.booleans(), "commit"):
            committed = data.draw(st.integers(committed, at), "committed")
            judged.partition.committed(committed)

    assert judged.actions == wanted.actions
    assert judged.states() == wanted.states()


partwide_steps = st.builds(
    Step,
    kind=st.sampled_from(
        ("red_packet", "red_packet", "red_packet", "tick", "tick", "partwide_policy")
    ),
    gap=st.sampled_from((0, 1, 10 * MINUTE, 8 * HOUR)),
    back=st.sampled_from((0, 0, 0, 8 * HOUR)),
    group=st.sampled_from(GROUPS),
    member=st.just("p1"),
    target=st.just("p1"),
    text=st.just(""),
    pick=st.integers(0, 1),
)


@settings(max_examples=4 * settings().max_examples)
@given(st.lists(partwide_steps, min_size=4, max_size=16), st.data())
def test_a_replay_judges_by_what_stood_before_each_record(
    plan: list[Step], data: st.DataObject
) -> None:
    """Policies and ticks of the whole partition may be written where a group's states were not."""
    # The pack with the most deadlines comes first: a notice of the night waits for the morning.
    records = logged(unfold(plan, POLICIES[::-1]))
    wanted = oracle(records)
    judged = Judged()
    begin = data.draw(st.integers(0, len(records) - 1), "committed")
    settled(judged, records[:begin])
    settled(judged, records[begin:], lambda: data.draw(st.booleans(), "batch written"))
    judged.recover(lambda keys: keys)

    settled(judged, records[begin:])

    assert judged.actions == wanted.actions
    assert judged.states() == wanted.states()


def settled(
    judged: Judged, records: Sequence[Stood], written: Callable[[], bool] = lambda: True
) -> None:
    """Judge a fetch, deliver its actions, and write those of its batches that are written."""
    verdict = judged.judge(records)
    judged.deliver(verdict)
    for batch in verdict.changes:
        if written():
            judged.write(batch)


def crash(judged: Judged, verdict: Verdict, data: st.DataObject) -> None:
    """Die after some of the actions, or after all of them and some groups' batches."""
    got = data.draw(st.integers(0, len(verdict.actions)), "actions delivered")
    all_delivered = got == len(verdict.actions)
    verdict.actions = verdict.actions[:got]
    judged.deliver(verdict)
    for batch in verdict.changes:
        if all_delivered and data.draw(st.booleans(), "batch written"):
            judged.write(batch)
    judged.recover(lambda keys: data.draw(st.permutations(keys), "order read"))


@given(plans, st.data())
def test_where_a_fetch_ends_never_matters(plan: list[Step], data: st.DataObject) -> None:
    records = logged(told(plan))
    wanted = oracle(records)
    judged, at = Judged(), 0

    while at < len(records):
        to = data.draw(st.integers(at + 1, len(records)), "cut")
        settled(judged, records[at:to])
        at = to

    assert judged.actions == wanted.actions
    assert judged.states() == wanted.states()


@given(plans, st.randoms(use_true_random=False))
def test_the_interleaving_of_groups_never_matters(plan: list[Step], random: Any) -> None:
    log = [event for event in told(plan) if event.group_id != "*"]
    apart = sorted(log, key=lambda event: event.group_id)
    mixed = interleaved(log, random)

    wanted, found = oracle(ruled(apart)), oracle(ruled(mixed))

    assert found.actions == wanted.actions
    assert found.states() == wanted.states()


def ruled(log: Sequence[Event]) -> list[Stood]:
    """A log behind the policy that all groups begin with."""
    return logged([*unfold((), POLICIES)[:1], *log])


def interleaved(log: Sequence[Event], random: Any) -> list[Event]:
    """The same records, each group's own in their order."""
    queues = [[e for e in log if e.group_id == name] for name in sorted({e.group_id for e in log})]
    mixed = []
    while queues := [queue for queue in queues if queue]:
        mixed.append(random.choice(queues).pop(0))
    return mixed


@given(plans, st.data())
def test_a_pack_that_comes_late_changes_nothing_but_the_hour(
    plan: list[Step], data: st.DataObject
) -> None:
    records = logged(told(plan))
    wanted = oracle(records)
    judged = Judged()
    reading = judged.partition.read(records)
    at_hand: Mapping[str, Any] = {POLICIES[0]: FIRST}

    while True:
        verdict = judged.partition.judge(reading, at_hand)
        judged.deliver(verdict)
        for batch in verdict.changes:
            judged.write(batch)
        if verdict.lacks is None:
            break
        assert verdict.lacks in POLICIES[1:]
        at_hand = {**at_hand, verdict.lacks: PACKS[verdict.lacks]}

    assert reading.at == len(records)
    assert judged.actions == wanted.actions
    assert judged.states() == wanted.states()


@given(plans, st.lists(st.tuples(st.integers(0, 100), st.integers(0, 60_000)), max_size=8))
def test_where_ticks_fall_does_not_matter_in_a_log_in_order(
    plan: list[Step], ticks: list[tuple[int, int]]
) -> None:
    # A policy of the whole partition does not say when it takes effect in a silent group.
    orderly = [
        Step(s.kind, s.gap, 0, s.group, s.member, s.target, s.text, s.pick)
        for s in plan
        if s.kind not in ("tick", "own_tick", "partwide_policy")
    ]
    log = sorted(told(orderly), key=lambda event: event.sent_at)
    end = Tick(id="end", platform="*", group_id="*", sent_at=log[-1].sent_at + 40 * DAY)

    wanted = oracle(logged([*log, end]))
    found = oracle(logged([*with_ticks(log, ticks), end]))

    assert found.actions == wanted.actions
    assert judgement(found) == judgement(wanted)


def with_ticks(log: Sequence[Event], ticks: Sequence[tuple[int, int]]) -> list[Event]:
    """Ticks between the records, each dated somewhat back, as the clock writes them."""
    mixed = list(log)
    for number, (where, back) in enumerate(ticks):
        at = 1 + where % len(mixed)
        sent_at = max(0, mixed[at - 1].sent_at - back)
        tick = Tick(id=f"mixed-{number}", platform="*", group_id="*", sent_at=sent_at)
        mixed.insert(at, tick)
    return mixed


def judgement(judged: Judged) -> dict[bytes, bytes]:
    """The states but for the hash of the event at the fence, which a tick may be."""
    for group in judged.partition.groups.values():
        group.head.event = 0
        judged.write(group.changes(b"\xff" * PLACE_BYTES))
    return judged.states()
