"""All states of one source partition, and the judging of its records. Pure, in memory.

The shell hands in records as they were fetched and carries out the verdict: it writes what is to
be written, in that order, and confirms. Memory changes in place while judging, so that any fault
before the writes are done must end the process.
"""

import heapq
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Final, TypeVar

import msgspec

from schemas.action import Action, encode_action
from schemas.dead import letter_of
from schemas.event import (
    ANY,
    RECORD_BYTES_MAX,
    Command,
    CommandCall,
    Edit,
    Event,
    Message,
    Rejected,
    Tick,
    decode_events,
)
from schemas.record import Record
from streams.authority import may_order
from streams.commands import policy_named
from streams.deadlines import fire
from streams.fingerprints import prints_under
from streams.identity import SEPARATOR, hash64
from streams.judge import Judge
from streams.partitioner import partition_of
from streams.place import place, split
from streams.policy.compile import Policy
from streams.seal import Seal, seal_of
from streams.skim import AHEAD_MS, skim
from streams.state import (
    LARGE,
    PARTITION_KEY,
    Change,
    Group,
    Member,
    Partwide,
    decode_partwide,
    encode_member,
    partwide_change,
    split_key,
)

T = TypeVar("T")

Packs = Mapping[str, Policy | None]
"""Policies by hash; None for a hash that was declared void: no pack has it, nobody waits for it."""

ACTIVE_MAX: Final = 4_096
"""Members that a partition of a worker keeps decoded; the others wait as bytes."""
PIECE: Final = 256
"""Records that are decoded at once."""
PIECE_BYTES: Final = 256 << 10
"""Bytes of them, or one record: their texts are read at once, and nobody interrupts that."""
PLAIN_RECORD_BYTES: Final = 1_024
BYTES_A_UNIT: Final = 4
"""Bytes that cost a unit of work, of a record beyond a plain one's: to read a letter takes as long."""
WORK_MAX: Final = 40_000
"""Units of work after which what is judged is settled: some half a second, in which the event loop
does not turn. A unit is what a record costs that is judged with care in a small group."""
MEMBERS_A_UNIT: Final = 2
"""Members that are looked through for the price of a unit: their rings may be full of long ids."""
GROUPS_MAX: Final = 65_536
"""Groups of a partition. The records of further ones are dead letters, or anybody who can write to the
topic could fill the memory with names."""
TOO_MANY_GROUPS: Final = Rejected(
    "too_many_groups", "$.group_id", f"its partition has {GROUPS_MAX} groups: add partitions"
)
NO_POLICY: Final = Rejected(
    "no_policy", "$", "its partition has no policy yet: `banzhang topics create` writes one"
)


_VALUE: Final = attrgetter("value")


class LogReplaced(Exception):
    """At a fence stands another event than the one that was judged: this is another log."""


class Reading:
    """Records of one partition, and how far they are judged: `at` is the next one.

    They are decoded in pieces on the way: events of a whole fetch don't fit into the processor's
    cache, and to fetch them from memory again cost a tenth of the judge's time.
    """

    __slots__ = ("at", "bytes_max", "records")

    def __init__(self, records: Sequence[Record], bytes_max: int = RECORD_BYTES_MAX) -> None:
        self.records = records
        self.bytes_max = bytes_max
        self.at = 0

    @property
    def following(self) -> int:
        """The offset after the last record that was judged so far."""
        return self.records[self.at - 1].offset + 1 if self.at else self.records[0].offset


class Verdict:
    """What judging brought: bytes for the topics, a group's changes together, counts.

    `is_full` is true where judging ended early, because what it changed must be written first, or
    because it took long: settle what is here, and judge on. `seal` is set where the records reach
    the partition's seal: a later generation judges what stands behind it. `lacks` is None when all
    was judged; else the hash of the pack without which the record at `Reading.at` can't be judged:
    settle what is here, wait for it, and judge on.
    """

    __slots__ = (
        "actions",
        "changes",
        "dead",
        "is_full",
        "judged",
        "kinds",
        "lacks",
        "reasons",
        "rejected_in_row",
        "seal",
        "sightings",
        "strays",
    )

    def __init__(self) -> None:
        self.actions: list[tuple[bytes, bytes]] = []
        self.dead: list[tuple[bytes | None, bytes]] = []
        self.sightings: list[tuple[bytes, bytes]] = []
        self.strays: list[tuple[bytes, bytes]] = []
        self.changes: list[list[Change]] = []
        self.judged = 0
        self.kinds: Counter[tuple[str, str]] = Counter()
        """Actions by kind and mode."""
        self.reasons: Counter[str] = Counter()
        self.rejected_in_row = 0
        self.is_full = False
        self.lacks: str | None = None
        self.seal: Seal | None = None


class Partition:
    """All states of one source partition."""

    def __init__(
        self,
        *,
        topic: str,
        number: int,
        partitions: int,
        generation: int = 1,
        secret: bytes = b"",
        active_max: int = ACTIVE_MAX,
    ) -> None:
        """`active_max`: members to keep decoded, half as large again as their bytes but judged in
        a third of the time. No answer depends on it.
        """
        self.topic = topic
        self.number = number
        self.partitions = partitions
        self.generation = generation
        self.groups: dict[bytes, Group] = {}
        self._partwide = Partwide()
        self._partwide_at = -1
        self._partwide_changed = False
        self._highest = -1
        self._prints = prints_under(secret)
        self._judge = Judge(self._prints)
        self._due: list[tuple[int, bytes]] = []
        self._rejected_in_row = 0
        self._active_max = active_max
        self._work = 0
        # Those of which so much is changed that it must be measured again and again.
        self._large: list[Group] = []

    # --- recovery

    def load(self, key: bytes, value: bytes) -> None:
        """Take in one surviving record of the changelog; members stay encoded."""
        generation, offset = split(value)
        if generation == self.generation:
            self._highest = max(self._highest, offset)
        name, part = split_key(key)
        if name == PARTITION_KEY:
            self._partwide = decode_partwide(value)
            self._partwide_at = offset
            return
        group = self.groups.get(name)
        if group is None:
            platform, _, group_id = name.decode().partition(":")
            group = self.groups[name] = Group(platform, group_id, name)
        group.load(part, value)
        if part == b"h":
            group.offset = offset if generation == self.generation else -1
            self._plan(group)

    def highest(self) -> int:
        """The highest source offset of this generation that any state holds; -1 for none."""
        return self._highest

    def packs(self) -> set[str]:
        """The hashes of all packs that the states name."""
        named = {group.head.policy for group in self.groups.values() if group.head.policy}
        return named | {policy for _, policy in self._partwide.policies}

    def begin_with(self, policy: str) -> None:
        """Judge by `policy` from before the first record: for logs without a command for it."""
        self._partwide.policies.append((-1, policy))

    def carried(self, generation: int) -> Iterator[tuple[bytes, list[Change]]]:
        """Each group's key and all of its records, as they begin in `generation`. Nothing that was
        judged may be unwritten.
        """
        here = place(generation, -1)
        for key, group in self.groups.items():
            yield key, group.whole(here)

    # --- judging

    def read(self, records: Sequence[Record]) -> Reading:
        """Begin with records as they were fetched."""
        return Reading(records)

    def judge(self, reading: Reading, packs: Packs) -> Verdict:
        """Judge the records from `reading.at` on, as far as the packs at hand, and one settle, reach.

        Where it ends changes no answer.
        """
        verdict = Verdict()
        touched: list[Group] = []
        self._judge_on(reading, packs, verdict, touched)
        self._write_down(touched, verdict)
        self._encode_idle()
        return verdict

    def rehearse(self, reading: Reading, packs: Packs) -> Verdict:
        """Judge as `judge` does, where no state is to be written: the verdict has no changes, and
        a tenth of the time is saved.
        """
        verdict = Verdict()
        while True:
            touched: list[Group] = []
            self._judge_on(reading, packs, verdict, touched)
            for group in touched:
                group.last_id = ""
                group.forget_changes()
            self._encode_idle()
            if not verdict.is_full:
                return verdict

    def _judge_on(
        self, reading: Reading, packs: Packs, verdict: Verdict, touched: list[Group]
    ) -> None:
        """Judge on; the changes stay in the groups that have some."""
        verdict.is_full = False
        self._work, self._large = 0, []
        while reading.at < len(reading.records):
            piece, size = _piece(reading)
            judged = self._judge_piece(piece, reading.bytes_max, packs, touched, verdict)
            reading.at += judged
            self._work += max(0, size - len(piece) * PLAIN_RECORD_BYTES) // BYTES_A_UNIT
            if verdict.lacks is not None or verdict.is_full:
                break
            if judged < len(piece):
                reading.at = len(reading.records)
            if self._work > WORK_MAX or any(group.is_full() for group in self._large):
                verdict.is_full = True
                break
        seal = self._partwide.seal
        if seal is not None and reading.at and reading.following > seal.offset:
            verdict.seal = seal
        verdict.rejected_in_row = self._rejected_in_row

    def _judge_piece(
        self,
        records: Sequence[Record],
        bytes_max: int,
        packs: Packs,
        touched: list[Group],
        verdict: Verdict,
    ) -> int:
        """Decode and judge some records; how many, where a pack is lacking for the next, the next
        stands behind the partition's seal, or what is judged must be settled before it.
        """
        records = self._before_seal(records)
        if not records:
            return 0
        events = decode_events([record.value for record in records], bytes_max)
        self._read_ahead(records, events, packs)
        at, end = 0, len(events)
        while at < end:
            default = self._default(records[at], packs)
            plain = skim(at, records, events, self.groups, default, packs, self._prints, touched)
            verdict.judged += plain - at
            at = plain
            if at < end:
                if not self._judge_with_care(records[at], events[at], packs, touched, verdict):
                    break
                at += 1
                if self._is_sealed_by(records[at - 1]):
                    break
        return at

    def _before_seal(self, records: Sequence[Record]) -> Sequence[Record]:
        """Those up to the seal, where there is one: all records of a partition that goes on."""
        seal = self._partwide.seal
        if seal is None or not records or records[-1].offset <= seal.offset:
            return records
        return [record for record in records if record.offset <= seal.offset]

    def _is_sealed_by(self, record: Record) -> bool:
        seal = self._partwide.seal
        return seal is not None and seal.offset == record.offset

    def _read_ahead(
        self, records: Sequence[Record], events: Sequence[Event | Rejected], packs: Packs
    ) -> None:
        """Let the texts of a piece be read at once. What is left out or read in vain, because a
        policy or a role changes on the way, is read when it is judged; nobody sees the difference.
        """
        if not any(policy is not None and policy.reader is not None for policy in packs.values()):
            return
        default = self._default(records[0], packs)
        ahead: dict[tuple[Policy, str], list[str]] = {}
        for record, event in zip(records, events, strict=True):
            if event.__class__ is not Message and event.__class__ is not Edit:
                continue
            group = self.groups.get(record.key)  # type: ignore[arg-type]
            policy = packs.get(group.head.policy) if group and group.head.policy else default
            if policy is None or policy.reader is None:
                continue
            member = group.members.get(event.member_id) if group else None
            # One who is kept as bytes is a parent, as most are.
            role = member.role if member.__class__ is Member else ""
            ahead.setdefault((policy, role), []).append(event.text)
        for (policy, role), texts in ahead.items():
            policy.read_ahead(role, texts)

    def committed(self, following: int) -> None:
        """Records below offset `following` will not come again, whatever dies: prune what a
        replay of them would have needed.
        """
        self._partwide.policies = _still_needed(self._partwide.policies, following)
        self._partwide.ticks = _still_needed(self._partwide.ticks, following)

    def _default(self, record: Record, packs: Packs) -> Policy | None:
        """The policy of groups that name none, if no command for another is still to be passed."""
        policies = self._partwide.policies
        if policies and policies[-1][0] < record.offset:
            return packs.get(policies[-1][1])
        return None

    def _judge_with_care(
        self,
        record: Record,
        event: Event | Rejected,
        packs: Packs,
        touched: list[Group],
        verdict: Verdict,
    ) -> bool:
        """Judge any record; False where a pack is lacking, or what is judged must be settled."""
        if self._work > WORK_MAX:
            verdict.is_full = True
            return False
        if isinstance(event, Rejected):
            self._reject(record, event, verdict)
        elif event.sent_at - AHEAD_MS > record.timestamp > 0 and _moves_a_clock(event):
            self._reject(record, _ahead(event, record), verdict)
        elif event.group_id == ANY:
            return self._judge_all(record, event, packs, touched, verdict)
        else:
            return self._judge_one(record, event, packs, touched, verdict)
        return True

    def _judge_one(
        self,
        record: Record,
        event: Event,
        packs: Packs,
        touched: list[Group],
        verdict: Verdict,
    ) -> bool:
        """Judge a record of one group; False where its policy is not at hand, or the group must be
        written first.
        """
        group = self.groups.get(record.key)  # type: ignore[arg-type]
        if group is None or group.group_id != event.group_id or group.platform != event.platform:
            found = self._find_group(record, event, verdict)
            if found is None:
                return True
            group = found
        offset = record.offset
        if offset <= group.offset:
            if offset == group.offset and hash64(event.id) != group.head.event != 0:
                raise LogReplaced(f"{self.topic} {self.number} at {offset}: another event")
            return True
        named = group.head.policy or self._policy_before(offset)
        if not named:
            self._reject(record, NO_POLICY, verdict)
            return True
        policy = packs.get(named)
        if policy is None:
            verdict.lacks = named
            return False
        verdict.lacks = _waited_for(group, event, policy, packs)
        if verdict.lacks is not None:
            return False
        return self._judge_by(policy, group, record, _without_void(event, packs), touched, verdict)

    def _judge_by(
        self,
        policy: Policy,
        group: Group,
        record: Record,
        event: Event,
        touched: list[Group],
        verdict: Verdict,
    ) -> bool:
        """Judge a record of a group by its policy; False where the group must be written first."""
        if self._is_full(group):
            verdict.is_full = True
            return False
        actions: list[Action] = []
        judged = self._judge.judge(group, event, policy, actions)
        self._note_work(group)
        if actions:
            self._put(group, actions, verdict)
        if not judged:
            self._applied_in_part(group, touched)
            verdict.is_full = True
            return False
        self._applied(group, record.offset, event, touched)
        if isinstance(judged, Rejected):
            self._reject(record, judged, verdict)
        else:
            verdict.judged += 1
            self._rejected_in_row = 0
        return True

    def _is_full(self, group: Group) -> bool:
        """Whether the group must be written before a record of it is judged."""
        was = group.unmeasured_until
        is_full = group.is_full()
        if len(group.changed) > LARGE and group.unmeasured_until != was:
            self._large.append(group)
        return is_full

    def _judge_all(
        self,
        record: Record,
        event: Event,
        packs: Packs,
        touched: list[Group],
        verdict: Verdict,
    ) -> bool:
        """Judge a record that concerns all groups of the partition: a tick, or their policy."""
        if isinstance(event, Tick):
            return self._tick(record.offset, event, packs, touched, verdict)
        if (seal := seal_of(event, record.offset)) is not None:
            self._close(seal)
            verdict.judged += 1
            return True
        ordered = policy_named(event) if isinstance(event, Command) else None
        if ordered is None:
            words = "only a tick, a policy command or a seal may be about all groups"
            self._reject(record, Rejected("bad_field", "$.group_id", words), verdict)
            return True
        if ordered not in packs:
            verdict.lacks = ordered
            return False
        if record.offset > self._partwide_at and packs[ordered] is not None:
            self._partwide.policies.append((record.offset, ordered))
            self._note_partwide(record.offset)
        verdict.judged += 1
        return True

    def _tick(
        self,
        offset: int,
        event: Tick,
        packs: Packs,
        touched: list[Group],
        verdict: Verdict,
    ) -> bool:
        """Fire what is due in any group by the tick's time; an older tick does nothing."""
        now = event.sent_at
        if self._is_old_tick(offset, now):
            return True
        passed: list[tuple[int, bytes]] = []
        try:
            while self._due and self._due[0][0] <= now:
                at, key = heapq.heappop(self._due)
                group = self.groups[key]
                if group.head.next_at != at:
                    continue
                if group.offset >= offset:
                    passed.append((at, key))
                    continue
                named = group.head.policy or self._policy_before(offset)
                policy = packs.get(named)
                if policy is None:
                    passed.append((at, key))
                    verdict.lacks = named
                    return False
                if not self._fire(group, event, offset, policy, touched, verdict):
                    verdict.is_full = True
                    return False
        finally:
            for entry in passed:
                heapq.heappush(self._due, entry)
        if offset > self._partwide_at:
            self._partwide.ticks.append((offset, now))
            self._note_partwide(offset)
        return True

    def _fire(
        self,
        group: Group,
        event: Tick,
        offset: int,
        policy: Policy,
        touched: list[Group],
        verdict: Verdict,
    ) -> bool:
        """Do what is due in a group by a tick; False where the rest of it must wait for a settle."""
        actions: list[Action] = []
        is_done = fire(group, event.sent_at, policy, self._judge.people, actions)
        group.looked_at += len(group.members)
        self._note_work(group)
        self._put(group, actions, verdict)
        if is_done:
            self._applied(group, offset, event, touched)
        else:
            self._applied_in_part(group, touched)
        return is_done and self._work <= WORK_MAX

    def _close(self, seal: Seal) -> None:
        """Judge nothing behind this seal. The first one holds, and it leads to the next generation:
        behind one that leads elsewhere nobody would ever go on. A file that nobody exported has no
        partitions that could be sealed.
        """
        follows = seal.generation == self.generation + 1
        if self._partwide.seal is None and self.partitions and follows:
            self._partwide.seal = seal
            self._note_partwide(seal.offset)

    # --- the parts of it

    def _is_old_tick(self, offset: int, now: int) -> bool:
        """Whether a tick is older than one before it; in a replay: whether it was, back then."""
        ticks = self._partwide.ticks
        if offset > self._partwide_at:
            return bool(ticks) and now <= ticks[-1][1]
        return (offset, now) not in ticks

    def _find_group(self, record: Record, event: Event, verdict: Verdict) -> Group | None:
        """The event's own group, known or new; None for a stray or an unusable name."""
        name = f"{event.platform}:{event.group_id}"
        key = name.encode()
        group = self.groups.get(key)
        if group is not None and group.platform == event.platform:
            return group
        if ":" in event.platform or SEPARATOR in name:
            words = "a platform has no colon, an id no control character"
            self._reject(record, Rejected("bad_field", "$.platform", words), verdict)
            return None
        if self.partitions and partition_of(key, self.partitions) != self.number:
            verdict.strays.append((key, record.value or b""))
            return None
        if len(self.groups) >= GROUPS_MAX:
            self._reject(record, TOO_MANY_GROUPS, verdict)
            return None
        group = self.groups[key] = Group(event.platform, event.group_id, key)
        return group

    def _note_work(self, group: Group) -> None:
        self._work += 1 + group.looked_at // MEMBERS_A_UNIT
        group.looked_at = 0

    def _applied(self, group: Group, offset: int, event: Event, touched: list[Group]) -> None:
        """Move the group's fence; its head is finished when all is judged."""
        group.offset = offset
        if not group.last_id:
            touched.append(group)
        group.last_id = event.id
        if group.head.next_at != group.planned:
            self._plan(group)

    def _applied_in_part(self, group: Group, touched: list[Group]) -> None:
        """Have what was due be written where the record behind it is still to be judged: the fence
        stays where it is.
        """
        if not group.last_id and group not in touched:
            touched.append(group)
        self._plan(group)

    def _plan(self, group: Group) -> None:
        """Let ticks find the group's next deadline."""
        group.planned = group.head.next_at
        if group.planned:
            heapq.heappush(self._due, (group.planned, group.key))

    def _put(self, group: Group, actions: list[Action], verdict: Verdict) -> None:
        for action in actions:
            verdict.actions.append((group.key, encode_action(action)))
            verdict.kinds[action.kind, action.mode] += 1

    def _policy_before(self, offset: int) -> str:
        """The partition's policy as it stood before the record at `offset`; empty for none."""
        for since, policy in reversed(self._partwide.policies):
            if since < offset:
                return policy
        return ""

    def _note_partwide(self, offset: int) -> None:
        self._partwide_at = offset
        self._partwide_changed = True

    def _reject(self, record: Record, rejected: Rejected, verdict: Verdict) -> None:
        verdict.dead.append(letter_of(rejected, self.topic, self.number, record))
        verdict.reasons[rejected.reason] += 1
        self._rejected_in_row += 1

    def _write_down(self, touched: list[Group], verdict: Verdict) -> None:
        """Gather each touched group's changed records."""
        for group in touched:
            if group.last_id:
                group.head.event = hash64(group.last_id)
                group.last_id = ""
            verdict.changes.append(group.changes(place(self.generation, group.offset)))
        if self._partwide_changed:
            self._partwide_changed = False
            here = place(self.generation, self._partwide_at)
            verdict.changes.append([partwide_change(self._partwide, here)])

    def _encode_idle(self) -> None:
        """Let the members that nobody touched lately go back to bytes."""
        young = self._judge.people.young
        while len(young) > self._active_max:
            group, member_id = young.popleft()
            member = group.members.get(member_id)
            if isinstance(member, Member):
                group.members[member_id] = encode_member(member)


def _piece(reading: Reading) -> tuple[Sequence[Record], int]:
    """The next records that are decoded at once, and their bytes."""
    piece = reading.records[reading.at : reading.at + PIECE]
    size = _bytes(piece)
    while len(piece) > 1 and size > PIECE_BYTES:
        piece = piece[: len(piece) // 2]
        size = _bytes(piece)
    return piece, size


def _bytes(records: Sequence[Record]) -> int:
    return sum(map(len, filter(None, map(_VALUE, records))))


def _waited_for(group: Group, event: Event, policy: Policy, packs: Packs) -> str | None:
    """The pack that a command orders and that is not at hand; None for a guest's: nobody waits for
    what will not be obeyed.
    """
    if not isinstance(event, Command):
        return None
    ordered, sender = policy_named(event), event.member_id
    if ordered is None or ordered in packs or sender not in group.members:
        return None
    return ordered if may_order(group.peek(sender), "policy", policy) else None


def _without_void(event: Event, packs: Packs) -> Event:
    """A command for a policy that is void, or not at hand, as one that names none."""
    if not isinstance(event, Command) or (ordered := policy_named(event)) is None:
        return event
    if packs.get(ordered) is not None:
        return event
    return msgspec.structs.replace(event, command=CommandCall(name="policy"))


def _still_needed(history: list[tuple[int, T]], following: int) -> list[tuple[int, T]]:
    """What a replay from offset `following` needs: all from there on, and the last before it."""
    before = [entry for entry in history if entry[0] < following]
    return before[-1:] + [entry for entry in history if entry[0] >= following]


def _moves_a_clock(event: Event) -> bool:
    """Whether its time matters: not that of an order for all groups. Were a seal, or the first policy
    of a generation, refused because the clock of who wrote it is wrong, nothing would be judged.
    """
    return event.group_id != ANY or not isinstance(event, Command)


def _ahead(event: Event, record: Record) -> Rejected:
    ahead_s = (event.sent_at - record.timestamp) // 1000
    return Rejected("ahead", "$.sent_at", f"{ahead_s} s ahead of the log's own clock")
