"""A pack as it is published: its bytes, and the hash that is its name. Apart from what makes it ready
to judge, so that who only checks or publishes packs loads no lists and no weights.
"""

import hashlib

import msgspec
from msgspec import Struct

from schemas.policy import ENGINE, Pack


class UnknownEngine(ValueError):
    """The pack was made for another engine: this one would judge it otherwise."""


class _Published(Struct, frozen=True, kw_only=True):
    engine: str
    pack: Pack


def pack_bytes(pack: Pack) -> bytes:
    """The bytes under which a pack is published: canonical, so that equal packs are one."""
    published = _Published(engine=ENGINE, pack=pack)
    return msgspec.json.Encoder(order="sorted").encode(published)


def pack_hash(raw: bytes) -> str:
    """The name of a published pack: 32 hex characters of the SHA-256 of its bytes."""
    return hashlib.sha256(raw).hexdigest()[:32]


def published_pack(raw: bytes) -> Pack:
    """The pack in published bytes.

    Raises `msgspec.ValidationError` for bytes that are no pack, and `UnknownEngine` for a pack of
    another engine.
    """
    published = msgspec.json.decode(raw, type=_Published)
    if published.engine != ENGINE:
        raise UnknownEngine(
            f"pack {published.pack.id} was published for engine {published.engine}, this is "
            f"engine {ENGINE}: publish it again with `banzhang topics create`"
        )
    return published.pack
