"""The trade-off between what is found in comments and what is flagged in clean chat, drawn."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from quality.cross import Crossed
from quality.measure import counted
from quality.train import COMMENT, RECIPES, TALK, Corpus
from streams.text.model.opinion import SIGNS

_WIDTH, _HEIGHT, _LEFT, _TOP = 520.0, 300.0, 60.0, 40.0
_LOWEST, _HIGHEST = 60.0, 100.0
_FLAGGED_MAX: Final = 1.0
_TARGET, _FLAGGED_TARGET = 81.0, 0.5
_REACH: Final = np.arange(-300, 301, 5) / 100


class Point(NamedTuple):
    """What a threshold brings: log-odds, macro-F1 on comments and clean chat flagged, per cent."""

    threshold: float
    macro_f1: float
    flagged: float


def trade_off(corpus: Corpus, crossed: Crossed, head: str = "abuse") -> Sequence[Point]:
    """Both figures over all thresholds, the one in use among them. Rows asked were not trained."""
    scores = crossed.scores[:, SIGNS.index(head)]
    is_label = np.array([head in row.labels for row in corpus.rows])
    comments, talk = corpus.sources == COMMENT, corpus.sources == TALK
    points = []
    for shift in _REACH.tolist():
        over = scores >= shift
        counts = counted(zip(is_label[comments].tolist(), over[comments].tolist(), strict=True))
        flagged = round(100 * float(over[talk].mean()), 3)
        threshold = round(RECIPES[head].threshold + shift, 2)
        points.append(Point(threshold, counts.macro_f1, flagged))
    return points


def drawn(points: Sequence[Point], in_use: float) -> str:
    """The curve as an SVG. The same points draw the same bytes."""
    line = " ".join(f"{_x(point):.1f},{_y(point):.1f}" for point in points if _is_shown(point))
    used = min(points, key=lambda point: abs(point.threshold - in_use))
    beside = Point(0, _TARGET - 6, 0)
    wish = Point(0, _TARGET, _FLAGGED_TARGET)
    right, bottom = _LEFT + _WIDTH, _TOP + _HEIGHT
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {right + 30:g} {bottom + 60:g}" '
            'font-family="sans-serif" font-size="12">'
        ),
        f'<rect width="{right + 30:g}" height="{bottom + 60:g}" fill="white"/>',
        (
            f'<rect x="{_LEFT:g}" y="{_TOP:g}" width="{_x(wish) - _LEFT:.1f}" '
            f'height="{_y(wish) - _TOP:.1f}" fill="#e3f1e3"/>'
        ),
        *_axes(right, bottom),
        f'<polyline points="{line}" fill="none" stroke="#2458a6" stroke-width="2"/>',
        f'<circle cx="{_x(used):.1f}" cy="{_y(used):.1f}" r="5" fill="#c0392b"/>',
        (
            f'<text x="{_x(used) + 12:.1f}" y="{_y(beside):.1f}">in use: log-odds '
            f"{used.threshold:g}, macro-F1 {used.macro_f1:.1f} %, {used.flagged:.2f} % flagged</text>"
        ),
        (
            f'<text x="{_x(wish) - 8:.1f}" y="{_y(wish) - 8:.1f}" text-anchor="end" fill="#3c763d">'
            f"wanted: {_TARGET:g} % at no more than {_FLAGGED_TARGET:g} %</text>"
        ),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _axes(right: float, bottom: float) -> list[str]:
    parts = [
        (
            f'<text x="{_LEFT:g}" y="22" font-size="14">Abuse: five-fold cross-validation on COLD, '
            "clean chat of KdConv</text>"
        ),
        f'<path d="M{_LEFT:g} {_TOP:g}V{bottom:g}H{right:g}" fill="none" stroke="#333"/>',
        (
            f'<text x="{_LEFT + _WIDTH / 2:g}" y="{bottom + 42:g}" text-anchor="middle">'
            "clean chat flagged, %</text>"
        ),
        (
            f'<text transform="translate(18 {_TOP + _HEIGHT / 2:g}) rotate(-90)" '
            'text-anchor="middle">macro-F1 on comments, %</text>'
        ),
    ]
    for figure in np.arange(_LOWEST, _HIGHEST + 1, 10).tolist():
        y = _y(Point(0, figure, 0))
        parts.append(f'<text x="{_LEFT - 8:g}" y="{y + 4:.1f}" text-anchor="end">{figure:g}</text>')
    for figure in (0.0, 0.25, 0.5, 0.75, 1.0):
        x = _x(Point(0, 0, figure))
        parts.append(
            f'<text x="{x:.1f}" y="{bottom + 20:g}" text-anchor="middle">{figure:g}</text>'
        )
    return parts


def _is_shown(point: Point) -> bool:
    return point.flagged <= _FLAGGED_MAX and _LOWEST <= point.macro_f1 <= _HIGHEST


def _x(point: Point) -> float:
    return _LEFT + _WIDTH * point.flagged / _FLAGGED_MAX


def _y(point: Point) -> float:
    return _TOP + _HEIGHT * (_HIGHEST - point.macro_f1) / (_HIGHEST - _LOWEST)
