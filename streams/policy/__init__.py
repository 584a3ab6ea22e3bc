"""Policy packs: read strictly (`read_pack`), published and made ready (`streams.policy.compile`)."""

from streams.policy.fault import Fault
from streams.policy.reader import read_pack

__all__ = ["Fault", "read_pack"]
