"""Whether a worker is alive and ready, as the endpoints tell it; read from another thread.

Alive: the loop turns and the watchdog looks. Ready: the group has given it its share of the
partitions (which may be none: it stands by), their states are recovered, their reading has begun,
and no policy pack is waited for.
"""

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from aiokafka import TopicPartition

from agents.clock import Clock
from agents.keeper import Keeper
from agents.lease import Lease, running_s
from agents.ledger import Ledger, Line
from agents.metrics import Progress
from agents.packs import Packs
from agents.watchdog import Watchdog


class Answer(NamedTuple):
    """A yes or a no, and what there is to say; the reason is one of `REASONS`."""

    yes: bool
    said: dict[str, str | int | float | bool]


REASONS: Final = {
    "starting": "nothing is connected yet",
    "standing": "the event loop stands still",
    "unwatched": "the watchdog has ended",
    "unassigned": "the group has not told this worker its partitions, or is sharing them anew",
    "recovering": "the states of assigned partitions are being read",
    "beginning": "assigned partitions are not read yet",
    "packs": "a policy pack that was ordered is not published",
}
"""Why a worker is not alive or not ready."""


class Parts(NamedTuple):
    """What is asked. `assigned` gives the numbers of the partitions that the group assigned to
    this worker; `end` the end of a partition's log as last heard of, None for unknown.
    """

    events: str
    clock: Clock
    lease: Lease
    ledger: Ledger
    keeper: Keeper
    packs: Packs
    watchdog: Watchdog
    assigned: Callable[[], frozenset[int]]
    end: Callable[[TopicPartition], int | None]


class Health:
    """Answers for the endpoints, from the process' start on."""

    def __init__(self) -> None:
        self.parts: Parts | None = None

    def live(self) -> Answer:
        """Is it worth keeping? Before its parts are there it is: what takes too long then ends by
        a name of its own.
        """
        if self.parts is None or not self.parts.watchdog.begun:
            return Answer(True, {"live": True, "reason": "starting"})
        silence_s = self.parts.lease.silence_s()
        if silence_s > self.parts.lease.limit_s:
            return _no("live", "standing", seconds=round(silence_s, 1))
        if not self.parts.watchdog.is_alive():
            return _no("live", "unwatched")
        return Answer(True, {"live": True})

    def ready(self) -> Answer:
        """Does it judge all that it was given?"""
        live = self.live()
        if not live.yes:
            return _no("ready", str(live.said["reason"]))
        if self.parts is None:
            return _no("ready", "starting")
        return self._ready(self.parts)

    @staticmethod
    def _ready(parts: Parts) -> Answer:
        if parts.lease.heard is None:
            return _no("ready", "unassigned")
        assigned, owned = parts.assigned(), frozenset(parts.keeper.owned)
        if assigned != owned:
            return _no("ready", "recovering", assigned=len(assigned), owned=len(assigned & owned))
        begun = frozenset(tp.partition for tp, _ in _lines(parts))
        if assigned - begun:
            return _no("ready", "beginning", assigned=len(assigned), begun=len(begun))
        if parts.packs.waiting:
            return _no("ready", "packs", waiting=len(parts.packs.waiting))
        return Answer(True, {"ready": True, "partitions": len(owned)})

    def progress(self) -> Iterable[Progress]:
        """How far each owned partition is settled."""
        parts = self.parts
        if parts is None:
            return
        now_ms, now_s = parts.clock.now_ms(), running_s()
        for tp, line in _lines(parts):
            # Before the first settle nothing is known but how long it has been waited for.
            lag_s = (now_ms - line.newest_ms) / 1000 if line.newest_ms else now_s - line.moved_s
            end = parts.end(tp)
            unsettled = None if end is None else max(0, end - line.next)
            yield Progress(tp.partition, lag_s, unsettled)


def _lines(parts: Parts) -> list[tuple[TopicPartition, Line]]:
    # Copied at once: the loop changes it meanwhile.
    return [(tp, line) for tp, line in list(parts.ledger.lines.items()) if tp.topic == parts.events]


def _no(what: str, reason: str, **more: float) -> Answer:
    return Answer(False, {what: False, "reason": reason, **more})
