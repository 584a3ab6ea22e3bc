"""The figures that must not get worse, and how far below them something fell."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from msgspec import Struct

FLOORS = Path(__file__).parent / "floors.yaml"


class Floors(Struct, frozen=True):
    """Figures by name: those that must be reached, and those that must not be passed."""

    at_least: Mapping[str, float]
    at_most: Mapping[str, float]


class FloorsFault(ValueError):
    """The file of floors can't be used as it stands."""


def read_floors(source: str | None = None) -> Floors:
    """The floors of a YAML text, by default those kept in the project. Raises `FloorsFault`."""
    top = yaml.safe_load(FLOORS.read_text(encoding="utf-8") if source is None else source)
    if not isinstance(top, dict) or set(top) != {"at_least", "at_most"}:
        raise FloorsFault("expected the two mappings at_least and at_most")
    return Floors(_figures("at_least", top["at_least"]), _figures("at_most", top["at_most"]))


def below(floors: Floors, figures: Mapping[str, float]) -> Iterator[str]:
    """A line for each figure that is worse than its floor, or that was not measured at all."""
    for name in [*floors.at_least, *floors.at_most]:
        if name not in figures:
            yield f"{name}: has a floor and was not measured"
    for name, floor in floors.at_least.items():
        if figures.get(name, floor) < floor:
            yield f"{name}: {figures[name]:g} is {floor - figures[name]:.2f} below {floor:g}"
    for name, ceiling in floors.at_most.items():
        if figures.get(name, ceiling) > ceiling:
            yield f"{name}: {figures[name]:g} is {figures[name] - ceiling:.2f} above {ceiling:g}"


def _figures(where: str, body: Any) -> Mapping[str, float]:
    if not isinstance(body, dict):
        raise FloorsFault(f"{where}: expected a mapping")
    for name, figure in body.items():
        if isinstance(figure, bool) or not isinstance(figure, int | float):
            raise FloorsFault(f"{where}.{name}: expected a number")
    return {name: float(figure) for name, figure in body.items()}
