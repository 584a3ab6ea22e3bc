"""The seal: the last record of a partition that its generation judges.

When the number of partitions changes, a later generation of the log goes on behind the seals of the
earlier one. What stands behind a seal is forwarded, and judged there.
"""

from typing import Final, NamedTuple

from schemas.event import ANY, Command, CommandCall, Event

NAME: Final = "seal"
GENERATION_MAX: Final = (1 << 32) - 1
"""A place has four bytes for it."""
PARTITIONS_MAX: Final = 100_000


class Seal(NamedTuple):
    """Where a partition ends, and what goes on: the later generation and its partitions."""

    offset: int
    generation: int
    partitions: int


def seal_command(generation: int, partitions: int, sent_at: int) -> Command:
    """The record that seals a partition for `generation`, which has so many partitions."""
    return Command(
        id=f"seal-{generation}",
        platform=ANY,
        group_id=ANY,
        member_id="system",
        sent_at=sent_at,
        command=CommandCall(name=NAME, args={"generation": generation, "partitions": partitions}),
    )


def seal_of(event: Event, offset: int) -> Seal | None:
    """The seal that the record at `offset` is; None for any other, and for one that names no
    generation and partitions that can be.
    """
    if not isinstance(event, Command) or event.command.name != NAME or event.group_id != ANY:
        return None
    args = event.command.args
    generation = _number(args.get("generation"), GENERATION_MAX)
    partitions = _number(args.get("partitions"), PARTITIONS_MAX)
    return Seal(offset, generation, partitions) if generation and partitions else None


def _number(value: object, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        return 0
    return value if 1 <= value <= most else 0
