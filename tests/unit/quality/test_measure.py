"""Counting what was found: shares, labels, tricks, confusions, and what is worst."""

from quality.measure import Counts, Judged, counted, share
from quality.sets import Row


def row(name: str, *labels: str, evasion: str | None = None) -> Row:
    return Row(id=name, text=name, labels=frozenset(labels), evasion=evasion)


def judged(*pairs: tuple[Row, set[str]]) -> Judged:
    return Judged([one for one, _ in pairs], [frozenset(found) for _, found in pairs])


SOME = judged(
    (row("a", "ad"), {"ad"}),
    (row("b", "ad", "fraud"), {"fraud"}),
    (row("c", "abuse", evasion="pinyin"), set()),
    (row("d"), {"ad"}),
    (row("e"), set()),
    (row("f", "abuse", evasion="space"), {"conflict"}),
)


def test_counts_make_precision_recall_and_f1() -> None:
    counts = counted([(True, True), (True, True), (False, True), (True, False), (False, False)])

    assert counts == Counts(right=2, wrong=1, missed=1, left=1)
    assert (counts.precision, counts.recall, counts.f1) == (66.67, 66.67, 66.67)
    assert counts.flagged == 50
    assert counts.macro_f1 == 58.34


def test_nothing_to_find_is_no_fault() -> None:
    assert Counts().precision == Counts().recall == 100
    assert Counts().flagged == 0
    assert share(1, 3) == 33.33


def test_labels_are_counted_each_and_messages_as_one() -> None:
    assert SOME.of_any() == Counts(right=3, wrong=1, missed=1, left=1)
    assert SOME.by_label() == {
        "abuse": Counts(0, 0, 2, 4),
        "ad": Counts(1, 1, 1, 3),
        "conflict": Counts(0, 1, 0, 5),
        "fraud": Counts(1, 0, 0, 5),
    }
    assert SOME.micro_f1() == share(2 * 2, 2 * 2 + 2 + 3)


def test_tricked_and_plain_are_told_apart() -> None:
    assert SOME.found_of(tricked=True) == 50
    assert SOME.found_of(tricked=False) == 100
    assert judged((row("a"), set())).found_of(tricked=True) is None


def test_confusions_name_what_stood_for_what() -> None:
    assert SOME.confusions() == {
        ("abuse", "clean"): 1,
        ("abuse", "conflict"): 1,
        ("clean", "ad"): 1,
    }


def test_the_worst_are_clean_ones_flagged_then_violations_missed() -> None:
    assert [one.id for one, _ in SOME.faults()] == ["d", "c", "b", "f"]


def test_a_label_can_be_left_out_of_both_sides() -> None:
    left = SOME.without(frozenset({"ad", "abuse"}))

    assert left.of_any() == Counts(right=1, wrong=1, missed=0, left=4)
