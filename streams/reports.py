"""Reports of members: who reported what, whose reports count, and what became of them.

A report asks a person and punishes nobody; what bounds a reporter is kept by hashes alone.
"""

from typing import TypeVar

from streams.calendar import local_day
from streams.identity import hash64
from streams.parts import (
    REPORTED_MAX,
    REPORTERS_MAX,
    REPORTERS_OF_ONE_MAX,
    REPORTING,
    TIMES_MAX,
    Reporter,
    Reporting,
)
from streams.state import Review
from streams.turn import Turn

K = TypeVar("K")
V = TypeVar("V")


def of_message(message_id: str) -> str:
    """The name under which reports of a message are counted."""
    return f"m{hash64(message_id):016x}"


def of_member(member_id: str) -> str:
    """The name under which reports of a member, and of no message, are counted."""
    return f"p{hash64(member_id):016x}"


def take_in(turn: Turn, name: str) -> int:
    """Count a report of the turn's member; how many members reported `name` with it. 0 for one that
    counts nothing: a repeat, one too many of this reporter, or one about what is decided.
    """
    me, reporting = hash64(turn.member_id or ""), turn.group.part(REPORTING, Reporting)
    by = reporting.reported.get(name, [])
    if name in reporting.settled or me in by:
        return 0
    reporter = reporting.reporters.pop(me, None) or Reporter()
    reporting.reporters[me] = reporter
    _drop_oldest(reporting.reporters, REPORTERS_MAX)
    if not turn.is_staff and not _may_report(turn, reporter):
        return 0
    reporter.times = [*reporter.times, turn.at][-TIMES_MAX:]
    reporting.reported[name] = by = [*by, me][-REPORTERS_OF_ONE_MAX:]
    _drop_oldest(reporting.reported, REPORTED_MAX)
    return len(by)


def _may_report(turn: Turn, reporter: Reporter) -> bool:
    bounds, offset = turn.policy.pack.reports, turn.policy.offset
    today = local_day(turn.at, offset(turn.at))
    of_today = [at for at in reporter.times if local_day(at, offset(at)) == today]
    rejected = [at for at in reporter.rejected if 0 <= turn.at - at < bounds.within_ms]
    return len(of_today) < bounds.a_day and len(rejected) < bounds.rejected


def _drop_oldest(known: dict[K, V], most: int) -> None:
    if len(known) > most:
        del known[next(iter(known))]


def settle(turn: Turn, review: Review, *, rejected: bool) -> None:
    """A person has decided a review: what was reported for it is no open matter any more. `turn` is
    of the member that it is about.
    """
    reporting = turn.group.look(REPORTING, Reporting)
    if reporting is None:
        return
    bound = turn.policy.by_id.get(review.rule)
    names = [of_message(one) for one in review.messages]
    if bound is not None and bound.rule.when.reported is not None:
        names.append(of_member(turn.member_id or ""))
    known = [name for name in names if name in reporting.reported]
    if not known:
        return
    reporting = turn.group.part(REPORTING, Reporting)
    by = dict.fromkeys(one for name in known for one in reporting.reported.pop(name))
    # What somebody did once more, outside of any message, may be reported once more.
    reporting.settled += [name for name in known if name[0] == "m"]
    del reporting.settled[:-REPORTED_MAX]
    for one in by:
        if rejected and one in reporting.reporters:
            reporter = reporting.reporters[one]
            reporter.rejected = [*reporter.rejected, turn.at][-TIMES_MAX:]
