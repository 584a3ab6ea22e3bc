"""Names made of causes: hashes that are the same on every machine, at every run."""

from hashlib import blake2b
from typing import Final

from xxhash import xxh3_64_intdigest

SEPARATOR: Final = "\x1f"


def hash64(word: str) -> int:
    """An 8-byte hash of an identifier, for rings of what was seen. Not a secret."""
    return xxh3_64_intdigest(word.encode())


def fingerprint(folded: str, secret: bytes) -> int:
    """A positive keyed hash of 63 bits of a text's normal form, as a signed 8-byte number holds it.

    Only equality is ever asked of it, so the key changes no decision.
    """
    digest = blake2b(folded.encode("utf-8", "surrogatepass"), digest_size=8, key=secret).digest()
    return int.from_bytes(digest, "big") >> 1 or 1


def action_id(*cause: str | int) -> str:
    """An action's id: 32 hex characters of a hash over its cause.

    The cause is (platform, group, member, kind, rule, policy hash, first and last evidence or the
    deadline's own time, ordinal). No clock and no random: the same log gives the same ids.
    """
    words = SEPARATOR.join(map(str, cause)).encode("utf-8", "surrogatepass")
    return blake2b(words, digest_size=16).hexdigest()
