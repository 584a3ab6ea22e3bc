"""Which ways of speaking a pack asks for, and of which a message must not be passed over."""

from collections.abc import Collection, Iterable
from typing import Final

from msgspec import Struct

from schemas.policy import Rule
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


def roles_heard(bounds: Iterable[Bound], staff: Collection[str]) -> frozenset[str]:
    """The roles of whom every message matters: the staff, where the board of their messages is kept
    or a rule answers their way of speaking, and whoever else may open a notice.
    """
    heard: set[str] = set()
    for bound in bounds:
        when, whom = bound.rule.when, bound.whom
        is_board = when.unanswered is not None or (
            when.count is not None and when.count.by == "notice"
        )
        answers = when.cues is not None and bound.rule.handling != "spare"
        if is_board or (answers and not (whom or frozenset()).isdisjoint(staff)):
            heard.update(staff)
        if when.unanswered is not None:
            heard.update(whom or ())
    return frozenset(heard)


class Minded(Struct, frozen=True):
    """What makes a message matter to a pack that says nothing wrong: whatever it is, what hangs on
    it, whom it mentions, or whose message it answers.
    """

    anything: bool
    attachments: bool
    mentions: bool
    replies: bool


def minded(bounds: Iterable[Bound]) -> Minded:
    """What the rules of a pack mind. Those that look at words, and those that spare, mind nothing
    else: a message of which nothing is found has nothing for them.
    """
    rules = [bound.rule for bound in bounds if bound.rule.handling != "spare"]
    anything = any(rule.when.message is not None or _counts_anything(rule) for rule in rules)
    return Minded(
        anything=anything,
        attachments=anything or any(map(_minds_attachments, rules)),
        mentions=anything or any(map(_minds_mentions, rules)),
        replies=anything or any(map(_minds_replies, rules)),
    )


def _counts_anything(rule: Rule) -> bool:
    """Whether messages count for a rule of which nothing but their text, or sender, is known."""
    count, where = rule.when.count, rule.where
    told = where.labels or where.cues or where.attachments or where.mentions or where.reply_to
    if count is None or told or count.of == "attachments":
        return False
    return count.by in ("member", "group", "text")


def _minds_attachments(rule: Rule) -> bool:
    when = rule.when
    of_files = when.repeat is not None and when.repeat.of == "files"
    counted = when.count is not None and (
        when.count.of == "attachments" or bool(rule.where.attachments)
    )
    return when.attachments is not None or of_files or counted


def _minds_mentions(rule: Rule) -> bool:
    when = rule.when
    counted = when.count is not None and (when.count.by == "mentioned" or bool(rule.where.mentions))
    return when.mentions is not None or when.unreplied is not None or counted


def _minds_replies(rule: Rule) -> bool:
    return rule.when.count is not None and bool(rule.where.reply_to)
