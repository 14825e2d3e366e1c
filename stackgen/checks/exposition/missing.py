"""Metrics that are declared and not exposed."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.exposed import DeclaredMetric, shortened
from stackgen.definition.model import MetricType
from stackgen.findings import Finding, Level

META = Meta(
    id="exposition/missing",
    level=Level.ERROR,
    title="a declared metric is not exposed",
    why="Its panels are empty and its alerts can never fire.",
    on=DeclaredMetric,
)


def check(declared: DeclaredMetric, _context: Context) -> Iterator[Finding]:
    """Metrics that no target exposes, some targets do not, or that have no series yet."""
    name = declared.metric.exposed
    if not declared.exposures:
        cure = "expose it, put `exposed` right, or remove it from the definition"
        yield META.finding(declared.place, declared.path, f"no target exposes {name!r}", cure)
        return
    if declared.lacking:
        have = len(declared.exposures)
        problem = f"{have} of {have + len(declared.lacking)} targets expose {name!r}; not {shortened(declared.lacking)}"
        yield META.finding(declared.place, declared.path, problem, "see which version runs there", level=Level.WARNING)
    if declared.children == 0:
        problem = f"{name!r} is exposed and has no series yet"
        cure = "it comes when somebody sets it"
        if declared.metric.type is not MetricType.GAUGE:
            cure = "expose the series of closed labels at 0 from the start, so that the first event is an increase"
        yield META.finding(declared.place, declared.path, problem, cure, level=Level.INFO)
