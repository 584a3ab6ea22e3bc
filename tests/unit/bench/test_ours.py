"""What the worker under a full pack is held to, and timed by."""

from bench.ours import FULL
from bench.workload import Workload

WORKLOAD = Workload.make(3_000, 1_788_836_400_000)


def test_every_finding_of_the_full_pack_names_the_message_that_it_came_from() -> None:
    found = FULL.expected(WORKLOAD)

    assert {finding.message_id for finding in found} <= {m.id for m in WORKLOAD.messages}
    assert len(set(found)) == len(found) > 100


def test_what_is_found_in_the_beginning_is_the_beginning_of_what_is_found() -> None:
    beginning = FULL.expected(WORKLOAD.first(1_000))

    assert FULL.expected(WORKLOAD)[: len(beginning)] == beginning
