"""What the local brokers are told: every setting that differs from Kafka's default, and why."""

from collections.abc import Mapping
from typing import NamedTuple

from infra.local.ports import HOST

# The contract allows records of 2 MiB, and the state's record batches grow to 8 MiB.
_BATCH_BYTES_MAX = 12 << 20

# Warnings and worse, to the process's output, which is its log file. Kafka at INFO writes
# thousands of lines at each start.
LOG4J = """\
status = error
rootLogger.level = warn
rootLogger.appenderRef.out.ref = out
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d{ISO8601} %p %c{1} %m%n
"""


class Door(NamedTuple):
    """A second entrance of a broker. Who comes in by it is told to come by `advertised` again,
    where something else listens and passes on to `port`.
    """

    port: int
    advertised: int


def broker_settings(
    number: int, port: int, voters: Mapping[int, int], door: Door | None = None
) -> dict[str, str]:
    """The settings of one broker, which is a controller as well.

    `voters` maps each broker's id to its controller's port. The broker is to be started in its
    own folder.
    """
    replicas = len(voters)
    listeners = f"PLAINTEXT://{HOST}:{port},CONTROLLER://{HOST}:{voters[number]}"
    advertised = f"PLAINTEXT://{HOST}:{port}"
    protocols = "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT"
    if door is not None:
        listeners += f",DOOR://{HOST}:{door.port}"
        advertised += f",DOOR://{HOST}:{door.advertised}"
        protocols += ",DOOR:PLAINTEXT"
    return {
        "process.roles": "broker,controller",
        "node.id": str(number),
        "listeners": listeners,
        "advertised.listeners": advertised,
        "listener.security.protocol.map": protocols,
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "PLAINTEXT",
        # A fixed list of voters, not a dynamic quorum: the ports may then change from one start
        # to the next, because only the ids are kept on disk.
        "controller.quorum.voters": ",".join(f"{i}@{HOST}:{p}" for i, p in voters.items()),
        # Relative: a comma, a backslash or a letter outside ASCII in the folder's path would have
        # a meaning here.
        "log.dirs": "log",
        **_replication(replicas),
        **_sizes(),
        **_speed(),
        # A misspelt topic must be an error, not a new topic.
        "auto.create.topics.enable": "false",
        "delete.topic.enable": "true",
        "unclean.leader.election.enable": "false",
    }


def _replication(replicas: int) -> dict[str, str]:
    durable = "2" if replicas == 3 else "1"
    return {
        "default.replication.factor": str(replicas),
        "min.insync.replicas": durable,
        "offsets.topic.replication.factor": str(replicas),
        "transaction.state.log.replication.factor": str(replicas),
        "transaction.state.log.min.isr": durable,
        "share.coordinator.state.topic.replication.factor": str(replicas),
        "share.coordinator.state.topic.min.isr": durable,
    }


def _sizes() -> dict[str, str]:
    largest = str(_BATCH_BYTES_MAX)
    return {
        "message.max.bytes": largest,
        # Replicas must be able to fetch the largest batch, or a topic of three stalls on it.
        "replica.fetch.max.bytes": largest,
        "replica.fetch.response.max.bytes": largest,
        "socket.request.max.bytes": str(4 * _BATCH_BYTES_MAX),
        # One cleaner thread, whose default buffer is 128 MiB of a small heap.
        "log.cleaner.threads": "1",
        "log.cleaner.dedupe.buffer.size": str(16 << 20),
        # Each partition's index is allocated in full when its segment is opened.
        "log.index.size.max.bytes": str(1 << 20),
        # Room for the slow machine of a school: the log of seven days is bounded by each topic.
        "offsets.topic.num.partitions": "4",
        "transaction.state.log.num.partitions": "4",
        "share.coordinator.state.topic.num.partitions": "4",
    }


def _speed() -> dict[str, str]:
    return {
        # The first member of a group otherwise waits 3 s for others to come.
        "group.initial.rebalance.delay.ms": "0",
        # The tests use sessions of 6 s; a lower bound of theirs is Kafka's default as well.
        "group.min.session.timeout.ms": "1000",
        "num.network.threads": "2",
        "num.io.threads": "4",
        "num.recovery.threads.per.data.dir": "2",
        # A killed broker of three is fenced after this time; the default 9 s makes tests long.
        "broker.session.timeout.ms": "4000",
        "broker.heartbeat.interval.ms": "1000",
        "controller.quorum.election.timeout.ms": "500",
        "controller.quorum.fetch.timeout.ms": "1500",
        "controller.quorum.election.backoff.max.ms": "500",
    }


def properties(settings: Mapping[str, str]) -> str:
    """Write settings as a Java properties file, in which a backslash starts an escape."""
    lines = (f"{key}={value}".replace("\\", "\\\\") for key, value in settings.items())
    return "\n".join(lines) + "\n"
