"""What tests are fed: events by hand, packs of just the rules in question, and strategies.

Logs are small and dense on purpose: two groups, three members and a teacher, a handful of texts,
and times that fall exactly on the edges of the windows.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
from hypothesis import strategies as st
from msgspec import Struct

from schemas.action import Action, decode_action
from schemas.event import (
    Attachment,
    Command,
    CommandCall,
    Edit,
    Event,
    Join,
    Leave,
    Message,
    OutcomeSeen,
    Recall,
    Rename,
    Roster,
    RosterLine,
    Tick,
    encode_event,
)
from schemas.policy import (
    Beside,
    Count,
    Hours,
    NamePattern,
    Pack,
    QuietHours,
    Rate,
    Repeat,
    Rule,
    Settings,
    Silence,
    Unanswered,
    Unreplied,
    Weekly,
    When,
)
from streams.partition import Partition, Verdict
from streams.place import PLACE_BYTES, place
from streams.policy.compile import Policy, compile_pack
from streams.policy.published import pack_bytes
from streams.state import Change, Group, Member
from streams.suspicions import Suspicions
from streams.text import SUSPECTS, Reader
from streams.text.match import Match
from streams.text.model import THRESHOLD_UNIT, Head, Header, Model, packed
from streams.text.model.grams import grams_of
from streams.text.model.opinion import SIGNS, Opinion

SECOND: Final = 1_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
SHANGHAI: Final = ZoneInfo("Asia/Shanghai")


def local(clock: str, day: int = 7, month: int = 9, zone: ZoneInfo = SHANGHAI) -> int:
    """Milliseconds of a local time of day (`22:00`, `22:00:00.000`) in 2026."""
    moment = datetime.fromisoformat(f"2026-{month:02d}-{day:02d}T{clock}").replace(tzinfo=zone)
    return round(moment.timestamp() * 1000)


NOON: Final = local("12:00")

# --- events by hand


def message(
    event_id: str, at: int = NOON, text: str = "", member: str = "p1", **more: Any
) -> Message:
    named: dict[str, Any] = {"platform": "qq", "group_id": "g1"} | more
    return Message(id=event_id, sent_at=at, text=text, member_id=member, **named)


def red_packet(event_id: str, at: int = NOON, member: str = "p1", **more: Any) -> Message:
    """The one finding of content that needs no words."""
    return message(event_id, at, "", member, attachments=(Attachment(type="red_packet"),), **more)


def edit(event_id: str, of: str, at: int = NOON, text: str = "", member: str = "p1") -> Edit:
    return Edit(
        id=event_id,
        platform="qq",
        group_id="g1",
        sent_at=at,
        text=text,
        member_id=member,
        message_id=of,
    )


def recall(event_id: str, of: str, at: int = NOON, member: str = "p1") -> Recall:
    return Recall(
        id=event_id, platform="qq", group_id="g1", sent_at=at, member_id=member, message_id=of
    )


def join(event_id: str, at: int = NOON, member: str = "p1", **more: Any) -> Join:
    return Join(id=event_id, platform="qq", group_id="g1", sent_at=at, member_id=member, **more)


def command(
    event_id: str,
    name: str,
    at: int = NOON,
    target: str | None = None,
    member: str = "t1",
    group: str = "g1",
    **args: Any,
) -> Command:
    return Command(
        id=event_id,
        platform="*" if group == "*" else "qq",
        group_id=group,
        sent_at=at,
        member_id=member,
        target_id=target,
        command=CommandCall(name=name, args=args),
    )


def outcome(event_id: str, action_id: str, status: Any = "failed", at: int = NOON) -> OutcomeSeen:
    return OutcomeSeen(
        id=event_id, platform="qq", group_id="g1", sent_at=at, action_id=action_id, status=status
    )


def tick(at: int, group: str = "*") -> Tick:
    platform = "*" if group == "*" else "qq"
    return Tick(id=f"tick-{group}-{at}", platform=platform, group_id=group, sent_at=at)


TEACHERS: Final = (
    RosterLine(member_id="t1", role="head_teacher"),
    RosterLine(member_id="t2", role="teacher"),
)


def roster(
    event_id: str = "roster",
    at: int = NOON,
    lines: Sequence[RosterLine] = TEACHERS,
    group: str = "g1",
) -> Roster:
    return Roster(
        id=event_id, platform="qq", group_id=group, sent_at=at, member_id="t1", roster=tuple(lines)
    )


# --- packs by hand

RATE: Final = Rule(
    id="rate",
    text="不刷屏。",
    when=When(rate=Rate(messages=10, within_ms=60_000)),
    handling="flood",
)
REPEAT: Final = Rule(
    id="repeat",
    text="不刷屏。",
    when=When(repeat=Repeat(times=3, within_ms=600_000)),
    handling="flood",
)
QUIET: Final = Rule(
    id="quiet",
    text="夜里请安静。",
    when=When(quiet_hours=QuietHours(start=22 * 60, end=6 * 60)),
    handling="quiet",
)
PACKETS: Final = Rule(
    id="packets",
    text="不发红包。",
    when=When(labels=("red_packet",)),
    handling="clear",
    clause="C4",
)


CHAIN: Final = Rule(
    id="chain",
    text="请勿刷屏。",
    when=When(count=Count(of="members", at_least=3, by="notice")),
    handling="plain",
    do=("notice",),
    about="group",
)
UNANSWERED: Final = Rule(
    id="unanswered",
    text="请及时回复。",
    when=When(unanswered=Unanswered()),
    handling="plain",
    do=("report",),
    beside=(Beside(about="owed"),),
)
UNREPLIED: Final = Rule(
    id="unreplied",
    text="二十分钟内回复。",
    when=When(
        unreplied=Unreplied(
            within_ms=20 * MINUTE,
            asked_by=("staff",),
            hours=Hours(start=6 * 60, end=23 * 60),
        )
    ),
    handling="plain",
    do=("remind",),
    escalate=("school_office",),
)
REPORT: Final = Rule(
    id="weekly",
    text="定期反馈。",
    when=When(weekly=Weekly(day="sun", at=20 * 60)),
    handling="plain",
    do=("report",),
)
PURGE: Final = Rule(
    id="purge",
    text="周日清空。",
    when=When(weekly=Weekly(day="sun", at=23 * 60)),
    handling="plain",
    do=("purge",),
)
CURFEW: Final = Rule(
    id="curfew",
    text="夜里全员禁言。",
    when=When(quiet_hours=QuietHours(start=22 * 60, end=6 * 60)),
    handling="plain",
    do=("mute_all",),
)
CHANGED: Final = Rule(
    id="changed",
    text="规则要明确。",
    when=When(policy="changed"),
    handling="plain",
    do=("notice",),
    about="group",
)


def silent(of: Any, days: int = 7) -> Rule:
    """A rule that tells of a silence."""
    when = When(silence=Silence(of=of, for_ms=days * DAY))
    return Rule(id=f"silent.{of}", text="常联系。", when=when, handling="plain", do=("report",))


def _plain(rule_id: str, when: When, *do: Any, **more: Any) -> Rule:
    fields: dict[str, Any] = {"text": f"{rule_id}。", "handling": "plain", "do": do}
    return Rule(id=rule_id, when=when, **(fields | more))


MEMBERSHIP: Final = (
    _plain("welcome", When(joins="rostered"), "welcome"),
    _plain("stranger", When(joins="stranger"), "review", beside=(Beside(about="inviter"),)),
    _plain("present", When(present="stranger"), "review", propose="remove"),
    _plain("added", When(added=("student",)), escalate=("owner",)),
    _plain("name", When(name="wrong"), "rename_request"),
    _plain("still", When(misnamed_ms=HOUR), "review", propose="nothing"),
    _plain("absent", When(absent_ms=3 * DAY), "review", propose="leave"),
    Rule(id="blame", text="不责骂。", when=When(labels=("criticise_child",)), handling="judgement"),
)
"""One rule of each kind about who is in the group, under which name, and whose child is meant."""
NAMES: Final = (NamePattern(by=("parent", "staff"), has="{child}"),)


def content(rule_id: str, *labels: str, handling: Any = "clear", **more: Any) -> Rule:
    text = f"不发{rule_id}。"
    return Rule(id=rule_id, text=text, when=When(labels=labels), handling=handling, **more)


def suspicion(rule_id: str, *labels: str, **more: Any) -> Rule:
    """A rule by which a person looks at what the model suspects."""
    fields: dict[str, Any] = {"when": When(suspected=labels), "handling": "look"}
    return Rule(id=rule_id, text="不发。", **(fields | more))


def counting(rule_id: str, count: Count, **more: Any) -> Rule:
    """A rule that reminds of a full window and strikes nobody."""
    fields: dict[str, Any] = {"handling": "plain", "do": ("remind",), "text": f"{rule_id}。"}
    return Rule(id=rule_id, when=When(count=count), **(fields | more))


INNOCENT: Final = "白鹭"
"""The tests' opinion is sure of a text with this word that nothing is wrong with it."""


def opinion_of(suspects: Mapping[str, str]) -> Opinion:
    """An opinion that suspects a text of the label of each word in it (of one besides abuse, where
    there are several), doubts findings beside `INNOCENT`, and knows nothing else.
    """
    offends = {word: ("abuse",) for word, label in suspects.items() if label == "abuse"}
    wrong = {word: ("wrong",) for word in suspects if word not in offends}
    named = {word: (label,) for word, label in suspects.items()}
    signs = _model(SIGNS, offends | wrong, {INNOCENT: ("unclear",)}, {"unclear": -20})
    return Opinion(signs, _model(SUSPECTS, named, {}, {}))


def _model(
    heads: Sequence[str],
    speaking: Mapping[str, Sequence[str]],
    silencing: Mapping[str, Sequence[str]],
    thresholds: Mapping[str, int],
) -> Model:
    """A model of words that speak for heads, and of words that speak against them."""
    weights: dict[int, list[int]] = {}
    for words, weight in ((speaking, 120), (silencing, -120)):
        for word, several in words.items():
            for bucket in grams_of([word]).buckets.tolist():
                row = weights.setdefault(bucket, [0] * len(heads))
                for head in several:
                    row[heads.index(head)] = weight
    places = sorted(weights)
    header = Header(
        tuple(Head(head, thresholds.get(head, 20) * THRESHOLD_UNIT, 1.0) for head in heads),
        len(places),
        "test",
    )
    table = np.array([weights[place] for place in places], np.int8).reshape(-1, len(heads))
    return Model.of(packed(header, np.array(places), table))


WHALE: Final = "蓝鲸飞过操场"
CRANE: Final = "灰鹤落在楼顶"
"""No list knows them; the tests' opinion suspects the first of abuse, the second of advertising."""
BIRDS: Final = {"蓝鲸": "abuse", "灰鹤": "ad", "红隼": "conflict"}
"""Words of the tests' opinion and what it suspects who says them of."""


def suspecting(suspicious: Policy) -> Policy:
    """The policy with the tests' model in place of the shipped one: no word list and no training
    changes what it suspects.
    """
    suspicious.suspicions = Suspicions(opinion_of(BIRDS))
    return suspicious


class Speech(Struct):
    """A reader of one word for each label. No word list changes what it finds."""

    labels: Mapping[str, str]

    def read_all(
        self, messages: Iterable[tuple[str, Sequence[Attachment], str]]
    ) -> list[list[Match]]:
        return [
            [Match(label, word, 0, 1) for label, word in self.labels.items() if word in text]
            for text, _, _ in messages
        ]


def reading(policy: Policy, **labels: str) -> Policy:
    """The policy with a reader that finds each label by one word."""
    policy.reader = cast(Reader, Speech(labels))
    return policy


def policy(*rules: Rule, **more: Any) -> Policy:
    """A pack of just these rules (all four plain ones where none is named), ready to judge."""
    fields: dict[str, Any] = {"id": "test", "title": "试", "version": "1", "ladder": "guide"}
    pack = Pack(**(fields | {"rules": rules or (RATE, REPEAT, QUIET, PACKETS)} | more))
    return compile_pack(pack_bytes(pack))


def unapproved(*rules: Rule, **more: Any) -> Policy:
    """The same for a group that waits for approval."""
    return policy(*rules, settings=Settings(group_approved=False), **more)


TIMED: Final = policy(
    RATE,
    CHAIN,
    msgspec.structs.replace(
        UNANSWERED, when=When(unanswered=Unanswered(within_ms=HOUR, owed_by=("others",)))
    ),
    msgspec.structs.replace(
        UNREPLIED, when=When(unreplied=Unreplied(within_ms=5 * MINUTE, asked_by=("staff",)))
    ),
    REPORT,
    PURGE,
    msgspec.structs.replace(CURFEW, when=When(quiet_hours=QuietHours(start=5 * 60, end=6 * 60))),
    CHANGED,
    silent("staff", 1),
    silent("others", 1),
    id="timed",
)
"""A pack of all that comes by time, calm when the logs of plans begin."""


# --- judging by hand


class Chat:
    """One partition under one policy; `send` gives the actions that events bring."""

    def __init__(self, first: Policy, *more: Policy) -> None:
        self.packs = {pack.ref.version: pack for pack in (first, *more)}
        self.partition = Partition(topic="events", number=0, partitions=0)
        self.partition.begin_with(first.ref.version)
        self.offset = 0

    def send(self, *events: Event | bytes) -> list[Action]:
        verdict = self.verdict(*events)
        assert verdict.lacks is None, f"waits for pack {verdict.lacks!r}"
        assert not verdict.dead, verdict.dead
        return [decode_action(value) for _, value in verdict.actions]

    def verdict(self, *events: Event | bytes) -> Verdict:
        records = [stood(self.offset + i, event) for i, event in enumerate(events)]
        self.offset += len(records)
        return judged_whole(self.partition, records, self.packs)

    def group(self, name: str = "g1") -> Group:
        return self.partition.groups[f"qq:{name}".encode()]

    def member(self, member_id: str = "p1", group: str = "g1") -> Member:
        return self.group(group).peek(member_id)

    def strikes(self, member_id: str = "p1") -> int:
        return len(self.member(member_id).strikes)

    def heads(self) -> list[bytes]:
        """The head of every group, as it would be written now."""
        place = b"\0" * PLACE_BYTES
        return [group.changes(place)[0][1] or b"" for group in self.partition.groups.values()]

    def states(self) -> list[bytes | None]:
        """Every record of every group, but for the hash of the event at the fence."""
        for group in self.partition.groups.values():
            group.head.event = 0
        groups = self.partition.groups.values()
        return [value for group in groups for _, value, _ in whole(group)]


def judged_whole(
    partition: Partition, records: Sequence[Any], packs: Mapping[str, Policy]
) -> Verdict:
    """Judge as the shell does: settle what is judged where a verdict is full, and judge on."""
    reading = partition.read(records)
    whole = verdict = partition.judge(reading, packs)
    while verdict.is_full:
        verdict = partition.judge(reading, packs)
        for name in ("actions", "dead", "sightings", "strays", "changes"):
            getattr(whole, name).extend(getattr(verdict, name))
        whole.judged += verdict.judged
        whole.kinds += verdict.kinds
        whole.reasons += verdict.reasons
        whole.rejected_in_row = verdict.rejected_in_row
        whole.lacks, whole.seal = verdict.lacks, verdict.seal
    return whole


def restarted(chat: Chat) -> Chat:
    """The same chat after its process died: it knows what the changelog holds."""
    anew = Chat(*chat.packs.values())
    anew.offset = chat.offset
    for group in chat.partition.groups.values():
        for key, value, _ in whole(group, place(1, group.offset)):
            anew.partition.load(key, value or b"")
    return anew


def whole(group: Group, at: bytes = b"") -> list[Change]:
    """All records of a group, changed or not, as of a place."""
    group.desk_changed = True
    group.changed = {name: group.peek(name) for name in sorted(group.members)}
    group.parts_changed = dict.fromkeys(sorted(group.parts))
    return group.changes(at)


class Stood(Struct, frozen=True):
    """A record as the log gives it."""

    offset: int
    value: bytes | None
    timestamp: int = 0
    key: bytes | None = None


def stood(offset: int, event: Event | bytes) -> Stood:
    """An event where it stands, under its key; bytes stand there without one."""
    if isinstance(event, bytes):
        return Stood(offset, event)
    return Stood(offset, encode_event(event), key=f"{event.platform}:{event.group_id}".encode())


def kinds(actions: Sequence[Action]) -> list[str]:
    """The actions' kinds, each with its member where it is not the usual one."""
    return [a.kind if a.member_id == "p1" else f"{a.kind}@{a.member_id}" for a in actions]


# --- strategies

GROUPS: Final = ("g1", "g2")
PEOPLE: Final = ("p1", "p2", "t1")
TEXTS: Final = (
    "",
    "团购接龙",
    "团 购，接龙！",
    "明天带伞",
    "明天带伞，收到请回复",
    "几点放学？",
    "收到",
    "买\n买\n买",
    "傻逼",
    "浩然太懒了，老打人",
    WHALE,
)

# Gaps between one record and the next. The sums of a few of them are the windows' edges.
GAPS: Final = (
    0,
    1,
    5_999,
    6_667,
    20_000,
    59_999,
    60_000,
    60_001,
    299_999,
    300_000,
    300_001,
    599_999,
    600_000,
    600_001,
    8 * HOUR,
    DAY,
    15 * DAY,
)
gaps = st.one_of(st.sampled_from(GAPS[:9]), st.sampled_from(GAPS), st.integers(0, 70_000))
backwards = st.sampled_from((0, 0, 0, 0, 1, 30_000, 600_000, 600_001, 2 * HOUR))


class Step(Struct, frozen=True):
    """One record to be: what happens, how long after the last, how far out of order."""

    kind: str
    gap: int
    back: int
    group: str
    member: str
    target: str
    text: str
    pick: int


KINDS: Final = (
    *("message",) * 9,
    *("flood",) * 2,
    *("red_packet",) * 3,
    *("edit", "recall", "again", "tick", "own_tick", "outcome", "outcome"),
    *("warn", "undo", "mute", "unmute", "approve", "reject", "appeal", "exempt", "remove"),
    *("join", "leave", "own_policy", "partwide_policy"),
    *("mention", "mention", "notice", "reply"),
    *("join", "guest", "leave", "rename", "roster", "own_policy", "partwide_policy"),
)

steps = st.builds(
    Step,
    kind=st.sampled_from(KINDS),
    gap=gaps,
    back=backwards,
    group=st.sampled_from(GROUPS),
    member=st.sampled_from(PEOPLE),
    target=st.sampled_from(PEOPLE),
    text=st.sampled_from(TEXTS),
    pick=st.integers(0, 1_000),
)


def unfold(
    plan: Sequence[Step], policies: Sequence[str], actions: Sequence[str] = ()
) -> list[Event]:
    """The log of a plan: first policy and rosters, then a record (a flood: ten) for each step.

    Outcomes name one of `actions`, ids that an earlier judging of the same plan brought.
    """
    log: list[Event] = [
        command("first", "policy", local("20:00"), member="system", group="*", policy=policies[0]),
        *(roster(f"roster-{group}", local("20:00"), group=group) for group in GROUPS),
    ]
    now = local("21:50")
    for number, step in enumerate(plan):
        now += step.gap
        log += _records(step, f"e{number}", now - step.back, log, policies, actions)
    return log


def _records(
    step: Step,
    event_id: str,
    at: int,
    log: Sequence[Event],
    policies: Sequence[str],
    actions: Sequence[str],
) -> list[Event]:
    # Nothing comes again after a week: the log is kept no longer.
    recent = [event for event in log if event.sent_at > at - 7 * DAY] or log[-1:]
    earlier = recent[step.pick % len(recent)]
    place: dict[str, Any] = {"platform": "qq", "group_id": step.group}
    head: dict[str, Any] = {"id": event_id, "sent_at": at, **place}
    by: dict[str, Any] = {"member_id": step.member, **head}
    if step.kind == "flood":
        texts = [f"{step.text}{i % 4}" for i in range(10)]
        return [
            message(f"{event_id}.{i}", at + i * 6_000, text, step.member, **place)
            for i, text in enumerate(texts)
        ]
    known = actions[step.pick % len(actions)] if actions else "unknown"
    status: Any = ("failed", "expired", "unsupported", "done")[step.pick % 4]
    named = policies[step.pick % len(policies)]
    record: Mapping[str, Callable[[], Event]] = {
        "message": lambda: message(event_id, at, step.text, step.member, **place),
        "mention": lambda: message(
            event_id, at, step.text, step.member, mentions=(step.target,), **place
        ),
        "reply": lambda: message(
            event_id, at, step.text, step.member, reply_to=earlier.id, **place
        ),
        "notice": lambda: Command(message_id=earlier.id, command=_notice(step), **by),
        "red_packet": lambda: red_packet(event_id, at, step.member, **place),
        "edit": lambda: Edit(text=step.text, message_id=earlier.id, **by),
        "recall": lambda: Recall(message_id=earlier.id, **by),
        "again": lambda: earlier,
        "tick": lambda: tick(at),
        "own_tick": lambda: tick(at, step.group),
        "outcome": lambda: OutcomeSeen(action_id=known, status=status, **head),
        "join": lambda: Join(platform_role="admin", **by),
        "guest": lambda: Join(name=_called(step), inviter_id=step.target, **by),
        "leave": lambda: Leave(**by),
        "rename": lambda: Rename(name=_called(step), **by),
        "roster": lambda: Roster(**(head | {"member_id": "t1", "roster": _lines(step)})),
        "own_policy": lambda: command(event_id, "policy", at, group=step.group, policy=named),
        "partwide_policy": lambda: command(
            event_id, "policy", at, member="system", group="*", policy=named
        ),
    }
    return [record[step.kind]() if step.kind in record else _ordered(step, event_id, at)]


def _notice(step: Step) -> CommandCall:
    """What an announcement asks: an answer, nothing, or talk about a topic."""
    args: Sequence[dict[str, Any]] = (
        {"need_reply": True},
        {"need_reply": True, "minutes": 10},
        {},
        {"topic": "书", "minutes": 5},
    )
    return CommandCall(name="notice", args=args[step.pick % 4])


def _called(step: Step) -> str:
    return ("王浩然妈妈", "静待花开", "陈可欣")[step.pick % 3]


def _lines(step: Step) -> tuple[RosterLine, ...]:
    """What a later roster says of the step's member; the teacher stays one."""
    if step.member == "t1":
        return TEACHERS
    role: Any = ("parent", "parent", "outsider", "student")[step.pick % 4]
    name = ("王浩然", "陈可欣")[step.pick % 2]
    return (RosterLine(member_id=step.member, role=role, name=name, student=name),)


def _ordered(step: Step, event_id: str, at: int) -> Command:
    """What a teacher orders about the step's target."""
    capability = ("flood_rate", "quiet_hours", "content:red_packet")[step.pick % 3]
    args: dict[str, Any] = {"capability": capability} if step.kind == "exempt" else {}
    return command(event_id, step.kind, at, step.target, group=step.group, minutes=5, **args)


plans = st.lists(steps, min_size=1, max_size=30)
