"""Who may order what: by role on the roster, or by rank on the platform."""

from collections.abc import Collection
from typing import Final

import msgspec

from schemas.policy import Commands
from streams.policy.compile import Policy
from streams.state import Member

ORDERS: Final = frozenset(Commands.__struct_fields__)
"""The commands that need authority; anyone may appeal, and the staff give notices too."""


def has_authority(member: Member | None, policy: Policy) -> bool:
    """Whether the covenant lets this member decide anything."""
    pack = policy.pack
    named = [roles for roles in msgspec.structs.astuple(pack.commands) if roles is not None]
    return member is not None and any(_is_one(member, of) for of in (pack.authority, *named))


def may_order(member: Member | None, name: str, policy: Policy) -> bool:
    """Whether this member may give this command: as the pack says of it, else by authority."""
    if member is None:
        return False
    named = getattr(policy.pack.commands, name) if name in ORDERS else None
    return _is_one(member, policy.pack.authority if named is None else named)


def has_standing(member: Member, policy: Policy) -> bool:
    """Whether one who may not give a command is no guest either: it is told that they tried."""
    of_rank = member.rank in ("owner", "admin")
    return of_rank or member.role in policy.staff or has_authority(member, policy)


def _is_one(member: Member, roles: Collection[str]) -> bool:
    return member.role in roles or member.rank in roles
