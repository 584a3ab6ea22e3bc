"""Real Kafka and Redis for the system tests, started once a session and only when asked for."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local import Cluster, RedisServer

_HERE = Path(__file__).parent
_LIMIT_S = 300


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all tests of this folder, so that `make check` can't run one by a forgotten mark."""
    for item in items:
        if item.path.is_relative_to(_HERE):
            item.add_marker(pytest.mark.system)
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(_LIMIT_S))


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """One broker for all tests: use topics and groups of your own, and do not stop it."""
    with Cluster(tmp_path_factory.mktemp("kafka")) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def kafka3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Three brokers, for faults of brokers: leave all three running."""
    with Cluster(tmp_path_factory.mktemp("kafka3"), brokers=3) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """One Redis for all tests: use keys of your own, and do not stop it."""
    with RedisServer(tmp_path_factory.mktemp("redis")) as server:
        yield server
