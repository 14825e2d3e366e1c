"""Labels that are exposed and not declared."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.exposed import DeclaredMetric
from stackgen.definition.model import MetricType
from stackgen.definition.words import nearest
from stackgen.findings import Finding, Level

META = Meta(
    id="exposition/unknown-label",
    level=Level.WARNING,
    title="a metric's series have a label that is not declared",
    why="Its values multiply the series, and no budget says how many there may be.",
    on=DeclaredMetric,
)


def check(declared: DeclaredMetric, _context: Context) -> Iterator[Finding]:
    """Labels that series have beside the declared ones."""
    known = declared.definition.labels_of(declared.metric.key)
    if declared.metric.type is MetricType.INFO and not declared.metric.labels:
        return  # what an info tells is named when the application starts
    unknown: dict[str, str] = {}
    for each in declared.exposures:
        for label in each.values:
            if label not in known:
                unknown.setdefault(label, each.target)
    for label, target in sorted(unknown.items()):
        problem = f"series of {declared.metric.exposed!r} have the label {label!r} at {target}"
        cure = f"declare it, with its values or a budget; {nearest(label, known)}"
        yield META.finding(declared.place, declared.path, problem, cure)
