from itertools import pairwise

from aiokafka import TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from agents.fetch import Span, portions
from tests.agents.fakes import EVENTS, Logged


def spans_of(lists: list[list[int]]) -> dict[TopicPartition, Span]:
    return {
        TopicPartition(EVENTS, number): Span(
            10,
            20 + len(sizes),
            [Logged(b"k", bytes(size), 15 + at) for at, size in enumerate(sizes)],
        )
        for number, sizes in enumerate(lists)
        if sizes
    }


@given(st.lists(st.lists(st.integers(0, 50), max_size=8), max_size=4), st.integers(1, 120))
def test_parts_are_bounded_and_together_they_are_the_whole_without_a_hole(
    lists: list[list[int]], bytes_max: int
) -> None:
    spans = spans_of(lists)

    parts = list(portions(spans, bytes_max))

    for tp, whole in spans.items():
        mine = [part[tp] for part in parts if tp in part]
        assert [record for span in mine for record in span.records] == list(whole.records)
        assert mine[0].first == whole.first
        assert mine[-1].following == whole.following
        assert all(a.following == b.first for a, b in pairwise(mine))
    for part in parts:
        sizes = [len(record.value or b"") for span in part.values() for record in span.records]
        assert sum(sizes) <= bytes_max or len([size for size in sizes if size]) == 1
        assert all(span.records for span in part.values())


def test_a_fetch_within_the_bound_is_one_part() -> None:
    spans = spans_of([[5, 5], [5]])

    assert list(portions(spans, 15)) == [spans]
