"""A history before it happens, as data: what is written to the log, and which faults strike where.

A seed makes a plan, a plan makes a history, always the same one. A plan can be cut down to some of
its records, faults and workers, and the cut be written in a word, so that a failure is replayed by
one command.
"""

import random
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from tests.strategies import DAY, HOUR, MINUTE, TEXTS, Step

SESSION_S: Final = 6.0
"""Virtual seconds, as all times of a plan but those of events."""

PEOPLE: Final = ("p1", "p2", "p3", "t1")
EXTRA: Final = ("poison", "stray", "ahead", "absent")
"""What is no event of a group: unreadable bytes, a record on a foreign partition, one dated ahead of
the log's clock, an offset without a record."""
KINDS: Final = (
    *("message",) * 18,
    *("notice", "mention", "reply", "again", "again", "join", "guest", "leave", "rename"),
    *("roster", "own_policy", "partwide_policy", "warn", "undo", "mute", "approve", "own_tick"),
    *("poison", "poison", "stray", "stray", "ahead", "absent"),
)
CALLS: Final = ("买\n买\n买", "团购接龙", "收到")
"""Most texts are these, so that they repeat."""


class Fault(NamedTuple):
    """What strikes the process that is the `nth` to come to a point, and for how long.

    `arrives`: whether what a killed process had on its way is written all the same.
    """

    point: str
    nth: int
    kind: str
    length_s: float = 0.0
    arrives: bool = False


class Planned(NamedTuple):
    """A record to be: so long after the last one (virtual seconds; event time leaps on besides)."""

    gap_s: float
    leap_ms: int
    step: Step


class Plan(NamedTuple):
    """One history. `state_bytes` bounds a record batch of states that holds more than one group, `fetched_max` what one fetch
    brings of a partition; `log_is_replaced`: at the end the events topic is made anew.
    """

    seed: int
    workers: int
    partitions: int
    groups: tuple[str, ...]
    state_bytes: int
    fetched_max: int
    has_lease: bool
    pack_comes_s: float
    log_is_replaced: bool
    records: tuple[Planned, ...]
    faults: tuple[Fault, ...]


class Where(NamedTuple):
    """A point: how often a history comes to it, roughly, and what may strike there."""

    often: int
    kinds: tuple[str, ...]


_ANYWHERE: Final = ("crash", "stall", "pause", "rebalance", "compact", "deaf", "terminate")
_IN_BODY: Final = (*_ANYWHERE, "exception", "cancel")
_SEND: Final = (*_IN_BODY, "slow", "slow", "delayed", "delayed", "lost", "unanswered", "retried")

POINTS: Final[dict[str, Where]] = {
    "fetched": Where(16, (*_ANYWHERE, "twice", "gap", "gap")),
    "taken_up": Where(14, (*_ANYWHERE, "cancel")),
    "judging": Where(14, _IN_BODY),
    "judged": Where(14, _IN_BODY),
    "delivering": Where(14, _IN_BODY),
    "delivered": Where(14, _IN_BODY),
    "writing": Where(14, _IN_BODY),
    "written": Where(14, _IN_BODY),
    "confirmed": Where(14, _IN_BODY),
    "send.actions": Where(7, _SEND),
    "send.dead": Where(3, _SEND),
    "send.events": Where(9, _SEND),
    "send.state": Where(22, (*_SEND, "slow", "delayed", "crash")),
    "commit": Where(6, (*_ANYWHERE, "uncommitted", "uncommitted", "unanswered")),
    "recovery.open": Where(6, (*_ANYWHERE, "exception")),
    "recovery.read": Where(9, _ANYWHERE),
    "recovery.ends": Where(18, (*_ANYWHERE, "exception")),
    "standby.read": Where(9, _ANYWHERE),
    "mending": Where(1, (*_ANYWHERE, "exception")),
    "mended": Where(1, (*_ANYWHERE, "exception")),
    "taken": Where(5, _ANYWHERE),
    "beginning": Where(5, _ANYWHERE),
    "handing_over": Where(2, _ANYWHERE),
    "handed_over": Where(2, _ANYWHERE),
    "looked": Where(4, _ANYWHERE),
    "platform.read": Where(6, ("crash",)),
    "platform.call": Where(8, ("crash", "unsent")),
    "platform.done": Where(8, ("crash", "unanswered")),
    "platform.told": Where(6, ("crash",)),
}
FAULTS: Final = tuple(sorted({kind for where in POINTS.values() for kind in where.kinds}))


def plan_of(seed: int) -> Plan:
    """The plan that a seed makes."""
    random_ = random.Random(seed)
    groups = tuple(f"g{number}" for number in range(1, random_.choice((2, 3, 3, 4)) + 1))
    # A history of few kinds shows what one of many would excuse: an exit, for one.
    kinds = set(random_.sample(FAULTS, random_.choice((2, 3, 5, 8, len(FAULTS)))))
    count = random_.choice((18,) * 38 + (45, 120))
    return Plan(
        seed=seed,
        workers=random_.choice((1, 1, 2, 2, 2, 3)),
        partitions=random_.choice((1, 2, 2, 3)),
        groups=groups,
        state_bytes=random_.choice((600, 1_200, 1 << 20)),
        fetched_max=random_.choice((3, 8, 20, 40)),
        has_lease=random_.random() < 0.8,
        pack_comes_s=random_.choice((0.0, 0.0, 8.0, 25.0)),
        log_is_replaced=random_.random() < 0.05,
        records=tuple(_records(random_, groups, count)),
        faults=tuple(_faults(random_, kinds, random_.choice((7, 8, 10, 12)))),
    )


def _records(random_: random.Random, groups: Sequence[str], count: int) -> Iterable[Planned]:
    pace = random_.choice((0.2, 0.4, 0.8))
    leaps = random_.random() < 0.5
    for _ in range(count):
        gap = 0.0 if random_.random() < 0.6 else random_.expovariate(1 / pace)
        leap = 0
        if leaps and random_.random() < 0.06:
            leap = random_.choice((MINUTE, 10 * MINUTE, HOUR, 8 * HOUR, DAY, 4 * DAY, 16 * DAY))
        frequent = random_.random() < 0.45
        step = Step(
            kind=random_.choice(KINDS),
            gap=0,
            back=random_.choice((0,) * 6 + (1, 30_000, 700_000)),
            group=random_.choice(groups),
            member=random_.choice(PEOPLE[:2] if frequent else PEOPLE),
            target=random_.choice(PEOPLE),
            text=random_.choice(CALLS if frequent else TEXTS),
            pick=random_.randrange(1_000),
        )
        yield Planned(round(gap, 3), leap, step)


def _faults(random_: random.Random, kinds: set[str], count: int) -> Iterable[Fault]:
    choices = [
        (point, where.often, [kind for kind in where.kinds if kind in kinds])
        for point, where in POINTS.items()
    ]
    choices = [choice for choice in choices if choice[2]]
    seen: set[tuple[str, int]] = set()
    for _ in range(count if choices else 0):
        point, often, of = random_.choice(choices)
        nth = random_.randint(1, often)
        if (point, nth) not in seen:
            seen.add((point, nth))
            kind = random_.choice(of)
            length_s = SESSION_S * _SHARES[kind](random_) if kind in _SHARES else 0.0
            yield Fault(point, nth, kind, round(length_s, 2), random_.random() < 0.5)


_SHARES: Final[dict[str, Any]] = {
    "stall": lambda random_: random_.uniform(1.1, 2.2),
    "pause": lambda random_: random_.uniform(0.1, 0.45),
    "deaf": lambda random_: random_.uniform(0.5, 2.5),
    "slow": lambda random_: random_.uniform(0.2, 0.6),
    "delayed": lambda random_: random_.choice((1.2, 1.6, 2.0)),
    "retried": lambda random_: random_.uniform(0.05, 0.3),
}
"""How long what strikes lasts, in sessions."""


class Cut(NamedTuple):
    """What is left of a plan: which records and faults, by their numbers, and how many workers."""

    records: tuple[int, ...]
    faults: tuple[int, ...]
    workers: int

    def __str__(self) -> str:
        return f"r{_ranges(self.records)}/f{_ranges(self.faults)}/w{self.workers}"

    @classmethod
    def of(cls, word: str) -> "Cut":
        """The inverse of `str`. Raises ValueError for another word."""
        parts = word.split("/")
        if [part[:1] for part in parts] != ["r", "f", "w"]:
            raise ValueError(f"{word!r} is no cut; write it as r0-4,7/f2/w1")
        records, faults, workers = (part[1:] for part in parts)
        return cls(_numbers(records), _numbers(faults), int(workers))

    @classmethod
    def whole(cls, plan: Plan) -> "Cut":
        """The cut that leaves all."""
        return cls(tuple(range(len(plan.records))), tuple(range(len(plan.faults))), plan.workers)


def cut_down(plan: Plan, cut: Cut) -> Plan:
    """A plan of what a cut leaves. What is dropped gives its time to what follows it."""
    left: list[Planned] = []
    gap_s, leap_ms, kept = 0.0, 0, set(cut.records)
    for number, planned in enumerate(plan.records):
        gap_s, leap_ms = gap_s + planned.gap_s, leap_ms + planned.leap_ms
        if number in kept:
            left.append(planned._replace(gap_s=gap_s, leap_ms=leap_ms))
            gap_s, leap_ms = 0.0, 0
    return plan._replace(
        workers=cut.workers,
        records=tuple(left),
        faults=tuple(plan.faults[number] for number in cut.faults),
    )


def _ranges(numbers: Sequence[int]) -> str:
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] == number - 1:
            runs[-1][1:] = [number]
        else:
            runs.append([number])
    return ",".join("-".join(map(str, run)) for run in runs)


def _numbers(ranges: str) -> tuple[int, ...]:
    found: list[int] = []
    for run in filter(None, ranges.split(",")):
        first, _, last = run.partition("-")
        found += range(int(first), int(last or first) + 1)
    return tuple(found)
