"""Every private attribute of faust, mode and aiokafka that the transport touches, in one place.

They are upgraded one at a time, with the system tests; `missing()` names what is gone before a
worker starts, and a test does.
"""

import inspect
from importlib import import_module
from importlib.metadata import version
from typing import Final, NamedTuple


class Internal(NamedTuple):
    """One private attribute: whose, which, and what it is needed for."""

    distribution: str
    owner: str
    attribute: str
    why: str


VERSIONS: Final = {"faust-streaming": "0.15.3", "mode-streaming": "0.7.1", "aiokafka": "0.14.0"}
"""The versions whose sources were read."""

_CONSUMER: Final = "faust.transport.consumer:Consumer"
_DRIVER: Final = "faust.transport.drivers.aiokafka:Consumer"
_THREAD: Final = "faust.transport.drivers.aiokafka:AIOKafkaConsumerThread"
_COORDINATOR: Final = "aiokafka.consumer.group_coordinator:GroupCoordinator"
_FETCHER: Final = "aiokafka.consumer.fetcher:Fetcher"
_RESULT: Final = "aiokafka.consumer.fetcher:FetchResult"
_RECORDS: Final = "aiokafka.consumer.fetcher:PartitionRecords"

INTERNALS: Final = (
    Internal("faust-streaming", _CONSUMER, "_unacked_messages", "acks only forget the message"),
    Internal("faust-streaming", _CONSUMER, "_filter_tps_with_pending_acks", "the ledger's due"),
    Internal("faust-streaming", _CONSUMER, "_filter_committable_offsets", "the ledger's due"),
    Internal("faust-streaming", _CONSUMER, "_read_offset", "where the next fetch must begin"),
    Internal("faust-streaming", _CONSUMER, "_committed_offset", "what the group knows at a seek"),
    Internal("faust-streaming", _CONSUMER, "_wait_next_records", "one fetch, under flow control"),
    Internal("faust-streaming", _CONSUMER, "_drain_messages", "replaced: fetches, not records"),
    Internal(
        "faust-streaming",
        "faust.transport.consumer:ThreadDelegateConsumer",
        "_commit",
        "its answer goes to the ledger",
    ),
    Internal("faust-streaming", _DRIVER, "_new_consumer_thread", "the thread of ours"),
    Internal("faust-streaming", _DRIVER, "_to_message", "a fetch in Faust's envelope"),
    Internal("faust-streaming", _THREAD, "_ensure_consumer", "aiokafka's consumer in the thread"),
    Internal("faust-streaming", _THREAD, "_fetch_records", "partitions take turns"),
    Internal("faust-streaming", _THREAD, "_commit", "replaced: a commit not taken is no crash"),
    Internal("faust-streaming", "faust:App", "_create_directories", "replaced: no folders"),
    Internal("mode-streaming", "mode.services:Service", "_stopped", "the drain ends with it"),
    Internal("mode-streaming", "mode.worker:Worker", "_schedule_shutdown", "a bound on the end"),
    Internal("mode-streaming", "mode.services:Service", "_crash", "a crash has a name, at once"),
    Internal("aiokafka", "aiokafka:AIOKafkaConsumer", "_fetcher", "the six below"),
    Internal("aiokafka", "aiokafka:AIOKafkaConsumer", "_max_poll_records", "is there more?"),
    Internal("aiokafka", "aiokafka:AIOKafkaConsumer", "_coordinator", "the two below"),
    Internal("aiokafka", _COORDINATOR, "_do_heartbeat", "the group's answers, for the lease"),
    Internal("aiokafka", _COORDINATOR, "_start_heartbeat_task", "heartbeats during a recovery"),
    Internal("aiokafka", _FETCHER, "_prefetch_backoff", "0.1 s of latency less"),
    Internal("aiokafka", _FETCHER, "_fetch_max_wait_ms", "a backlog is read ahead"),
    Internal("aiokafka", _FETCHER, "_records", "partitions take turns; records come light"),
    Internal("aiokafka", _RESULT, "_partition_records", "records come light"),
    Internal("aiokafka", _RECORDS, "_records_iterator", "records come light"),
    Internal("aiokafka", _RECORDS, "_consumer_record", "replaced: a record as its batch has it"),
)


def missing() -> list[str]:
    """What is gone, each with the version installed and the one that had it; empty if nothing."""
    return [
        f"{it.distribution} {version(it.distribution)} has no {it.owner}.{it.attribute} "
        f"({VERSIONS[it.distribution]} has): {it.why}"
        for it in INTERNALS
        if not there(it)
    ]


def there(internal: Internal) -> bool:
    """Whether the attribute exists: on the class, declared, or set by one of its methods."""
    module, _, name = internal.owner.partition(":")
    owner = getattr(import_module(module), name, None)
    if owner is None:
        return False
    if hasattr(owner, internal.attribute):
        return True
    return any(
        internal.attribute in getattr(base, "__annotations__", {})
        or f"self.{internal.attribute} =" in _source(base)
        for base in owner.__mro__
        if base is not object
    )


def _source(owner: type) -> str:
    try:
        return inspect.getsource(owner)
    except (OSError, TypeError):
        return ""
