"""A finding: what one rule says of one message."""

from msgspec import Struct

from streams.policy.bound import Bound


class Finding(Struct, frozen=True, kw_only=True):
    """What a rule found: the events that show it, and the numbers that decided it, in words.

    `again`: the case was struck already, so that only the message itself goes (one flood is one
    strike, not forty). `members`: whom it concerns, where that is neither the writer alone nor the
    group. `beside`: others whom the rule names, as (`Beside.about`, member id). `other`: the other
    side of a dispute.
    """

    bound: Bound
    evidence: tuple[str, ...]
    because: str
    labels: tuple[str, ...] = ()
    again: bool = False
    members: tuple[str, ...] = ()
    beside: tuple[tuple[str, str], ...] = ()
    other: str = ""
