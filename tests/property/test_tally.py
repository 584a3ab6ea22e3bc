"""The general window against readings of it that look at all records at once."""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams import tally as module
from streams.tally import (
    Entry,
    Measure,
    Tally,
    add,
    answered,
    full_windows,
    measure_of,
    note,
    take,
    under,
)

WITHIN = 10
measures = st.builds(
    measure_of,
    st.sampled_from(("messages", "attachments", "members")),
    st.integers(1, 4),
    st.just(WITHIN),
)


@pytest.fixture(autouse=True, scope="module")
def _small_bounds() -> Iterator[None]:
    """Bounds that logs of a few dozen records reach."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "LATENESS_MS", 25)
        patch.setattr(module, "ENTRIES_MAX", 14)
        patch.setattr(module, "KEEP_MAX", 9)
        patch.setattr(module, "EACH_MAX", 2)
        yield


@st.composite
def logs(draw: st.DrawFn, most: int = 40, last: int = 60) -> list[Entry]:
    """Entries in order, no event twice under a key; many at one time, and few under each name."""
    drawn = draw(
        st.lists(
            st.tuples(
                st.integers(0, last), st.integers(0, 2), st.integers(0, 4), st.integers(1, 3)
            ),
            max_size=most,
        )
    )
    named = [Entry(at, f"e{i % 17}-{i}", key, who, n) for i, (at, key, who, n) in enumerate(drawn)]
    return sorted(named)


def newest(entries: Sequence[Entry], most: int) -> list[Entry]:
    return sorted(entries)[-most:]


def kept(log: Sequence[Entry], measure: Measure) -> list[Entry]:
    """What the tally says of itself: the newest of each member, each key, all; none too old."""
    of_keys: list[Entry] = []
    for key in {entry.key for entry in log}:
        of_key: list[Entry] = []
        for who in {entry.who for entry in log}:
            own = [entry for entry in log if (entry.key, entry.who) == (key, who)]
            of_key += newest(own, measure.each)
        of_keys += newest(of_key, measure.keep)
    until = max((entry.at for entry in log), default=0) - measure.reach_ms
    return [entry for entry in newest(of_keys, module.ENTRIES_MAX) if entry.at > until]


def size(entries: Sequence[Entry], measure: Measure) -> int:
    if measure.of == "members":
        return len({entry.who for entry in entries})
    return sum(entry.n if measure.of == "attachments" else 1 for entry in entries)


def filled(log: Sequence[Entry], measure: Measure) -> Tally:
    tally = Tally()
    for entry in log:
        add(tally, entry, measure)
    return tally


@given(logs(), measures, st.randoms(use_true_random=False))
def test_what_is_kept_does_not_depend_on_the_order_of_arrival(
    log: list[Entry], measure: Measure, random: Any
) -> None:
    shuffled = random.sample(log, len(log))

    assert filled(log, measure).entries == kept(log, measure)
    assert filled(shuffled, measure).entries == kept(log, measure)


@given(logs(), measures, st.randoms(use_true_random=False))
def test_an_entry_is_new_and_kept_or_changes_nothing(
    log: list[Entry], measure: Measure, random: Any
) -> None:
    tally = Tally()
    for entry in random.choices(log, k=2 * len(log)) if log else []:
        before = list(tally.entries)
        if ring := add(tally, entry, measure):
            assert ring == under(tally, entry.key)
            assert entry in ring
            assert entry not in before
        else:
            assert tally.entries == before


@given(logs(), measures, st.randoms(use_true_random=False))
def test_a_duplicate_changes_nothing(log: list[Entry], measure: Measure, random: Any) -> None:
    twice = [*log, *log]
    random.shuffle(twice)

    assert filled(twice, measure).entries == kept(log, measure)


@given(logs(most=12), measures, st.integers(0, 60), st.integers(0, 2))
def test_to_take_out_undoes_to_put_in_but_for_what_fell_out(
    log: list[Entry], measure: Measure, at: int, key: int
) -> None:
    tally = filled(log, measure)
    before = list(tally.entries)
    added = add(tally, Entry(at, "new", key, 9), measure)
    stayed = [entry for entry in before if entry in tally.entries]

    assert take(tally, "new") is (added is not None)
    assert tally.entries == stayed


@given(logs(), st.integers(2, 3), st.integers(0, 60), st.randoms(use_true_random=False))
def test_while_no_window_is_full_a_record_meets_all_that_it_would_have_met_in_time(
    log: list[Entry], at_least: int, at: int, random: Any
) -> None:
    measure = measure_of("messages", at_least, WITHIN)
    sparse: list[Entry] = []
    for entry in log:
        near = [other for other in sparse if entry.at - other.at < WITHIN]
        if entry.key == 0 and len(near) < at_least - 1:
            sparse.append(entry)
    late = Entry(at, "late", 0, 9)
    met = sorted([*sparse, late])
    tally = filled([*random.sample(sparse, len(sparse)), late], measure)

    until = met[-1].at - measure.reach_ms
    assert tally.entries == [entry for entry in met if entry.at > until]


@given(logs(), measures, st.randoms(use_true_random=False))
def test_a_window_is_found_exactly_where_one_holds_the_entry(
    log: list[Entry], measure: Measure, random: Any
) -> None:
    tally = filled(random.sample(log, len(log)), measure)
    for entry in tally.entries:
        ring = under(tally, entry.key)
        at = ring.index(entry)
        windows = [
            ring[start : end + 1]
            for end in range(at, len(ring))
            for start in range(at, -1, -1)
            if ring[end].at - ring[start].at < WITHIN
            and size(ring[start : end + 1], measure) >= measure.at_least
        ]
        assert next(full_windows(ring, entry, measure), None) == next(iter(windows), None)


def judged(log: Sequence[Entry], measure: Measure) -> tuple[Tally, list[Entry]]:
    """The tally, and the entries that brought a finding, one a window, as they came."""
    tally, found = Tally(), []
    for entry in log:
        ring = add(tally, entry, measure)
        for window in full_windows(ring, entry, measure) if ring else ():
            if not answered(tally, ("r",), window, entry, measure):
                note(tally, ("r",), window, measure)
                found.append(entry)
                break
    return tally, found


def due_in(log: Sequence[Entry], measure: Measure) -> list[Entry]:
    """By the covenants' reading, over all that was ever written: the entry that fills a window,
    and no other until the period from that window's first one is over, nor with one of its own.
    """
    due, until, used = [], dict.fromkeys(range(3), 0), dict.fromkeys(range(3), -1)
    for i, entry in enumerate(log):
        before = [
            other
            for other in log[: i + 1]
            if other.key == entry.key and entry.at - other.at < WITHIN
        ]
        starts = [s for s in range(len(before)) if size(before[s:], measure) >= measure.at_least]
        if not starts or before[starts[-1]].at <= used[entry.key]:
            continue
        if entry.at >= until[entry.key]:
            due.append(entry)
            until[entry.key] = before[starts[-1]].at + WITHIN
            used[entry.key] = entry.at
    return due


@given(logs(most=14), measures)
def test_in_order_each_window_is_found_once(log: list[Entry], measure: Measure) -> None:
    _, found = judged(log, measure)

    assert found == due_in(log, measure)


@given(logs(most=14, last=30), measures, st.randoms(use_true_random=False))
def test_in_any_order_no_full_window_stays_without_an_answer(
    log: list[Entry], measure: Measure, random: Any
) -> None:
    tally, _ = judged(random.sample(log, len(log)), measure)

    for entry in tally.entries:
        window = next(full_windows(under(tally, entry.key), entry, measure), None)
        near = [
            first
            for first, last, _, key in tally.cases
            if key == entry.key
            and window
            and first <= window[-1].at
            and (window[0].at - WITHIN < first or window[0].at <= last)
        ]
        assert window is None or near


@given(logs(), measures)
def test_bytes_bring_back_the_same_tally(log: list[Entry], measure: Measure) -> None:
    tally = filled(log, measure)
    for entry in tally.entries:
        note(tally, ("r",), [entry], measure)
    raw = msgspec.msgpack.encode(tally)

    assert msgspec.msgpack.decode(raw, type=Tally) == tally
    assert len(tally.entries) <= module.ENTRIES_MAX
