"""The metrics that a worker serves, read from outside."""

import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.error import URLError

from prometheus_client.parser import text_string_to_metric_families

from infra.local.ports import HOST, PortLease

_ANSWER_S = 10.0


@contextmanager
def ports_of_meters(count: int) -> Iterator[list[int]]:
    """Ports of the loopback interface that nobody else takes meanwhile."""
    lease = PortLease()
    try:
        yield list(lease.take((), count))
    finally:
        lease.release()


def values(metrics: str) -> dict[str, float]:
    """The values without labels in the text that a worker serves, by name."""
    return {
        sample.name: sample.value
        for family in text_string_to_metric_families(metrics)
        for sample in family.samples
        if not sample.labels
    }


def said_at(port: int) -> dict[str, float] | None:
    """What the worker says now; None while it does not answer."""
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}/metrics", timeout=_ANSWER_S) as answer:
            return values(answer.read().decode())
    except (URLError, ConnectionError, TimeoutError):
        return None
