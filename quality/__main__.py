"""`python -m quality [--show]`: how well texts are understood, held against the floors.

A table a data set and reader (the word lists, the model, both). The model's figures on what it was
trained on are of cross-validation. `--show` prints the texts of the worst misses beside their ids.
Exit 1 where a figure is below its floor or the weights are older than what they are made from.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence

from quality.cross import cross
from quality.floors import below, read_floors
from quality.judges import Judges
from quality.measure import Counts, Judged
from quality.sets import read_set, set_names
from quality.timing import timings
from quality.train import CHAT, Corpus, digest, read_corpus
from streams.text.model import Model
from streams.text.model.opinion import NAMES_FILE, SIGNS_FILE

_FAULTS_SHOWN = 12
_CONFUSIONS_SHOWN = 6
_SCHOOL_TIMES = 10


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure everything, print it, and say whether all floors are held (0) or not (1)."""
    parser = argparse.ArgumentParser(prog="python -m quality", description=__doc__)
    parser.add_argument("--show", action="store_true", help="print the texts of the worst misses")
    options = parser.parse_args(arguments)
    corpus = read_corpus()
    figures: dict[str, float] = {}
    judges = Judges(corpus, cross(corpus))
    for name in set_names():
        for reader, judged in judges.judge(name, read_set(name)).items():
            print(f"\n== {name}: {reader}, {len(judged.rows):,} messages")
            report(judged, show=options.show and reader != "model")
            figures |= {f"{name}.{reader}.{key}": value for key, value in measured(judged)}
    figures |= _timed()
    faults = [*below(read_floors(), figures), *_stale(corpus)]
    print()
    for fault in faults:
        print(f"below the floor: {fault}")
    print("all floors are held" if not faults else f"{len(faults)} below their floors")
    return int(bool(faults))


def measured(judged: Judged) -> Iterator[tuple[str, float]]:
    """The figures of a data set that a floor may be laid under, by name."""
    of_any = judged.of_any()
    yield "any.precision", of_any.precision
    yield "any.recall", of_any.recall
    yield "any.macro_f1", of_any.macro_f1
    yield "micro_f1", judged.micro_f1()
    yield "clean_flagged", of_any.flagged
    plain, tricked = judged.found_of(tricked=False), judged.found_of(tricked=True)
    if plain is not None and tricked is not None:
        yield "tricked_behind_plain", round(plain - tricked, 2)
    for label, counts in judged.by_label().items():
        yield f"{label}.precision", counts.precision
        yield f"{label}.recall", counts.recall
        yield f"{label}.f1", counts.f1


def report(judged: Judged, *, show: bool) -> None:
    """Print a data set's table, its confusions and its worst misses."""
    print(
        f"{'label':18}{'precision':>10}{'recall':>8}{'F1':>8}{'right':>7}{'wrong':>7}{'missed':>7}"
    )
    for label, counts in judged.by_label().items():
        print(_line(label, counts))
    of_any = judged.of_any()
    print(_line("(any)", of_any))
    print(
        f"micro-F1 {judged.micro_f1():.2f}; macro-F1 of any {of_any.macro_f1:.2f}; "
        f"clean flagged {of_any.flagged:.2f} % ({of_any.wrong} of {of_any.wrong + of_any.left})"
    )
    plain, tricked = judged.found_of(tricked=False), judged.found_of(tricked=True)
    if plain is not None and tricked is not None:
        print(f"found plain {plain:.2f} %, with a trick {tricked:.2f} %")
    confusions = list(judged.confusions().items())[:_CONFUSIONS_SHOWN]
    if confusions:
        print("taken for:", "; ".join(f"{a} > {b} {count}" for (a, b), count in confusions))
    _print_faults(judged, show=show)


def _print_faults(judged: Judged, *, show: bool) -> None:
    worst = judged.faults()[:_FAULTS_SHOWN]
    if show:
        for row, found in worst:
            there, given = (",".join(sorted(labels)) or "clean" for labels in (row.labels, found))
            print(f"  {row.id}: {there} > {given}: {row.text}")
    elif worst:
        print("worst:", " ".join(row.id for row, _ in worst))


def _line(label: str, counts: Counts) -> str:
    shares = f"{counts.precision:>10.2f}{counts.recall:>8.2f}{counts.f1:>8.2f}"
    return f"{label:18}{shares}{counts.right:>7}{counts.wrong:>7}{counts.missed:>7}"


def _timed() -> Mapping[str, float]:
    chat, school = ([row.text for row in read_set(name)] for name in (CHAT, "school_dev"))
    print("\n== cost")
    found = timings(chat, school * _SCHOOL_TIMES)
    figures = {f"cost.{name}": figure for name, figure in found.items()}
    for name, figure in figures.items():
        print(f"{name:28}{figure:>10g}")
    return figures


def _stale(corpus: Corpus) -> Iterator[str]:
    """A line where the shipped weights were made of something else: run `make train`."""
    known = digest(corpus.rows)
    for name in (SIGNS_FILE, NAMES_FILE):
        if Model.shipped(name).trained_on != known:
            yield f"{name} is not of this data and this normal form: make train"


if __name__ == "__main__":
    sys.exit(main())
