"""Panels that lie upon each other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from stackgen.checks.boards import Board, Panel, object_of
from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.json_places import Path
from stackgen.findings import Finding, Level

META = Meta(
    id="dashboard/overlap",
    level=Level.WARNING,
    title="two panels in one place of the grid",
    why="Grafana pushes one of them down, so that the dashboard is not laid out as the file says.",
    on=Board,
)


@dataclass(frozen=True, slots=True)
class _Box:
    """Where a panel is: columns and rows of the grid, the ends not included."""

    left: int
    top: int
    right: int
    bottom: int

    def meets(self, other: _Box) -> bool:
        """Whether both have a field in common."""
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom


def check(board: Board, _context: Context) -> Iterator[Finding]:
    """Panels of one list (the dashboard's, or that of a collapsed row) whose `gridPos` meet; each is told once."""
    placed: dict[Path, list[tuple[Panel, _Box]]] = {}
    for panel in board.panels:
        box = _box(panel)
        if box is None:
            continue
        before = placed.setdefault(panel.path[:-1], [])
        other = next((each for each, taken in before if box.meets(taken)), None)
        if other is not None:
            problem = f"{panel.shown} lies upon {other.shown}"
            yield panel.finding(META, problem, "move one of them", "gridPos")
        before.append((panel, box))


def _box(panel: Panel) -> _Box | None:
    grid = object_of(panel.data.get("gridPos"))
    numbers = [each for key in ("x", "y", "w", "h") if isinstance(each := grid.get(key), int)]
    if len(numbers) < 4:
        return None
    x, y, width, height = numbers
    return _Box(x, y, x + width, y + height)
