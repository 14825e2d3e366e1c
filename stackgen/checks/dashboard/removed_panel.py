"""Types of panels that Grafana no longer has."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.boards import Panel
from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.findings import Finding, Level

META = Meta(
    id="dashboard/removed-panel",
    level=Level.ERROR,
    title="a panel of a type that Grafana no longer has",
    why="Grafana 12 has no Angular panels: it shows `Panel plugin not found`, or guesses what is meant.",
    on=Panel,
)
_NOW = {
    "graph": "timeseries", "singlestat": "stat", "table-old": "table", "grafana-singlestat-panel": "stat",
    "grafana-piechart-panel": "piechart", "grafana-worldmap-panel": "geomap", "natel-discrete-panel": "state-timeline",
    "grafana-polystat-panel": "stat", "flant-statusmap-panel": "status-history",
}  # fmt: skip


def check(panel: Panel, _context: Context) -> Iterator[Finding]:
    """Angular panels."""
    if panel.type in _NOW:
        problem = f"{panel.shown} is of the type {panel.type!r}, which Grafana no longer has"
        yield panel.finding(META, problem, f"make it a {_NOW[panel.type]}", "type")
