"""The board of a group: the newest messages of its staff, and the acknowledgements under them.

An acknowledgement belongs to the message that it replies to, else to the last one of the staff
before it. What belongs where is asked of the times, not of the order of arrival, so that a record
that comes a little late finds what it would have found in time. Of acknowledgements from which
nothing follows any more nothing is kept: most are such.
"""

from bisect import bisect_right, insort
from collections.abc import Iterator
from typing import Final

from schemas.event import Message
from schemas.policy import Count
from streams.explain import chain_words
from streams.identity import hash64
from streams.idrow import is_plain, name_of
from streams.parts import ACKS_MAX, BOARD, BOARD_MAX, Ack, Board, Posted
from streams.policy.bound import Bound
from streams.rules.filters import case_names, fits, rests
from streams.rules.finding import Finding
from streams.shown import Shown, holds
from streams.state import Group
from streams.turn import Turn

CHAIN: Final = "ack_chain"
"""The capability by whose name chains are exempt."""


def post(turn: Turn, event: Message, *, asks: bool) -> Iterator[Finding]:
    """Take in a message of the staff; a chain is found that was there before it."""
    board = turn.group.part(BOARD, Board)
    turn.group.chain_is_over = False
    posted = Posted(event.sent_at, name_of(event.id), asks)
    insort(board.posted, posted, key=lambda one: (one.at, one.name))
    del board.posted[:-BOARD_MAX]
    if not asks and board.acks and board.acks[-1].at >= event.sent_at:
        for bound in turn.policy.chains:
            yield from _chain(turn, board, posted, bound, event.id)


def acknowledge(
    turn: Turn, event: Message, shown: Shown, spared: frozenset[str]
) -> Iterator[Finding]:
    """Take in a bare acknowledgement; the one that completes a chain under its message finds it."""
    bounds = [bound for bound in turn.policy.chains if _counts(turn, event, shown, spared, bound)]
    if not bounds:
        return
    reply_to = name_of(event.reply_to) if event.reply_to else ""
    ack = Ack(event.sent_at, name_of(event.id), hash64(event.member_id), reply_to)
    known = turn.group.look(BOARD, Board) or Board()
    posted = _posted_of(known, ack)
    if posted is not None and _is_over(turn, posted):
        is_newest = posted is known.posted[-1] and not turn.late and not reply_to
        turn.group.chain_is_over = turn.group.chain_is_over or is_newest
        return
    board = turn.group.part(BOARD, Board)
    insort(board.acks, ack)
    del board.acks[:-ACKS_MAX]
    if posted is not None:
        for bound in bounds:
            yield from _chain(turn, board, posted, bound, event.id)


def posted_as(group: Group, message_id: str) -> Posted | None:
    """The message of the staff with that id, for a look only; None where none is known."""
    board = group.look(BOARD, Board)
    if board is None:
        return None
    return next((one for one in board.posted if one.name == name_of(message_id)), None)


def let_ask(group: Group, message_id: str) -> None:
    """A message of the staff asks, as an edit or a command says, or is recalled: no
    acknowledgement of it is one too many.
    """
    if posted_as(group, message_id) is None:
        return
    for one in group.part(BOARD, Board).posted:
        if one.name == name_of(message_id):
            one.asks = True


def recall_ack(group: Group, message_id: str) -> None:
    """A recalled acknowledgement counts in no chain."""
    name, board = name_of(message_id), group.look(BOARD, Board)
    if board is not None and any(ack.name == name for ack in board.acks):
        board = group.part(BOARD, Board)
        board.acks = [ack for ack in board.acks if ack.name != name]


def _counts(turn: Turn, event: Message, shown: Shown, spared: frozenset[str], bound: Bound) -> bool:
    names = {CHAIN, bound.capability}
    if not names.isdisjoint(spared) or not fits(turn, bound):
        return False
    if not holds(bound.rule.where, shown):
        return False
    return not (turn.group.desk.exemptions and rests(turn.group, event, names))


def _posted_of(board: Board, ack: Ack) -> Posted | None:
    if ack.reply_to:
        return next((one for one in board.posted if one.name == ack.reply_to), None)
    before = bisect_right(board.posted, ack.at, key=lambda one: one.at)
    return board.posted[before - 1] if before else None


def _acks_of(board: Board, posted: Posted) -> Iterator[Ack]:
    """The acknowledgements whose message it is, as `_posted_of` says of each."""
    following = board.posted[board.posted.index(posted) + 1 :]
    end = following[0].at if following else None
    for ack in board.acks:
        if ack.reply_to:
            if ack.reply_to == posted.name:
                yield ack
        elif posted.at <= ack.at and (end is None or ack.at < end):
            yield ack


def _is_over(turn: Turn, posted: Posted) -> bool:
    """Whether no acknowledgement of the message is one too many, or every rule has said so."""
    told = set(posted.told)
    return posted.asks or all(
        not told.isdisjoint(case_names(turn, bound)) for bound in turn.policy.chains
    )


def _chain(
    turn: Turn, board: Board, posted: Posted, bound: Bound, event_id: str
) -> Iterator[Finding]:
    """One finding a rule and message: so many different members acknowledged it."""
    names = case_names(turn, bound)
    if any(name in posted.told for name in names):
        return
    first_of: dict[int, str] = {}
    for ack in _acks_of(board, posted):
        first_of.setdefault(ack.who, ack.name)
    count = bound.rule.when.count
    if not isinstance(count, Count) or len(first_of) < count.at_least:
        return
    posted.told.append(names[0])
    others = [name for name in first_of.values() if is_plain(name) and name != event_id]
    yield Finding(
        bound=bound,
        evidence=(*others, event_id),
        because=chain_words(len(first_of)),
    )
