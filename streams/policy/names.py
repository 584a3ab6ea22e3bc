"""How the members of a group should be called: a pack's `names`, sorted by role."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from schemas.policy import Pack
from streams.naming.patterns import NamePattern, asked
from streams.policy.whom import STRANGERS, roles_of


class Names(NamedTuple):
    """How members of a role are called: one of the patterns (`written`: as the pack has them), and
    the sentence that asks for it.
    """

    patterns: tuple[NamePattern, ...]
    written: tuple[str, ...]
    asks: str


ANY_NAME: Final = Names((), (), "请按群公约修改群昵称")
"""Where the pack has no pattern for a role."""


def names_by_role(pack: Pack) -> Mapping[str, Names]:
    """The patterns for each role, in the pack's order. Who does not belong to the class has none:
    that is a matter of membership, not of names.

    Raises ValueError, in one line, for a pattern that can't be one.
    """
    found: dict[str, list[tuple[NamePattern, str]]] = {}
    for one in pack.names:
        pattern = NamePattern.of(
            one.by, is_=one.is_, has=one.has, relations=one.relations, subjects=pack.subjects
        )
        for role in sorted(roles_of(one.by, pack.staff) - STRANGERS):
            found.setdefault(role, []).append((pattern, one.is_ or one.has or ""))
    return {role: _names(pairs) for role, pairs in found.items()}


def _names(pairs: list[tuple[NamePattern, str]]) -> Names:
    patterns, written = zip(*pairs, strict=True)
    return Names(patterns, written, asked(patterns))
