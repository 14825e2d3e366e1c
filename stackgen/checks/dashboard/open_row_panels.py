"""Panels inside of rows that are open."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.boards import Panel, list_of
from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.findings import Finding, Level

META = Meta(
    id="dashboard/open-row-panels",
    level=Level.ERROR,
    title="panels inside of a row that is open",
    why="Grafana shows the panels of a row from there while it is collapsed; those of an open row it leaves out.",
    on=Panel,
)


def check(panel: Panel, _context: Context) -> Iterator[Finding]:
    """Rows that hold panels and are not collapsed."""
    inside = list_of(panel.data.get("panels"))
    if panel.type == "row" and inside and panel.data.get("collapsed") is not True:
        problem = f"{panel.shown} is open and holds {len(inside)} panel{'s' if len(inside) > 1 else ''}"
        yield panel.finding(META, problem, "put them behind the row, or collapse it", "panels")
