"""The plan follows from its seed, and leaves no kind of fault out."""

from itertools import islice

from tests.chaos.faults import DEEDS
from tests.chaos.plan import KINDS, ONE_BROKER, plan


def test_the_same_seed_gives_the_same_plan_and_another_one_another() -> None:
    once, again, other = (list(islice(plan(seed), 200)) for seed in (1, 1, 2))

    assert once == again
    assert [fault.kind for fault in once] != [fault.kind for fault in other]


def test_a_longer_run_begins_like_a_shorter_one() -> None:
    assert list(islice(plan(1), 20)) == list(islice(plan(1), 200))[:20]


def test_every_kind_comes_before_one_comes_twice() -> None:
    kinds = [fault.kind for fault in islice(plan(3), 2 * len(KINDS))]

    assert sorted(kinds[: len(KINDS)]) == sorted(kinds[len(KINDS) :]) == sorted(KINDS)


def test_some_faults_come_before_the_last_one_is_got_over() -> None:
    hasty = sum(fault.in_haste for fault in islice(plan(1), 200))

    assert 20 < hasty < 100


def test_each_kind_has_its_deed() -> None:
    assert set(DEEDS) == set(KINDS) >= set(ONE_BROKER)
