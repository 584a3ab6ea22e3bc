"""Policy packs: read strictly, published under the hash of their bytes, made ready to judge."""

from typing import TYPE_CHECKING, Any

from streams.policy.fault import Fault
from streams.policy.published import UnknownEngine, pack_bytes, pack_hash
from streams.policy.reader import read_pack
from streams.policy.writer import as_yaml

if TYPE_CHECKING:
    from streams.policy.compile import Policy, compile_pack

__all__ = [
    "Fault",
    "Policy",
    "UnknownEngine",
    "as_yaml",
    "compile_pack",
    "pack_bytes",
    "pack_hash",
    "read_pack",
]


def __getattr__(name: str) -> Any:
    # What makes a pack ready brings the word lists along, half a second's work: who only reads
    # and publishes packs does not wait for them.
    if name not in ("Policy", "compile_pack"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from streams.policy import compile as ready  # noqa: PLC0415

    return getattr(ready, name)
