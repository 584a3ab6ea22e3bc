from bench.memory import REST_BYTES, at_rest
from bench.trial import Sample


def samples(*readings: tuple[float, int]) -> list[Sample]:
    return [Sample(at_s=at, cpu_s=0.0, rss=rss) for at, rss in readings]


def test_memory_that_stood_still_for_two_seconds_is_at_rest() -> None:
    assert at_rest(samples((0.0, 900 * REST_BYTES), (1.0, 100), (2.0, 100), (3.0, 100 + 1)))


def test_memory_that_moved_within_the_last_two_seconds_is_not_at_rest() -> None:
    assert not at_rest(samples((0.0, 0), (2.0, 0), (3.0, REST_BYTES + 1)))


def test_nothing_is_at_rest_that_was_watched_for_less_than_two_seconds() -> None:
    assert not at_rest(samples((0.0, 100)))
    assert not at_rest(samples((0.0, 100), (1.9, 100)))
