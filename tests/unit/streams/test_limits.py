"""What happens at each limit; `docs/limits.md` is the table. A hostile group takes no worker down."""

import ast
import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
import pytest

from agents.outbox import BATCH_HEADER_BYTES, RECORD_OVERHEAD_BYTES, size_of
from agents.settings import TABLE
from schemas.action import decode_action
from schemas.dead import KEY_BYTES_MAX, RAW_BYTES_MAX, address, bury
from schemas.event import (
    RECORD_BYTES_MAX,
    Attachment,
    Event,
    Rejected,
    Report,
    RosterLine,
    encode_event,
)
from schemas.policy import Count, Pack, Rate, Reported, Reports, Rule, When
from streams import acts, partition, parts, state, weekly
from streams.acts import LISTED_BYTES_MAX, listed
from streams.agenda import NAME, plan_due
from streams.decide import SOFT_MAX
from streams.identity import hash64
from streams.idrow import ID_KEPT_MAX, SHORT_ID_MAX, ids_of
from streams.legible import (
    ATTACHMENTS_MAX,
    TEXT_LETTERS_MAX,
    TITLE_LETTERS_MAX,
    legible,
    legible_attachments,
)
from streams.partition import Verdict
from streams.partitioner import partition_of
from streams.parts import AGENDA, TALLY, Due, Notice
from streams.place import PLACE_BYTES
from streams.policy import read_pack
from streams.policy.checks import COUNTING_MAX, OWN_COUNTING_MAX, RULES_MAX, WEEKLY_MAX
from streams.policy.compile import RING_MAX, Policy
from streams.policy.nodes import PACK_BYTES_MAX
from streams.rules.case import CASES_OF_RULE_MAX, note_case
from streams.rules.count import TALLIES_MAX
from streams.rules.filters import let_rest
from streams.slim import FEW_STRIKES, slim
from streams.state import (
    LARGE,
    RING_RECORDS,
    Desk,
    Group,
    Head,
    Member,
    Review,
    Strike,
    encode_member,
)
from streams.tally import CASES_MAX as TALLY_CASES_MAX
from streams.tally import ENTRIES_MAX, Entry, Tally, add, entry_of, measure_of
from streams.topology import BATCH_BYTES_MAX, topology
from streams.windows import SAME_TIME_MAX, SLACK, admit
from tests.strategies import (
    CHAIN,
    DAY,
    HOUR,
    MINUTE,
    NOON,
    PACKETS,
    QUIET,
    RATE,
    REPEAT,
    REPORT,
    SECOND,
    UNANSWERED,
    UNREPLIED,
    Chat,
    Stood,
    command,
    content,
    counting,
    join,
    kinds,
    local,
    message,
    outcome,
    policy,
    reading,
    red_packet,
    roster,
    stood,
    tick,
)

LONGEST: Final = "😀" * 512
"""The longest id that there is: two kilobytes."""
RULE: Final = "😀" * 64
ABSENT: Final = Rule(
    id="absent", text="。", when=When(absent_ms=3 * DAY), handling="plain", do=("remind",)
)
PLAIN: Final = policy(RATE, REPEAT)
REPORTS_MAX: Final = 100
"""The most that a pack may allow a reporter a day (`streams.policy.numbers`)."""
ABUSE: Final = content("words", "abuse", handling="judgement")
MISSED: Final = policy(ABSENT)
PLACE: Final = bytes(PLACE_BYTES)


# --- one group's changes fit one record batch


def fits(changes: Sequence[Any]) -> bool:
    return BATCH_HEADER_BYTES + sum(map(size_of, changes)) <= BATCH_BYTES_MAX


def full_desk() -> Desk:
    exemptions = state.EXEMPTIONS_BYTES_MAX // (len(LONGEST.encode()) + 64)
    return Desk(
        seen=state.Seen({n << 40: NOON for n in range(state.SEEN_MAX)}, NOON),
        orders=state.Seen({n << 40: NOON for n in range(state.SEEN_MAX)}, NOON),
        steps=[(2**63 + n, LONGEST) for n in range(state.STEPS_MAX)],
        exemptions=[state.Exemption("x" * 64, LONGEST, NOON, NOON)] * exemptions,
        waiting=[(NOON, bytes(state.WAITING_BYTES_MAX // state.WAITING_MAX))] * state.WAITING_MAX,
    )


def full_tally() -> Tally:
    entry = Entry(NOON, "😀" * 24, 2**62, 2**63, 9)
    return Tally([entry] * ENTRIES_MAX, [(NOON, NOON, RULE, 2**62)] * TALLY_CASES_MAX)


def full_parts() -> Iterator[tuple[bytes, str, msgspec.Struct]]:
    due = Due(NOON, 9, LONGEST, RULE)
    size = len(f"{due.about}{due.rule}".encode()) + 20
    yield AGENDA, "", parts.Agenda([due] * (parts.DUES_BYTES_MAX // size))
    posted = parts.Posted(NOON, "😀" * 24, told=[RULE] * 8)
    ack = parts.Ack(NOON, "😀" * 24, 2**63, "😀" * 24)
    yield parts.BOARD, "", parts.Board([posted] * parts.BOARD_MAX, [ack] * parts.ACKS_MAX)
    clock = parts.Clock(LONGEST, LONGEST, RULE, NOON, NOON)
    yield parts.CLOCKS, "", parts.Clocks([clock] * parts.CLOCKS_MAX)
    yield parts.CONSENT, "", parts.Consent("x" * 32, [2**63] * state.MEMBERS_MAX, [RULE] * 8)
    dispute = parts.Dispute(NOON, LONGEST, LONGEST, "x" * 32, LONGEST)
    ruling = parts.Ruling(LONGEST, "head_teacher", "owner", LONGEST)
    known = [dispute] * parts.DISPUTES_MAX
    held = [parts.Dispute(NOON, LONGEST, LONGEST, "x" * 32)] * parts.DISPUTES_MAX
    yield parts.DISPUTES, "", parts.Disputes(known, held, [ruling] * parts.RULINGS_MAX)
    notice = Notice(LONGEST, NOON, NOON, RULE, [2**63] * parts.ANSWERS_MAX)
    for number in range(parts.NOTICES_MAX):
        yield parts.NOTICE, f"{number:0512}", notice
    by = {f"m{n:016x}": [2**63] * parts.REPORTERS_OF_ONE_MAX for n in range(parts.REPORTED_MAX)}
    reporter = parts.Reporter([NOON] * parts.TIMES_MAX, [NOON] * parts.TIMES_MAX)
    reporters = {2**63 + n: reporter for n in range(parts.REPORTERS_MAX)}
    yield parts.REPORTING, "", parts.Reporting(by, reporters, list(by))
    for number in range(COUNTING_MAX):
        yield TALLY, f"{number:016x}", full_tally()
    ids = [LONGEST] * (parts.IDS_BYTES_MAX // len(LONGEST.encode()))
    counts = {RULE + str(n): 2**40 for n in range(64)}
    week = parts.Week(NOON, 9, counts, ids, [(2**63, one) for one in ids], ids, ids)
    for number in range(WEEKLY_MAX):
        yield parts.WEEK, f"{RULE}{number}", week


def full_group() -> Group:
    """A group with everything but members at its bounds."""
    group = Group(LONGEST, LONGEST, f"{LONGEST}:{LONGEST}".encode())
    group.head = Head(policy="x" * 32, judged_by="x" * 32, clock=NOON, next_at=NOON)
    group.desk = full_desk()
    for kind, name, part in full_parts():
        group.put(kind, part, name)
    return group


def test_a_group_of_which_every_part_is_full_is_within_its_share_of_a_batch() -> None:
    group = full_group()

    group.desk_changed = True

    assert group.parts_bytes() <= state.PARTS_BYTES_MAX
    assert fits(group.changes(PLACE))


def test_the_state_counts_no_less_for_a_record_than_the_outbox() -> None:
    assert state.RECORD_OVERHEAD_BYTES >= RECORD_OVERHEAD_BYTES + PLACE_BYTES


def full_member() -> Member:
    """A member of whom every list is full, with the longest ids."""
    ring = max(RING_MAX + SLACK, SAME_TIME_MAX + SLACK)
    hashes = tuple(2**62 + n for n in range(64))
    strikes = [
        Strike(NOON, 1, n, brought=(("notice", "x" * 32),) * 4, evidence=hashes, review="x" * 32)
        for n in range(state.STRIKES_MAX)
    ]
    evidence = [LONGEST] * state.EVIDENCE_MAX
    reviews = [
        Review("x" * 32, f"r{n}", RULE, NOON, list(evidence), list(evidence), other=LONGEST)
        for n in range(state.REVIEWS_MAX)
    ]
    return Member(
        times=state.numbers([NOON] * ring),
        ids="\x1f" + f"{'😀' * 24}\x1f" * ring,
        prints=state.numbers([2**62] * ring),
        cases=tuple((f"c{n}", NOON, 0) for n in range(state.CASES_MAX)),
        strikes=tuple(strikes),
        reviews=tuple(reviews),
        tallies=tuple((n, full_tally()) for n in range(16)),
    )


def test_a_member_beyond_all_measure_is_brought_within_bounds_and_keeps_every_strike() -> None:
    member = full_member()

    assert slim(member)

    key = len(LONGEST.encode()) * 3 + 3
    record = key + len(encode_member(member)) + state.RECORD_OVERHEAD_BYTES
    assert state.kept_bytes(member) <= state.MEMBER_KEPT_BYTES_MAX
    assert record <= state.MEMBER_RECORD_BYTES_MAX
    assert len(member.strikes) == state.STRIKES_MAX
    assert member.reviews[-1].proposal == f"r{state.REVIEWS_MAX - 1}"


def test_a_member_with_few_strikes_and_no_review_is_within_bounds_whatever_the_ids() -> None:
    full = full_member()
    full.reviews, full.tallies, full.strikes = (), (), full.strikes[:FEW_STRIKES]
    full.cases = tuple((RULE, NOON, 2**62) for _ in range(state.CASES_MAX))
    full.soft = tuple((f"~/{RULE}", 20_000) for _ in range(SOFT_MAX))

    assert state.kept_bytes(full) <= state.MEMBER_KEPT_BYTES_MAX


def test_a_member_as_members_are_gives_nothing_up() -> None:
    chat = Chat(PLAIN)
    chat.send(*(message(f"m{n}", NOON + n, "哈哈") for n in range(40)))
    before = encode_member(chat.member())

    assert not slim(chat.member())

    assert encode_member(chat.member()) == before


# --- a hostile group


def crowd(chat: Chat, count: int) -> None:
    """Members as a changelog may hold them: their rings full, of ids as long as they may be."""
    ring = SAME_TIME_MAX
    for number in range(count):
        member = Member(
            seen=NOON,
            is_present=True,
            times=state.numbers([NOON] * ring),
            ids="\x1f" + "".join(f"{number}-{n:058}\x1f" for n in range(ring)),
            prints=state.numbers(range(1, ring + 1)),
        )
        chat.partition.load(
            b"qq:g1\x1fm" + f"p{number}".encode(), PLACE + encode_member(member)[12:]
        )


def settled(chat: Chat, records: Sequence[Stood]) -> Iterator[Verdict]:
    """Judge as the shell does; whatever is written of a group must fit."""
    reading = chat.partition.read(records)
    while True:
        before = reading.at
        verdict = chat.partition.judge(reading, chat.packs)
        assert all(map(fits, verdict.changes))
        yield verdict
        if not verdict.is_full:
            return
        assert reading.at > before or verdict.changes, "it stands still"


def logged(chat: Chat, *events: Event) -> list[Stood]:
    first, chat.offset = chat.offset, chat.offset + len(events)
    return [stood(first + n, event) for n, event in enumerate(events)]


def test_a_large_group_in_which_all_talk_at_once_is_written_in_batches_that_fit() -> None:
    chat, count = Chat(PLAIN), 3_000
    chat.send(message("first", NOON - 1))
    crowd(chat, count)

    talk = (message(f"n{n}", NOON + 1, "早", f"p{n}") for n in range(count))
    verdicts = list(settled(chat, logged(chat, *talk)))

    assert sum(verdict.judged for verdict in verdicts) == count
    assert len(verdicts) > 1


def test_rings_that_grew_between_two_looks_are_within_their_share_and_are_seen_at_the_next() -> (
    None
):
    group = Group("qq", "g1", b"qq:g1")
    group.changed = {f"p{n}": Member() for n in range(2 * LARGE)}
    writers: list[Member] = list(filter(None, group.changed.values()))
    before, room = group.measure_changed(), 2 * state.MEMBER_RECORD_BYTES_MAX
    assert not group.is_full(before + room)

    for number in range(RING_RECORDS):
        # As long as a name may be that stands in a ring as it is.
        name = "".join(chr(0x1F600 + int(digit)) for digit in f"{number:0{SHORT_ID_MAX}}")
        admit(writers[number % len(writers)], name, NOON + number, 2**62, RING_MAX)

    assert not group.is_full(before + room)
    group.offset += RING_RECORDS
    assert group.is_full(before + room)
    grown = group.measure_changed() - before
    assert state.RING_GROWTH_BYTES_MAX / 2 < grown <= state.RING_GROWTH_BYTES_MAX


def test_whether_there_is_room_is_measured_of_who_changed_and_not_of_all_again_and_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Thousands who all flood would take longer to be measured than a session lasts."""
    chat, count = Chat(policy(REPEAT)), 2_000
    chat.send(message("first", NOON - 1))
    floods = [
        message(f"m{n}-{k}", NOON + k, "快投票", f"p{n}") for k in range(4) for n in range(count)
    ]
    measured = 0
    record_bytes = Group._record_bytes

    def counted(group: Group, member_id: str, member: Member | None) -> int:
        nonlocal measured
        measured += 1
        return record_bytes(group, member_id, member)

    monkeypatch.setattr(Group, "_record_bytes", counted)
    verdicts = list(settled(chat, logged(chat, *floods)))

    assert sum(len(verdict.actions) for verdict in verdicts) >= count
    assert measured <= 2 * len(floods)


def test_an_absence_of_thousands_is_found_in_batches_that_fit_and_of_each_once() -> None:
    chat, count = Chat(MISSED), 1_500
    chat.send(join("j", NOON - 1, "p0"))
    crowd(chat, count)

    verdicts = list(settled(chat, logged(chat, tick(NOON + 3 * DAY + 1))))

    reminded = [
        decode_action(value).member_id for verdict in verdicts for _, value in verdict.actions
    ]
    assert len(verdicts) > 1
    assert sorted(filter(None, reminded)) == sorted(f"p{n}" for n in range(count))


def test_a_crash_between_two_settles_of_one_record_changes_no_action() -> None:
    once, twice, count = Chat(MISSED), Chat(MISSED), 900
    told: dict[str, list[bytes]] = {"once": [], "twice": []}
    for chat in (once, twice):
        chat.send(join("j", NOON - 1, "p0"))
        crowd(chat, count)
    ticks = logged(once, tick(NOON + 3 * DAY + 1))
    for verdict in settled(once, ticks):
        told["once"] += [value for _, value in verdict.actions]

    log: dict[bytes, bytes] = {
        key: value
        for group in twice.partition.groups.values()
        for key, value, _ in group.whole(PLACE[:-1] + b"\1")
        if value is not None
    }
    first = next(settled(twice, ticks))
    told["twice"] += [value for _, value in first.actions]
    log |= {key: value for changes in first.changes for key, value, _ in changes if value}
    anew = Chat(MISSED)
    for key, value in log.items():
        anew.partition.load(key, value)
    for verdict in settled(anew, ticks):
        told["twice"] += [value for _, value in verdict.actions]

    assert first.is_full
    assert 0 < len(first.actions) < count
    assert told["twice"] == told["once"]


def test_a_roster_takes_in_what_has_room_and_says_which_lines_it_refuses() -> None:
    chat, count = Chat(PLAIN), 3_000
    chat.send(message("first", NOON - 1))
    crowd(chat, count)
    lines = tuple(RosterLine(member_id=f"p{n}", role="parent") for n in range(count))

    verdicts = list(settled(chat, logged(chat, roster(at=NOON, lines=lines))))

    (letter,) = [msgspec.json.decode(value) for v in verdicts for _, value in v.dead]
    taken = int(re.match(r"\d+", letter["detail"])[0])  # type: ignore[index]
    assert letter["reason"] == "roster_too_large"
    assert chat.member(f"p{taken - 1}").role == "parent"
    assert chat.member(f"p{taken}").role == ""
    rest = roster("rest", at=NOON + 1, lines=lines[taken : taken + 500])
    assert not any(verdict.dead for verdict in settled(chat, logged(chat, rest)))


def test_how_much_of_a_roster_has_room_does_not_depend_on_where_a_fetch_began() -> None:
    lines = tuple(RosterLine(member_id=f"p{n}", role="parent") for n in range(2_000))
    letters = []
    for is_one_fetch in (True, False):
        chat = Chat(PLAIN)
        chat.send(message("first", NOON - 1))
        crowd(chat, 2_000)
        records = logged(
            chat,
            *(message(f"n{n}", NOON + 1, "早", f"p{n}") for n in range(20)),
            roster(at=NOON + 2, lines=lines),
        )
        fetches = [records] if is_one_fetch else [records[:-1], records[-1:]]
        letters.append([v.dead for fetch in fetches for v in settled(chat, fetch) if v.dead])

    assert letters[0] == letters[1] != []


@pytest.mark.parametrize(
    ("lines", "settles"), [(state.STEP_MEMBERS_MAX, 1), (state.STEP_MEMBERS_MAX + 1, 2)]
)
def test_a_roster_of_more_than_so_many_begins_with_nothing_unwritten(
    lines: int, settles: int
) -> None:
    chat = Chat(PLAIN)
    people = tuple(RosterLine(member_id=f"p{n}", role="parent") for n in range(lines))

    verdicts = list(settled(chat, logged(chat, message("m"), roster(lines=people))))

    assert len(verdicts) == settles
    assert {chat.member(f"p{n}").role for n in range(lines)} == {"parent"}


def test_rosters_of_the_largest_group_as_schools_have_them_are_taken_in_whole() -> None:
    chat = Chat(PLAIN)
    people = range(state.MEMBERS_MAX)
    for first in range(0, state.MEMBERS_MAX, 1_000):
        chat.send(
            *(message(f"m{n}-{k}", NOON + k, "早", f"p{n}") for k in (0, 1) for n in people)
            if not first
            else ()
        )
    lines = tuple(RosterLine(member_id=f"p{n}", role="parent", student=f"王{n}") for n in people)

    assert not any(verdict.dead for verdict in settled(chat, logged(chat, roster(lines=lines))))


def test_what_looks_at_all_members_takes_a_settle_no_longer_than_its_work() -> None:
    chat = Chat(PLAIN)
    chat.send(message("first", NOON - 1))
    crowd(chat, state.MEMBERS_MAX - 1)
    replies = (
        message(f"r{n}", NOON + 1, f"第{n}条", f"p{n % 7}", reply_to=f"unknown{n}")
        for n in range(40)
    )

    verdicts = list(settled(chat, logged(chat, *replies)))

    units = state.MEMBERS_MAX // partition.MEMBERS_A_UNIT
    assert max(v.judged for v in verdicts) <= partition.WORK_MAX // units + 1
    assert sum(v.judged for v in verdicts) == 40


def test_of_a_text_that_nobody_writes_the_beginning_and_the_end_are_read() -> None:
    chat = Chat(policy(content("abuse", "abuse")))
    filling = "今天天气很好。" * (TEXT_LETTERS_MAX // 7)
    texts = ("傻逼" + filling * 2, filling * 2 + "傻逼", filling + "傻逼" + filling)

    found = [bool(chat.send(message(f"m{n}", NOON + n, one))) for n, one in enumerate(texts)]

    assert found == [True, True, False]
    assert legible("早") == "早"
    picture = Attachment(type="link", url="u" * 9_999, title="早")
    (cut,) = legible_attachments([picture])
    assert len(cut.url or "") <= TITLE_LETTERS_MAX + 1
    assert cut.title == "早"
    assert len(legible_attachments([picture] * 99)) == ATTACHMENTS_MAX


def test_long_texts_take_a_settle_no_longer_than_their_work() -> None:
    chat = Chat(policy(content("abuse", "abuse")))
    chat.send(message("first", NOON - 1))
    texts = [message(f"m{n}", NOON + n, chr(0x4E00 + n) * 16_000, f"p{n}") for n in range(24)]

    verdicts = list(settled(chat, logged(chat, *texts)))

    assert sum(v.judged for v in verdicts) == len(texts)
    most = partition.WORK_MAX * partition.BYTES_A_UNIT + partition.PIECE_BYTES
    assert max(v.judged for v in verdicts) * 3 * 16_000 <= most


# --- what leaves fits its topic


def test_the_letter_of_any_record_fits_the_topic_of_dead_letters() -> None:
    key, value = b"k" * (2 << 20), b"\xff" * (40 << 20)

    letter = bury(
        Rejected("too_large", "$", "。" * 200),
        topic="t" * 249,
        partition=0,
        offset=2**62,
        timestamp=2**62,
        key=key,
        value=value,
    )

    record = (address(key), letter, b"")
    assert address(key) == key[:KEY_BYTES_MAX]
    assert BATCH_HEADER_BYTES + size_of(record) <= topology("t").dead.batch_bytes
    assert len(letter) > RAW_BYTES_MAX


def test_a_stray_at_the_limit_of_a_record_fits_the_topic_of_events() -> None:
    chat = Chat(PLAIN)
    chat.partition.partitions = 8
    chat.partition.number = (partition_of(b"qq:g1", 8) + 1) % 8
    short = encode_event(message("e", text=""))
    event = message("e", text="x" * (RECORD_BYTES_MAX - len(short)))

    verdict = chat.verdict(event)

    ((key, value),) = verdict.strays
    assert len(value) == RECORD_BYTES_MAX
    assert BATCH_HEADER_BYTES + size_of((key, value, b"")) <= topology("t").events.batch_bytes


def test_an_action_about_thousands_with_the_longest_ids_fits_its_topic() -> None:
    ids = [LONGEST] * 5_000

    assert len(msgspec.json.encode(listed(ids, 500))) <= LISTED_BYTES_MAX + 2
    assert listed(["a", "b", "c"], 2) == ["a", "b"]


# --- newcomers that are refused


def test_groups_beyond_the_bound_are_refused_and_those_known_go_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(partition, "GROUPS_MAX", 2)
    chat = Chat(PLAIN)
    crowd = [message(f"m{n}", NOON + n, group_id=f"g{n}") for n in range(4)]

    verdict = chat.verdict(*crowd, message("more", NOON + 9, group_id="g0"))

    assert verdict.reasons == {"too_many_groups": 2}
    assert verdict.judged == 3
    assert len(chat.partition.groups) == 2


# --- bounds in bytes, where ids are long


def test_deadlines_with_long_names_are_bounded_in_bytes() -> None:
    group = Group("qq", "g1", b"qq:g1")

    for number in range(400):
        plan_due(group, Due(NOON + number, NAME, f"{number:04}{LONGEST[:500]}", "rule"))

    dues = group.part(AGENDA, parts.Agenda).dues
    assert [due.at for due in dues] == [NOON + number for number in range(len(dues))]
    assert 0 < len(dues) < 400
    assert sum(len(due.about.encode()) for due in dues) <= parts.DUES_BYTES_MAX


def test_exemptions_for_long_names_are_bounded_in_bytes() -> None:
    group = Group("qq", "g1", b"qq:g1")

    for number in range(200):
        let_rest(group, "flood", f"{number:04}{LONGEST[:500]}", NOON, NOON + DAY)

    kept = group.desk.exemptions
    assert 0 < len(kept) < 200
    assert kept[-1].member_id.startswith("0199")
    assert sum(len(e.member_id.encode()) for e in kept) <= state.EXEMPTIONS_BYTES_MAX


def test_what_waits_for_the_morning_is_bounded_in_bytes_and_nothing_is_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(acts, "WAITING_BYTES_MAX", 2_000)
    chat = Chat(policy(QUIET, msgspec.structs.replace(PACKETS, do=("notice",)), mutes=False))
    night, count = local("23:00"), 12

    sent = chat.send(*(red_packet(f"r{n}", night + n, f"p{n}") for n in range(count)))
    waiting = chat.group().desk.waiting
    morning = chat.send(tick(local("08:00", day=8)))

    assert sum(len(raw) for _, raw in waiting) <= 2_000
    at_once = sum(action.kind == "notice" for action in sent)
    later = sum(action.kind == "notice" for action in morning)
    assert at_once + later == count
    assert at_once > 0 < later


def test_ids_of_a_week_are_bounded_in_bytes() -> None:
    assert weekly._newest([LONGEST] * 3) == [LONGEST]
    ids = [f"{n:04}{LONGEST[:500]}" for n in range(100)]
    kept = weekly._newest(ids)
    assert kept == ids[-len(kept) :]
    assert sum(len(one.encode()) for one in kept) <= parts.IDS_BYTES_MAX
    short = [str(n) for n in range(100)]
    assert weekly._newest(short) == short[-parts.STANDING_MAX :]


def test_a_group_forgets_what_it_counted_for_rules_that_are_gone() -> None:
    count = Count(of="messages", at_least=9, within_ms=DAY, by="group")
    counting = Rule(id="count", text="。", when=When(count=count), handling="plain", do=("notice",))
    before, after = policy(counting), PLAIN
    chat = Chat(before, after)
    chat.send(roster(at=NOON - 1), message("m", NOON))
    assert chat.group().named(TALLY)

    chat.send(command("c", "policy", NOON + 1, policy=after.ref.version), message("n", NOON + 2))

    assert not chat.group().named(TALLY)


# --- lists of a member: the oldest goes


def test_of_strikes_the_newest_count_and_the_oldest_is_forgotten() -> None:
    chat, more = Chat(policy(PACKETS)), 3

    actions = chat.send(*(red_packet(f"e{n}", NOON + n) for n in range(state.STRIKES_MAX + more)))

    newest = [NOON + n for n in range(more, state.STRIKES_MAX + more)]
    assert [strike.at for strike in chat.member().strikes] == newest
    assert actions[-1].strikes == state.STRIKES_MAX


def test_of_open_reviews_the_oldest_is_forgotten_and_its_action_stands() -> None:
    quarrel = content("quarrel", "conflict", handling="judgement")
    chat, others = Chat(reading(policy(quarrel), conflict="吵")), state.REVIEWS_MAX + 1
    chat.send(roster(at=NOON - 1))

    actions = chat.send(
        *(message(f"e{n}", NOON + n * DAY, "吵", mentions=(f"q{n}",)) for n in range(others))
    )

    asked = [action for action in actions if action.kind == "review"]
    assert len(asked) == others
    kept = [review.action for review in chat.member().reviews]
    assert kept == [action.id for action in asked[1:]]


def test_of_a_review_s_evidence_the_one_that_opened_it_and_the_newest_stay() -> None:
    chat, count = Chat(reading(policy(ABUSE), abuse="坏")), state.EVIDENCE_MAX + 5

    chat.send(*(message(f"e{n}", NOON + n * MINUTE, f"坏{n}") for n in range(count)))

    (review,) = chat.member().reviews
    newest = [f"e{n}" for n in range(count - state.EVIDENCE_MAX + 1, count)]
    assert review.evidence == review.messages == ["e0", *newest]


def test_of_answered_cases_the_oldest_of_the_rule_goes_then_the_oldest_of_all() -> None:
    member, most = Member(), CASES_OF_RULE_MAX
    for at in range(most + 2):
        note_case(member, ("often",), at, at)
    assert member.cases == tuple(("often", at, 0) for at in range(2, most + 2))

    for number in range(state.CASES_MAX - 1):
        note_case(member, (f"r{number}",), NOON, NOON)

    assert len(member.cases) == state.CASES_MAX
    assert member.cases[0] == ("often", most + 1, 0)


def test_what_one_rule_has_answered_drives_out_no_case_of_another_while_there_is_room() -> None:
    member, names = Member(), [f"r{n}" for n in range(state.CASES_MAX // CASES_OF_RULE_MAX)]

    for at in range(CASES_OF_RULE_MAX):
        for name in names:
            note_case(member, (name,), at, at)

    assert len(member.cases) == state.CASES_MAX


def test_of_soft_marks_the_oldest_goes_and_its_rule_answers_once_more() -> None:
    words = {f"label{n}": f"词{n:02}" for n in range(SOFT_MAX + 1)}
    rules = [content(one, one, handling="plain", do=("remind",), once="day") for one in words]
    chat = Chat(reading(policy(*rules), **words))
    says = [message(f"m{n}", NOON + n, word) for n, word in enumerate(words.values())]
    assert len(chat.send(*says)) == SOFT_MAX + 1

    assert [rule for rule, _ in chat.member().soft] == [f"/{one}" for one in list(words)[1:]]
    assert chat.send(message("second again", NOON + MINUTE, "词01")) == []
    (again,) = chat.send(message("first again", NOON + MINUTE, "词00"))
    assert again.rule == "label0"


def counts(name: str, number: int, at_least: int) -> Policy:
    periods = (DAY - n * SECOND for n in range(number))
    each = (Count(of="messages", at_least=at_least, within_ms=one, by="member") for one in periods)
    return policy(*(counting(f"{name}{n}", one) for n, one in enumerate(each)), id=name)


def test_of_counts_those_of_another_pack_give_way_and_no_rule_in_force_begins_anew() -> None:
    before, after = counts("before", 3, 4), counts("after", OWN_COUNTING_MAX, 3)
    chat = Chat(before, after)
    chat.send(roster(at=NOON - 1), message("m0", NOON, "早"))
    kept = {sig for sig, _ in chat.member().tallies}
    assert len(kept) == 3

    chat.send(command("c", "policy", NOON + 1, policy=after.ref.version))
    chat.send(*(message(f"m{n}", NOON + n, "早") for n in (2, 3, 4)))

    tallies = dict(chat.member().tallies)
    assert len(tallies) == TALLIES_MAX
    assert kept.isdisjoint(tallies)
    assert {len(tally.entries) for tally in tallies.values()} == {3}


def test_of_a_counts_entries_the_oldest_goes_whatever_it_counted_for() -> None:
    tally, measure, more = Tally(), measure_of("messages", 3, DAY), 5
    found = [entry_of(f"e{n}", NOON + n, "p1", key=n) for n in range(ENTRIES_MAX + more)]
    for entry in found:
        assert add(tally, entry, measure) == [entry]

    assert tally.entries == found[more:]
    assert add(tally, found[0], measure) is None
    assert tally.entries == found[more:]


def test_ids_up_to_their_bounds_stand_in_the_ring_as_they_are() -> None:
    chat, short, long = Chat(PLAIN), "早" * SHORT_ID_MAX, "x" * ID_KEPT_MAX
    names = (short, long, f"{short}早", f"{long}x")

    chat.send(*(message(one, NOON + n, "早") for n, one in enumerate(names)))

    assert ids_of(chat.member().ids) == [short, long, "", ""]


def test_a_ring_is_as_long_as_the_pack_s_rates_need_up_to_its_bound() -> None:
    rate = Rule(
        id="rate", text="。", when=When(rate=Rate(messages=99, within_ms=DAY)), handling="flood"
    )
    pack = policy(rate)
    chat, count = Chat(pack), 3 * RING_MAX

    chat.send(*(message(f"m{n}", NOON + n, f"第{n}句") for n in range(count)))

    member = chat.member()
    assert pack.ring == RING_MAX
    assert RING_MAX <= len(member.times) <= RING_MAX + SLACK
    assert member.times[-1] == NOON + count - 1
    before = member.times[:]
    chat.send(message("too old", NOON + 1, "早"))
    assert chat.member().times == before


# --- lists of a group: the oldest goes


def test_members_with_long_names_are_kept_up_to_so_many_bytes_and_all_are_judged() -> None:
    chat, names = Chat(PLAIN), [f"{n:04}{LONGEST[:500]}" for n in range(1_900)]

    verdict = chat.verdict(*(message(f"e{n}", NOON, "早", who) for n, who in enumerate(names)))

    one = len(b"qq:g1") + len(names[0].encode()) + state.MEMBER_BYTES
    assert verdict.judged == len(names)
    assert list(chat.group().members) == names[: state.MEMBERS_BYTES_MAX // one]


def test_of_steps_the_oldest_counts_as_told_whatever_its_outcome() -> None:
    chat, count = Chat(policy(PACKETS, ladder="three_steps")), state.STEPS_MAX + 1
    actions = chat.send(*(red_packet(f"e{n}", NOON + n, f"p{n}") for n in range(count)))
    told = {action.member_id: action.id for action in actions if action.kind == "remind"}
    assert [who for _, who in chat.group().desk.steps] == [f"p{n}" for n in range(1, count)]

    chat.send(*(outcome(f"o{who}", told[who], "failed", NOON + count) for who in ("p0", "p1")))

    again = chat.send(*(red_packet(f"again{who}", NOON + DAY, who) for who in ("p0", "p1")))
    assert kinds(again) == ["delete@p0", "notice@p0", "delete", "remind"]


def test_of_joins_the_oldest_ids_go_and_what_is_as_old_changes_nothing() -> None:
    chat, count = Chat(PLAIN), state.SEEN_MAX + 2
    chat.send(*(join(f"j{n}", NOON + n, f"q{n}") for n in range(count)))

    assert len(chat.group().desk.seen.ids) == state.SEEN_MAX
    for old in (join("j0", NOON, "q0"), join("new", NOON + 1, "newcomer")):
        chat.send(old)
    assert len(chat.group().desk.seen.ids) == state.SEEN_MAX
    assert "newcomer" not in chat.group().members
    chat.send(join("in time", NOON + 2, "newcomer"))
    assert "newcomer" in chat.group().members


def test_of_rosters_the_oldest_ids_go_and_one_as_old_changes_nothing() -> None:
    chat, count = Chat(PLAIN), state.SEEN_MAX + 2
    parent, teacher = (
        RosterLine(member_id="p1", role="parent"),
        RosterLine(member_id="p1", role="teacher"),
    )
    chat.send(roster("r0", NOON, lines=(teacher,)))
    chat.send(*(roster(f"r{n}", NOON + n, lines=(parent,)) for n in range(1, count)))

    assert len(chat.group().desk.orders.ids) == state.SEEN_MAX
    chat.send(roster("r0", NOON, lines=(teacher,)), roster("new", NOON + 1, lines=(teacher,)))
    assert chat.member().role == "parent"
    chat.send(roster("in time", NOON + 2, lines=(teacher,)))
    assert chat.member().role == "teacher"


def test_of_reply_clocks_the_oldest_stop() -> None:
    chat, asked = Chat(policy(UNREPLIED)), [f"q{n:02}" for n in range(parts.CLOCKS_MAX + 9)]
    chat.send(roster(at=NOON - DAY))
    chat.send(*(message(f"h{who}", NOON - HOUR, "早", who) for who in asked))
    chat.send(message("first", NOON, "把表报上来", "t1", mentions=tuple(asked[:20])))
    chat.send(message("second", NOON + 1, "把表报上来", "t1", mentions=tuple(asked[20:])))

    actions = chat.send(tick(NOON + HOUR))

    reminded = [action.member_id for action in actions if action.kind == "remind"]
    assert reminded == asked[9:]


def acks(of: str, *members: str, at: int = NOON + HOUR) -> list[Event]:
    return [
        message(f"{who} {of} {n}", at + n, "收到", who, reply_to=of)
        for n, who in enumerate(members)
    ]


def staffed(*rules: Rule, **more: Any) -> Chat:
    chat = Chat(policy(*rules, **more))
    chat.send(roster(at=NOON - DAY))
    return chat


def test_under_a_message_of_the_staff_that_fell_off_the_board_no_chain_is_found() -> None:
    chat = staffed(CHAIN)
    chat.send(
        *(message(f"n{n}", NOON + n, f"明天降温{n}", "t1") for n in range(parts.BOARD_MAX + 1))
    )

    board = chat.group().look(parts.BOARD, parts.Board)
    assert board is not None
    assert [one.name for one in board.posted] == [f"n{n}" for n in range(1, parts.BOARD_MAX + 1)]
    assert chat.send(*acks("n0", "p1", "p2", "p3")) == []
    assert kinds(chat.send(*acks("n1", "p1", "p2", "p3"))) == ["notice@None"]


def test_of_acknowledgements_the_oldest_goes_and_counts_in_no_chain() -> None:
    chat = staffed(CHAIN)
    chat.send(message("n", NOON, "明天降温", "t1"))
    chat.send(*acks("n", "p1", *["p2"] * parts.ACKS_MAX))

    board = chat.group().look(parts.BOARD, parts.Board)
    assert board is not None
    assert [ack.name for ack in board.acks] == [f"p2 n {n}" for n in range(1, parts.ACKS_MAX + 1)]
    assert chat.send(*acks("n", "p3", at=NOON + 2 * HOUR)) == []
    assert kinds(chat.send(*acks("n", "p4", at=NOON + 3 * HOUR))) == ["notice@None"]


def test_of_answers_to_a_notice_the_oldest_goes() -> None:
    chat = staffed(UNANSWERED)
    parent = RosterLine(member_id="p1", role="parent")
    chat.send(roster("r2", NOON - DAY, lines=(parent,)), message("m", NOON - HOUR, "早"))
    chat.send(message("n", NOON, "明早交回执，请回复", "t1"))
    notice = chat.group().part(parts.NOTICE, Notice, "n")
    notice.answered = list(range(parts.ANSWERS_MAX))

    chat.send(message("a", NOON + 1, "好"))

    assert notice.answered == [*range(1, parts.ANSWERS_MAX), hash64("p1")]


def test_so_many_notices_wait_for_the_morning_and_the_next_is_put_out_at_once() -> None:
    chat = Chat(policy(QUIET, msgspec.structs.replace(PACKETS, do=("notice",)), mutes=False))
    night, count = local("23:00"), state.WAITING_MAX + 3

    sent = chat.send(*(red_packet(f"r{n}", night + n, f"p{n}") for n in range(count)))
    morning = chat.send(tick(local("08:00", day=8)))

    assert sum(action.kind == "notice" for action in sent) == 3
    assert sum(action.kind == "notice" for action in morning) == state.WAITING_MAX


def test_exemptions_that_are_over_go_before_the_oldest() -> None:
    group = Group("qq", "g1", b"qq:g1")
    let_rest(group, "first", "", NOON, NOON + DAY)
    for number in range(state.EXEMPTIONS_MAX - 1):
        let_rest(group, "over", f"p{number}", NOON, NOON + 1)
    let_rest(group, "next", "", NOON + 2, NOON + DAY)
    assert [one.capability for one in group.desk.exemptions] == ["first", "next"]

    for number in range(state.EXEMPTIONS_MAX - 1):
        let_rest(group, "later", f"p{number}", NOON + 3, NOON + DAY)

    kept = [one.capability for one in group.desk.exemptions]
    assert kept == ["next", *["later"] * (state.EXEMPTIONS_MAX - 1)]


def test_of_decisions_about_members_the_oldest_goes_and_an_appeal_then_goes_as_the_pack_says() -> (
    None
):
    chat, count = staffed(PACKETS), parts.RULINGS_MAX + 1
    chat.send(*(message(f"m{n}", NOON, "早", f"p{n}") for n in range(count)))
    chat.send(*(command(f"c{n}", "mute", NOON + n, f"p{n}") for n in range(count)))

    disputes = chat.group().look(parts.DISPUTES, parts.Disputes)
    assert disputes is not None
    assert [one.member for one in disputes.rulings] == [f"p{n}" for n in range(1, count)]
    appeals = (command(f"a{who}", "appeal", NOON + HOUR, member=who) for who in ("p0", "p1"))
    asked = [action.params["to_role"] for action in chat.send(*appeals)]
    assert asked == ["head_teacher", "school_office"]


def test_of_disputes_that_hold_the_oldest_goes() -> None:
    quarrel = content("quarrel", "conflict", handling="judgement", hold=True)
    chat, count = Chat(reading(policy(quarrel), conflict="吵")), parts.DISPUTES_MAX + 1
    chat.send(roster(at=NOON - 1))

    chat.send(
        *(message(f"e{n}", NOON + n, "吵", f"p{n}", mentions=(f"q{n}",)) for n in range(count))
    )

    disputes = chat.group().look(parts.DISPUTES, parts.Disputes)
    assert disputes is not None
    assert len(disputes.held) == len(disputes.known) == parts.DISPUTES_MAX
    assert disputes.held[-1].writer == f"p{count - 1}"


def reports(first: int, last: int, at: int = NOON + MINUTE) -> list[Event]:
    return [
        Report(id=f"r{n}", platform="qq", group_id="g1", sent_at=at + n,
               member_id="p2", target_id="p1", message_id=f"m{n}")
        for n in range(first, last)
    ]  # fmt: skip


def test_of_one_reporter_as_many_times_are_kept_as_a_pack_may_allow_a_day() -> None:
    when = When(reported=Reported())
    asked = Rule(id="asked", text="。", when=when, handling="plain", do=("review",))
    chat, most = staffed(asked, reports=Reports(a_day=REPORTS_MAX)), parts.TIMES_MAX
    chat.send(message("h1", NOON, "早"), message("h2", NOON, "早", "p2"))

    chat.send(*reports(0, most + 2))
    reporting = chat.group().look(parts.REPORTING, parts.Reporting)
    assert reporting is not None
    (reporter,) = reporting.reporters.values()
    assert reporter.times == [NOON + MINUTE + n for n in range(REPORTS_MAX)]

    chat.send(*reports(most + 2, most + 4, NOON + DAY))
    assert len(reporter.times) == most
    assert reporter.times[-1] == NOON + DAY + most + 3


def test_of_a_week_s_announcements_the_oldest_is_not_told() -> None:
    chat, count = staffed(REPORT, UNANSWERED), parts.ANNOUNCED_MAX + 1
    chat.send(*(message(f"n{n}", NOON + n, f"明天降温{n}", "t1") for n in range(count)))
    chat.send(
        *(
            msgspec.structs.replace(command(f"c{n}", "notice", NOON + HOUR + n), message_id=f"n{n}")
            for n in range(count)
        )
    )

    week = chat.group().look(parts.WEEK, parts.Week, "weekly")
    assert week is not None
    assert week.announced == [f"n{n}" for n in range(1, count)]


# --- a pack


WEEKLY: Final = 'when: {weekly: {day: sunday, at: "20:00"}}, handling: plain, do: [report]'
IN_GROUP: Final = "when: {count: {of: messages, at_least: 9, within: 60s, by: group}}, handling: plain, do: [notice]"
OF_MEMBER: Final = (
    "when: {count: {of: messages, at_least: 9, within: 60s}}, handling: plain, do: [remind]"
)
FILES: Final = "when: {repeat: {of: files, times: 3, within: 60s}}, handling: flood"
ANY: Final = "when: {labels: [ad]}, handling: clear"


@pytest.mark.parametrize(
    ("rule", "most", "words"),
    [
        (ANY, RULES_MAX, "at most 200 rules"),
        (IN_GROUP, COUNTING_MAX, "at most 8 rules that count in the whole group"),
        (OF_MEMBER, OWN_COUNTING_MAX, "at most 16 rules that count with each member"),
        (FILES, OWN_COUNTING_MAX, "at most 16 rules that count with each member"),
        (WEEKLY, WEEKLY_MAX, "at most 4 weekly rules"),
    ],
)
def test_a_pack_of_too_many_rules_is_refused(rule: str, most: int, words: str) -> None:
    def faults(number: int) -> str:
        head = 'id: p\ntitle: 试\nversion: "1"\nladder: guide\nrules:\n'
        rules = (f"- {{id: r{n}, text: 试, {rule}}}\n" for n in range(number))
        read = read_pack(head + "".join(rules))
        return "" if isinstance(read, Pack) else "\n".join(map(str, read))

    assert words in faults(most + 1)
    assert words not in faults(most)


def test_a_pack_larger_than_its_bound_is_refused() -> None:
    def first_fault(size: int) -> str:
        read = read_pack("#" * size)
        assert not isinstance(read, Pack)
        return str(read[0])

    assert f"larger than {PACK_BYTES_MAX} bytes" in first_fault(PACK_BYTES_MAX + 1)
    assert "larger" not in first_fault(PACK_BYTES_MAX)


# --- the table

TESTS: Final = Path(__file__).parents[2]
DOCUMENT: Final = TESTS.parent / "docs" / "limits.md"
_NAMES: Final = r"(`test_\w+`(?:, `test_\w+`)*)"
_ROW: Final = re.compile(
    rf"\| [^|]+ \| ([0-9,.]+) \| [^|]+ \| `([a-z_.]+)\.([A-Z_]+)` \| {_NAMES} \|"
)
_SETTING: Final = re.compile(rf"\| [^|]+ \| (`BANZHANG[^|]+) \| ([^|]+) \| [^|]+ \| {_NAMES} \|")


class Row(NamedTuple):
    """One line of the table: a limit, its value, and the tests that reach it."""

    module: str
    constant: str
    value: float
    tests: Sequence[str]


def number(text: str) -> float:
    return float(text.replace(",", ""))


def lines() -> Sequence[str]:
    """The lines of all tables, less what stands over them."""
    found = DOCUMENT.read_text(encoding="utf-8").splitlines()
    return [one for one in found if re.match(r"\| (?!limit \|)", one)]


def rows() -> Mapping[str, Row]:
    found = filter(None, map(_ROW.fullmatch, lines()))
    return {
        f"{row[2]}.{row[3]}": Row(row[2], row[3], number(row[1]), re.findall(r"test_\w+", row[4]))
        for row in found
    }


def settings() -> Mapping[str, tuple[float, Sequence[str]]]:
    """Of each setting of the table, its default and the tests of it."""
    found = {}
    for row in filter(None, map(_SETTING.fullmatch, lines())):
        names, values = re.findall(r"BANZHANG_\w+", row[1]), re.findall(r"\d[\d,.]*\d", row[2])
        for name, value in zip(names, values, strict=True):
            found[name] = number(value), re.findall(r"test_\w+", row[3])
    return found


@functools.cache
def named_tests() -> Mapping[str, str]:
    """The text of each test that the table names, with what stands over it."""
    named = {name for row in rows().values() for name in row.tests}
    named |= {name for _, tests in settings().values() for name in tests}
    found = {}
    for path in TESTS.rglob("test_*.py"):
        source = path.read_text(encoding="utf-8")
        own = {name for name in named if f"def {name}(" in source}
        for node in ast.parse(source).body if own else ():
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name in own:
                found[node.name] = "\n".join(map(ast.unparse, [*node.decorator_list, node]))
    return found


@pytest.mark.parametrize("name", rows())
def test_the_table_has_the_value_of_each_limit(name: str) -> None:
    row = rows()[name]

    assert getattr(import_module(row.module), row.constant) == row.value


def test_the_table_has_the_default_of_each_setting() -> None:
    defaults = {setting.name: setting.default for setting in TABLE}

    for name, (said, _) in settings().items():
        assert float(defaults[name]) == said, name


def test_each_line_of_the_table_names_tests_that_are_there() -> None:
    for line in lines():
        assert _ROW.fullmatch(line) or _SETTING.fullmatch(line), line
    for row in rows().values():
        assert named_tests().keys() >= set(row.tests), row
    for name, (_, tests) in settings().items():
        assert named_tests().keys() >= set(tests), name


@pytest.mark.parametrize("name", rows())
def test_a_test_that_the_table_names_for_a_limit_speaks_of_it(name: str) -> None:
    row = rows()[name]

    assert any(row.constant in named_tests()[test] for test in row.tests)


def test_the_table_names_every_limit_of_what_is_remembered() -> None:
    named = {row.constant for row in rows().values()}

    for module in (parts, state):
        own = {name for name in vars(module) if name.endswith("_MAX")}
        assert own - {"BATCH_BYTES_MAX"} <= named
