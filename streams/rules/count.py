"""Counts: so many messages, attachments or different members within a period."""

from collections.abc import Iterator, Sequence
from typing import Final

from schemas.event import Message
from schemas.policy import Count
from streams.explain import count_words, period
from streams.identity import SEPARATOR, hash64
from streams.parts import TALLY
from streams.policy.bound import Bound
from streams.policy.compile import Policy
from streams.rules.filters import case_names, fits, rests
from streams.rules.finding import Finding
from streams.shown import Shown, holds
from streams.state import Group, Member
from streams.tally import (
    Entry,
    Measure,
    Tally,
    add,
    answered,
    entry_of,
    evidence,
    full_windows,
    measure_of,
    note,
    take,
)
from streams.turn import Turn

OF_MEMBER: Final = frozenset({"member", "mentioned"})
"""Counts that are kept with the member; the others are the group's."""
KEYS_MAX: Final = 16
"""Members that one message calls and that are counted: more would push out what others counted."""
TALLIES_MAX: Final = 16
"""Counts that a member keeps: as many as a pack may have, and of another pack's the oldest give way."""


def find_counts(
    turn: Turn, event: Message, shown: Shown, spared: frozenset[str]
) -> Iterator[Finding]:
    """One finding a rule and full window; the record that completes it brings it."""
    for bound in turn.policy.about("count"):
        count = bound.rule.when.count
        if (
            count is None
            or count.within_ms is None
            or not _counts(turn, event, shown, spared, bound)
        ):
            continue
        tally = _tally(turn, bound, count.by)
        measure = measure_of(count.of, count.at_least, count.within_ms)
        for key in _keys(turn, event, shown, count):
            size = _size(event, bound) if count.of == "attachments" else 1
            entry = entry_of(event.id, event.sent_at, event.member_id, key, size)
            found = _found(turn, event, bound, count, tally, entry, measure)
            if found is not None:
                yield found


def find_file_repeats(turn: Turn, event: Message, spared: frozenset[str]) -> Iterator[Finding]:
    """One finding a rule and file, or link, that the member sends too often, whatever stands
    beside it. Like texts in a row: the later ones are only taken away.
    """
    for bound, repeat in turn.policy.file_repeats:
        if spared & {bound.capability, "flood"} or not fits(turn, bound):
            continue
        measure = measure_of("messages", repeat.times, repeat.within_ms + 1)
        tally = _tally(turn, bound, "member")
        files = {one.url or one.name for one in event.attachments if one.url or one.name}
        for file in sorted(filter(None, files)):
            key = turn.people.prints.of_name(file)
            entry = entry_of(event.id, event.sent_at, event.member_id, key)
            filled = _filled(turn, bound, tally, entry, measure)
            if filled is None:
                continue
            window, again = filled
            yield Finding(
                bound=bound,
                evidence=evidence(window, event.id),
                because=f"{period(repeat.within_ms)}内同一个文件或链接发了{len(window)}次",
                labels=("flood",),
                again=again,
            )


def forget_counted(group: Group, member: Member, event_id: str) -> None:
    """A recalled message counts nowhere any more."""
    for _, tally in member.tallies:
        take(tally, event_id)
    for name in group.named(TALLY):
        counted = group.look(TALLY, Tally, name)
        if counted is not None and take(counted, event_id):
            group.part(TALLY, Tally, name)


def forget_counts_gone(group: Group, policy: Policy) -> None:
    """Drop what the group counted for rules that the pack in force does not have: with each new pack
    there would be more of it.
    """
    counted = {f"{bound.sig:x}" for bound in policy.by_id.values()}
    for name in group.named(TALLY):
        if name not in counted:
            group.drop(TALLY, name)


def _counts(turn: Turn, event: Message, shown: Shown, spared: frozenset[str], bound: Bound) -> bool:
    """Whether the message counts for a rule: its filters say."""
    where = bound.rule.where
    if not fits(turn, bound) or bound.rule.id in spared or bound.capability in spared:
        return False
    if not holds(where, shown) or (where.labels and spared.issuperset(_meant(where.labels, shown))):
        return False
    return not (turn.group.desk.exemptions and rests(turn.group, event, {bound.capability}))


def _meant(labels: Sequence[str], shown: Shown) -> set[str]:
    return {label for label in labels if label in shown.said.labels}


def _size(event: Message, bound: Bound) -> int:
    """How many of its attachments count."""
    wanted = bound.rule.where.attachments
    return sum(not wanted or one.type in wanted for one in event.attachments)


def _tally(turn: Turn, bound: Bound, by: str) -> Tally:
    """Where the rule's entries are kept: with the member, or with the group."""
    if by not in OF_MEMBER:
        return turn.group.part(TALLY, Tally, f"{bound.sig:x}")
    for sig, tally in turn.member.tallies:
        if sig == bound.sig:
            return tally
    fresh = Tally()
    turn.member.tallies = (*turn.member.tallies, (bound.sig, fresh))[-TALLIES_MAX:]
    return fresh


def _keys(turn: Turn, event: Message, shown: Shown, count: Count) -> Sequence[int]:
    """For what the message counts; for nothing where the count has no object in it."""
    if count.by == "text":
        text, _ = turn.people.prints.of(event.text)
        return (text,) if text > 0 else ()
    if count.by == "child":
        return shown.children
    if count.by == "mentioned":
        return tuple(map(hash64, shown.mentioned[:KEYS_MAX]))
    if count.by == "pair":
        pair = sorted((event.member_id, shown.other))
        return (hash64(SEPARATOR.join(pair)),) if shown.other else ()
    return (0,)


def _found(
    turn: Turn,
    event: Message,
    bound: Bound,
    count: Count,
    tally: Tally,
    entry: Entry,
    measure: Measure,
) -> Finding | None:
    filled = _filled(turn, bound, tally, entry, measure)
    if filled is None or (filled[1] and count.answer == "window"):
        return None
    window, _ = filled
    return Finding(
        bound=bound,
        evidence=evidence(window, event.id),
        because=count_words(count.of, count.at_least, measure.within_ms, count.by),
        labels=("at_spam",) if count.by == "mentioned" else (),
        members=_concerned(turn, bound, window, entry.key),
    )


def _filled(
    turn: Turn, bound: Bound, tally: Tally, entry: Entry, measure: Measure
) -> tuple[list[Entry], bool] | None:
    """The window that the entry fills, and whether it has its answer already (from now on it has);
    None where it fills none, or came before.
    """
    counted = add(tally, entry, measure)
    windows = [] if counted is None else list(full_windows(counted, entry, measure))
    names = case_names(turn, bound)
    for window in windows:
        if not answered(tally, names, window, entry, measure):
            note(tally, names, window, measure)
            return window, False
    return (windows[0], True) if windows else None


def _concerned(turn: Turn, bound: Bound, window: Sequence[Entry], key: int) -> tuple[str, ...]:
    """Whom the finding concerns: of the staff, who wrote in the window; else the child's family."""
    if bound.rule.about != "staff_or_family":
        return ()
    group, wrote = turn.group, {entry.who for entry in window}
    known = [(member_id, group.peek(member_id)) for member_id in sorted(group.members)]
    staff = [
        member_id
        for member_id, member in known
        if member.role in turn.policy.staff and hash64(member_id) in wrote
    ]
    family = [who for who, member in known if member.role == "parent" and member.child == key]
    return tuple(staff[:1] or family)
