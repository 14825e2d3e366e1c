"""Histograms with other buckets than declared."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.exposed import DeclaredMetric
from stackgen.definition.model import MetricType
from stackgen.findings import Finding, Level
from stackgen.scrape.families import FamilyType

META = Meta(
    id="exposition/buckets",
    level=Level.ERROR,
    title="a histogram has other buckets than declared",
    why="Objectives and thresholds stand on declared bounds; where there is no such bucket they count nothing.",
    on=DeclaredMetric,
)


def check(declared: DeclaredMetric, _context: Context) -> Iterator[Finding]:
    """Bounds that are declared and not exposed, or the other way round."""
    metric = declared.metric
    if metric.type is not MetricType.HISTOGRAM:
        return
    wanted = set(metric.buckets)
    for each in declared.exposures:
        if each.family.type is not FamilyType.HISTOGRAM or not each.family.samples:
            continue
        found = set(each.family.bounds)
        if found != wanted:
            parts = [f"without {_listed(wanted - found)}"] if wanted - found else []
            parts += [f"with {_listed(found - wanted)} beside"] if found - wanted else []
            problem = f"{metric.exposed!r} has other buckets at {each.target}: {', '.join(parts)}"
            yield META.finding(declared.place, declared.path, problem, "put `buckets` right, or the exporter")
            return


def _listed(bounds: set[float]) -> str:
    shown = [f"{each:g}" for each in sorted(bounds)]
    return ", ".join(shown[:6]) + (f" and {len(shown) - 6} more" if len(shown) > 6 else "")
