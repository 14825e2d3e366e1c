"""Metrics in another unit than declared."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.exposed import DeclaredMetric
from stackgen.findings import Finding, Level
from stackgen.scrape.units import scale_of, unit_of

META = Meta(
    id="exposition/wrong-unit",
    level=Level.ERROR,
    title="a metric is in another unit than declared",
    why="Every number of it is wrong by a constant factor, on dashboards and in thresholds.",
    on=DeclaredMetric,
)


def check(declared: DeclaredMetric, _context: Context) -> Iterator[Finding]:
    """Units that OpenMetrics' UNIT or the end of the name tell, and that are others."""
    metric = declared.metric
    for each in declared.exposures:
        told, scale = unit_of(each.family), scale_of(each.family)
        if told is None or (told == metric.unit and scale == metric.scale):
            continue
        if metric.unit == "timestamp" and told == "seconds":
            continue  # a point in time is exposed in seconds since 1970
        if metric.unit is None and metric.exposed != each.family.name:
            continue  # the count of a histogram or summary: it counts, whatever that measures
        declared_as = f"in {_shown(metric.unit, metric.scale)}" if metric.unit is not None else "without a unit"
        problem = f"{metric.exposed!r} is declared {declared_as}, and is in {_shown(told, scale)}"
        cure = f"write `unit: {told}`" + (f" and `scale: {scale:g}`" if scale != 1 else "")
        level = META.level if metric.unit is not None else Level.WARNING
        yield META.finding(declared.place, declared.path, problem, cure, level=level)
        return


def _shown(unit: str, scale: float) -> str:
    return unit if scale == 1 else f"{scale:g} {unit}"
