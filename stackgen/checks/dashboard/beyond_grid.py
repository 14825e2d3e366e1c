"""Panels that do not fit into the grid."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.boards import Panel, object_of
from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.findings import Finding, Level

META = Meta(
    id="dashboard/beyond-grid",
    level=Level.WARNING,
    title="a panel beyond the 24 columns of the grid",
    why="Grafana moves it or makes it narrower, so that the dashboard is not laid out as the file says.",
    on=Panel,
)
#: Grafana's GRID_COLUMN_COUNT.
_COLUMNS = 24


def check(panel: Panel, _context: Context) -> Iterator[Finding]:
    """Panels whose left edge and width end right of the last column, or that begin left of the first."""
    grid = object_of(panel.data.get("gridPos"))
    left, width = grid.get("x"), grid.get("w")
    if not isinstance(left, int) or not isinstance(width, int):
        return
    if left < 0 or left + width > _COLUMNS:
        problem = f"{panel.shown} takes the columns {left} to {left + width}, of 0 to {_COLUMNS}"
        yield panel.finding(META, problem, f"keep x + w at {_COLUMNS} or below", "gridPos")
