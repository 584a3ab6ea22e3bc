"""A soak's readings as a picture: memory, rate and lag over the messages judged."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from bench.readings import Reading, growth

PICTURE: Final = Path(__file__).parents[1] / "docs" / "pictures" / "soak.svg"
_WIDTH: Final = 640.0
_HEIGHT: Final = 130.0
_LEFT: Final = 80.0
_TOP: Final = 48.0
_GAP: Final = 44.0


class Panel(NamedTuple):
    """One curve: what it shows, and its value in a reading."""

    title: str
    value: Callable[[Reading], float]
    colour: str


PANELS: Final = (
    Panel("memory of the worker, MiB", lambda reading: reading.rss_mib, "#2458a6"),
    Panel("people met who were not there on the first day", lambda one: one.newcomers, "#8a6d3b"),
    Panel("messages judged a second", lambda reading: reading.per_s, "#3c763d"),
    Panel("messages written and not yet judged", lambda reading: reading.lag, "#c0392b"),
)


def drawn(readings: Sequence[Reading], groups: int) -> str:
    """The picture as an SVG. The same readings draw the same bytes."""
    last = readings[-1]
    right = _LEFT + _WIDTH + 30
    bottom = _TOP + len(PANELS) * (_HEIGHT + _GAP) + 10
    title = (
        f"{last.judged:,} messages of {groups:,} groups through one worker, "
        f"{last.seconds / 60:,.0f} minutes; second half: {growth(readings):+.2f} MiB a million"
    )
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {right:g} {bottom:g}" '
            'font-family="sans-serif" font-size="12">'
        ),
        f'<rect width="{right:g}" height="{bottom:g}" fill="white"/>',
        f'<text x="{_LEFT:g}" y="22" font-size="14">{title}</text>',
    ]
    for number, panel in enumerate(PANELS):
        parts += _panel(panel, readings, _TOP + number * (_HEIGHT + _GAP))
    millions = last.judged / 1e6
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        parts.append(
            f'<text x="{_LEFT + share * _WIDTH:.1f}" y="{bottom - 28:g}" text-anchor="middle">'
            f"{share * millions:g}</text>"
        )
    parts.append(
        f'<text x="{_LEFT + _WIDTH / 2:g}" y="{bottom - 8:g}" text-anchor="middle">'
        "millions of messages judged</text>"
    )
    return "\n".join([*parts, "</svg>"]) + "\n"


def _panel(panel: Panel, readings: Sequence[Reading], top: float) -> list[str]:
    """A curve in a frame that begins at zero, so that a slope is not made larger than it is."""
    most = max(1.0, *(panel.value(reading) for reading in readings))
    end = max(1, readings[-1].judged)
    line = " ".join(
        f"{_LEFT + _WIDTH * reading.judged / end:.1f},"
        f"{top + _HEIGHT * (1 - panel.value(reading) / most):.1f}"
        for reading in readings
    )
    bottom = top + _HEIGHT
    return [
        f'<path d="M{_LEFT:g} {top:g}V{bottom:g}H{_LEFT + _WIDTH:g}" fill="none" stroke="#333"/>',
        f'<text x="{_LEFT:g}" y="{top - 6:g}" fill="{panel.colour}">{panel.title}</text>',
        f'<text x="{_LEFT - 8:g}" y="{top + 10:g}" text-anchor="end">{most:,.0f}</text>',
        f'<text x="{_LEFT - 8:g}" y="{bottom:g}" text-anchor="end">0</text>',
        f'<polyline points="{line}" fill="none" stroke="{panel.colour}" stroke-width="1.5"/>',
    ]
