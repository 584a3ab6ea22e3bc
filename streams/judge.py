"""The judge: one record of one group, and what follows from it. Pure, total, without a clock.

The order is the covenant's: the record moves its group's clock, what is due by then is done with
each deadline's own time, then the record itself is judged by what was known before it.
"""

import heapq
from collections import deque
from collections.abc import Sequence
from typing import Final

import msgspec

from schemas.action import Action, decode_action
from schemas.event import (
    Command,
    Edit,
    Event,
    Join,
    Leave,
    Message,
    OutcomeSeen,
    Recall,
    Rename,
    Roster,
    Tick,
)
from streams.calendar import DAY_MS, quiet_period
from streams.commands import has_authority, obey
from streams.decide import decide, is_live
from streams.fingerprints import Prints
from streams.identity import hash64
from streams.policy.compile import DOUBT, ROLL, Bound, Policy
from streams.rules.case import Names
from streams.rules.content import SUSPECTED, find_contents
from streams.rules.finding import Finding
from streams.rules.flood import find_rate, find_repeat
from streams.rules.quiet import find_quiet
from streams.state import SEEN_MAX, Group, Member, Seen
from streams.text.privacy.rolls import NAMES_MIN, names_listed
from streams.turn import Turn, expiry
from streams.windows import DUPLICATE, admit, may_run, position, rate_start

LATE_MS: Final = 600_000
LATE: Final = "<"
STAFF: Final = "="
"""Marks of cases, before the rule's name."""
KEEP_MS: Final = 14 * DAY_MS
"""How long a member is remembered who is equal to an unknown one but for his ring of ids: twice
the log's retention, so that no record of his can come again."""

RANKS: Final = frozenset({"owner", "admin", "member"})

_UNDELIVERED: Final = frozenset({"failed", "unsupported", "expired"})


class Judge:
    """Judges the records of groups. Holds the prints of texts and the newly decoded members."""

    def __init__(self, prints: Prints) -> None:
        self._prints = prints
        self.young: deque[tuple[Group, str]] = deque()

    def judge(self, group: Group, event: Event, policy: Policy, out: list[Action]) -> None:
        """Judge one record; the actions go to `out`, the changes stay in the group."""
        head, sent_at = group.head, event.sent_at
        now = max(head.clock, sent_at)
        if head.next_at and head.next_at <= now:
            fire(group, now, policy, out)
        if isinstance(event, Tick):
            return
        late = now - sent_at > LATE_MS
        head.clock = now
        if isinstance(event, Message):
            self._on_message(group, event, policy, out, late=late)
        elif isinstance(event, Edit):
            self._on_edit(group, event, policy, out, late=late)
        elif isinstance(event, OutcomeSeen):
            self._on_outcome(group, event)
        elif not _known(group, _ring_of(group, event, policy), event):
            self._on_other(group, event, policy, out)

    def _on_other(self, group: Group, event: Event, policy: Policy, out: list[Action]) -> None:
        """Judge a record that is not told by its member's ring whether it came before."""
        if isinstance(event, Recall):
            self._on_recall(group, event)
        elif isinstance(event, Command):
            self._on_command(group, event, policy, out)
        elif isinstance(event, Roster):
            self._on_roster(group, event)
        elif isinstance(event, Join | Leave | Rename):
            self._on_presence(group, event)

    def member(self, group: Group, member_id: str) -> Member:
        """The member, decoded and marked as changed; a new one where nobody knows the id."""
        member = group.members.get(member_id)
        if member.__class__ is not Member:
            member = group.member(member_id) or self._newcomer(group, member_id)
            if member_id not in group.members:
                return member
            self.young.append((group, member_id))
        group.changed[member_id] = member
        return member

    def _newcomer(self, group: Group, member_id: str) -> Member:
        member = Member()
        if group.has_room_for(member_id):
            group.keep(member_id, member)
            if not group.head.forget_at:
                _plan_forgetting(group, group.head.clock + KEEP_MS)
        return member

    def _on_message(
        self, group: Group, event: Message, policy: Policy, out: list[Action], *, late: bool
    ) -> None:
        member = self.member(group, event.member_id)
        sent_at = event.sent_at
        text, lines = self._prints.of(event.text)
        at = admit(member, event.id, sent_at, text, policy.ring)
        is_newest = sent_at >= member.seen
        member.seen = max(member.seen, sent_at)
        if at == DUPLICATE:
            return
        # An older message gives no rights back that were taken since.
        if is_newest and event.platform_role is not None:
            member.rank = _rank(event.platform_role)
        findings: list[Finding] = []
        mark = _mark(member, policy, late=late)
        if at >= 0:
            _find_rates(group, member, at, event, policy, mark, findings)
            if lines and may_run(member, at, lines):
                _find_repeats(group, member, at, event, lines, policy, mark, findings)
        if policy.quiets:
            _find_quiet(group, member, event, policy, mark, findings)
        if policy.reader is not None:
            _find_contents(group, member, event, policy, self._prints, findings)
        if findings:
            turn = Turn(group, policy, event.member_id, member, sent_at, out, late=late)
            decide(turn, findings, event.id)

    def _on_edit(
        self, group: Group, event: Edit, policy: Policy, out: list[Action], *, late: bool
    ) -> None:
        """An edit is judged like a message, replaces its text in a run, and adds to no count."""
        if _known(group, group.desk.seen, event):
            return
        member = self.member(group, event.member_id)
        member.seen = max(member.seen, event.sent_at)
        text, lines = self._prints.of(event.text)
        findings: list[Finding] = []
        mark = _mark(member, policy, late=late)
        at = position(member, event.message_id)
        if at >= 0:
            member.prints[at] = text
            if lines:
                _find_repeats(group, member, at, event, lines, policy, mark, findings)
        _find_quiet(group, member, event, policy, mark, findings)
        _find_contents(group, member, event, policy, self._prints, findings)
        if findings:
            turn = Turn(group, policy, event.member_id, member, event.sent_at, out, late=late)
            decide(turn, findings, event.message_id)

    def _on_recall(self, group: Group, event: Recall) -> None:
        """A recalled message counts in no run any more; strikes given stand."""
        writer_id = event.target_id or event.member_id
        if writer_id not in group.members:
            return
        member = self.member(group, writer_id)
        at = position(member, event.message_id)
        if at >= 0:
            member.prints[at] = 0

    def _on_presence(self, group: Group, event: Join | Leave | Rename) -> None:
        member = self.member(group, event.member_id)
        is_newest = event.sent_at >= member.seen
        member.seen = max(member.seen, event.sent_at)
        if is_newest and isinstance(event, Join) and event.platform_role is not None:
            member.rank = _rank(event.platform_role)

    def _on_roster(self, group: Group, event: Roster) -> None:
        for line in event.roster:
            member = self.member(group, line.member_id)
            member.role = line.role
            child = line.name if line.role == "student" else line.student
            member.child = self._prints.of_name(child) if child else 0

    def _on_command(self, group: Group, event: Command, policy: Policy, out: list[Action]) -> None:
        sender = self.member(group, event.member_id)
        sender.seen = max(sender.seen, event.sent_at)
        turn = Turn(group, policy, event.member_id, sender, event.sent_at, out)
        obey(turn, event, lambda member_id: self.member(group, member_id))

    def _on_outcome(self, group: Group, event: OutcomeSeen) -> None:
        """A step that did not reach the member is taken again by the next strike.

        To hear it twice changes nothing, so outcomes, which are many, use up no ring of ids.
        """
        if event.status not in _UNDELIVERED:
            return
        step = hash64(event.action_id)
        for known, member_id in group.desk.steps:
            if known == step and member_id in group.members:
                for strike in self.member(group, member_id).strikes:
                    strike.told = strike.told and strike.step != step


def _rank(platform_role: str) -> str:
    """The platform's word for a member's rights, if it is one of ours: any other gives none."""
    return platform_role if platform_role in RANKS else ""


def _find_rates(
    group: Group,
    member: Member,
    at: int,
    event: Message,
    policy: Policy,
    mark: str,
    findings: list[Finding],
) -> None:
    for bound, rate in policy.rates:
        start = rate_start(member.times, at, rate.messages, rate.within_ms)
        if start is not None and (case := _case_names(group, event, policy, bound, mark)):
            found = find_rate(member, start, event.sent_at, event.id, bound, rate, case)
            if found is not None:
                findings.append(found)


def _find_repeats(
    group: Group,
    member: Member,
    at: int,
    event: Message | Edit,
    lines: int,
    policy: Policy,
    mark: str,
    findings: list[Finding],
) -> None:
    for bound, repeat in policy.repeats:
        case = _case_names(group, event, policy, bound, mark)
        if case:
            found = find_repeat(member, at, event.id, lines, bound, repeat, case)
            if found is not None:
                findings.append(found)


def _find_quiet(
    group: Group,
    member: Member,
    event: Message | Edit,
    policy: Policy,
    mark: str,
    findings: list[Finding],
) -> None:
    for bound, quiet in policy.quiets:
        period = quiet_period(event.sent_at, policy.offset, quiet.start, quiet.end)
        if period is not None and (case := _case_names(group, event, policy, bound, mark)):
            offset = policy.offset(event.sent_at)
            found = find_quiet(member, event, period[0], offset, bound, quiet, case)
            if found is not None:
                findings.append(found)


def _mark(member: Member, policy: Policy, *, late: bool) -> str:
    """What sets cases apart to which nothing follows now: a late one, or one of staff, must not
    stand for the next one, to which something would.
    """
    if member.role in policy.staff:
        return STAFF
    return LATE if late else ""


def _case_names(
    group: Group, event: Message | Edit, policy: Policy, bound: Bound, mark: str
) -> Names:
    """The names of the rule's cases; none where the rule rests, so that none is remembered."""
    if group.desk.exemptions and _rests(group, event, {bound.capability}):
        return ()
    rule = bound.rule.id
    if not is_live(group, policy, bound):
        return (f"~{rule}",)
    # What had its answer in time needs no late one.
    return (f"{mark}{rule}", rule) if mark == LATE else (f"{mark}{rule}",)


def _find_contents(
    group: Group,
    member: Member,
    event: Message | Edit,
    policy: Policy,
    prints: Prints,
    findings: list[Finding],
) -> None:
    if policy.reader is None:
        return
    attachments = event.attachments if isinstance(event, Message) else ()
    labels = policy.labels_of(event.text, member.role, attachments)
    if ROLL in labels:
        found_out = ("privacy_other",) if _is_roll(group, event.text, prints) else ()
        labels = (*(label for label in labels if label != ROLL), *found_out)
    certain = [label for label in labels if not label.endswith(DOUBT)]
    found = find_contents(certain, event.id, policy.contents) if certain else []
    # What was found has its answer. To ask about the same words under another name is no help.
    if not any(finding.bound.rule.state == "live" for finding in found):
        doubts = _doubts(labels, certain, policy, event.text, member.role)
        found += find_contents(doubts, event.id, policy.suspects, SUSPECTED)
    if not found:
        return
    if group.desk.exemptions:
        found = [f for f in found if not _rests(group, event, _capabilities(f))]
    findings.extend(found)


def _doubts(
    labels: Sequence[str], certain: Sequence[str], policy: Policy, text: str, role: str
) -> list[str]:
    """What either the word lists or the model say alone; of staff nothing is suspected."""
    if role in policy.staff:
        return []
    doubted = [label.removesuffix(DOUBT) for label in labels if label.endswith(DOUBT)]
    said = dict.fromkeys((*doubted, *policy.suspected_in(text, role)))
    return [label for label in said if label not in certain]


def _is_roll(group: Group, text: str, prints: Prints) -> bool:
    """Whether a text names a third of the class by its roster, and eight children at least."""
    children = group.children()
    named = children.intersection(map(prints.of_name, names_listed(text)))
    return len(named) >= max(NAMES_MIN, len(children) / 3)


def _capabilities(finding: Finding) -> set[str]:
    return {finding.bound.capability} | {f"content:{label}" for label in finding.labels}


def _rests(group: Group, event: Message | Edit, capabilities: set[str]) -> bool:
    """Whether a person let a rule rest, for this member or for all, at the time of the event."""
    return any(
        e.capability in capabilities
        and e.member_id in ("", event.member_id)
        and e.since <= event.sent_at < e.until
        for e in group.desk.exemptions
    )


def _ring_of(group: Group, event: Event, policy: Policy) -> Seen:
    """The ring that remembers a record that is no message."""
    if isinstance(event, Roster):
        return group.desk.orders
    if isinstance(event, Command) and event.member_id in group.members:
        sender = group.peek(event.member_id)
        return group.desk.orders if has_authority(sender, policy) else group.desk.seen
    return group.desk.seen


def _known(group: Group, ring: Seen, event: Event) -> bool:
    """Whether a record that is no message was seen, or is as old as what the ring forgot;
    remembers it there. A ring that is full of one time forgets nothing new of that time.
    """
    name, sent_at = hash64(event.id), event.sent_at
    if name in ring.ids:
        return True
    if sent_at <= ring.dropped and sent_at < max(ring.ids.values()):
        return True
    ring.ids[name] = sent_at
    group.desk_changed = True
    if len(ring.ids) > SEEN_MAX:
        oldest = min(ring.ids, key=ring.ids.__getitem__)
        ring.dropped = ring.ids.pop(oldest)
    return False


def fire(group: Group, until: int, policy: Policy, out: list[Action]) -> None:
    """Do what is due at or before `until` (ms), in the order (time, kind), each with its time."""
    head = group.head
    while head.next_at and head.next_at <= until:
        due = head.next_at
        if head.forget_at == due:
            _forget(group, due, policy)
        else:
            _post_waiting(group, due, out)
        group.plan()


def _plan_forgetting(group: Group, at: int) -> None:
    """Look for members to forget at the first midnight (UTC) after `at`."""
    group.head.forget_at = (at // DAY_MS + 1) * DAY_MS
    group.plan()


def _post_waiting(group: Group, due: int, out: list[Action]) -> None:
    """Put out a notice that waited for the morning, with the time that it waited for."""
    _, raw = heapq.heappop(group.desk.waiting)
    group.desk_changed = True
    action = decode_action(raw)
    out.append(
        msgspec.structs.replace(
            action, decided_at=due, expires_at=expiry(action.kind, due, action.params)
        )
    )


def _forget(group: Group, due: int, policy: Policy) -> None:
    """Drop the members that are equal to unknown ones, and plan the next look."""
    lapse = policy.pack.lapse_ms
    oldest = None
    for member_id in list(group.members):
        member = group.peek(member_id)
        if _forgettable(member, due, lapse):
            group.forget(member_id)
        elif not member.role and member.rank not in ("owner", "admin"):
            oldest = member.seen if oldest is None else min(oldest, member.seen)
    group.head.forget_at = 0
    if oldest is not None:
        _plan_forgetting(group, max(oldest + KEEP_MS, due))


def _forgettable(member: Member, now: int, lapse: int | None) -> bool:
    struck = any(lapse is None or strike.at > now - lapse for strike in member.strikes)
    return not (
        struck
        or member.role
        or member.rank in ("owner", "admin")
        or member.reviews
        or member.mute_until > now
        or member.seen > now - KEEP_MS
    )
