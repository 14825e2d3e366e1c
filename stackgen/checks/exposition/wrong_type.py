"""Metrics of another type than declared."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.exposed import DeclaredMetric, Exposure
from stackgen.definition.model import Metric, MetricType
from stackgen.findings import Finding, Level
from stackgen.scrape.families import FamilyType, is_info

META = Meta(
    id="exposition/wrong-type",
    level=Level.ERROR,
    title="a metric has another type than declared",
    why="A rate of a gauge, or a level of a counter, is a number that means nothing.",
    on=DeclaredMetric,
)
_FITTING = {
    MetricType.COUNTER: (FamilyType.COUNTER,),
    MetricType.GAUGE: (FamilyType.GAUGE, FamilyType.STATESET),
    MetricType.HISTOGRAM: (FamilyType.HISTOGRAM,),
    MetricType.INFO: (FamilyType.INFO,),
}
#: Families that have counters among their series: `_sum`, `_count` and `_bucket`.
_OF_COUNTERS = (FamilyType.SUMMARY, FamilyType.HISTOGRAM)


def check(declared: DeclaredMetric, _context: Context) -> Iterator[Finding]:
    """Types that targets tell and that are others; where nobody tells one there is none to be wrong."""
    metric = declared.metric
    wrong = [each for each in declared.exposures if not each.family.guessed and not _fits(metric, each)]
    for kind in sorted({each.family.type for each in wrong}):
        where = next(each.target for each in wrong if each.family.type is kind)
        problem = f"{metric.exposed!r} is declared as a {metric.type}, and {where} exposes a {kind}"
        cure = "put the type in the definition right, or the exporter"
        yield META.finding(declared.place, declared.path, problem, cure)


def _fits(metric: Metric, exposure: Exposure) -> bool:
    family = exposure.family
    if family.type in _FITTING[metric.type]:
        return True
    if family.type in _OF_COUNTERS and family.name != metric.exposed:
        return metric.type is MetricType.COUNTER
    # An info in the older text format is a gauge; one without labels cannot be told from a gauge.
    return (metric.type is MetricType.INFO and (family.type is FamilyType.GAUGE and _all_one(exposure))) or (
        metric.type is MetricType.GAUGE and family.type is FamilyType.INFO and is_info(family.name, family.samples)
    )


def _all_one(exposure: Exposure) -> bool:
    return all(each.value == 1 for each in exposure.children)
