"""Where panels stand: a grid of 24 columns, filled row by row from the kinds of the panels and their heights alone.

Panels of the same height that follow each other share lines; every line is filled from edge to edge, so that there is
never a hole. A definition has no coordinates, and adding a panel moves only what stands in its row or below.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from stackgen.definition.model import Panel, PanelKind

COLUMNS = 24
ROW_HEADER_HEIGHT = 1


@dataclass(frozen=True, slots=True)
class Shape:
    """The height of a panel in grid units (30 pixels and a gap), and how many of its kind share a line at most."""

    height: int
    side_by_side: int


SHAPES = {
    PanelKind.STAT: Shape(4, 6),
    PanelKind.GAUGE: Shape(6, 4),
    PanelKind.TEXT: Shape(5, 2),
    PanelKind.TIMESERIES: Shape(9, 3),
    PanelKind.HEATMAP: Shape(9, 3),
    PanelKind.BARGAUGE: Shape(9, 3),
    PanelKind.STATETIMELINE: Shape(9, 3),
    PanelKind.TABLE: Shape(9, 2),
}


@dataclass(frozen=True, slots=True)
class Position:
    """A rectangle of the grid: its left upper corner, its width and its height."""

    x: int
    y: int
    width: int
    height: int


def header(top: int) -> Position:
    """The place of a row's title at line `top`."""
    return Position(0, top, COLUMNS, ROW_HEADER_HEIGHT)


def shape_of(panel: Panel) -> Shape:
    """The shape of its kind, in the height that it has of its own."""
    shape = SHAPES[panel.kind]
    return shape if panel.height is None else replace(shape, height=panel.height)


def arrange(panels: Sequence[Shape], top: int) -> tuple[Position, ...]:
    """Places for panels of these shapes, in their order, from line `top` down."""
    places: list[Position] = []
    for height, run in groupby(panels, key=lambda shape: shape.height):
        shapes = list(run)
        for count in _lines(len(shapes), min(shape.side_by_side for shape in shapes)):
            x = 0
            for width in _shares(COLUMNS, count):
                places.append(Position(x, top, width, height))
                x += width
            top += height
    return tuple(places)


def bottom(places: Sequence[Position], top: int) -> int:
    """The first free line below these places, which begin at line `top`."""
    return max((place.y + place.height for place in places), default=top)


def _lines(panels: int, side_by_side: int) -> tuple[int, ...]:
    """How many panels each line holds: as few lines as it takes, filled as evenly as can be."""
    return _shares(panels, -(-panels // side_by_side))


def _shares(whole: int, parts: int) -> tuple[int, ...]:
    """`whole` in integer parts that differ by one at most, the larger ones first."""
    share, rest = divmod(whole, parts)
    return tuple(share + 1 if part < rest else share for part in range(parts))
