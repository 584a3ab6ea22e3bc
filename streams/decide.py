"""From findings to actions: the class's response, the ladder, strikes and open reviews."""

from collections.abc import Collection, Iterator, Sequence
from typing import Final

import msgspec

from schemas.action import ActionKind, Mode
from schemas.policy import Beside
from streams.acts import (
    ORDER,
    mute_s,
    notice_text,
    put_delete,
    put_escalate,
    put_mute,
    put_notice,
    put_remind,
    put_report,
)
from streams.calendar import local_day
from streams.disputes import is_held
from streams.identity import hash64
from streams.ladder import LADDERS, PAST_SEVERE, Step, rung_of
from streams.renaming import put_rename_request
from streams.reviews import LOOK, Asked, open_review
from streams.rules.filters import is_live
from streams.rules.finding import Finding
from streams.rules.handling import STAFF_LABELS, STAFF_REVIEWED, Response
from streams.state import STEPS_MAX, STRIKES_MAX, Strike
from streams.turn import Cause, Turn, cause_of
from streams.welcome import put_welcome

SOFT_MAX: Final = 16
UNPUNISHED: Final = frozenset({"delete", "mute"})
"""What never follows for one of the staff, but by a severe finding."""
VOIDABLE: Final = frozenset({"notice", "escalate"})
"""What a strike brings, beside its review, that has no ground any more when it is undone."""


def decide(turn: Turn, findings: Sequence[Finding], message_id: str) -> None:
    """Answer the findings of one message.

    `message_id` is the message that a delete takes away (an edit's target). Rules in shadow, and
    all rules of a group that nobody approved yet, act in mode `shadow` and leave no trace.
    """
    for mode, some in _by_mode(turn, findings):
        _answer(turn, some, message_id, mode)


def answer_each(turn: Turn, findings: Sequence[Finding]) -> None:
    """Answer findings that are about no message: each for itself."""
    for mode, some in _by_mode(turn, findings):
        for finding in some:
            _answer_found(turn, [finding], "", mode)


def _by_mode(turn: Turn, findings: Sequence[Finding]) -> Iterator[tuple[Mode, list[Finding]]]:
    live = [f for f in findings if is_live(turn.group, turn.policy, f.bound)]
    shadow = [f for f in findings if f not in live] if len(live) < len(findings) else []
    if live:
        yield ("late" if turn.late else "live"), live
    if shadow:
        yield "shadow", shadow


def _answer(turn: Turn, findings: list[Finding], message_id: str, mode: Mode) -> None:
    suspected = [f for f in findings if f.bound.is_suspicion]
    found = [f for f in findings if not f.bound.is_suspicion]
    if turn.is_staff:
        # A rule that says whom it binds is answered as it says; the others as their class binds
        # staff. What is severe is so for everybody.
        named = [f for f in found if _names_whom(f)]
        _answer_staff(turn, [f for f in found if not _names_whom(f)], message_id, mode)
        _answer_found(turn, named, message_id, mode)
        return
    _answer_found(turn, found, message_id, mode)
    if suspected:
        open_review(turn, _cause(suspected, "review"), mode, LOOK)


def _names_whom(finding: Finding) -> bool:
    return finding.bound.whom is not None and not finding.bound.is_severe


def _answer_found(turn: Turn, findings: list[Finding], message_id: str, mode: Mode) -> None:
    severe_ones = [f for f in findings if f.bound.is_severe]
    fresh = severe_ones or _fresh(turn, findings, mode)
    for finding in fresh:
        if finding.bound.rule.about is not None:
            _answer_about(turn, finding, mode)
    mine = [f for f in fresh if f.bound.rule.about is None]
    if mine:
        _answer_writer(turn, mine, message_id, mode)


def _answer_writer(turn: Turn, findings: list[Finding], message_id: str, mode: Mode) -> None:
    """What follows for who wrote it, and for those whom the rules name beside."""
    severe = any(f.bound.is_severe for f in findings)
    strike = max((f.bound.response.strike for f in findings if not f.again), default=0)
    if turn.is_staff:
        strike = 0
    step = _step(turn, findings) if strike else None
    kinds = _kinds(turn, findings, severe=severe)
    if step is not None:
        kinds = (kinds | set(step.add)) - set(step.drop)
    if "mute" in kinds and is_held(turn):
        kinds.remove("mute")
    given, began = None, len(turn.out)
    if strike and mode == "live":
        told_by = step.told_by if step else "review"
        cause = _cause(findings, told_by)
        given = add_strike(turn, strike, turn.id_of(told_by, cause), muted="mute" in kinds)
    asked = _put_all(turn, kinds, findings, message_id, mode, step)
    if given is not None:
        brought = [(one.kind, one.id) for one in turn.out[began:] if one.kind in VOIDABLE]
        if "notice" in kinds:
            # It may wait for the morning, and so not be out yet.
            brought.append(("notice", turn.id_of("notice", _cause(findings, "notice"))))
        note_brought(turn, given, asked, tuple(dict.fromkeys(brought)))
    _put_package(turn, findings, mode)
    _put_beside(turn, findings, mode, is_news=asked is None or asked.opened)


def _fresh(turn: Turn, findings: list[Finding], mode: Mode) -> list[Finding]:
    """The findings less those that a rule answers only so often: a soft one once a member, label
    and day.

    What a trial reminded of is remembered apart, so that it takes nothing from what is live.
    """
    kept: list[Finding] = []
    for finding in findings:
        marks = _marks(turn, finding, mode)
        if marks is not None:
            fresh = [mark for mark in marks if mark not in turn.member.soft]
            if not fresh:
                continue
            turn.member.soft = (*turn.member.soft, *fresh)[-SOFT_MAX:]
        kept.append(finding)
    return kept


def _marks(turn: Turn, finding: Finding, mode: Mode) -> list[tuple[str, int]] | None:
    """What is remembered of a finding that is answered only so often; None for any other."""
    rule = finding.bound.rule
    trial = "~" if mode == "shadow" else ""
    today = local_day(turn.at, turn.policy.offset(turn.at))
    if rule.once == "week":
        # The first of January 1970 was a Thursday; weeks begin on Monday.
        return [(f"{trial}/{rule.id}", (today + 3) // 7)]
    if rule.once == "ever":
        return [(f"{trial}/{rule.id}", 0)]
    if rule.once == "day":
        return [(f"{trial}/{rule.id}", today)]
    if "welcome" in finding.bound.response.kinds:
        return [(f"{trial}/welcome", today)]
    if rule.handling == "off_topic":
        return [(f"{trial}{label}", today) for label in finding.labels or (f"/{rule.id}",)]
    return None


def _kinds(turn: Turn, findings: Sequence[Finding], *, severe: bool) -> set[ActionKind]:
    """The kinds that the findings bring before the ladder; a case struck before only deletes."""
    kinds: set[ActionKind] = set()
    for finding in findings:
        of_class = finding.bound.response.kinds
        kinds.update(k for k in of_class if k == "delete" or not finding.again)
    if severe and turn.policy.pack.mutes:
        kinds.add("mute")
    if any("conflict" in finding.labels for finding in findings):
        kinds.add("remind")
    return kinds - UNPUNISHED if turn.is_staff else kinds


def _step(turn: Turn, findings: Sequence[Finding]) -> Step | None:
    """The rung that a strike now takes; a severe finding goes past most ladders."""
    severe = any(f.bound.is_severe for f in findings)
    return None if severe and turn.policy.pack.ladder not in PAST_SEVERE else next_step(turn)


def next_step(turn: Turn) -> Step:
    """The rung of the pack's ladder that the member's next strike takes."""
    pack = turn.policy.pack
    return LADDERS[pack.ladder](rung_of(turn.in_force()), pack.mutes)


def add_strike(turn: Turn, weight: float, told_by: str, *, muted: bool) -> Strike:
    """Count a strike, and remember the action whose outcome says whether the member was told."""
    member, desk = turn.member, turn.group.desk
    step = hash64(told_by)
    strike = Strike(turn.at, weight, step, True, muted, member.mute_until)
    member.strikes = (*turn.in_force(), strike)[-STRIKES_MAX:]
    desk.steps.append((step, turn.member_id or ""))
    del desk.steps[:-STEPS_MAX]
    turn.group.desk_changed = True
    turn.recount()
    return strike


def note_brought(
    turn: Turn, strike: Strike, asked: Asked | None, brought: tuple[tuple[str, str], ...] = ()
) -> None:
    """Keep what a strike brought, so that undoing it takes back no more and no less."""
    strike.mute_after = turn.member.mute_until
    strike.brought = brought
    if asked is not None:
        strike.review = asked.review.action
        strike.evidence = tuple([hash64(one) for one in asked.evidence])
        strike.messages = tuple([hash64(one) for one in asked.messages])


def _put_all(
    turn: Turn,
    kinds: Collection[ActionKind],
    findings: Sequence[Finding],
    message_id: str,
    mode: Mode,
    step: Step | None,
) -> Asked | None:
    """Put the actions of these kinds out, and the rules' further escalations; the review that the
    findings are in after it.
    """
    asked: Asked | None = None
    for kind in ORDER:
        if kind == "review" and kind in kinds:
            asked = _put_review(turn, findings, message_id, mode, step)
        elif kind in kinds:
            _put(turn, kind, findings, message_id, mode, step)
    for finding in findings:
        _escalate_by_rule(turn, finding, mode)
    return asked


def _put(
    turn: Turn,
    kind: ActionKind,
    findings: Sequence[Finding],
    message_id: str,
    mode: Mode,
    step: Step | None,
) -> None:
    cause = _cause(findings, kind)
    if kind == "escalate":
        role = step.to_role if step is not None and kind in step.add else None
        role = role or _bringing(findings, kind)[0].bound.rule.to
        params = {"suggest": step.suggest} if step is not None and step.suggest else None
        put_escalate(turn, cause, mode, role or turn.policy.pack.review_to, params)
    elif kind == "delete":
        put_delete(turn, cause, mode, message_id)
    elif kind == "mute":
        put_mute(turn, cause, mode, mute_s(turn, [f.bound.rule for f in findings]))
    elif kind == "remind":
        put_remind(turn, cause, mode, [f.bound.rule for f in findings if not f.again])
    elif kind == "welcome":
        put_welcome(turn, cause, mode)
    elif kind == "rename_request":
        put_rename_request(turn, cause, mode)
    elif kind == "notice":
        put_notice(turn, cause, mode, notice_text(turn, cause.rule))
    elif kind == "report":
        first = _bringing(findings, kind)[0].bound.rule
        to_role = first.to or turn.policy.pack.review_to
        put_report(turn, cause, mode, {"to_role": to_role}, "报告")


def _put_review(
    turn: Turn, findings: Sequence[Finding], message_id: str, mode: Mode, step: Step | None
) -> Asked | None:
    """Ask a person: as the ladder's step says, where it brings the review, else as the rule does.
    A dispute's review serves a ladder that wants no more than a look.
    """
    cause, bringing = _cause(findings, "review"), _bringing(findings, "review")
    first, messages = bringing[0].bound.rule, (message_id,) if message_id else ()
    other = next((f.other for f in bringing if f.other), "")
    if step is not None and "review" in step.add and (step.proposal or not other):
        proposal = step.proposal or _proposal(findings)
        quorum = turn.policy.pack.ladder_quorum
        return open_review(
            turn, cause, mode, proposal, step.to_role, messages=messages, quorum=quorum
        )
    return open_review(
        turn,
        cause,
        mode,
        # Nothing can be deleted where no message is at hand.
        "" if not messages and _proposal(bringing) == "delete" else _proposal(bringing),
        first.to,
        messages=messages,
        quorum=first.quorum,
        other=other,
        hold=any(f.bound.rule.hold for f in bringing),
        sides=[one for f in bringing for about, one in f.beside if about == "other_side"],
    )


def _escalate_by_rule(turn: Turn, finding: Finding, mode: Mode) -> None:
    """Tell the further roles that a rule names."""
    rule = finding.bound.rule
    params = {"suggest": rule.propose} if rule.propose in ("announce", "join", "leave") else None
    # Each role's has an ordinal, and so an id, of its own; 0 is the ladder's.
    for ordinal, role in enumerate(rule.escalate, start=1):
        put_escalate(turn, _cause([finding], "escalate"), mode, role, params, ordinal)


def _put_package(turn: Turn, findings: Sequence[Finding], mode: Mode) -> None:
    """What shows unlawful content, for the school office: ids and hashes, not copies."""
    packed = [f for f in findings if f.bound.rule.package]
    if not packed:
        return
    cause = _cause(packed, "report")
    package = [{"id": one, "hash": f"{hash64(one):016x}"} for one in cause.evidence]
    params = {"to_role": "school_office", "package": package}
    put_report(turn, cause, mode, params, "向学校办公室报送证据编号", ordinal=1)


def _put_beside(turn: Turn, findings: Sequence[Finding], mode: Mode, *, is_news: bool) -> None:
    """What follows for others than the writer. The other side of a dispute is asked once, and not
    by each word in it: where the review `is_news`.
    """
    for finding in findings:
        for beside in finding.bound.rule.beside:
            if beside.about == "other_side" and not is_news:
                continue
            for about, member_id in finding.beside:
                if about == beside.about and member_id != turn.member_id:
                    _put_one_beside(turn.about(member_id), finding, beside, mode)


def _put_one_beside(turn: Turn, finding: Finding, beside: Beside, mode: Mode) -> None:
    """Answer the finding about somebody beside, as the rule says of them; a strike of theirs takes
    their own rung of the ladder.
    """
    bound = finding.bound
    rule = msgspec.structs.replace(
        bound.rule,
        remind=beside.remind or bound.rule.remind,
        escalate=(),
        beside=(),
        package=False,
    )
    response = Response(kinds=beside.do, strike=beside.strike)
    theirs = msgspec.structs.replace(bound, rule=rule, response=response)
    about = msgspec.structs.replace(finding, bound=theirs, beside=(), other="")
    _answer_writer(turn, [about], "", mode)


def _answer_about(turn: Turn, finding: Finding, mode: Mode) -> None:
    """What follows where it is not the writer whom the finding concerns."""
    if finding.bound.rule.about != "group":
        for member_id in finding.members:
            concerned = turn.to(member_id)
            put_remind(concerned, _cause([finding], "remind"), mode, [finding.bound.rule])
        return
    _put_all(turn.about_group(), finding.bound.response.kinds, [finding], "", mode, None)


def _bringing(findings: Sequence[Finding], kind: ActionKind) -> Sequence[Finding]:
    """The findings whose rules bring a kind; all, where only the ladder does. A case struck before
    only deletes.
    """
    bringing = [f for f in findings if kind in f.bound.response.kinds]
    return [f for f in bringing if kind == "delete" or not f.again] or bringing or findings


def _cause(findings: Sequence[Finding], kind: ActionKind) -> Cause:
    """What an action of `kind` rests on: the first rule that brings it, and all that do."""
    bringing = _bringing(findings, kind)
    first = bringing[0]
    if len(bringing) == 1:
        return cause_of(first.bound, first.because, first.evidence, first.labels)
    judged = first.evidence[-1]
    others = dict.fromkeys(e for f in bringing for e in f.evidence if e != judged)
    return cause_of(
        first.bound,
        "；".join(dict.fromkeys(f.because for f in bringing)),
        (*others, judged),
        tuple(dict.fromkeys(label for f in bringing for label in f.labels)),
    )


def _proposal(findings: Sequence[Finding]) -> str:
    return next((f.bound.response.proposal for f in findings if f.bound.response.proposal), "")


def _answer_staff(turn: Turn, findings: list[Finding], message_id: str, mode: Mode) -> None:
    """Staff are never muted or struck by the system; what binds them is handled in private."""
    severe = [f for f in findings if f.bound.is_severe]
    if severe:
        put_delete(turn, _cause(severe, "delete"), mode, message_id)
        put_escalate(turn, _cause(severe, "escalate"), mode, "school_office")
        _put_package(turn, severe, mode)
        return
    binding = [f for f in findings if _binds_staff(f)]
    if binding:
        put_remind(turn, _cause(binding, "remind"), mode, [f.bound.rule for f in binding])
    heard = [f for f in findings if _is_heard_of(f)]
    if heard:
        messages = (message_id,) if message_id else ()
        other = next((f.other for f in heard if f.other), "")
        cause = _cause(heard, "review")
        open_review(turn, cause, mode, "", "school_office", messages=messages, other=other)


def _binds_staff(finding: Finding) -> bool:
    of_class = finding.bound.rule.handling in ("clear", "judgement")
    return of_class and not STAFF_LABELS.isdisjoint(finding.labels)


def _is_heard_of(finding: Finding) -> bool:
    """Whether the school office hears of it: of what binds staff, not all."""
    if _binds_staff(finding):
        return not STAFF_REVIEWED.isdisjoint(finding.labels)
    return finding.bound.rule.handling in ("speech", "judgement")
