"""From one generation to the next: when a worker ends to begin anew, and from where it reads."""

import logging
import os
import signal
import sys

from aiokafka import TopicPartition

from agents import metrics
from agents.generations import FIRST, Generations, Scale, group_of
from agents.topics import administering
from streams.topology import topology

log = logging.getLogger(__name__)


class Succession:
    """Ends this process's worker, in its tested way, once a later generation is in force.

    `held_at`: when the ingresses were told to go over, ms, until the seals are written. What they
    bring since then is judged behind the seals, so no tick may be later before them: a deadline
    would pass over an answer that came in time and waits there. `is_changing`: from then on until
    this worker ends; what it has not brought in yet, the next one does.
    """

    def __init__(self, generation: int) -> None:
        self.generation = generation
        self.is_due = False
        self.held_at: int | None = None
        self.is_changing = False
        self._is_over = False
        self._own_came = False
        self._told: tuple[int, str] | None = None

    def look(self, known: Generations) -> None:
        """Ask once for the clean end, by the signal that any supervisor would use."""
        change = known.under_way
        self._tell(change)
        self.is_changing = known.of_ingress > self.generation
        self.held_at = change.at if change is not None and change.step == "switching" else None
        if known.in_force > self.generation and not self.is_due and not self._is_over:
            self.is_due = True
            os.kill(os.getpid(), signal.SIGTERM)

    def _tell(self, change: Scale | None) -> None:
        """Say once of each step how far a change is: it may have been cut off."""
        if change is None or change.step == "planned":
            metrics.CHANGING.set(0)
            return
        metrics.CHANGING.set(1)
        step = (change.generation, change.step)
        if step != self._told:
            self._told = step
            log.warning(
                "partitions change from %d to %d, at the step `%s`: messages wait until "
                "`banzhang scale` has ended",
                change.partitions_before,
                change.partitions,
                change.step,
            )

    def note_signal(self) -> None:
        """A signal asked for the end. Any but our own is of somebody who wants this worker gone, and
        nothing is to begin in its place.
        """
        if self.is_due and not self._own_came:
            self._own_came = True
        else:
            self.is_due, self._is_over = False, True


def begin_anew() -> None:
    """Put a new process in the place of this one: the same command, which finds what is in force."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 — the same command.


async def inherited(
    bootstrap: str, namespace: str, known: Generations, outcomes: str
) -> dict[TopicPartition, int]:
    """From where the workers of the generation in force read the topics that are not its own.

    Outcomes: where the last generation that read them left off. Events of earlier generations:
    behind their seals, or where they were forwarded to since. One that died before it had committed
    anything left nothing off: then what the ones before it left counts, or all that was judged
    before a seal would be forwarded.
    """
    floors: dict[TopicPartition, int] = {}
    for before in range(FIRST, known.in_force):
        own = topology(namespace, generation=before).events.name
        left = await committed(bootstrap, group_of(namespace, before))
        floors |= {tp: at for tp, at in left.items() if tp.topic == outcomes or tp in floors}
        sealed = known.carried.get(before + 1, {})
        floors |= {TopicPartition(own, number): at + 1 for number, at in sealed.items()}
    return floors


def forwarded_topics(namespace: str, known: Generations) -> list[str]:
    """The events topics of earlier generations that may still get records."""
    return [topology(namespace, generation=g).events.name for g in known.older()]


async def committed(bootstrap: str, group: str) -> dict[TopicPartition, int]:
    """What a consumer group has committed, of all topics."""
    async with administering(bootstrap) as admin:
        found = await admin.list_consumer_group_offsets(group)
    return {tp: at.offset for tp, at in found.items() if at.offset >= 0}
