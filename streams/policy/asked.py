"""Which ways of speaking a pack asks for, and of which a message must not be passed over."""

from collections.abc import Collection, Iterable
from typing import Final

from streams.policy.bound import Bound
from streams.policy.whom import ROLES

OF_NOTICES: Final = frozenset({"asks_reply", "asks_form", "question"})
"""What tells a notice that asks for an answer, and an answer from a question."""


def cues_asked(bounds: Iterable[Bound]) -> frozenset[str]:
    """All that any rule asks for, in its subject or its filters."""
    asked: set[str] = set()
    for bound in bounds:
        when, where = bound.rule.when, bound.rule.where
        asked.update(when.cues or (), where.cues, where.not_cues)
        of_notice = when.count is not None and when.count.by == "notice"
        if of_notice or when.unanswered is not None or when.unreplied is not None:
            asked |= OF_NOTICES
    return frozenset(asked)


def cues_watched(bounds: Iterable[Bound], staff: Collection[str]) -> frozenset[str]:
    """Those that are answered, or count, in a message that has nothing else to it, of others than
    the staff.
    """
    watched: set[str] = set()
    for bound in bounds:
        when, where = bound.rule.when, bound.rule.where
        whom = ROLES if bound.whom is None else bound.whom
        if bound.rule.handling == "spare" or whom <= frozenset(staff):
            continue
        watched.update(when.cues or ())
        if when.count is not None and not (where.labels or where.attachments or where.mentions):
            watched.update(where.cues)
    return frozenset(watched)
