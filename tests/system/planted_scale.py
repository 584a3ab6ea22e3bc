"""`banzhang scale` that dies at its moment; what earlier generations left may be deleted at once.

`amid-seals`: half of the partitions are sealed. `unnoted`: topics are deleted, and it is not noted.
"""

import sys
from collections.abc import Iterable

from agents import scaling
from agents.topics import ALL_GROUPS, append
from banzhang.__main__ import main
from banzhang.commands import scale
from tests.system.mortal import MOMENT, die


async def append_some(
    bootstrap: str, topic: str, records: Iterable[tuple[int, bytes, bytes | None]]
) -> None:
    """Append, or die at the moment."""
    listed = list(records)
    if MOMENT == "amid-seals" and listed[0][1] == ALL_GROUPS.key:
        await append(bootstrap, topic, listed[: len(listed) // 2])
        die()
    if MOMENT == "unnoted" and listed[0][1].startswith(b"dropped/"):
        die()
    await append(bootstrap, topic, listed)


if __name__ == "__main__":
    scaling.append = append_some  # type: ignore[attr-defined]
    scale.RETENTION_MS = 0
    sys.exit(main(sys.argv[1:]))
