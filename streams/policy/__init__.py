"""Policy packs: read strictly, published under the hash of their bytes, made ready to judge."""

from streams.policy.compile import Policy, UnknownEngine, compile_pack, pack_bytes, pack_hash
from streams.policy.fault import Fault
from streams.policy.reader import read_pack
from streams.policy.writer import as_yaml

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
