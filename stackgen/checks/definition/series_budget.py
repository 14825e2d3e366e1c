"""Definitions with more series than one can afford."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.definition_files import DefinitionFile
from stackgen.definition.model import Definition, MetricType
from stackgen.findings import Finding, Level, Place

META = Meta(
    id="definition/series-budget",
    level=Level.WARNING,
    title="the definition allows too many series",
    why="Every series costs Prometheus some kilobytes of memory, and every instance of the application brings its own.",
    on=DefinitionFile,
)


def check(file: DefinitionFile, context: Context) -> Iterator[Finding]:
    """More series than allowed from one exporter: one set of bound labels, all values of the others.

    What somebody else exposes (nothing is recorded: no events) is not ours to limit, and its labels go together
    (`device` and `mountpoint`); `stackgen verify` counts the series that there are.
    """
    definition = file.definition
    if definition is None or not definition.events:
        return
    counts = {key: series_of(definition, key) for key in definition.metrics}
    total = sum(counts.values())
    if total > context.max_series:
        largest = max(counts, key=lambda key: counts[key])
        problem = (
            f"one exporter may have {total:,} series, of {context.max_series:,} allowed; "
            f"{counts[largest]:,} of them are {largest}'s"
        )
        cure = f"give {largest} fewer labels, values or buckets, or raise --max-series"
        place = Place(definition.source)
        yield META.finding(place, f"metrics.{largest}", problem, cure)


def series_of(definition: Definition, key: str) -> int:
    """The most series that one exporter has of a metric, by the closed sets and the budgets of its labels."""
    metric = definition.metrics[key]
    if metric.type is MetricType.INFO:
        return 1  # its labels are set once
    combinations = prod(max(definition.labels[label].budget, 1) for label in metric.labels)
    # A histogram has its buckets, +Inf, a sum and a count.
    return combinations * (len(metric.buckets) + 3 if metric.type is MetricType.HISTOGRAM else 1)
