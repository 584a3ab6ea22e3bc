"""Whom a rule binds: the words of a pack as roles of the roster."""

from collections.abc import Collection, Iterable
from typing import Final, get_args

from schemas.event import Role

ROLES: Final = frozenset({*get_args(Role), ""})
"""All there are; the empty one is of who is not on the roster."""

STRANGERS: Final = frozenset({"", "outsider"})
"""The roles of who does not belong to the class."""


def roles_of(words: Iterable[str], staff: Collection[str]) -> frozenset[str]:
    """The roles that the words (`schemas.policy.Whom`) mean in a pack with this staff."""
    roles: set[str] = set()
    for word in words:
        if word == "staff":
            roles.update(staff)
        elif word == "others":
            roles.update(ROLES.difference(staff))
        else:
            roles.add("" if word == "unknown" else word)
    return frozenset(roles)
