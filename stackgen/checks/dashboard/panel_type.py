"""Types of panels that are misspelt."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from stackgen.checks.boards import Panel
from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.findings import Finding, Level

META = Meta(
    id="dashboard/panel-type",
    level=Level.ERROR,
    title="a panel of a type that is misspelt",
    why="Grafana shows `Panel plugin not found` in its place.",
    on=Panel,
)
#: The panels of Grafana 12 itself. Those of plugins are named `<organization>-<name>-panel`.
_CORE = (
    "alertlist", "annolist", "barchart", "bargauge", "candlestick", "canvas", "dashlist", "datagrid", "flamegraph",
    "gauge", "geomap", "heatmap", "histogram", "logs", "news", "nodeGraph", "piechart", "row", "stat",
    "state-timeline", "status-history", "table", "text", "timeseries", "traces", "trend", "xychart",
)  # fmt: skip
#: Types that Grafana has or had, and that nobody means for another.
_OTHERS = frozenset({"debug", "live", "welcome", "gettingstarted", "graph", "singlestat", "table-old"})
#: How like one of them a type has to be, of 1, to be meant for it.
_LIKE = 0.8


def check(panel: Panel, _context: Context) -> Iterator[Finding]:
    """Types that are almost one of Grafana's own; what is like none of them is a plugin's."""
    if not panel.type or panel.type in _CORE or "-panel" in panel.type or panel.type in _OTHERS:
        return
    close = difflib.get_close_matches(panel.type, _CORE, n=1, cutoff=_LIKE)
    if close:
        problem = f"Grafana has no panel of the type {panel.type!r}"
        yield panel.finding(META, problem, f"did you mean {close[0]!r}?", "type")
