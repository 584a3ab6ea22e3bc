"""Notices that ask for an answer: which are tracked, who has answered, what follows at the deadline.

A notice is opened by words of the staff that ask for a reply, or by a command. Whoever owes an
answer has given it by any later message that is neither a question nor a finding; one parent serves
the child. Who owed is asked of the roster when the deadline comes.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from schemas.event import Command, Edit, Message
from streams.acts import listed, put_remind, put_report
from streams.agenda import NOTICE as NOTICE_DUE
from streams.agenda import after, cancel, plan_due
from streams.board import CHAIN, acknowledge, let_ask, post, posted_as, recall_ack
from streams.calendar import MINUTE_MS
from streams.decide import answer_each
from streams.explain import unanswered_words
from streams.fingerprints import ACKNOWLEDGED
from streams.identity import hash64
from streams.parts import ANSWERS_MAX, NOTICE, NOTICES_MAX, Due, Notice
from streams.policy.bound import Bound
from streams.policy.compile import Policy
from streams.policy.whom import roles_of
from streams.rules.filters import CONTENT, holds_here, is_live, let_rest, mode_of, rests_for
from streams.rules.finding import Finding
from streams.shown import Shown, holds
from streams.state import Group, Member
from streams.turn import Cause, Turn, cause_of
from streams.weekly import count, note_announced

ASKS: Final = frozenset({"question", "asks_reply", "asks_form"})
"""Ways of speaking of one who wants to hear something."""
LISTED_MAX: Final = 500
"""Members that a report names; its counts are of all."""
_ENTRY: Final = re.compile(r"\s*#?(?:接龙|接龍|[0-9]{1,3}[.、．)）]\s*\S)")
"""How an entry in a list begins that is passed on from one to the next."""


# --- a message


def excused(turn: Turn, event: Message) -> frozenset[str]:
    """What a message is no finding of, because it answers an open notice: no chitchat where it
    shows that it does, and no words that too many say alike.
    """
    group = turn.group
    if group.settled is None or not _owes(turn, event):
        return frozenset()
    alike = {bound.rule.id for bound in turn.policy.about("count") if _is_of_texts(bound)}
    text, _ = turn.people.prints.of(event.text)
    shows = text == ACKNOWLEDGED or _ENTRY.match(event.text) is not None
    if shows or group.look(NOTICE, Notice, event.reply_to or "") is not None:
        return frozenset({"chitchat", *alike})
    return frozenset(alike)


def heard(
    turn: Turn,
    event: Message,
    shown: Shown,
    findings: Sequence[Finding],
    spared: frozenset[str] = frozenset(),
) -> None:
    """Take a message in: it may open a notice, answer one, or be one too many under one."""
    group, policy = turn.group, turn.policy
    text, _ = turn.people.prints.of(event.text)
    chains: list[Finding] = []
    if policy.keeps_board:
        asks = not ASKS.isdisjoint(shown.said.cues)
        if text == ACKNOWLEDGED:
            chains += acknowledge(turn, event, shown, spared)
        elif turn.is_staff:
            chains += post(turn, event, asks=asks)
        if "asks_reply" in shown.said.cues:
            _open_by_words(turn, event.id, shown)
    if group.settled is not None:
        _answer(turn, event, shown, findings, group.settled)
    if chains:
        answer_each(turn, chains)


def edited(turn: Turn, event: Edit, shown: Shown, findings: Sequence[Finding]) -> None:
    """A message of the staff may come to ask; what asked before is not opened again. One of those
    who owe an answer may become one.
    """
    message_id = event.message_id
    if turn.group.settled is not None:
        _answer(turn, event, shown, findings, turn.group.settled)
    posted = posted_as(turn.group, message_id) if turn.is_staff else None
    if posted is None or posted.asks or ASKS.isdisjoint(shown.said.cues):
        return
    let_ask(turn.group, message_id)
    if "asks_reply" in shown.said.cues:
        _open_by_words(turn, message_id, shown)


def recalled(group: Group, writer_id: str, message_id: str) -> None:
    """Nobody has to answer what was taken back; an acknowledgement taken back is none."""
    notice = group.look(NOTICE, Notice, message_id)
    if notice is not None and notice.author == writer_id:
        _close(group, message_id)
    let_ask(group, message_id)
    recall_ack(group, message_id)


def _open_by_words(turn: Turn, message_id: str, shown: Shown) -> None:
    """Track what the staff, or whom a rule names, ask for with words."""
    for bound in turn.policy.about("unanswered"):
        unanswered = bound.rule.when.unanswered
        asks = turn.is_staff if bound.whom is None else turn.member.role in bound.whom
        if unanswered is None or not asks or turn.member_id is None:
            continue
        if holds_here(turn, bound.rule) and holds(bound.rule.where, shown):
            due = after(turn.at, unanswered.within_ms)
            _open(turn.group, message_id, Notice(turn.member_id, turn.at, due, bound.rule.id))
            count(turn, "notices")
            return


# --- a command


def announce(turn: Turn, event: Command, minutes: int) -> None:
    """What a person says of a message: it is an announcement, it asks for an answer within so many
    minutes (0: as the rule says); or a topic is open for so long.
    """
    args, group, at = event.command.args, turn.group, event.sent_at
    if args.get("topic") and minutes:
        for capability in (f"{CONTENT}chitchat", CHAIN):
            let_rest(group, capability, "", at, at + minutes * MINUTE_MS)
    if not event.message_id:
        return
    note_announced(turn, event.message_id)
    if args.get("need_reply") is True:
        let_ask(group, event.message_id)
        _open_by_command(turn, event.message_id, minutes * MINUTE_MS)


def _open_by_command(turn: Turn, message_id: str, within_ms: int) -> None:
    """Track a message, or set another deadline for one that is tracked."""
    for bound in turn.policy.about("unanswered"):
        unanswered = bound.rule.when.unanswered
        if unanswered is None or not holds_here(turn, bound.rule):
            continue
        due = after(turn.at, within_ms or unanswered.within_ms)
        known = turn.group.look(NOTICE, Notice, message_id)
        if known is not None:
            notice = msgspec.structs.replace(known, due=due, rule=bound.rule.id)
        else:
            author, asked_at = _origin(turn, message_id)
            notice = Notice(author, asked_at, due, bound.rule.id)
            count(turn, "notices")
        cancel(turn.group, NOTICE_DUE, message_id)
        _open(turn.group, message_id, notice)
        return


def _origin(turn: Turn, message_id: str) -> tuple[str, int]:
    """Who wrote the message, and since when answers count; else who commands, and since then."""
    author = turn.group.writer_of(message_id) or turn.member_id or ""
    posted = posted_as(turn.group, message_id)
    return author, turn.at if posted is None else min(posted.at, turn.at)


# --- what waits for answers


def _open(group: Group, message_id: str, notice: Notice) -> None:
    """Let a notice wait for answers; one whose deadline is over has none any more."""
    if notice.due <= group.head.clock:
        return
    group.put(NOTICE, notice, message_id)
    plan_due(group, Due(notice.due, NOTICE_DUE, message_id, notice.rule))
    names = group.named(NOTICE)
    if len(names) > NOTICES_MAX:
        # What comes soonest matters most.
        _close(group, max(names, key=lambda name: (_notice(group, name).due, name)))
    group.recall_duties()


def _close(group: Group, message_id: str) -> None:
    group.drop(NOTICE, message_id)
    cancel(group, NOTICE_DUE, message_id)
    group.recall_duties()


def forget_rules_gone(group: Group, policy: Policy) -> None:
    """Close the notices of rules that the pack in force does not have."""
    for name in group.named(NOTICE):
        bound = policy.by_id.get(_notice(group, name).rule)
        if bound is None or bound.rule.when.unanswered is None:
            _close(group, name)


def _notice(group: Group, name: str) -> Notice:
    notice = group.look(NOTICE, Notice, name)
    return notice if notice is not None else Notice("", 0, 0, "")


def _open_for(turn: Turn, event: Message | Edit) -> Iterator[tuple[str, Notice]]:
    """The open notices to which the member, by role, owes an answer at the event's time."""
    for name in turn.group.named(NOTICE):
        notice = _notice(turn.group, name)
        bound = turn.policy.by_id.get(notice.rule)
        if bound is None or event.member_id == notice.author:
            continue
        owes = turn.member.role in _owing_roles(turn.policy, bound)
        if owes and notice.at <= event.sent_at < notice.due:
            yield name, notice


def _owes(turn: Turn, event: Message) -> bool:
    """Whether the member has yet to answer, or answers a notice once more by a reply to it."""
    who = hash64(event.member_id)
    # A trial's notice takes nothing from what is live.
    return any(
        who not in notice.answered or name == event.reply_to
        for name, notice in _open_for(turn, event)
        if is_live(turn.group, turn.policy, turn.policy.by_id[notice.rule])
    )


def _answer(
    turn: Turn,
    event: Message | Edit,
    shown: Shown,
    findings: Sequence[Finding],
    settled: set[str],
) -> None:
    """Note the member's answer to the notice that is replied to, else to all that are open; who
    then owes none is settled.
    """
    group, who = turn.group, hash64(event.member_id)
    waiting = dict(_open_for(turn, event))
    is_finding = any(_is_finding(turn, finding) for finding in findings)
    if not is_finding and "question" not in shown.said.cues:
        named = event.reply_to if isinstance(event, Message) else None
        meant = [named] if named in waiting else list(waiting)
        for name in meant:
            if who not in waiting[name].answered and event.member_id in group.members:
                answered = group.part(NOTICE, Notice, name).answered
                answered.append(who)
                del answered[:-ANSWERS_MAX]
                count(turn, "replies")
    # Of whom the group keeps nothing, nothing is remembered here either.
    if event.member_id in group.members and not any(
        _awaits(turn, name) for name in group.named(NOTICE)
    ):
        settled.add(event.member_id)


def _awaits(turn: Turn, name: str) -> bool:
    """Whether a later message of the member may matter to an open notice."""
    notice = _notice(turn.group, name)
    bound = turn.policy.by_id.get(notice.rule)
    if bound is None or turn.member_id is None or turn.member_id == notice.author:
        return False
    owes = turn.member.role in _owing_roles(turn.policy, bound)
    return owes and hash64(turn.member_id) not in notice.answered


def _is_finding(turn: Turn, finding: Finding) -> bool:
    """A suspicion is no finding, and a trial takes nothing from what is live."""
    return not finding.bound.is_suspicion and is_live(turn.group, turn.policy, finding.bound)


def _is_of_texts(bound: Bound) -> bool:
    counted = bound.rule.when.count
    return counted is not None and counted.by == "text"


def _owing_roles(policy: Policy, bound: Bound) -> frozenset[str]:
    unanswered = bound.rule.when.unanswered
    return roles_of(unanswered.owed_by, policy.staff) if unanswered is not None else frozenset()


# --- the deadline


def notice_due(turn: Turn, due: Due) -> None:
    """A notice's deadline has come: who is silent is reminded, its author hears how it stands."""
    notice = turn.group.look(NOTICE, Notice, due.about)
    bound = turn.policy.by_id[due.rule]
    if notice is None or notice.due != due.at or notice.rule != due.rule:
        return
    _close(turn.group, due.about)
    if bound.rule.when.unanswered is None:
        return
    owed = _owed(turn, notice, bound)
    answered = set(notice.answered)
    served = {family for who, family in owed.items() if hash64(who) in answered}
    missing = [who for who, family in owed.items() if family not in served]
    _remind(turn, due.about, bound, missing, len(owed))
    _report(turn, due.about, notice, bound, owed, missing)


def _owed(turn: Turn, notice: Notice, bound: Bound) -> dict[str, int]:
    """Who owes an answer, each with the family for which one answer serves."""
    group, roles = turn.group, _owing_roles(turn.policy, bound)
    owed: dict[str, int] = {}
    for member_id in sorted(group.members):
        member = group.peek(member_id)
        is_asked = member.is_present and member.role in roles and member_id != notice.author
        names = {bound.capability, bound.rule.id}
        if is_asked and not rests_for(group, member_id, turn.at, names):
            owed[member_id] = _family(member_id, member)
    return owed


def _family(member_id: str, member: Member) -> int:
    return member.child or hash64(member_id)


def _remind(turn: Turn, message_id: str, bound: Bound, missing: Sequence[str], owed: int) -> None:
    """Remind in private, where the rule says so: by itself, or beside the report."""
    beside = next((one for one in bound.rule.beside if one.about == "owed"), None)
    if "remind" not in bound.response.kinds and beside is None:
        return
    words = (beside.remind if beside is not None else None) or bound.rule.remind
    rule = msgspec.structs.replace(bound.rule, remind=words)
    cause = _cause(turn, bound, message_id, owed, len(missing))
    for member_id in missing:
        put_remind(turn.to(member_id), cause, mode_of(turn, bound), [rule])


def _cause(turn: Turn, bound: Bound, message_id: str, owed: int, missing: int) -> Cause:
    """Of a deadline: a notice may be asked again, and then has another one."""
    cause = cause_of(bound, unanswered_words(owed, missing), (message_id,), ())
    return msgspec.structs.replace(cause, due=turn.at)


def _report(
    turn: Turn,
    message_id: str,
    notice: Notice,
    bound: Bound,
    owed: dict[str, int],
    missing: Sequence[str],
) -> None:
    """Tell the author who answered and who did not, as ids."""
    if "report" not in bound.response.kinds:
        return
    answered = [who for who in owed if who not in set(missing)]
    params = {
        "to_member": notice.author,
        "message_id": message_id,
        "counts": {"owed": len(owed), "answered": len(answered), "missing": len(missing)},
        "answered": listed(answered, LISTED_MAX),
        "missing": listed(missing, LISTED_MAX),
    }
    cause = _cause(turn, bound, message_id, len(owed), len(missing))
    put_report(turn, cause, mode_of(turn, bound), params, "告知发布人")
