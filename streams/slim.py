"""What gives way where a member's state would grow beyond all measure.

Each list of a member is bounded by number, and with ids as platforms have them that is some kilobytes.
With the longest ids that the contract allows, all lists full at once, it would be a megabyte, and one
group's changes must fit one record batch. So the bytes are bounded too. What gives way is a function
of the state alone, and looks at nothing that the quick look (`streams.skim`) changes: the same log
gives the same states.
"""

from collections.abc import Iterator
from typing import Final

from streams.state import MEMBER_KEPT_BYTES_MAX, Member, Review, Strike, kept_bytes

FEW_STRIKES: Final = 8
SHOWN_MIN: Final = 2
"""Ids that a slim review still shows: the one that opened it, and the newest."""


def slim(member: Member) -> bool:
    """Bring a member within its bytes; whether anything had to give way.

    The oldest that matters least goes first: what is counted but not yet found; what an undo of old
    strikes takes back beside the strike; the middle of a review's evidence; the oldest reviews; in
    the end which full windows were answered. No strike is lost.
    """
    if not member.reviews and not member.tallies and len(member.strikes) <= FEW_STRIKES:
        return False  # Nearly all: whatever their ids are, the rest is less than the bound.
    if kept_bytes(member) <= MEMBER_KEPT_BYTES_MAX:
        return False
    for _ in _sacrifices(member):
        if kept_bytes(member) <= MEMBER_KEPT_BYTES_MAX:
            break
    return True


def _sacrifices(member: Member) -> Iterator[None]:
    """Give up one thing after the other."""
    for _, tally in member.tallies:
        del tally.entries[: len(tally.entries) // 2]
        yield
    for _, tally in member.tallies:
        tally.entries.clear()
        yield
    for strike in member.strikes[:-1]:
        _forget_brought(strike)
        yield
    for review in member.reviews:
        _shorten(review)
        yield
    for strike in member.strikes:
        _forget_brought(strike)
        yield
    while len(member.reviews) > 1:
        member.reviews = member.reviews[1:]
        yield
    while full := [tally for _, tally in member.tallies if tally.cases]:
        for tally in full:
            del tally.cases[: -(-len(tally.cases) // 2)]
        yield


def _forget_brought(strike: Strike) -> None:
    """Undoing the strike then takes back the strike and its mute, and nothing beside."""
    plain = Strike(strike.at, strike.weight, strike.step)
    strike.review, strike.brought = plain.review, plain.brought
    strike.evidence, strike.messages = plain.evidence, plain.messages


def _shorten(review: Review) -> None:
    for ids in (review.evidence, review.messages):
        del ids[1 : 1 + max(0, len(ids) - SHOWN_MIN)]
