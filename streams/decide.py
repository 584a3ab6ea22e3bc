"""From findings to actions: the class's response, the ladder, strikes and open reviews."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from schemas.action import ActionKind, Mode, encode_action
from schemas.policy import Recipient
from streams.calendar import local_day, quiet_period
from streams.explain import period, remind_text, sentence
from streams.identity import hash64
from streams.ladder import LADDERS, Step, rung_of
from streams.policy.compile import Bound, Policy
from streams.rules.finding import Finding
from streams.rules.handling import STAFF_LABELS, STAFF_REVIEWED
from streams.state import (
    EVIDENCE_MAX,
    REVIEWS_MAX,
    STEPS_MAX,
    STRIKES_MAX,
    WAITING_MAX,
    Group,
    Review,
    Strike,
)
from streams.turn import Cause, Turn, cause_of

ORDER: Final[Sequence[ActionKind]] = ("delete", "mute", "remind", "notice", "review", "escalate")
"""The order in which one message's actions are put out: what protects the others comes first."""

SOFT_MAX: Final = 16

LOOK: Final = "look"
"""The proposal of a review that rests on a suspicion: approval closes it and carries out nothing."""

_ASKS: Final[Mapping[str, str]] = {
    "remove": "处理，建议移出群",
    "delete": "处理，建议删除并提醒",
    LOOK: "亲自看过再定",
}


def decide(turn: Turn, findings: list[Finding], message_id: str) -> None:
    """Answer the findings of one message.

    `message_id` is the message that a delete takes away (an edit's target). Rules in shadow, and
    all rules of a group that nobody approved yet, act in mode `shadow` and leave no trace.
    """
    group, policy = turn.group, turn.policy
    live = [f for f in findings if is_live(group, policy, f.bound)]
    shadow = [f for f in findings if f not in live] if len(live) < len(findings) else []
    if live:
        _answer(turn, live, message_id, "late" if turn.late else "live")
    if shadow:
        _answer(turn, shadow, message_id, "shadow")


def is_live(group: Group, policy: Policy, bound: Bound) -> bool:
    """Whether what the rule finds in this group has consequences."""
    approved = policy.pack.settings.group_approved or group.head.approved
    return approved and bound.rule.state == "live"


def _answer(turn: Turn, findings: list[Finding], message_id: str, mode: Mode) -> None:
    suspected = [f for f in findings if f.bound.is_suspicion]
    found = [f for f in findings if f not in suspected] if suspected else findings
    if turn.member.role in turn.policy.staff:
        _answer_staff(turn, found, message_id, mode)
        return
    _answer_found(turn, found, message_id, mode)
    if suspected:
        open_review(turn, _cause(suspected, "review"), mode, LOOK, None)


def _answer_found(turn: Turn, findings: list[Finding], message_id: str, mode: Mode) -> None:
    severe_ones = [f for f in findings if f.bound.rule.handling == "severe"]
    findings = severe_ones or _fresh(turn, findings, mode)
    if not findings:
        return
    severe = bool(severe_ones)
    strike = max((f.bound.response.strike for f in findings if not f.again), default=0)
    step = _step(turn, severe) if strike else None
    kinds = _kinds(findings, severe=severe, mutes=turn.policy.pack.mutes)
    if step is not None:
        kinds = (kinds | set(step.add)) - set(step.drop)
    if strike and mode == "live":
        told_by = step.told_by if step else "review"
        cause = _cause(findings, told_by)
        add_strike(turn, strike, turn.id_of(told_by, cause), muted="mute" in kinds)
    for kind in ORDER:
        if kind in kinds:
            _put(turn, kind, findings, message_id, mode, step)
    for finding in findings:
        # Each role's has an ordinal, and so an id, of its own; 0 is the ladder's.
        for ordinal, role in enumerate(finding.bound.rule.escalate, start=1):
            _escalate(turn, _cause([finding], "escalate"), mode, role, ordinal)


def _fresh(turn: Turn, findings: list[Finding], mode: Mode) -> list[Finding]:
    """The findings less the soft ones of which the member was reminded today already.

    What a trial reminded of is remembered apart, so that it takes nothing from what is live.
    """
    if all(f.bound.rule.handling != "off_topic" for f in findings):
        return findings
    trial = "~" if mode == "shadow" else ""
    today = local_day(turn.at, turn.policy.offset(turn.at))
    soft = turn.member.soft
    kept: list[Finding] = []
    for finding in findings:
        if finding.bound.rule.handling == "off_topic":
            named = [(f"{trial}{label}", today) for label in finding.labels]
            marks = [mark for mark in named if mark not in soft]
            if not marks:
                continue
            soft = turn.member.soft = (*soft, *marks)[-SOFT_MAX:]
        kept.append(finding)
    return kept


def _kinds(findings: Sequence[Finding], *, severe: bool, mutes: bool) -> set[ActionKind]:
    """The kinds that the findings bring before the ladder; a case struck before only deletes."""
    kinds: set[ActionKind] = set()
    for finding in findings:
        of_class = finding.bound.response.kinds
        kinds.update(k for k in of_class if k == "delete" or not finding.again)
    if severe and mutes:
        kinds.add("mute")
    if any("conflict" in finding.labels for finding in findings):
        kinds.add("remind")
    return kinds


def _step(turn: Turn, severe: bool) -> Step | None:
    """The rung that a strike now takes; a severe finding goes past the ladder."""
    if severe:
        return None
    pack = turn.policy.pack
    return LADDERS[pack.ladder](rung_of(turn.in_force()), pack.mutes)


def add_strike(turn: Turn, weight: float, told_by: str, *, muted: bool) -> None:
    """Count a strike, and remember the action whose outcome says whether the member was told."""
    member, desk = turn.member, turn.group.desk
    step = hash64(told_by)
    strike = Strike(turn.at, weight, step, True, muted)
    member.strikes = (*turn.in_force(), strike)[-STRIKES_MAX:]
    desk.steps.append((step, turn.member_id))
    del desk.steps[:-STEPS_MAX]
    turn.group.desk_changed = True
    turn.recount()


def _put(
    turn: Turn,
    kind: ActionKind,
    findings: Sequence[Finding],
    message_id: str,
    mode: Mode,
    step: Step | None,
) -> None:
    cause = _cause(findings, kind)
    if kind == "review":
        adds = step is not None and "review" in step.add
        proposal = (step.proposal if step is not None and adds else "") or _proposal(findings)
        role = step.to_role if step is not None and adds else None
        open_review(turn, cause, mode, proposal, role, message_id)
    elif kind == "escalate":
        _escalate(turn, cause, mode, step.to_role if step else None)
    elif kind == "delete":
        put_delete(turn, cause, mode, message_id)
    elif kind == "mute":
        put_mute(turn, cause, mode, turn.policy.pack.mute_ms // 1000)
    elif kind == "remind":
        put_remind(turn, cause, mode, [f for f in findings if not f.again])
    else:
        _notice(turn, cause, mode)


def _cause(findings: Sequence[Finding], kind: ActionKind) -> Cause:
    """What an action of `kind` rests on: the first rule that brings it, and all that do."""
    if len(findings) == 1:
        only = findings[0]
        return cause_of(only.bound, only.because, only.evidence, only.labels)
    bringing = [f for f in findings if kind in f.bound.response.kinds] or list(findings)
    first = bringing[0]
    return cause_of(
        first.bound,
        "；".join(dict.fromkeys(f.because for f in bringing)),
        tuple(dict.fromkeys(e for f in bringing for e in f.evidence)),
        tuple(dict.fromkeys(label for f in bringing for label in f.labels)),
    )


def _proposal(findings: Sequence[Finding]) -> str:
    return next((f.bound.response.proposal for f in findings if f.bound.response.proposal), "")


def put_delete(turn: Turn, cause: Cause, mode: Mode, message_id: str, ordinal: int = 0) -> None:
    """Take a message away."""
    explain = sentence(cause.because, "删除这条消息", turn.strikes())
    turn.act("delete", cause, mode, {"message_id": message_id}, explain=explain, ordinal=ordinal)


def put_mute(turn: Turn, cause: Cause, mode: Mode, duration_s: int) -> None:
    """Silence the member for a while."""
    if mode == "live":
        turn.member.mute_until = max(turn.member.mute_until, turn.at + duration_s * 1000)
    explain = sentence(cause.because, f"禁言{period(duration_s * 1000)}", turn.strikes())
    turn.act("mute", cause, mode, {"duration_s": duration_s}, explain=explain)


def put_remind(turn: Turn, cause: Cause, mode: Mode, findings: Sequence[Finding]) -> None:
    """Tell the member privately, naming every clause that the message touches."""
    pack = turn.policy.pack
    rules = [finding.bound.rule for finding in findings]
    params: dict[str, Any] = {
        "text": remind_text(
            cause.because,
            tuple(rule.remind or rule.text for rule in rules),
            pack.settings.office_contact,
            quiet=any(rule.when.quiet_hours for rule in rules),
        )
    }
    clauses = list(dict.fromkeys(f.bound.clause for f in findings if f.bound.clause))
    if len(clauses) > 1:
        params["clauses"] = clauses
    turn.act(
        "remind", cause, mode, params, explain=sentence(cause.because, "私下提醒", turn.strikes())
    )


def _notice(turn: Turn, cause: Cause, mode: Mode) -> None:
    """Tell the group; at night it waits for the morning, as nothing is posted in quiet hours."""
    text = f"请大家遵守群公约：{turn.policy.by_id[cause.rule].rule.text}"
    explain = sentence(cause.because, "在群里提醒", turn.strikes())
    action = turn.action("notice", cause, mode, {"text": text}, explain=explain)
    morning = _end_of_quiet(turn)
    desk = turn.group.desk
    if morning is None or mode != "live" or len(desk.waiting) >= WAITING_MAX:
        turn.out.append(action)
        return
    desk.waiting.append((morning, encode_action(action)))
    desk.waiting.sort()
    turn.group.desk_changed = True
    turn.group.plan()


def _end_of_quiet(turn: Turn) -> int | None:
    offset = turn.policy.offset
    periods = [
        quiet_period(turn.at, offset, quiet.start, quiet.end) for _, quiet in turn.policy.quiets
    ]
    return max((end for found in periods if found for end in found[1:]), default=None)


def open_review(
    turn: Turn,
    cause: Cause,
    mode: Mode,
    proposal: str,
    to_role: Recipient | None,
    message_id: str | None = None,
) -> None:
    """Ask a person. An open review of the same proposal takes the evidence in instead, unless the
    finding is late or a trial: what a person approves then must not reach its message.
    """
    messages = [] if message_id is None else [message_id]
    standing = next((review for review in turn.member.reviews if review.proposal == proposal), None)
    if standing is not None and mode != "shadow":
        if mode == "live":
            _join(standing.evidence, cause.evidence)
            _join(standing.messages, messages)
        return
    params: dict[str, Any] = {"to_role": _recipient(turn, to_role)}
    if proposal:
        params["proposal"] = proposal
    asks = f"请{ROLE_WORDS[params['to_role']]}{_ASKS.get(proposal, '处理')}"
    explain = sentence(cause.because, asks, turn.strikes())
    action = turn.act("review", cause, mode, params, explain=explain)
    if mode == "live":
        evidence = list(cause.evidence[-EVIDENCE_MAX:])
        review = Review(action.id, proposal, cause.rule, turn.at, evidence, messages)
        turn.member.reviews = (*turn.member.reviews, review)[-REVIEWS_MAX:]


def _join(known: list[str], more: Iterable[str]) -> None:
    """Add what is new; the oldest gives way."""
    known.extend(dict.fromkeys([one for one in more if one not in known]))
    del known[:-EVIDENCE_MAX]


ROLE_WORDS: Final = {
    "owner": "群主",
    "admin": "管理员",
    "head_teacher": "班主任",
    "school_office": "学校办公室",
}


def _recipient(turn: Turn, to_role: Recipient | None) -> Recipient:
    """Who is asked; never the member that it is about."""
    role = to_role or turn.policy.pack.review_to
    if turn.member.rank in ("owner", "admin") and role in ("owner", "admin"):
        return "head_teacher"
    return "school_office" if turn.member.role == role == "head_teacher" else role


def _escalate(
    turn: Turn, cause: Cause, mode: Mode, to_role: Recipient | None, ordinal: int = 0
) -> None:
    role = _recipient(turn, to_role)
    explain = sentence(cause.because, f"转交{ROLE_WORDS[role]}", turn.strikes())
    turn.act("escalate", cause, mode, {"to_role": role}, explain=explain, ordinal=ordinal)


def _answer_staff(turn: Turn, findings: list[Finding], message_id: str, mode: Mode) -> None:
    """Staff are never muted or struck by the system; what binds them is handled in private."""
    severe = [f for f in findings if f.bound.rule.handling == "severe"]
    if severe:
        put_delete(turn, _cause(severe, "delete"), mode, message_id)
        _escalate(turn, _cause(severe, "escalate"), mode, "school_office")
        return
    binding = [f for f in findings if _binds_staff(f)]
    if binding:
        put_remind(turn, _cause(binding, "remind"), mode, binding)
    heard = [f for f in findings if _is_heard_of(f)]
    if heard:
        open_review(turn, _cause(heard, "review"), mode, "", "school_office", message_id)


def _binds_staff(finding: Finding) -> bool:
    of_class = finding.bound.rule.handling in ("clear", "judgement")
    return of_class and not STAFF_LABELS.isdisjoint(finding.labels)


def _is_heard_of(finding: Finding) -> bool:
    """Whether the school office hears of it: of what binds staff, not all."""
    if _binds_staff(finding):
        return not STAFF_REVIEWED.isdisjoint(finding.labels)
    return finding.bound.rule.handling in ("speech", "judgement")
