"""A message or an edit: taken in, looked at by the rules, answered."""

from collections.abc import Iterator
from typing import Final

import msgspec

from schemas.event import Edit, Message
from schemas.policy import SEVERE
from streams.clocks import listen
from streams.consent import ask_approval
from streams.decide import answer_each, decide
from streams.disputes import CONFLICT, QUARRELLING, is_against, other_side, remember, with_sides
from streams.fingerprints import Prints
from streams.notices import edited, excused, heard
from streams.periodic import begin, go_over
from streams.policy.bound import Bound
from streams.rules.case import Names
from streams.rules.content import SUSPECTED, find_contents
from streams.rules.count import find_counts, find_file_repeats
from streams.rules.filters import case_names, fits, resting_labels, rests, spared_by
from streams.rules.finding import Finding
from streams.rules.flood import find_rate, find_repeat
from streams.rules.membership import find_strangers
from streams.rules.quiet import find_quiet
from streams.rules.signs import find_signs
from streams.shown import PLAIN, Shown, holds, shown_in
from streams.state import Group
from streams.text.privacy.rolls import NAMES_MIN, names_listed
from streams.turn import Turn
from streams.weekly import count_findings
from streams.windows import DUPLICATE, admit, may_run, position, rate_start

OWNER: Final = "owner"
RANKS: Final = frozenset({"owner", "admin", "member"})


def on_message(turn: Turn, event: Message) -> None:
    """Take a message in and answer what it shows."""
    policy, member, sent_at = turn.policy, turn.member, event.sent_at
    text, lines = turn.people.prints.of(event.text)
    at = admit(member, event.id, sent_at, text, policy.ring)
    is_newest = sent_at >= member.seen
    member.seen = max(member.seen, sent_at)
    if at == DUPLICATE:
        return
    if turn.group.head.judged_by != policy.ref.version:
        go_over(turn.group, policy, turn.people, turn.out)
    # An older message gives no rights back that were taken since.
    if is_newest and event.platform_role is not None:
        take_rank(turn, event.platform_role)
    if is_newest:
        member.is_present = True
    note_writing(turn)
    ask_approval(turn, event)
    shown = _look(turn, event)
    spared = _spared(turn, event, shown) | excused(turn, event)
    findings = _find(turn, event, shown, spared, at, lines)
    if policy.about("present"):
        answer_each(turn, find_strangers(turn, event))
    if findings:
        count_findings(turn, findings)
        decide(turn, findings, event.id)
    heard(turn, event, shown, findings, spared)
    if event.mentions or turn.group.asked:
        listen(turn, event, shown)


def _find(
    turn: Turn, event: Message, shown: Shown, spared: frozenset[str], at: int, lines: int
) -> list[Finding]:
    """What the rules find in a message that stands at ring index `at` (negative: in none)."""
    policy = turn.policy
    findings: list[Finding] = []
    if at >= 0:
        findings += _rates(turn, event, at, spared)
        if lines and may_run(turn.member, at, lines):
            findings += _repeats(turn, event, at, lines, spared)
    findings += _quiets(turn, event, spared)
    if shown is not PLAIN or policy.minds.anything or policy.suspects:
        findings += _in_text(turn, event, shown, spared)
    if policy.about("count"):
        findings += find_counts(turn, event, shown, spared)
    if event.attachments:
        findings += find_file_repeats(turn, event, spared)
    return findings


def on_edit(turn: Turn, event: Edit) -> None:
    """An edit is judged like a message, replaces its text in a run, and adds to no count."""
    member = turn.member
    member.seen = max(member.seen, event.sent_at)
    text, lines = turn.people.prints.of(event.text)
    shown = _look(turn, event)
    spared = _spared(turn, event, shown)
    findings: list[Finding] = []
    at = position(member, event.message_id)
    if at >= 0:
        member.prints[at] = text
        if lines:
            findings += _repeats(turn, event, at, lines, spared)
    findings += _quiets(turn, event, spared)
    findings += _in_text(turn, event, shown, spared)
    if findings:
        count_findings(turn, findings)
        decide(turn, findings, event.message_id)
    edited(turn, event, shown, findings)


def take_rank(turn: Turn, platform_role: str) -> None:
    """The platform's word for a member's rights, if it is one of ours: any other gives none. A
    group has one owner, so a new one ends the rights of the one before.
    """
    rank = platform_role if platform_role in RANKS else ""
    if rank == OWNER and turn.member.rank != OWNER:
        for member_id in sorted(turn.group.members):
            if member_id != turn.member_id and turn.group.peek(member_id).rank == OWNER:
                turn.people.member(turn.group, member_id).rank = ""
    turn.member.rank = rank


def note_writing(turn: Turn) -> None:
    """The member's side of the group is not silent."""
    head = turn.group.head
    begin(turn)
    if turn.is_staff:
        head.staff_at = max(head.staff_at, turn.at)
    else:
        head.others_at = max(head.others_at, turn.at)
        head.spoken += 1


def _spared(turn: Turn, event: Message | Edit, shown: Shown) -> frozenset[str]:
    """What the pack, or a person for a time, takes out of the message."""
    spared = spared_by(turn, shown) if turn.policy.spares else frozenset()
    return spared | resting_labels(turn.group, event) if turn.group.desk.exemptions else spared


def _rates(turn: Turn, event: Message, at: int, spared: frozenset[str]) -> Iterator[Finding]:
    for bound, rate in turn.policy.rates:
        start = rate_start(turn.member.times, at, rate.messages, rate.within_ms)
        if start is not None and (case := _case_names(turn, event, bound, spared)):
            found = find_rate(turn.member, start, event.sent_at, event.id, bound, rate, case)
            if found is not None:
                yield found


def _repeats(
    turn: Turn, event: Message | Edit, at: int, lines: int, spared: frozenset[str]
) -> Iterator[Finding]:
    for bound, repeat in turn.policy.repeats:
        if case := _case_names(turn, event, bound, spared):
            found = find_repeat(turn, at, event.id, lines, bound, repeat, case)
            if found is not None:
                yield found


def _quiets(turn: Turn, event: Message | Edit, spared: frozenset[str]) -> Iterator[Finding]:
    policy = turn.policy
    if policy.is_calm(event.sent_at):
        return
    for bound, quiet in policy.quiets:
        period = policy.period_of(event.sent_at, quiet)
        if period is not None and (case := _case_names(turn, event, bound, spared)):
            offset = policy.offset(event.sent_at)
            found = find_quiet(turn.member, event, period[0], offset, bound, quiet, case)
            if found is not None:
                yield found


def _case_names(turn: Turn, event: Message | Edit, bound: Bound, spared: frozenset[str]) -> Names:
    """The names of the rule's cases; none where the rule rests, so that none is remembered."""
    if spared & {bound.capability, "flood"} or not fits(turn, bound):
        return ()
    if turn.group.desk.exemptions and rests(turn.group, event, {bound.capability}):
        return ()
    return case_names(turn, bound)


def _look(turn: Turn, event: Message | Edit) -> Shown:
    """What the message shows, by all that the group knows: its roster, and who is at odds."""
    shown = shown_in(turn, event)
    if shown is PLAIN:
        return shown
    labels = list(shown.said.labels)
    if shown.said.is_roll and is_roll(turn.group, event.text, turn.people.prints):
        labels.append("privacy_other")
    other = "" if QUARRELLING.isdisjoint(labels) else other_side(turn, event, shown)
    if CONFLICT in labels and not other:
        labels.remove(CONFLICT)
    if tuple(labels) == shown.said.labels and not other:
        return shown
    said = msgspec.structs.replace(shown.said, labels=tuple(labels))
    return msgspec.structs.replace(shown, said=said, other=other)


def _in_text(
    turn: Turn, event: Message | Edit, shown: Shown, spared: frozenset[str]
) -> list[Finding]:
    """What the words, and what hangs on them, show."""
    found = _contents(turn, event, shown, spared)
    remember(turn, event, shown, found)
    found += find_signs(turn, event, shown, spared)
    return found


def _contents(
    turn: Turn, event: Message | Edit, shown: Shown, spared: frozenset[str]
) -> list[Finding]:
    policy, labels = turn.policy, shown.said.labels
    if policy.reader is None:
        return []

    def wanted(bound: Bound) -> frozenset[str]:
        return _wanted(turn, event, shown, bound) - spared

    found = find_contents(labels, event.id, policy.contents, wanted) if labels else []
    # What was found has its answer. To ask about the same words under another name is no help.
    if policy.suspects and not any(one.bound.rule.state == "live" for one in found):
        doubts = _doubts(turn, event.text, shown)
        if doubts:
            found += find_contents(doubts, event.id, policy.suspects, wanted, SUSPECTED)
    return [with_sides(turn, one, shown.other) for one in found] if shown.other else found


def _wanted(turn: Turn, event: Message | Edit, shown: Shown, bound: Bound) -> frozenset[str]:
    """The labels that a rule may have in this message: none where its filters do not hold."""
    where = bound.rule.where
    if not fits(turn, bound) or not holds(where, shown) or not is_against(turn, where, shown.other):
        return frozenset()
    labels = bound.labels
    if where.found_in:
        labels &= {label for label, place in shown.said.places if place in where.found_in}
    # What the law forbids nobody can let rest; single labels that rest are among the spared ones.
    if turn.group.desk.exemptions and rests(turn.group, event, {bound.capability, bound.rule.id}):
        labels &= SEVERE
    return labels


def _doubts(turn: Turn, text: str, shown: Shown) -> list[str]:
    """What either the word lists or the model say alone; of staff nothing is suspected."""
    if turn.is_staff:
        return []
    suspected = turn.policy.suspected_in(text, turn.member.role)
    said = dict.fromkeys((*shown.said.doubted, *suspected))
    return [label for label in said if label not in shown.said.labels]


def is_roll(group: Group, text: str, prints: Prints) -> bool:
    """Whether a text names a third of the class by its roster, and eight children at least."""
    children = group.children()
    named = children.intersection(map(prints.of_name, names_listed(text)))
    return len(named) >= max(NAMES_MIN, len(children) / 3)
