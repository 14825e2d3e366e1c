"""Lines that all have the same name."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.boards import Panel
from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.query.labels import Labels
from stackgen.checks.query.tree import Aggregation
from stackgen.findings import Finding, Level

META = Meta(
    id="dashboard/legend-labels",
    level=Level.WARNING,
    title="many series under one name",
    why="An expression that is not summed has a line for each instance and label; the legend calls them all the same.",
    on=Panel,
)
_WITH_LEGEND = frozenset(
    {"timeseries", "graph", "barchart", "bargauge", "piechart", "stat", "singlestat", "gauge", "state-timeline"}
)


def check(panel: Panel, context: Context) -> Iterator[Finding]:
    """Targets with a fixed legend whose series keep labels that would tell them apart."""
    if panel.type not in _WITH_LEGEND:
        return
    for target in panel.targets:
        query, legend = target.query, target.legend
        if query is None or query.parsed is None or not legend or legend == "__auto" or "{{" in legend or "$" in legend:
            continue
        labels = context.labels(query.parsed.root)
        aggregated = any(isinstance(each, Aggregation) and each.by is None for each in query.parsed.aggregations)
        if _several(labels) and not (labels.maybe is None and aggregated):
            kept = ", ".join(sorted(labels.sure)) if labels.sure else "all its labels"
            problem = f"every series is named {legend!r}, and the expression keeps {kept}"
            yield panel.board.finding(
                META, (*target.path, "legendFormat"), problem, "sum it, or name the label: {{instance}}"
            )


def _several(labels: Labels) -> bool:
    return labels.maybe is None or bool(labels.sure)
