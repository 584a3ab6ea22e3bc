"""The learned model: what it counts, that its verdict is the same everywhere, and its bounds."""

import math
from pathlib import Path

import numpy as np
import pytest

from streams.text import SUSPECTS, fold
from streams.text.model import (
    THRESHOLD_UNIT,
    Head,
    Header,
    Model,
    WeightsFault,
    packed,
)
from streams.text.model.grams import BITS, BUCKETS, LETTERS_MAX, SEQUENCES_MIN, grams_of
from streams.text.model.opinion import NAMES_FILE, SIGNS, SIGNS_FILE, Opinion

FOLDER = Path(__file__).parents[3] / "streams/text/model"
TEXTS = (
    "各位家长好，明天上午八点在操场集合",
    "你这种人真是又蠢又坏，滚出这个群，谁看见你都觉得恶心",
    "",
    "寒假班火热招生，小班教学，前十名立减500元，加微信免费试听",
    "👍",
    "哈哈哈哈哈哈哈哈",
    "save the day 2024",
)
STRANGE = ("\ud800", "\u200b" * 1000, "\0", "\U0010ffff", "ﷺ" * 50, "a\0b", "\n")


@pytest.fixture(scope="module")
def model() -> Model:
    return Model.shipped(SIGNS_FILE)


def sequences(text: str) -> set[str]:
    """The sequences of a text, worked out letter by letter."""
    letters = "".join("0" if letter in "0123456789" else letter for letter in fold(text))
    return {letters[a : a + n] for n in (1, 2, 3) for a in range(len(letters) - n + 1)}


def bucket(sequence: str) -> int:
    key = 0
    for letter in sequence:
        key = key << 21 | ord(letter)
    return (key * 0x9E3779B97F4A7C15) % 2**64 >> (64 - BITS)


def small(**weights: int) -> Model:
    """A model of one label that knows a few sequences."""
    places = sorted((bucket(sequence), weight) for sequence, weight in weights.items())
    header = Header((Head("abuse", 1 * THRESHOLD_UNIT, 0.1),), len(places), "test")
    columns = np.array([[weight] for _, weight in places], np.int8)
    return Model.of(packed(header, np.array([place for place, _ in places]), columns))


def test_sequences_are_those_that_a_plain_loop_finds() -> None:
    for text in TEXTS:
        grams = grams_of([text])

        assert set(grams.buckets.tolist()) == {bucket(part) for part in sequences(text)}


def test_a_text_is_counted_by_itself_whatever_stands_beside_it() -> None:
    together = grams_of(TEXTS)
    apart = [grams_of([text]) for text in TEXTS]

    assert together.buckets.tolist() == [place for one in apart for place in one.buckets.tolist()]
    assert together.counts.tolist() == [int(one.counts[0]) for one in apart]


def test_a_repeat_adds_nothing_and_all_digits_are_alike() -> None:
    assert grams_of(["哈" * 50]).counts.tolist() == [3]
    assert grams_of(["只要39元"]).buckets.tolist() == grams_of(["只要82元"]).buckets.tolist()


def test_a_verdict_is_the_sum_of_the_weights_against_the_root_of_their_number() -> None:
    weights = {"蠢": 40, "又蠢": 60, "好": -100}
    model = small(**weights)

    for text in ("又蠢又坏", "又蠢又坏，但是好", "早上好", "蠢", *TEXTS):
        total = sum(weights.get(part, 0) for part in sequences(text))
        root = math.isqrt(max(len(sequences(text)), SEQUENCES_MIN) * 2**20)
        expected = total * 1024 >= root if fold(text) else False

        assert model.labels([text]) == [("abuse",) if expected else ()]


def test_a_batch_gives_what_each_text_gives_alone(model: Model) -> None:
    texts = [*TEXTS, *STRANGE] * 40

    assert model.labels(texts) == [label for text in texts for label in model.labels([text])]
    assert model.margins(texts).tolist() == [model.margins([text])[0].tolist() for text in texts]


def test_margins_are_whole_numbers_and_decide(model: Model) -> None:
    margins = model.margins(TEXTS)

    assert margins.dtype == np.int64
    assert [bool(labels) for labels in model.labels(TEXTS)] == (margins >= 0).any(axis=1).tolist()
    assert ((model.scores(TEXTS) >= 0) == (margins >= 0)).all()


def test_no_text_is_too_strange_and_none_without_letters_is_flagged(model: Model) -> None:
    assert model.labels([]) == []
    assert model.labels(["", "👍", "!?", "\u200b" * 1000]) == [()] * 4
    assert len(model.labels(STRANGE)) == len(STRANGE)


def test_work_is_bounded_by_the_first_letters_of_a_text(model: Model) -> None:
    long = fold("".join(chr(0x4E00 + place * 7919 % 20000) for place in range(3 * LETTERS_MAX)))

    assert int(grams_of([long]).counts[0]) <= 3 * LETTERS_MAX
    assert model.margins([long]).tolist() == model.margins([long[:LETTERS_MAX]]).tolist()


def test_long_texts_are_looked_at_in_parts(model: Model) -> None:
    texts = [chr(0x4E00 + place) * 2 + "谢谢老师" * 1000 for place in range(40)]

    assert model.margins(texts).tolist() == [model.margins([text])[0].tolist() for text in texts]


def test_the_shipped_model_finds_usual_ways_to_say_a_thing() -> None:
    found = Opinion.default().suspected(TEXTS)

    assert "abuse" in found[1]
    assert found[3] == ("ad",)
    assert not any(found[place] for place in (0, 2, 4, 5, 6))


def test_the_shipped_labels_are_of_the_taxonomy_and_the_files_are_small() -> None:
    signs, names = Model.shipped(SIGNS_FILE), Model.shipped(NAMES_FILE)

    assert signs.heads == SIGNS
    assert set(names.heads) <= set(SUSPECTS)
    assert {"ad", "fraud", "conflict", "rumour", "grades"} <= set(names.heads)
    for name, model in ((SIGNS_FILE, signs), (NAMES_FILE, names)):
        assert (FOLDER / name).stat().st_size < 1_500_000
        assert model.trained_on in (FOLDER / "CARD.md").read_text(encoding="utf-8")


CUT_SHORT = packed(Header((), 3, ""), np.zeros(0, np.int64), np.zeros((0, 0), np.int8))


@pytest.mark.parametrize("data", [b"", b"not weights", CUT_SHORT, CUT_SHORT[:-4]])
def test_a_broken_weights_file_is_refused(data: bytes) -> None:
    with pytest.raises(WeightsFault):
        Model.of(data)


def test_a_weight_outside_of_the_table_is_refused() -> None:
    header = Header((Head("abuse", 0, 1.0),), 1, "test")

    with pytest.raises(WeightsFault):
        Model.of(packed(header, np.array([BUCKETS]), np.ones((1, 1), np.int8)))
