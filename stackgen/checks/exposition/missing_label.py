"""Labels that are declared and not exposed."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.exposed import DeclaredMetric, shortened
from stackgen.definition.model import MetricType
from stackgen.findings import Finding, Level

META = Meta(
    id="exposition/missing-label",
    level=Level.ERROR,
    title="a declared label is on none of a metric's series",
    why="What selects or splits by it finds nothing.",
    on=DeclaredMetric,
)


def check(declared: DeclaredMetric, _context: Context) -> Iterator[Finding]:
    """Labels that no series has, at a target that has series."""
    if declared.metric.type is MetricType.INFO and not declared.metric.labels:
        return  # what an info tells is named when the application starts
    for label in declared.definition.labels_of(declared.metric.key):
        lacking = [each.target for each in declared.exposures if each.children and not each.values.get(label)]
        if lacking:
            problem = f"no series of {declared.metric.exposed!r} has the label {label!r} at {shortened(lacking)}"
            yield META.finding(declared.place, declared.path, problem, "expose it, or take it out of `labels`")
