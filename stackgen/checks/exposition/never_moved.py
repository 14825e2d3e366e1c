"""Metrics that did not count anything while somebody looked."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.exposed import DeclaredMetric
from stackgen.definition.model import MetricType
from stackgen.findings import Finding, Level

META = Meta(
    id="exposition/never-moved",
    level=Level.INFO,
    title="a counter or histogram did not move",
    why="Either nothing of the kind happened, or nothing records it.",
    on=DeclaredMetric,
)


def check(declared: DeclaredMetric, _context: Context) -> Iterator[Finding]:
    """Counters and histograms that were the same at the end of the window; a gauge may well stay what it is."""
    counted = declared.metric.type in (MetricType.COUNTER, MetricType.HISTOGRAM)
    if counted and declared.moved is False and declared.children:
        problem = f"{declared.metric.exposed!r} did not move in {declared.window}"
        cure = "make what it counts happen, and look again; if it stays, nothing records it"
        yield META.finding(declared.place, declared.path, problem, cure)
