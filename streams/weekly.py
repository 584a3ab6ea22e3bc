"""Weekly reports and purges: what is counted in between, and what a report tells.

Each weekly rule keeps its own counts, so that two reports of one week tell the same. A report holds
numbers and ids, never a name and never a text. What an undo takes back stays counted: it was found.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Any, Final

from schemas.action import UNDELIVERED, Action
from schemas.event import OutcomeSeen
from streams.acts import listed, put_report
from streams.agenda import WEEKLY, plan_due
from streams.calendar import WEEKDAYS, next_moment
from streams.explain import sentence, weekly_words
from streams.identity import hash64
from streams.parts import ANNOUNCED_MAX, IDS_BYTES_MAX, STANDING_MAX, WEEK, Due, Week
from streams.policy.bound import Bound
from streams.policy.compile import Policy
from streams.rules.filters import holds_here, is_live, mode_of
from streams.rules.finding import Finding
from streams.state import Group, Member
from streams.turn import Turn, cause_of

LISTED_MAX: Final = 100
"""Ids of one sort that a report names; its counts are of all."""
_OUTSIDE: Final = frozenset({"", "outsider"})


# --- what is counted in between


def count(turn: Turn, word: str) -> None:
    """Count something for the next reports."""
    for week in _weeks(turn.group, turn.policy):
        _add(week, (word,))


def count_findings(turn: Turn, findings: Sequence[Finding]) -> None:
    """Count a message's findings by label, and remember what shows a severe one; no trial's."""
    found = [f for f in findings if is_live(turn.group, turn.policy, f.bound)]
    labels = dict.fromkeys(label for f in found for label in f.labels)
    severe = [e for f in found if f.bound.rule.handling == "severe" for e in f.evidence]
    if not labels:
        return
    for week in _weeks(turn.group, turn.policy):
        _add(week, labels)
        week.severe = _newest((*week.severe, *severe))


def note_announced(turn: Turn, message_id: str) -> None:
    """An announcement belongs into the next reports."""
    for week in _weeks(turn.group, turn.policy):
        if message_id not in week.announced:
            week.announced = _newest((*week.announced, message_id), ANNOUNCED_MAX)


def note_deletions(group: Group, policy: Policy, actions: Iterable[Action]) -> None:
    """Remember what is to be deleted: its outcome says whether it still stands."""
    deleted = [
        (hash64(action.id), str(action.params["message_id"]))
        for action in actions
        if action.kind == "delete" and action.mode == "live"
    ]
    if deleted:
        for week in _weeks(group, policy):
            together = [*week.deleted, *deleted][-STANDING_MAX:]
            named = _newest((message_id for _, message_id in together), STANDING_MAX)
            week.deleted = [one for one in together if one[1] in named]


def note_outcome(group: Group, event: OutcomeSeen) -> None:
    """A deletion that did not succeed leaves its message standing, until another one does."""
    name = hash64(event.action_id)
    for rule in group.named(WEEK):
        week = group.look(WEEK, Week, rule)
        message_id = next((m for a, m in week.deleted if a == name), None) if week else None
        if message_id is None:
            continue
        week = group.part(WEEK, Week, rule)
        others = [one for one in week.standing if one != message_id]
        still = [message_id] if event.status in UNDELIVERED else []
        week.standing = _newest((*others, *still))


def recalled(group: Group, message_id: str) -> None:
    """What its writer took back stands no more."""
    for rule in group.named(WEEK):
        week = group.look(WEEK, Week, rule)
        if week is not None and message_id in (*week.standing, *week.announced):
            week = group.part(WEEK, Week, rule)
            week.standing = [one for one in week.standing if one != message_id]
            week.announced = [one for one in week.announced if one != message_id]


def _weeks(group: Group, policy: Policy) -> Iterator[Week]:
    for bound in policy.about("weekly"):
        yield group.part(WEEK, Week, bound.rule.id)


def _add(week: Week, words: Iterable[str]) -> None:
    for word in words:
        week.counts[word] = week.counts.get(word, 0) + 1


def _newest(ids: Iterable[str], most: int = STANDING_MAX) -> list[str]:
    """The newest ids, so many and in so many bytes as a week keeps; in order."""
    newest = list(dict.fromkeys(ids))[-most:]
    sizes = accumulate(len(one.encode()) for one in reversed(newest))
    kept = sum(size <= IDS_BYTES_MAX for size in sizes)
    return newest[len(newest) - kept :]


# --- by time


def plan_weekly(turn: Turn) -> None:
    """Set each weekly rule's next moment."""
    for bound in turn.policy.about("weekly"):
        week = turn.group.part(WEEK, Week, bound.rule.id)
        if not week.since:
            week.since, week.spoken = turn.at, turn.group.head.spoken
        _plan(turn, bound)


def forget_rules_gone(group: Group, policy: Policy) -> None:
    """Drop the counts of rules that the pack in force does not have."""
    for rule in group.named(WEEK):
        bound = policy.by_id.get(rule)
        if bound is None or bound.rule.when.weekly is None:
            group.drop(WEEK, rule)


def weekly_due(turn: Turn, due: Due) -> None:
    """A rule's weekly moment: it does what it says, and comes again in a week."""
    bound = turn.policy.by_id[due.rule]
    if bound.rule.when.weekly is None:
        return
    if holds_here(turn, bound.rule):
        week = turn.group.part(WEEK, Week, due.rule)
        if "report" in bound.response.kinds:
            _report(turn, bound, week)
        if "purge" in bound.response.kinds:
            _purge(turn, bound, week)
        week.since, week.spoken = turn.at, turn.group.head.spoken
        week.counts, week.announced = {}, []
    _plan(turn, bound)


def _plan(turn: Turn, bound: Bound) -> None:
    weekly = bound.rule.when.weekly
    if weekly is not None:
        day = WEEKDAYS.index(weekly.day)
        at = next_moment(turn.at, day, weekly.at, turn.policy.offset)
        plan_due(turn.group, Due(at, WEEKLY, "", bound.rule.id))


def _report(turn: Turn, bound: Bound, week: Week) -> None:
    group, policy = turn.group, turn.policy
    members = {member_id: group.peek(member_id) for member_id in sorted(group.members)}
    open_reviews = [review.action for one in members.values() for review in one.reviews]
    outside = [who for who, one in members.items() if _is_outside(group, one)]
    standing = _standing(members.values(), week)
    counts = dict(sorted(week.counts.items()))
    counts["messages"] = group.head.spoken - week.spoken
    counts["strikes"] = sum(
        strike.at >= week.since for one in members.values() for strike in one.strikes
    )
    counts["open_reviews"] = len(open_reviews)
    counts["outside"] = len(outside)
    counts["standing"] = len(standing)
    params: dict[str, Any] = {
        "to_role": bound.rule.to or policy.pack.review_to,
        "period": {"from": week.since, "until": turn.at},
        "counts": counts,
        "announced": list(week.announced),
        "open_reviews": listed(open_reviews, LISTED_MAX),
        "outside": listed(outside, LISTED_MAX),
        "standing": listed(standing, LISTED_MAX),
    }
    because = weekly_words(counts["messages"], counts["strikes"], len(open_reviews))
    cause = cause_of(bound, bound.rule.report or because, (), ())
    put_report(turn, cause, mode_of(turn, bound), params, "每周报告")


def _is_outside(group: Group, member: Member) -> bool:
    """Whether somebody is in the group whom the roster does not know in it."""
    return group.head.is_rostered and member.is_present and member.role in _OUTSIDE


def _standing(members: Iterable[Member], week: Week) -> list[str]:
    """Flagged messages that are still there: not deleted after all, or waiting for a person."""
    gone = {message_id for _, message_id in week.deleted}.difference(week.standing)
    awaited = [m for one in members for review in one.reviews for m in review.messages]
    return [m for m in dict.fromkeys((*week.standing, *awaited)) if m not in gone]


def _purge(turn: Turn, bound: Bound, week: Week) -> None:
    """Clear the group's records, but for what shows a severe finding or is still asked about.
    Strikes are no records of the chat: they stay.
    """
    members = (turn.group.peek(member_id) for member_id in sorted(turn.group.members))
    asked = [e for one in members for review in one.reviews for e in review.evidence]
    cause = cause_of(bound, "每周清空聊天记录的时间到了", (), ())
    turn.act(
        "purge",
        cause,
        mode_of(turn, bound),
        {"before": turn.at, "keep": _newest((*asked, *week.severe))},
        explain=sentence(cause.because, "清空本周记录", turn.strikes()),
    )
