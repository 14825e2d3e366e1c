"""Panels that ask for nothing."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.board_sources import PROMETHEUS
from stackgen.checks.boards import Panel, text_of
from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.findings import Finding, Level

META = Meta(
    id="dashboard/panel-targets",
    level=Level.ERROR,
    title="a panel without a query",
    why="It says `No data` for ever.",
    on=Panel,
)
#: Panels that show nothing but data. Of the others, a canvas and a map may stand without, a plugin's clock has none.
_OF_DATA = frozenset(
    {
        "barchart", "bargauge", "candlestick", "flamegraph", "gauge", "graph", "heatmap", "histogram", "logs",
        "nodeGraph", "piechart", "singlestat", "stat", "state-timeline", "status-history", "table", "table-old",
        "timeseries", "traces", "trend", "xychart",
    }
)  # fmt: skip


def check(panel: Panel, _context: Context) -> Iterator[Finding]:
    """Panels of types that show data and have no target, and targets of Prometheus without an expression."""
    if not panel.shows_data or not panel.type:
        return
    if not panel.targets and panel.type in _OF_DATA:
        yield panel.finding(META, f"{panel.shown} has no query", "add one, or remove the panel", "targets")
    for index, target in enumerate(panel.targets):
        if target.is_expression:
            continue
        if target.query is None and target.kind == PROMETHEUS and not text_of(target.data.get("expr")).strip():
            yield panel.finding(META, f"a query of {panel.shown} has no expression", "write one", "targets", index)
