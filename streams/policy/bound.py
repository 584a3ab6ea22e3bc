"""A rule made ready: with what follows from it."""

from msgspec import Struct

from schemas.policy import Rule
from streams.rules.handling import Response


class Bound(Struct, frozen=True, kw_only=True):
    """A rule with what follows from it: its clause's full name, how a finding is answered, the
    capability that an exemption names, and (rules about content only) the labels in force.

    `whom`: the roles that it binds, `""` for who is not on the roster; None where the class says.
    `sig`: the name of what a rule counts; a new version of a pack with the same count goes on
    counting.
    """

    rule: Rule
    clause: str | None
    response: Response
    capability: str
    labels: frozenset[str] = frozenset()
    also: frozenset[str] = frozenset()
    whom: frozenset[str] | None = None
    sig: int = 0

    @property
    def is_suspicion(self) -> bool:
        """Whether it rests on the learned model alone, so that nothing but a look may follow."""
        return self.rule.when.suspected is not None

    @property
    def is_severe(self) -> bool:
        """Whether what it finds is severe; what members report is so by nobody's word alone."""
        return self.rule.handling == "severe" and self.rule.when.reported is None
