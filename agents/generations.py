"""What stands in the topic `meta` of generations: which is in force, and how far a change is.

A generation is a number of partitions of the events topic, with states of its own. `banzhang scale`
leads from one to the next in steps, and notes each here, so that whoever dies is followed by one who
knows where to go on.
"""

from collections.abc import Callable, Mapping
from typing import Final, Literal, get_args

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from msgspec import Struct, field

from agents.fetching import while_it_fetches

Step = Literal["planned", "switching", "sealed", "live"]
"""planned: its topics are being made. switching: who brings events in goes over to it. sealed: the
partitions before it have ended, and their states go over. live: its workers judge."""
STEPS: Final[tuple[Step, ...]] = get_args(Step)
"""In their order."""

FIRST: Final = 1
POLL_MS: Final = 200


class Scale(Struct, frozen=True, kw_only=True):
    """One change of partitions: into which generation, out of which, and how far it is.

    `policy` is the hash that judges groups that name none. `at`: when the step was noted, ms.
    """

    generation: int
    before: int
    partitions: int
    partitions_before: int
    replication: int
    policy: str
    step: Step
    at: int

    @property
    def is_in_the_way(self) -> str:
        """What to tell one who wants something else of the partitions."""
        return (
            f"a change to {self.partitions} partitions is under way; end it first: "
            f"`banzhang scale --partitions {self.partitions}`"
        )


class Carried(Struct, frozen=True):
    """The states of a sealed partition stand in the generation's own: the seal's offset."""

    sealed: int


class Ingress(Struct, frozen=True, kw_only=True):
    """Who brings events in: into which generation, and until when it is believed to live, ms."""

    generation: int
    until: int


_scale = msgspec.json.Decoder(Scale)
_carried = msgspec.json.Decoder(Carried)
_ingress = msgspec.json.Decoder(Ingress)


def scale_key(generation: int) -> bytes:
    """The key of a change into `generation`."""
    return f"scale/{generation}".encode()


def carried_key(generation: int, partition: int) -> bytes:
    """The key that says that `partition`, of the generation before, went over."""
    return f"carried/{generation}/{partition}".encode()


def ingress_key(name: str) -> bytes:
    """The key of one that brings events in."""
    return f"ingress/{name}".encode()


def dropped_key(generation: int) -> bytes:
    """The key that says that a generation's topics are gone."""
    return f"dropped/{generation}".encode()


class Generations(Struct):
    """All that `meta` says of generations. `carried`: generation to partition to seal's offset."""

    scales: dict[int, Scale] = field(default_factory=dict)
    carried: dict[int, dict[int, int]] = field(default_factory=dict)
    ingresses: dict[str, Ingress] = field(default_factory=dict)
    dropped: set[int] = field(default_factory=set)

    def take(self, key: bytes, value: bytes | None) -> None:
        """Take in one record, in the order of the log; what is about something else is left."""
        kind, _, name = key.decode("utf-8", "replace").partition("/")
        if kind == "scale" and value is not None:
            self.scales[int(name)] = _scale.decode(value)
        elif kind == "carried" and value is not None:
            generation, _, partition = name.partition("/")
            sealed = _carried.decode(value).sealed
            self.carried.setdefault(int(generation), {})[int(partition)] = sealed
        elif kind == "ingress":
            self._take_ingress(name, value)
        elif kind == "dropped" and value is not None:
            self.dropped.add(int(name))

    def _take_ingress(self, name: str, value: bytes | None) -> None:
        if value is None:
            self.ingresses.pop(name, None)
        else:
            self.ingresses[name] = _ingress.decode(value)

    @property
    def in_force(self) -> int:
        """The generation that workers judge."""
        return max((g for g, scale in self.scales.items() if scale.step == "live"), default=FIRST)

    @property
    def under_way(self) -> Scale | None:
        """The change that has begun and not ended."""
        return self.scales.get(self.in_force + 1)

    @property
    def of_ingress(self) -> int:
        """The generation into which events are to be brought."""
        change = self.under_way
        if change is None or change.step == "planned":
            return self.in_force
        return change.generation

    def older(self) -> list[int]:
        """The generations before the one in force whose topics are still there."""
        return [g for g in range(FIRST, self.in_force) if g not in self.dropped]


def generations_of(newest: Mapping[bytes, bytes]) -> Generations:
    """What the newest records of `meta` say."""
    found = Generations()
    for key, value in newest.items():
        found.take(key, value)
    return found


def group_of(namespace: str, generation: int) -> str:
    """The consumer group of a generation's workers, as Faust names it."""
    return f"{namespace}.judge" + (f"-v{generation}" if generation > FIRST else "")


async def follow(bootstrap: str, meta: str, told: Callable[[Generations], None]) -> None:
    """Tell what the topic says, whenever something came, for ever. Raises what Kafka's client does."""
    known = Generations()
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        tp = TopicPartition(meta, 0)
        consumer.assign([tp])
        await consumer.seek_to_beginning(tp)
        await while_it_fetches(consumer, _tell(consumer, known, told))
    finally:
        await consumer.stop()


async def _tell(
    consumer: AIOKafkaConsumer, known: Generations, told: Callable[[Generations], None]
) -> None:
    while True:
        for records in (await consumer.getmany(timeout_ms=POLL_MS)).values():
            for record in records:
                if record.key is not None:
                    known.take(record.key, record.value)
            told(known)
