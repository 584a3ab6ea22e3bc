"""The actions that several rules and people bring: each puts out one action of a turn."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, islice
from typing import Any, Final

import msgspec

from schemas.action import Action, ActionKind, Mode, decode_action, encode_action
from schemas.policy import Recipient, Rule
from streams.calendar import next_boundary
from streams.explain import period, remind_text, sentence
from streams.policy.compile import Policy
from streams.state import WAITING_BYTES_MAX, WAITING_MAX
from streams.turn import Cause, Turn

ORDER: Final[Sequence[ActionKind]] = (
    "delete",
    "mute",
    "remind",
    "welcome",
    "rename_request",
    "notice",
    "review",
    "escalate",
    "report",
)
"""The order in which one finding's actions are put out: what protects the others comes first."""

ROLE_WORDS: Final[Mapping[str, str]] = {
    "owner": "群主",
    "admin": "管理员",
    "head_teacher": "班主任",
    "teacher": "老师",
    "school_office": "学校办公室",
    "class_cadre": "班委",
    "school_leader": "学校领导",
}
CLOSED_MAX: Final = 8
"""More closed times than this never follow one another without a gap."""
LISTED_BYTES_MAX: Final = 64 << 10
"""Of the ids in one list of a report, as JSON: whatever ids a platform has, an action fits its topic."""
STUDENT_MUTE_S: Final = 600
"""The longest that the system by itself silences a pupil; a person may say more."""


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


def put_unmute(turn: Turn, cause: Cause) -> None:
    """Let the member speak again."""
    turn.member.mute_until = 0
    explain = sentence(cause.because, "解除禁言", turn.strikes())
    turn.act("unmute", cause, "live", {}, explain=explain)


def mute_s(turn: Turn, rules: Sequence[Rule]) -> int:
    """For how long the system mutes: as the first rule that says so, else the pack's length."""
    named = next((rule.mute_ms for rule in rules if rule.mute_ms is not None), None)
    seconds = (turn.policy.pack.mute_ms if named is None else named) // 1000
    return min(seconds, STUDENT_MUTE_S) if turn.member.role == "student" else seconds


def put_remind(turn: Turn, cause: Cause, mode: Mode, rules: Sequence[Rule]) -> None:
    """Tell the member privately, naming every clause that the message touches."""
    pack = turn.policy.pack
    params: dict[str, Any] = {
        "text": remind_text(
            cause.because,
            tuple(rule.remind or rule.text for rule in rules),
            pack.settings.office_contact,
            quiet=any(rule.when.quiet_hours for rule in rules),
        )
    }
    bounds = [turn.policy.by_id[rule.id] for rule in rules]
    clauses = list(dict.fromkeys(bound.clause for bound in bounds if bound.clause))
    if len(clauses) > 1:
        params["clauses"] = clauses
    if any(rule.urgent for rule in rules):
        params["urgent"] = True
    turn.act(
        "remind", cause, mode, params, explain=sentence(cause.because, "私下提醒", turn.strikes())
    )


def put_notice(turn: Turn, cause: Cause, mode: Mode, text: str) -> None:
    """Tell the group; at night it waits for the morning, as nothing is posted in quiet hours."""
    explain = sentence(cause.because, "在群里提醒", turn.strikes())
    post(turn, turn.action("notice", cause, mode, {"text": text}, explain=explain))


def withdraw(turn: Turn, action_id: str) -> None:
    """Let an action that waits for its hour never be put out."""
    desk = turn.group.desk
    desk.waiting = [one for one in desk.waiting if decode_action(one[1]).id != action_id]
    turn.group.desk_changed = True
    turn.group.plan()


def notice_text(turn: Turn, rule_id: str) -> str:
    """What the group reads of a rule."""
    rule = turn.policy.by_id[rule_id].rule
    return rule.notice or f"请大家遵守群公约：{rule.text}"


def post(turn: Turn, action: Action) -> None:
    """Put out what everybody reads; in quiet hours, and outside of the hours in which the pack lets
    the system post, it waits.
    """
    opening = opening_after(turn)
    desk = turn.group.desk
    if opening is None or action.mode != "live":
        turn.out.append(action)
        return
    waiting = (opening, encode_action(action))
    size = len(waiting[1]) + sum(len(raw) for _, raw in desk.waiting)
    if len(desk.waiting) >= WAITING_MAX or size > WAITING_BYTES_MAX:
        turn.out.append(action)
        return
    desk.waiting.append(waiting)
    desk.waiting.sort()
    turn.group.desk_changed = True
    turn.group.plan()


def opening_after(turn: Turn) -> int | None:
    """When the system may post in the group again; None for now."""
    opening = turn.at
    # One closed time may end within another: a midday rest, hours that begin later than the night
    # ends. Hours that never come close nothing, so that no notice is lost.
    for _ in range(CLOSED_MAX):
        ends = [end for end in _closed_until(turn.policy, opening) if end > opening]
        if not ends:
            break
        opening = max(ends)
    return opening if opening > turn.at else None


def _closed_until(policy: Policy, at: int) -> Iterator[int]:
    """When each time ends that holds `at` and in which the system posts nothing in the group."""
    for _, quiet in policy.quiets:
        night = policy.period_of(at, quiet)
        if night is not None:
            yield night[1]
    hours = policy.pack.posting
    if hours is not None and policy.period_of(at, hours) is None:
        days = policy.days_of(hours)
        opening = next_boundary(at, policy.offset, hours.start, hours.end, days).begin
        if opening is not None:
            yield opening


def put_escalate(
    turn: Turn,
    cause: Cause,
    mode: Mode,
    role: Recipient,
    params: Mapping[str, Any] | None = None,
    ordinal: int = 0,
) -> None:
    """A named role must act."""
    role = recipient(turn, role)
    explain = sentence(cause.because, f"转交{ROLE_WORDS[role]}", turn.strikes())
    turn.act(
        "escalate",
        cause,
        mode,
        {"to_role": role, **(params or {})},
        explain=explain,
        ordinal=ordinal,
    )


def put_report(
    turn: Turn, cause: Cause, mode: Mode, params: Mapping[str, Any], asks: str, ordinal: int = 0
) -> None:
    """A summary for somebody: `params.to_role` or `params.to_member` says for whom."""
    explain = sentence(cause.because, asks, turn.strikes())
    turn.act("report", cause, mode, dict(params), explain=explain, ordinal=ordinal)


def listed(ids: Iterable[str], most: int) -> list[str]:
    """The first ids, as many as a report names; the counts beside them are of all."""
    named = list(islice(ids, most))
    sizes = accumulate(len(msgspec.json.encode(one)) + 1 for one in named)
    return [one for one, size in zip(named, sizes, strict=True) if size <= LISTED_BYTES_MAX]


def recipient(turn: Turn, role: Recipient) -> Recipient:
    """Who is asked; never the member that it is about, nor an admin about the owner."""
    member = turn.member
    if role == member.rank or (role == "admin" and member.rank == "owner"):
        role = "head_teacher"
    if member.role == role == "head_teacher":
        return "school_office"
    return "head_teacher" if member.role == role == "school_office" else role
