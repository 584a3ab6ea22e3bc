"""The model's card, written anew with its figures at every training."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from quality.cross import Crossed
from quality.curve import Point
from quality.measure import Counts, counted
from quality.train import COMMENT, RECIPES, TALK, WRITTEN, Corpus
from streams.text.model import HEADS

_HEAD = """# Card of the model

Written by `make train`; do not edit. A linear model over hashed sequences of one to three letters
of a text's normal form, each counted once, digits alike. {places:,} weights of {heads} labels in
{size:,} bytes. Trained on `{digest}`.

It is a second signal, and never alone ground for more than a review by a person: a rule may ask for
one where the model names a label and nothing was found (`suspected`, docs/policies.md). A cue of the
word lists, such as a quotation or a question, takes it back.

## Data

| what | rows | licence |
|---|---|---|
| COLD, training and development splits (Deng et al. 2022, thu-coai/COLDataset @ a0c55a9) | {comments:,} | Apache-2.0 |
| KdConv, development split, as clean chat (Zhou et al. 2020, thu-coai/KdConv @ 653db76) | {talk:,} | Apache-2.0 |
| messages written for this project, composed of sentences with choices | {written:,} | as the project |

Abuse learns from comments: what their corpus calls offensive about region, race and gender.
Conflict, ads, fraud and rumours have **no corpus**. They learn from 20 to 40 sentences a label
with choices in them, written by one hand, against clean chat, inoffensive comments and some sixty
clean sentences. The labelled school messages train nothing; they were looked at when thresholds
were chosen.

## Figures

Five-fold cross-validation; no row was asked of a model that had seen it, nor a sentence of one that
had seen another choice of the same sentence. Per cent.

| label | threshold, log-odds | found in written | found in clean written | in other written | in clean chat | in inoffensive comments |
|---|---|---|---|---|---|---|
"""

_ABUSE = """
Abuse on COLD at the threshold in use: macro-F1 **{macro:.2f}**, precision {precision:.2f}, recall
{recall:.2f}, while **{flagged:.2f}** of clean chat is flagged. Any label on clean chat:
{any_flagged:.2f}. The whole trade-off: `docs/pictures/model-trade-off.svg`.

| threshold, log-odds | macro-F1 on COLD | clean chat flagged |
|---|---|---|
"""

_LIMITS = """
## Limits

- COLD's training and development splits were labelled with a model's help, its test split by people
  and with more care: expect less there than in cross-validation. It was never seen here. Trained on
  two of its topics alone, the model reaches on the third: {topics}.
- Log-odds are no probabilities: all labels but abuse learn from few sentences, and are set so that
  hardly anything clean is flagged. They find the usual ways to say a thing, in the usual words.
- Comments of a forum are not messages of parents. What is said about groups is found better than
  an insult to one person; who speaks of discrimination is often taken for one who discriminates.
- Only the first 4,096 letters are looked at. Irony, pictures and context are not understood.
- What hides from the normal form hides from the model.
"""


class Facts(NamedTuple):
    """What the weights file is: places that weigh anything, bytes, and the digest in it."""

    places: int
    size: int
    digest: str


def card(
    corpus: Corpus,
    crossed: Crossed,
    points: Sequence[Point],
    topics: Mapping[str, Counts],
    facts: Facts,
) -> str:
    """The card as Markdown."""
    left_out = ", ".join(f"{name} {counts.macro_f1:.2f}" for name, counts in topics.items())
    counts = [int((corpus.sources == source).sum()) for source in (COMMENT, TALK, WRITTEN)]
    head = _HEAD.format(
        places=facts.places,
        heads=len(HEADS),
        size=facts.size,
        digest=facts.digest,
        comments=counts[0],
        talk=counts[1],
        written=counts[2],
    )
    abuse = _offence(corpus, crossed)
    talk = corpus.sources == TALK
    shown = _ABUSE.format(
        macro=abuse.macro_f1,
        precision=abuse.precision,
        recall=abuse.recall,
        flagged=100 * crossed.over[talk, HEADS.index("abuse")].mean(),
        any_flagged=100 * crossed.over[talk].any(axis=1).mean(),
    )
    curve = "".join(
        f"| {point.threshold:g} | {point.macro_f1:.2f} | {point.flagged:.2f} |\n"
        for point in points[20:101:10]
    )
    return head + "".join(_lines(corpus, crossed)) + shown + curve + _LIMITS.format(topics=left_out)


def _offence(corpus: Corpus, crossed: Crossed) -> Counts:
    """Counts of abuse in the comments."""
    places = np.flatnonzero(corpus.sources == COMMENT).tolist()
    found = crossed.over[:, HEADS.index("abuse")].tolist()
    return counted((bool(corpus.rows[place].labels), found[place]) for place in places)


def _lines(corpus: Corpus, crossed: Crossed) -> Iterator[str]:
    """A line a label: the share found in each kind of row."""
    is_clean = np.array([not row.labels for row in corpus.rows])
    written = corpus.sources == WRITTEN
    for column, label in enumerate(HEADS):
        is_there = np.array([label in row.labels for row in corpus.rows])
        kinds = (
            written & is_there,
            written & is_clean,
            written & ~is_there & ~is_clean,
            corpus.sources == TALK,
            (corpus.sources == COMMENT) & is_clean,
        )
        shares = " | ".join(f"{100 * crossed.over[kind, column].mean():.2f}" for kind in kinds)
        yield f"| {label} | {RECIPES[label].threshold:g} | {shares} |\n"
