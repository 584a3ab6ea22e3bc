"""Training: written messages, the fit, and that the same data make the same bytes."""

import math

import numpy as np
import pytest

from quality.compose import compose
from quality.cross import FOLDS, fold_of
from quality.curve import Point, drawn
from quality.fit import Texts, fit
from quality.sets import HELD, OURS, read_set, set_names
from quality.train import SCHOOL, WRITTEN, Corpus, digest, read_corpus, train
from streams.text import SUSPECTS
from streams.text.model import Model
from streams.text.model.opinion import Opinion

SOURCE = """
# A remark.
: who 小宇|浩浩
= ad
(卖|出)<who>的(车|书)
= clean
<who>(好)?
"""


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    rows = compose(each=3)
    texts = Texts.of([row.text for row in rows])
    return Corpus(rows, texts, np.full(len(rows), WRITTEN, np.int8))


def test_a_written_line_becomes_messages_with_its_labels() -> None:
    rows = compose(SOURCE, each=20)

    ads = {row.text for row in rows if row.labels == {"ad"}}
    clean = {row.text for row in rows if not row.labels}
    assert ads <= {
        verb + who + "的" + what for verb in "卖出" for who in ("小宇", "浩浩") for what in "车书"
    }
    assert clean == {"小宇", "浩浩", "小宇好", "浩浩好"}
    assert len({row.id for row in rows}) == len(rows)


def test_written_messages_are_the_same_each_time_and_hold_no_signs_of_the_grammar() -> None:
    rows = compose()

    assert rows == compose()
    assert not any(set("()|<>") & set(row.text) for row in rows)
    assert {label for row in rows for label in row.labels} <= set(SUSPECTS)


def test_messages_of_one_line_are_asked_together() -> None:
    folds: dict[str, set[int]] = {}
    for row in compose():
        folds.setdefault(row.topic, set()).add(fold_of(row))

    assert all(len(found) == 1 for found in folds.values())
    assert set.union(*folds.values()) == set(range(FOLDS))


def test_a_fit_finds_what_tells_two_kinds_apart() -> None:
    words = ["好书", "坏书", "好人", "坏人"] * 5
    is_bad = np.array([word.startswith("坏") for word in words])
    texts = Texts.of(words)

    for stretched in (True, False):
        line = fit(texts, is_bad, np.ones(len(words)), strength=10.0, stretched=stretched)
        odds = texts.sums(line.weights) + line.bias
        assert ((odds > 0) == is_bad).all()


def test_a_fit_is_at_the_least_loss() -> None:
    words = ["好书", "坏书", "好人", "坏人", "书好"]
    is_bad = np.array([True, True, False, True, False])
    texts = Texts.of(words * 2)
    is_bad = np.tile(is_bad, 2)
    line = fit(texts, is_bad, np.ones(10), strength=1.0, stretched=False)

    def loss(weights: np.ndarray, bias: float) -> float:
        odds = np.where(is_bad, 1, -1) * (texts.sums(weights) + bias)
        return float(np.log1p(np.exp(-odds)).sum() + 0.5 * (weights * weights).sum())

    least = loss(line.weights, line.bias)
    for place in np.flatnonzero(line.weights)[:5]:
        for step in (0.01, -0.01):
            moved = line.weights.copy()
            moved[place] += step
            assert loss(moved, line.bias) >= least - 1e-9
    assert loss(line.weights, line.bias + 0.01) >= least - 1e-9


def test_the_same_data_make_the_same_bytes(corpus: Corpus) -> None:
    once = train(corpus)

    assert train(corpus) == once
    assert {Model.of(data).trained_on for data in once} == {digest(corpus.rows)}


def test_a_model_knows_what_it_was_trained_on(corpus: Corpus) -> None:
    opinion = Opinion(*map(Model.of, train(corpus)))
    found = opinion.suspected([row.text for row in corpus.rows])

    ads = [labels for labels, row in zip(found, corpus.rows, strict=True) if "ad" in row.labels]
    clean = [labels for labels, row in zip(found, corpus.rows, strict=True) if not row.labels]
    assert math.fsum("ad" in labels for labels in ads) / len(ads) > 0.9
    assert math.fsum(map(bool, clean)) / len(clean) < 0.1


def test_held_sets_train_nothing_and_each_other_school_set_is_asked_as_one() -> None:
    whole = read_corpus()
    names = {
        row.topic for row, kind in zip(whole.rows, whole.sources, strict=True) if kind == SCHOOL
    }
    rows = [row for name in names for row in read_set(name)]

    assert names == {name for name in set_names() if name.startswith(OURS)} - set(HELD)
    folds = {
        name: {fold_of(row) for row in rows if row.id.startswith(f"{name}:")} for name in names
    }
    assert all(len(found) == 1 for found in folds.values())


def test_a_changed_label_or_text_changes_the_digest(corpus: Corpus) -> None:
    assert digest(corpus.rows) != digest(corpus.rows[1:])


def test_every_data_set_can_be_read() -> None:
    assert {"chat_clean_dev", "cold_dev", "pii_dev", "school_dev"} <= set(set_names())
    for name in set_names():
        rows = read_set(name)
        assert rows
        assert len({row.id for row in rows}) == len(rows)
        assert not any("clean" in row.labels for row in rows)


def test_a_data_set_that_is_not_there_is_an_error() -> None:
    with pytest.raises(FileNotFoundError):
        read_set("nothing")


def test_the_picture_is_the_same_each_time() -> None:
    points = [Point(-1.0, 85.0, 0.4), Point(0.0, 88.0, 0.1), Point(1.0, 80.0, 0.0)]

    picture = drawn(points, in_use=0.0)

    assert picture == drawn(points, in_use=0.0)
    assert "macro-F1 88.0 %, 0.10 % flagged" in picture
    assert picture.startswith("<svg")
    assert picture.endswith("</svg>\n")
