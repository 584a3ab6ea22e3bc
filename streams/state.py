"""What is remembered: a group's head, its desk and its members, and their bytes.

Each is one small record of the state changelog: the place of the last event in it (twelve bytes)
and a msgpack array. Every list is bounded. No message text stands in any of them, no name of a
person: only identifiers, times, counts and hashes.
"""

from array import array
from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec
from msgspec import Struct, field

from streams import idrow
from streams.parts import AGENDA, CLOCKS, NOTICE, PARTS, Agenda, Clocks
from streams.place import PLACE_BYTES
from streams.seal import Seal
from streams.tally import Tally
from streams.topology import BATCH_BYTES_MAX

MEMBERS_MAX: Final = 5_000
"""Members a group keeps: bounds a group's record batch. Who comes after is judged as unknown."""
MEMBERS_BYTES_MAX: Final = 4 << 20
"""The same bound where ids are long: of the changelog keys of a group's members, and of
`MEMBER_BYTES` for each. Half of a record batch, for a roster may change all members at once."""
MEMBER_BYTES: Final = 256
MEMBER_RECORD_BYTES_MAX: Final = 64 << 10
"""One member's record with its key, whatever its ids are: `MEMBER_KEPT_BYTES_MAX`, a full ring, and the
longest ids of platform, group and member."""
MEMBER_KEPT_BYTES_MAX: Final = 48 << 10
"""Of a member beside its ring of messages; see `slim`."""
PARTS_BYTES_MAX: Final = 5_000_000
"""A group's head, desk and parts, all at their bounds and with the longest ids."""
STEP_MEMBERS_MAX: Final = 8
"""Members that one record, or one deadline, may change between two looks at the room."""
RING_GROWTH_BYTES_MAX: Final = 1 << 20
"""What the rings of `LARGE` members may grow by between two looks at the room."""
LARGE: Final = 128
ROOM_BYTES: Final = (
    BATCH_BYTES_MAX
    - PARTS_BYTES_MAX
    - STEP_MEMBERS_MAX * MEMBER_RECORD_BYTES_MAX
    - RING_GROWTH_BYTES_MAX
)
"""Of changed members: when so much of a group is changed, it is written before more is judged."""
RING_RECORDS: Final = 8_192
"""Records after which the rings of all changed members are measured anew: at a hundred bytes and some
each, they have grown by less than `RING_GROWTH_BYTES_MAX`."""
UNMEASURED: Final = ROOM_BYTES // MEMBER_RECORD_BYTES_MAX
"""So many changed members have room, whatever they are."""
RECORD_OVERHEAD_BYTES: Final = 64
"""What a record batch adds to a key and a value, place included; no less than the outbox counts."""
STRIKES_MAX: Final = 32
REVIEWS_MAX: Final = 8
EVIDENCE_MAX: Final = 16
STEPS_MAX: Final = 128
WAITING_MAX: Final = 64
WAITING_BYTES_MAX: Final = 384 << 10
"""The same bound where what waits is large. What has no room is put out at once."""
EXEMPTIONS_MAX: Final = 256
EXEMPTIONS_BYTES_MAX: Final = 256 << 10
"""The same bound where ids are long. The oldest gives way."""
SEEN_MAX: Final = 64
CASES_MAX: Final = 64

TOLD: Final = 1
"""A person was told of the stranger."""
TRIED: Final = 2
"""The same, by a rule in shadow or too late: it must not stand for the next finding in time."""
LET_IN: Final = 4
"""The stranger was let in by somebody who may."""

PARTITION_KEY: Final = b"*:*"
_UNIT: Final = b"\x1f"
HEAD: Final = b"h"
DESK: Final = b"d"
MEMBER: Final = b"m"
PARTITION: Final = b"p"


if TYPE_CHECKING:
    from streams.naming.children import ChildIndex

    Numbers = array[int]
else:  # Python 3.11 can't subscript it.
    Numbers = array


def numbers(of: Iterable[int] | bytes = ()) -> Numbers:
    """Numbers of 8 bytes each, side by side in memory and in the changelog (little-endian, as all
    machines that run this are); from numbers, or from such bytes.
    """
    return array("q", of)


class Strike(Struct, array_like=True, gc=False):
    """One strike: when, how heavy, the action that told the member, and whether it reached them.

    A whole weight stays a whole number, so that a state is the same bytes before and after it went
    through the changelog. `told` is true until an outcome says otherwise: only a strike that was
    told climbs a rung.

    The rest is what undoing it takes back: `mute_until` before and after its mute; the review that
    it opened or joined, with the hashes of the ids that it added there (evidence, messages); and
    what else it brought that can be void (kind, action id).
    """

    at: int
    weight: int | float
    step: int
    told: bool = True
    muted: bool = False
    mute_before: int = 0
    mute_after: int = 0
    review: str = ""
    evidence: tuple[int, ...] = ()
    messages: tuple[int, ...] = ()
    brought: tuple[tuple[str, str], ...] = ()


class Review(Struct, array_like=True, gc=False):
    """One open review: a question that waits for a person.

    `proposal` is what approval carries out: `remove`, `delete`, or nothing at all. `evidence` are
    events, `messages` what a deletion takes away: an edit shows it, but its message goes. `to`:
    who is asked; of them `quorum` must approve, `approvals` are those who did (hashes of ids).
    `other`: with whom the member has the dispute that it is about; `hold`: nobody of the two is
    muted while it is open. `heard`: since when a person has dealt with the member, 0 for not yet;
    `taken`: the rules by which it was handed on meanwhile.
    """

    action: str
    proposal: str
    rule: str
    at: int
    evidence: list[str]
    messages: list[str]
    to: str = ""
    quorum: int = 1
    approvals: list[int] = field(default_factory=list)
    other: str = ""
    hold: bool = False
    heard: int = 0
    taken: list[str] = field(default_factory=list)


class Member(Struct, array_like=True, gc=False):
    """One member. `times`, `ids` and `prints` are one ring, ordered by time: the newest messages.

    The ids are a row (`streams.idrow`), for evidence must name them; a print is the keyed hash of
    the text's normal form, 0 where there is none to compare, -1 for a bare acknowledgement, which
    breaks a run and counts in none. `dropped` is the newest time that fell out of the ring, -1 for
    none. `cases`: see `streams.rules.case`. `child`: the keyed hash of the name that the roster has
    for the member's child, 0 for none.

    `own` and `given` are the like hashes of the member's own name and of the child's given name.
    `misnamed`: since when the member has been asked for a right name, 0 for one who has it;
    `named` is the like hash of the name in the group that was seen last, and `named_at` when it was
    taken. `tallies`: the member's windows of counts, by the count's name (`streams.tally`).
    `is_present`: came in or wrote, and did not leave; `noted`: of a stranger, `TOLD` and the like.

    What most members have none of is a tuple: all share the empty one.
    """

    seen: int = 0
    role: str = ""
    rank: str = ""
    dropped: int = -1
    times: Numbers = field(default_factory=numbers)
    ids: str = idrow.EMPTY
    prints: Numbers = field(default_factory=numbers)
    cases: tuple[tuple[str, int, int], ...] = ()
    soft: tuple[tuple[str, int], ...] = ()
    strikes: tuple[Strike, ...] = ()
    mute_until: int = 0
    reviews: tuple[Review, ...] = ()
    child: int = 0
    own: int = 0
    given: int = 0
    misnamed: int = 0
    is_present: bool = False
    noted: int = 0
    tallies: tuple[tuple[int, Tally], ...] = ()
    named: int = 0
    named_at: int = 0


class Head(Struct, array_like=True, gc=False):
    """A group's head: written at every change, so it is small.

    `event` is the hash of the id of the event at the fence: a log that was made again under the
    same name shows another there. `clock` is the newest `sent_at` of the group's records.
    `began`: the time of the first message or join; `is_rostered`: a roster came; `judged_by`: the
    version of the pack that judged last. `staff_at` and `others_at`: the newest message of the
    staff and of the others; `spoken`: messages since the last weekly report. -1 for none.
    """

    event: int = 0
    clock: int = 0
    policy: str = ""
    approved: bool = False
    forget_at: int = 0
    next_at: int = 0
    judged_by: str = ""
    began: int = -1
    is_rostered: bool = False
    staff_at: int = -1
    others_at: int = -1
    spoken: int = 0


class Exemption(Struct, array_like=True, gc=False):
    """A rule rests: its capability, for whom (`""`: for all), from when, until when."""

    capability: str
    member_id: str
    since: int
    until: int


class Seen(Struct, array_like=True, gc=False):
    """Ids of recent records that are no messages: their hashes with their times. `dropped` is the
    newest time that fell out, -1 for none.
    """

    ids: dict[int, int] = field(default_factory=dict)
    dropped: int = -1


class Desk(Struct, array_like=True, gc=False):
    """What a group holds beside members: ids of recent records that are no messages, the steps
    whose outcome matters (action hash, member), exemptions, and actions that wait for their hour
    (time, encoded action).

    What those with authority order, and rosters, have a ring of ids of their own (`orders`): a
    wave of joins or one parent's edits must not make a head teacher's order look like an old one.
    """

    seen: Seen = field(default_factory=Seen)
    orders: Seen = field(default_factory=Seen)
    steps: list[tuple[int, str]] = field(default_factory=list)
    exemptions: list[Exemption] = field(default_factory=list)
    waiting: list[tuple[int, bytes]] = field(default_factory=list)


class Partwide(Struct, array_like=True, gc=False):
    """What concerns all groups of a partition, with the offset from which it holds.

    Kept as a history, because a replay after a crash must judge each record by what stood before
    it; pruned below what is committed. `seal`: behind it a later generation judges.
    """

    policies: list[tuple[int, str]] = field(default_factory=list)
    ticks: list[tuple[int, int]] = field(default_factory=list)
    seal: Seal | None = None


Change = tuple[bytes, bytes | None, bytes]
"""One record for the changelog: key, value (None: a tombstone), and the place, which a tombstone
carries in a header. A plain tuple, because each message makes one."""


P = TypeVar("P", bound=Struct)

_encode = msgspec.msgpack.Encoder(enc_hook=array.tobytes).encode
_head = msgspec.msgpack.Decoder(Head)
_desk = msgspec.msgpack.Decoder(Desk)
_member = msgspec.msgpack.Decoder(Member, dec_hook=lambda _, raw: numbers(raw))
_partwide = msgspec.msgpack.Decoder(Partwide)
_parts = {kind: msgspec.msgpack.Decoder(of) for kind, of in PARTS.items()}


class Group:
    """One group in memory. Members that nobody touched lately stay encoded."""

    __slots__ = (
        "asked",
        "chain_is_over",
        "changed",
        "desk",
        "desk_changed",
        "group_id",
        "grown",
        "head",
        "key",
        "last_id",
        "looked_at",
        "measured",
        "members",
        "named_children",
        "offset",
        "parts",
        "parts_changed",
        "planned",
        "platform",
        "remeasured_at",
        "settled",
        "sizes",
        "unmeasured_until",
        "weight",
    )
    unmeasured_until: int
    remeasured_at: int
    measured: int

    def __init__(self, platform: str, group_id: str, key: bytes) -> None:
        self.platform = platform
        self.group_id = group_id
        self.key = key
        self.offset = -1
        self.last_id = ""
        self.planned = 0
        self.head = Head()
        self.desk = Desk()
        self.members: dict[str, Member | bytes] = {}
        self.changed: dict[str, Member | None] = {}
        self.desk_changed = False
        self.parts: dict[bytes, Struct] = {}
        self.parts_changed: dict[bytes, None] = {}
        self.weight = 0
        self._forget_sizes()
        # How many members' ids or names were looked through for the record in hand: what it costs.
        self.looked_at = 0
        # Memory alone, so that the quick look need not look into the parts: whose reply clocks
        # run; while a notice waits for answers, who is known to owe none; whether nothing follows
        # from further acknowledgements of the newest message of the staff.
        self.asked: frozenset[str] = frozenset()
        self.settled: set[str] | None = None
        self.chain_is_over = False
        # Which children texts name: made at first need, in memory only (`streams.childnames`).
        self.named_children: ChildIndex[int] | None = None

    def has_room_for(self, member_id: str) -> bool:
        """Whether one more member may be kept."""
        weight = self.weight + self._weight_of(member_id)
        return len(self.members) < MEMBERS_MAX and weight <= MEMBERS_BYTES_MAX

    def keep(self, member_id: str, member: Member | bytes) -> None:
        """Keep a member that was not kept before."""
        self.weight += self._weight_of(member_id)
        self.members[member_id] = member

    def forget(self, member_id: str) -> None:
        """Drop a member, here and on the changelog."""
        self.weight -= self._weight_of(member_id)
        del self.members[member_id]
        self.changed[member_id] = None
        self.grown.append(member_id)

    def is_full(self, room: int = ROOM_BYTES) -> bool:
        """Whether what is changed must be written before more may change: all changed records of a
        group stand in one record batch, or a crash would leave a mixture of them.

        Where a fetch is cut for it changes no answer, so this may ask what else nothing may: how
        much is not yet written.
        """
        if len(self.changed) < self.unmeasured_until and self.offset < self.remeasured_at:
            return False
        left = max(0, room - self.measure_changed())
        self.unmeasured_until = len(self.changed) + left // MEMBER_RECORD_BYTES_MAX
        return len(self.changed) >= self.unmeasured_until

    def measure_changed(self) -> int:
        """Measure what the changed members come to in a record batch, but for what rings grew by since the
        last look at all of them.

        Only who changed since the last look is measured: to measure thousands for each few records
        would take longer than a session.
        """
        if self.offset >= self.remeasured_at:
            self._forget_sizes()
        # Both dictionaries have their members in the order in which they came.
        new = islice(self.changed, len(self.sizes), None)
        for member_id in [*new, *self.grown]:
            size = self._record_bytes(member_id, self.changed[member_id])
            self.measured += size - self.sizes.get(member_id, 0)
            self.sizes[member_id] = size
        self.grown.clear()
        return self.measured

    def _forget_sizes(self) -> None:
        """Measure all anew at the next look."""
        # How many members may be changed before it must be looked whether they still have room.
        self.unmeasured_until = UNMEASURED
        self.remeasured_at = self.offset + RING_RECORDS
        self.measured = 0
        self.sizes: dict[str, int] = {}
        # Who changed, otherwise than by a ring that grew, since the last look.
        self.grown: list[str] = []

    def parts_bytes(self) -> int:
        """What the head, the desk and all parts come to in a record batch."""
        parts = [(b"h", self.head), (b"d", self.desk), *self.parts.items()]
        keys = sum(len(self.key) + 1 + len(name) + RECORD_OVERHEAD_BYTES for name, _ in parts)
        return keys + sum(len(_encode(part)) for _, part in parts)

    def _record_bytes(self, member_id: str, member: Member | None) -> int:
        key = len(self.key) + 2 + len(member_id.encode()) + RECORD_OVERHEAD_BYTES
        return key if member is None else key + len(_encode(member))

    def _weight_of(self, member_id: str) -> int:
        return len(self.key) + len(member_id.encode()) + MEMBER_BYTES

    def member(self, member_id: str) -> Member | None:
        """The member as known, decoded; None for one that nobody has seen."""
        known = self.members.get(member_id)
        if isinstance(known, bytes):
            known = self.members[member_id] = decode_member(known)
        return known

    def plan(self) -> None:
        """Find the next deadline. To be called wherever one is set or done."""
        times = [at for at, _ in self.desk.waiting[:1]]
        if self.head.forget_at:
            times.append(self.head.forget_at)
        agenda = self.look(AGENDA, Agenda)
        if agenda is not None and agenda.dues:
            times.append(agenda.dues[0].at)
        self.head.next_at = min(times, default=0)

    def look(self, kind: bytes, of: type[P], name: str = "") -> P | None:
        """A part as it is, for a look only; None where there is none."""
        part = self.parts.get(kind + name.encode())
        return part if isinstance(part, of) else None

    def part(self, kind: bytes, of: type[P], name: str = "") -> P:
        """A part, marked as changed; an empty one where there was none."""
        key = kind + name.encode()
        part = self.parts.get(key)
        if not isinstance(part, of):
            part = self.parts[key] = of()
        self.parts_changed[key] = None
        return part

    def put(self, kind: bytes, part: Struct, name: str = "") -> None:
        """Keep a part that is made whole."""
        key = kind + name.encode()
        self.parts[key] = part
        self.parts_changed[key] = None

    def drop(self, kind: bytes, name: str = "") -> None:
        """Forget a part, here and on the changelog."""
        key = kind + name.encode()
        if self.parts.pop(key, None) is not None:
            self.parts_changed[key] = None

    def named(self, kind: bytes) -> list[str]:
        """The names of all parts of a kind, in order."""
        return sorted(key[1:].decode() for key in self.parts if key[:1] == kind)

    def peek(self, member_id: str) -> Member:
        """The member as known, decoded for a look only: what is kept stays as it is."""
        known = self.members[member_id]
        return decode_member(known) if isinstance(known, bytes) else known

    def role_of(self, member_id: str) -> str:
        """The member's role by the roster; empty for one who is not on it, or not known at all."""
        return self.peek(member_id).role if member_id in self.members else ""

    def writer_of(self, event_id: str) -> str | None:
        """Who wrote a message, as far as the members' rings remember; None where none does.

        Nothing is kept for it: replies are rare, and ids stand in a member's bytes as they are.
        """
        name = idrow.name_of(event_id)
        raw = name.encode()
        self.looked_at += len(self.members)
        for member_id, known in self.members.items():
            if isinstance(known, bytes) and raw not in known:
                continue
            if idrow.index_in(self.peek(member_id).ids, name) >= 0:
                return member_id
        return None

    def children(self) -> frozenset[int]:
        """The prints of the names that the roster has for the members' children."""
        self.looked_at += len(self.members)
        return frozenset(self.peek(member_id).child for member_id in self.members) - {0}

    def load(self, part: bytes, value: bytes) -> None:
        """Take in one surviving changelog record of the group."""
        kind = part[:1]
        if kind == MEMBER:
            # As it came: copies without the place left holes, half as much memory again.
            self.keep(part[1:].decode(), value)
        elif kind == HEAD:
            self.head = _head.decode(value[PLACE_BYTES:])
            self.offset = int.from_bytes(value[4:PLACE_BYTES], "big") - 1
        elif kind == DESK:
            self.desk = _desk.decode(value[PLACE_BYTES:])
        elif kind in _parts:
            self.parts[part] = _parts[kind].decode(value[PLACE_BYTES:])
            if kind in (NOTICE, CLOCKS):
                self.recall_duties()

    def recall_duties(self) -> None:
        """Find anew who may owe a word: after a load, and wherever who owes one may change."""
        clocks = self.look(CLOCKS, Clocks)
        running = clocks.running if clocks is not None else ()
        self.asked = frozenset(clock.member for clock in running)
        self.settled = set() if self.named(NOTICE) else None
        self.chain_is_over = False

    def changes(self, place: bytes) -> list[Change]:
        """The group's changed records, head first; the memory of change is cleared."""
        key = self.key + _UNIT
        out: list[Change] = [(key + HEAD, place + _encode(self.head), place)]
        if self.desk_changed:
            out.append((key + DESK, place + _encode(self.desk), place))
            self.desk_changed = False
        for name in self.parts_changed:
            part = self.parts.get(name)
            out.append((key + name, None if part is None else place + _encode(part), place))
        self.parts_changed = {}
        key += MEMBER
        out += [
            (
                key + member_id.encode(),
                None if member is None else place + _encode(member),
                place,
            )
            for member_id, member in self.changed.items()
        ]
        self.changed = {}
        self._forget_sizes()
        return out

    def whole(self, place: bytes) -> list[Change]:
        """All of the group's records, as they stand at `place`."""
        key = self.key + _UNIT
        out: list[Change] = [(key + HEAD, place + _encode(self.head), place)]
        out.append((key + DESK, place + _encode(self.desk), place))
        out += [(key + name, place + _encode(part), place) for name, part in self.parts.items()]
        key += MEMBER
        for member_id, member in self.members.items():
            known = member if isinstance(member, bytes) else encode_member(member)
            out.append((key + member_id.encode(), place + known[PLACE_BYTES:], place))
        return out

    def forget_changes(self) -> None:
        """Clear the memory of change: nothing of it is to be written."""
        self.changed = {}
        self._forget_sizes()
        self.parts_changed = {}
        self.desk_changed = False


def kept_bytes(member: Member) -> int:
    """What a member comes to beside its ring, which bounds itself."""
    kept = (member.cases, member.soft, member.strikes, member.reviews, member.tallies)
    return sum(map(len, map(_encode, filter(None, kept))))


def encode_member(member: Member) -> bytes:
    """A member's bytes as an idle one is kept: a changelog value, of no place."""
    return bytes(PLACE_BYTES) + _encode(member)


def decode_member(value: bytes) -> Member:
    """The member of a changelog value, whatever its place."""
    return _member.decode(memoryview(value)[PLACE_BYTES:])


def partwide_change(partwide: Partwide, place: bytes) -> Change:
    """The record of what concerns the whole partition."""
    return PARTITION_KEY + _UNIT + PARTITION, place + _encode(partwide), place


def decode_partwide(value: bytes) -> Partwide:
    """The inverse of `partwide_change`."""
    return _partwide.decode(value[PLACE_BYTES:])


def split_key(key: bytes) -> tuple[bytes, bytes]:
    """A changelog key as (group key, part)."""
    group, _, part = key.partition(_UNIT)
    return group, part
