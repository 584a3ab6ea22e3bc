"""Topics on the cluster: what is there, making what is missing, and the first policy.

Only `banzhang topics create` makes topics; a worker compares and refuses.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, NamedTuple

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import TopicAlreadyExistsError, UnknownTopicOrPartitionError, for_code

from agents.clock import Clock
from agents.generations import FIRST, Generations, generations_of
from agents.packs import VOID
from schemas.event import ANY, Command, CommandCall, decode_event, encode_event
from streams.partitioner import partition_of
from streams.topology import Found, Topic, Topology, differences, topology

NO_ERROR: Final = 0
REQUEST_MS: Final = 15_000


class Pack(NamedTuple):
    """A policy pack as it travels: its hash, and its bytes."""

    name: str
    content: bytes


class GroupName(NamedTuple):
    """A group as the log names it."""

    platform: str
    group_id: str

    @property
    def key(self) -> bytes:
        """The key of its records."""
        return f"{self.platform}:{self.group_id}".encode()


ALL_GROUPS: Final = GroupName(ANY, ANY)


class Refused(Exception):
    """The cluster's topics are wrong; each of `lines` says what and how to mend it."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines = list(lines)
        super().__init__("; ".join(self.lines))


async def describe(bootstrap: str, names: Iterable[str]) -> dict[str, Found]:
    """Those of `names` that the cluster holds, with their configurations."""
    async with administering(bootstrap) as admin:
        return await _describe(admin, set(names))


@asynccontextmanager
async def administering(bootstrap: str) -> AsyncIterator[AIOKafkaAdminClient]:
    """A client for the cluster's topics and groups, for a while."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=REQUEST_MS)
    try:
        await admin.start()
        yield admin
    finally:
        await admin.close()


async def _describe(admin: AIOKafkaAdminClient, names: set[str]) -> dict[str, Found]:
    there = [
        topic
        for topic in await admin.describe_topics()
        if topic["topic"] in names and topic["error_code"] == NO_ERROR
    ]
    if not there:
        return {}
    resources = [ConfigResource(ConfigResourceType.TOPIC, topic["topic"]) for topic in there]
    configs: dict[str, dict[str, str]] = {}
    for answer in await admin.describe_configs(resources):
        for _code, _message, _kind, name, entries in answer.resources:
            configs[name] = {entry[0]: entry[1] for entry in entries}
    return {
        topic["topic"]: Found(
            partitions=len(topic["partitions"]),
            replication=min(len(part["replicas"]) for part in topic["partitions"]),
            config=configs.get(topic["topic"], {}),
        )
        for topic in there
    }


async def standing(bootstrap: str, namespace: str, generation: int) -> Topology:
    """The topology as the cluster has it, for a worker. Raises `Refused` on a difference.

    The events topic says how many partitions there are; the state topic must have as many. The
    others keep the counts that they were made with: they are keyed by hash.
    """
    plain = topology(namespace, generation=generation)
    found = await describe(bootstrap, (topic.name for topic in plain))
    events = found.get(plain.events.name)
    if events is None:
        raise Refused([f"{plain.events.name} is missing; run `banzhang topics create`"])
    wanted = topology(
        namespace,
        partitions=events.partitions,
        replication=events.replication,
        generation=generation,
    )
    counted = counted_as(found, wanted)
    wrong = differences(found, counted)
    if wrong:
        raise Refused(wrong)
    return counted


def counted_as(found: Mapping[str, Found], wanted: Topology) -> Topology:
    """`wanted`, but for the counts of partitions of those topics that no generation has for its own:
    they are as found.
    """
    own = {wanted.events.name, wanted.state.name, wanted.policies.name, wanted.meta.name}
    return Topology(
        *(
            topic._replace(partitions=found[topic.name].partitions)
            if topic.name in found and topic.name not in own
            else topic
            for topic in wanted
        )
    )


async def generations(bootstrap: str, namespace: str) -> Generations:
    """What stands on the cluster of generations now; the first one where nothing does."""
    meta = topology(namespace).meta.name
    if not await describe(bootstrap, [meta]):
        return Generations()
    return generations_of(await newest_of(bootstrap, meta))


async def in_force_now(bootstrap: str, namespace: str) -> Topology:
    """The topics of the generation in force. Raises `Refused` as `standing` does."""
    known = await generations(bootstrap, namespace)
    return await standing(bootstrap, namespace, known.in_force)


async def wanted_now(
    bootstrap: str, namespace: str, *, partitions: int, replication: int
) -> Topology:
    """The topics as a person names their numbers, in the generation in force. A later one keeps the
    `partitions` that `banzhang scale` gave it: what is named at each start (`up`, a compose file) is
    of the first.
    """
    known = await generations(bootstrap, namespace)
    if known.in_force == FIRST:
        return topology(namespace, partitions=partitions, replication=replication)
    partitions = known.scales[known.in_force].partitions
    wanted = topology(
        namespace, partitions=partitions, replication=replication, generation=known.in_force
    )
    return counted_as(await describe(bootstrap, (topic.name for topic in wanted)), wanted)


async def create(bootstrap: str, wanted: Topology, pack: Pack | None, clock: Clock) -> list[str]:
    """Make what is missing; publish `pack`, and write the first policy where there is none.
    A later generation's topics are `create_generation`'s.

    Returns the names of the topics made. Does nothing where all is right. Raises `Refused` where
    a topic is there but wrong: nothing is changed then.
    """
    made = await _make_missing(bootstrap, wanted)
    if pack is not None:
        await publish(bootstrap, wanted, pack)
        await _write_first_policy(bootstrap, wanted, pack, clock)
    return made


async def create_generation(bootstrap: str, wanted: Topology, policy: str, clock: Clock) -> None:
    """Make the topics of a later generation that are missing, with its first policy: the published
    pack of that hash. Raises `Refused` where one is there but wrong.
    """
    await _make_missing(bootstrap, [wanted.events, wanted.state])
    await _write_first_policy(bootstrap, wanted, Pack(policy, b""), clock)


async def check_makeable(bootstrap: str, wanted: Topology) -> None:
    """Ask the brokers whether they would make what is missing of a later generation; nothing is made.
    Raises `Refused` with their reasons where they would not.
    """
    async with administering(bootstrap) as admin:
        generation = [wanted.events, wanted.state]
        found = await _describe(admin, {topic.name for topic in generation})
        missing = [_new_topic(topic) for topic in generation if topic.name not in found]
        if not missing:
            return
        answer = await admin.create_topics(missing, validate_only=True)
    _raise_refusals(answer)


async def drop(bootstrap: str, names: Sequence[str]) -> None:
    """Delete topics; nothing where there are none. Raises what the brokers refuse: nobody may be told
    that messages are gone that still stand there.
    """
    if not names:
        return
    async with administering(bootstrap) as admin:
        answer = await admin.delete_topics(list(names))
    for name, code, *_ in answer.topic_error_codes:
        # Another one deleted it at the same time.
        if code not in (NO_ERROR, UnknownTopicOrPartitionError.errno):
            raise for_code(code)(name)


async def _make_missing(bootstrap: str, wanted: Collection[Topic]) -> list[str]:
    """Make those that are missing; their names. Raises `Refused` where one is there but wrong, or the
    brokers would not make it.
    """
    async with administering(bootstrap) as admin:
        found = await _describe(admin, {topic.name for topic in wanted})
        wrong = differences(found, (topic for topic in wanted if topic.name in found))
        if wrong:
            raise Refused(wrong)
        missing = [topic for topic in wanted if topic.name not in found]
        if missing:
            _raise_refusals(await admin.create_topics(list(map(_new_topic, missing))))
        await _await_leaders(admin, wanted)
    return [topic.name for topic in missing]


def _new_topic(topic: Topic) -> NewTopic:
    return NewTopic(
        topic.name, topic.partitions, topic.replication, topic_configs=dict(topic.config)
    )


def _raise_refusals(answer: Any) -> None:
    """Say what the brokers would not make, and why."""
    refused = {
        f"Kafka would not make {name}: {why or for_code(code).__name__}"
        for name, code, why, *_ in answer.topic_errors
        # Another one made it at the same time; whether it is right is seen by the next look.
        if code not in (NO_ERROR, TopicAlreadyExistsError.errno)
    }
    if refused:
        raise Refused(sorted(refused))


async def _await_leaders(admin: AIOKafkaAdminClient, wanted: Iterable[Topic]) -> None:
    """Wait until each partition has a leader: a topic just made has none for a moment."""
    names = [topic.name for topic in wanted]
    while True:
        found = await admin.describe_topics(names)
        if all(
            topic["error_code"] == NO_ERROR
            and topic["partitions"]
            and all(part["leader"] >= 0 for part in topic["partitions"])
            for topic in found
        ):
            return
        await asyncio.sleep(0.1)


async def put_in_force(bootstrap: str, topics: Topology, pack: Pack, clock: Clock) -> int:
    """Publish `pack`, and order each partition to be judged by it from here on; how many were
    judged by another. Groups whose own log names a policy keep theirs.
    """
    await publish(bootstrap, topics, pack)
    noted = await newest_of(bootstrap, topics.meta.name)
    events, said = topics.events, _said(pack)
    others = [n for n in range(events.partitions) if noted.get(_note(events, n)) != said]
    await _order(bootstrap, topics, pack, clock, others)
    await _note_down(bootstrap, topics, pack, others)
    return len(others)


async def order_in_group(
    bootstrap: str, topics: Topology, pack: Pack, clock: Clock, group: GroupName, member_id: str
) -> None:
    """Publish `pack`, and write into the group's own log that `member_id` orders it. The judge obeys
    whoever has the covenant's authority, and nobody else.
    """
    await publish(bootstrap, topics, pack)
    events = topics.events
    command = _command(pack, clock, group, member_id)
    number = partition_of(group.key, events.partitions)
    await append(bootstrap, events.name, [(number, group.key, command)])


async def in_force(bootstrap: str, topics: Topology) -> set[str]:
    """The hashes of the packs that the partitions were last ordered to be judged by."""
    noted = await newest_of(bootstrap, topics.meta.name)
    events = topics.events
    said = [noted.get(_note(events, number)) for number in range(events.partitions)]
    return {json.loads(note)["policy"] for note in said if note is not None}


async def declare_void(bootstrap: str, topics: Topology, name: str) -> bool:
    """Say that no pack has the hash `name`; False where one was published."""
    known = await newest_of(bootstrap, topics.policies.name)
    if known.get(name.encode(), VOID) != VOID:
        return False
    await append(bootstrap, topics.policies.name, [(0, name.encode(), VOID)])
    return True


async def publish(bootstrap: str, topics: Topology, pack: Pack) -> None:
    """Append `pack` to the topic of policies, unless it stands there.

    Raises `Refused` for a hash that was declared void: some judge has gone on without it.
    """
    known = await newest_of(bootstrap, topics.policies.name)
    if known.get(pack.name.encode()) == VOID:
        words = f"{pack.name} was declared void; change the pack (its version) and publish that"
        raise Refused([words])
    if pack.name.encode() not in known:
        await append(bootstrap, topics.policies.name, [(0, pack.name.encode(), pack.content)])


async def _write_first_policy(bootstrap: str, topics: Topology, pack: Pack, clock: Clock) -> None:
    """One `policy` command with group `*` in each partition that never had one.

    The topic of events forgets after its retention, so what was written is noted in the topic
    `meta`. A crash between the two leaves the record, which the scan finds.
    """
    noted = await newest_of(bootstrap, topics.meta.name)
    events = topics.events
    bare = [n for n in range(events.partitions) if _note(events, n) not in noted]
    with_policy = await _with_policy(bootstrap, events, bare)
    await _order(bootstrap, topics, pack, clock, [n for n in bare if n not in with_policy])
    await _note_down(bootstrap, topics, pack, bare)


async def _order(
    bootstrap: str, topics: Topology, pack: Pack, clock: Clock, numbers: Iterable[int]
) -> None:
    """Append to these partitions the command to be judged by `pack`."""
    command = _command(pack, clock)
    await append(bootstrap, topics.events.name, [(n, ALL_GROUPS.key, command) for n in numbers])


async def _note_down(bootstrap: str, topics: Topology, pack: Pack, numbers: Iterable[int]) -> None:
    """Note by which pack these partitions were ordered to be judged."""
    notes = [(0, _note(topics.events, number), _said(pack)) for number in numbers]
    await append(bootstrap, topics.meta.name, notes)


def _said(pack: Pack) -> bytes:
    return json.dumps({"policy": pack.name}).encode()


def _note(events: Topic, number: int) -> bytes:
    return f"first-policy/{events.name}/{number}".encode()


def _command(
    pack: Pack, clock: Clock, group: GroupName = ALL_GROUPS, member_id: str = "system"
) -> bytes:
    # Dated back like a tick: it must not move a group past messages on their way.
    sent_at = max(0, clock.now_ms() - clock.back_ms())
    # A group may come back to a pack, and an id that it knows would change nothing.
    again = "" if group == ALL_GROUPS else f"-{sent_at}"
    return encode_event(
        Command(
            id=f"policy-{pack.name}{again}",
            platform=group.platform,
            group_id=group.group_id,
            member_id=member_id,
            sent_at=sent_at,
            command=CommandCall(name="policy", args={"policy": pack.name}),
        )
    )


async def _with_policy(bootstrap: str, events: Topic, numbers: Iterable[int]) -> set[int]:
    """Those partitions whose log holds a `policy` command for all groups."""
    found: set[int] = set()
    tps = [TopicPartition(events.name, number) for number in numbers]
    async for record in _whole(bootstrap, tps):
        if record.partition not in found:
            event = decode_event(record.value)
            if (
                isinstance(event, Command)
                and event.group_id == ANY
                and event.command.name == "policy"
            ):
                found.add(record.partition)
    return found


async def newest_of(bootstrap: str, name: str) -> dict[bytes, bytes]:
    """The newest value of each key of a small compacted topic with one partition."""
    newest: dict[bytes, bytes | None] = {}
    async for record in _whole(bootstrap, [TopicPartition(name, 0)]):
        newest[record.key] = record.value
    return {key: value for key, value in newest.items() if value is not None}


async def _whole(bootstrap: str, tps: list[TopicPartition]) -> AsyncIterator[Any]:
    """All records of `tps` up to their ends of now."""
    if not tps:
        return
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        consumer.assign(tps)
        ends = await consumer.end_offsets(tps)
        await consumer.seek_to_beginning(*tps)
        unread = set(tps)
        while unread:
            for tp in list(unread):
                if await consumer.position(tp) >= ends[tp]:
                    unread.discard(tp)
            if unread:
                for records in (await consumer.getmany(*unread, timeout_ms=200)).values():
                    for record in records:
                        yield record
    finally:
        await consumer.stop()


async def append(
    bootstrap: str, topic: str, records: Iterable[tuple[int, bytes, bytes | None]]
) -> None:
    """Append records (partition, key, value), each acknowledged."""
    listed = list(records)
    if not listed:
        return
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        enable_idempotence=True,
        max_request_size=8 << 20,
        request_timeout_ms=REQUEST_MS,
    )
    await producer.start()
    try:
        sent = [
            await producer.send(topic, key=key, value=value, partition=number)
            for number, key, value in listed
        ]
        await asyncio.gather(*sent)
    finally:
        await producer.stop()
