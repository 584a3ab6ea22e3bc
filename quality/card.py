"""The model's card, written anew with its figures at every training."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from quality.cross import Crossed, fold_of
from quality.curve import Point
from quality.measure import Counts, counted
from quality.train import COMMENT, RECIPES, SCHOOL, TALK, WRITTEN, Corpus, Trained
from streams.text.model import Model
from streams.text.model.opinion import SIGNS

_HEAD = """# Card of the model

Written by `make train`; do not edit. Linear models over hashed sequences of one to three letters of
a text's normal form, each counted once, digits alike. One sees signs that something is wrong
({sign_places:,} weights, {sign_size:,} bytes), another names it ({labels} labels,
{name_places:,} weights, {name_size:,} bytes). Trained on `{digest}`.

It is a second signal, and never alone ground for more than a review by a person. What the word lists
find and the model does not doubt, a rule may act on; what one of them says alone, a person may be
asked to look at (`suspected`, docs/policies.md).

## Data

| what | rows | licence |
|---|---|---|
| COLD, training and development splits (Deng et al. 2022, thu-coai/COLDataset @ a0c55a9) | {comments:,} | Apache-2.0 |
| KdConv, development split, as clean chat (Zhou et al. 2020, thu-coai/KdConv @ 653db76) | {talk:,} | Apache-2.0 |
| messages written for this project, composed of sentences with choices | {written:,} | as the project |
| school messages written for this project, by several hands (quality/data/SOURCES.md) | {school:,} | as the project |

Offence (`abuse`) learns from comments, what their corpus calls offensive about region, race and
gender, and from the school messages. That something is wrong (`wrong`), and what it is, is learnt
from the school messages and the composed ones, against clean ones and everyday chat. The sets
`school_held` and `school_unseen` train nothing.

## Figures

Five-fold cross-validation. No row was asked of a model that had seen it, nor a sentence of one that
had seen another choice of the same sentence, nor a school message of one that had seen its set: each
set is by one hand. Per cent.

| sign | threshold, log-odds | in wrong school messages | in clean ones | in clean chat | in offensive comments | in inoffensive ones |
|---|---|---|---|---|---|---|
"""

_ABUSE = """
`unclear` is the sign without which a finding of the word lists is doubted. Of the school messages with
`wrong`, **{named:.1f}** per cent are named rightly.

Offence on COLD at the threshold in use: macro-F1 **{macro:.2f}**, precision {precision:.2f}, recall
{recall:.2f}, while **{flagged:.2f}** of clean chat is flagged with it and {any_flagged:.2f} with
anything. The whole trade-off: `docs/pictures/model-trade-off.svg`.

| threshold, log-odds | macro-F1 on COLD | clean chat flagged |
|---|---|---|
"""

_LIMITS = """
## Limits

- COLD's training and development splits were labelled with a model's help, its test split by people
  and with more care: expect less there than in cross-validation. It was never seen here. Trained on
  two of its topics alone, the model reaches on the third: {topics}.
- Log-odds are no probabilities. The school messages were written for this project, by few hands and
  not by parents: real groups talk otherwise, and of other things.
- Comments of a forum are not messages of parents. What is said about groups is found better than
  an insult to one person; who speaks of discrimination is often taken for one who discriminates.
- Only the first 4,096 letters are looked at. Irony, pictures and context are not understood.
- What hides from the normal form hides from the model.
"""


def card(
    corpus: Corpus,
    crossed: Crossed,
    points: Sequence[Point],
    topics: Mapping[str, Counts],
    trained: Trained,
) -> str:
    """The card as Markdown."""
    left_out = ", ".join(f"{name} {counts.macro_f1:.2f}" for name, counts in topics.items())
    rows = [int((corpus.sources == kind).sum()) for kind in (COMMENT, TALK, WRITTEN, SCHOOL)]
    signs, names = Model.of(trained.signs), Model.of(trained.names)
    head = _HEAD.format(
        sign_places=signs.places,
        sign_size=len(trained.signs),
        labels=len(names.heads),
        name_places=names.places,
        name_size=len(trained.names),
        digest=signs.trained_on,
        comments=rows[0],
        talk=rows[1],
        written=rows[2],
        school=rows[3],
    )
    offence = _offence(corpus, crossed)
    talk = corpus.sources == TALK
    flagging = [SIGNS.index("abuse"), SIGNS.index("wrong")]
    shown = _ABUSE.format(
        named=100 * _named(corpus, crossed),
        macro=offence.macro_f1,
        precision=offence.precision,
        recall=offence.recall,
        flagged=100 * crossed.over[talk, flagging[0]].mean(),
        any_flagged=100 * crossed.over[talk][:, flagging].any(axis=1).mean(),
    )
    curve = "".join(
        f"| {point.threshold:g} | {point.macro_f1:.2f} | {point.flagged:.2f} |\n"
        for point in points[20:101:10]
    )
    return head + "".join(_lines(corpus, crossed)) + shown + curve + _LIMITS.format(topics=left_out)


def _named(corpus: Corpus, crossed: Crossed) -> float:
    """The share of wrong school messages, seen as such, whose name is one of their labels."""
    is_wrong = np.array([bool(row.labels) for row in corpus.rows])
    seen = is_wrong & (corpus.sources == SCHOOL) & crossed.over[:, SIGNS.index("wrong")]
    rows = [corpus.rows[place] for place in np.flatnonzero(seen).tolist()]
    named = [
        crossed.opinions[fold_of(row)].suspected([row.text])[0][-1] in row.labels for row in rows
    ]
    return sum(named) / len(named)


def _offence(corpus: Corpus, crossed: Crossed) -> Counts:
    """Counts of abuse in the comments."""
    places = np.flatnonzero(corpus.sources == COMMENT).tolist()
    found = crossed.over[:, SIGNS.index("abuse")].tolist()
    return counted((bool(corpus.rows[place].labels), found[place]) for place in places)


def _lines(corpus: Corpus, crossed: Crossed) -> Iterator[str]:
    """A line a sign: the share found in each kind of row."""
    is_clean = np.array([not row.labels for row in corpus.rows])
    school, comments = corpus.sources == SCHOOL, corpus.sources == COMMENT
    kinds = (
        school & ~is_clean,
        school & is_clean,
        corpus.sources == TALK,
        comments & ~is_clean,
        comments & is_clean,
    )
    for column, sign in enumerate(SIGNS):
        shares = " | ".join(f"{100 * crossed.over[kind, column].mean():.2f}" for kind in kinds)
        yield f"| {sign} | {RECIPES[sign].threshold:g} | {shares} |\n"
