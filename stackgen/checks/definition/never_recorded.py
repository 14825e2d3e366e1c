"""Counters and histograms that no event records."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.checks.check import Meta
from stackgen.checks.context import Context
from stackgen.checks.definition_files import DefinitionFile
from stackgen.definition.model import Absent, Definition, Metric, MetricType
from stackgen.definition.raw_promql import metric_keys
from stackgen.definition.tree import parse
from stackgen.findings import Finding, Level, Place

META = Meta(
    id="definition/never-recorded",
    level=Level.WARNING,
    title="no event records the metric",
    why="It is never exposed: panels of it stay empty, and alerts on it never fire.",
    on=DefinitionFile,
)

_WORDS = {MetricType.COUNTER: ("counts", "count"), MetricType.HISTOGRAM: ("observes", "observe")}


def check(file: DefinitionFile, _context: Context) -> Iterator[Finding]:
    """Counters and histograms of a definition with events that none of them touches; others may expose what is shared.

    A gauge may be set without an event.
    """
    definition = file.definition
    if definition is None:
        return
    for metric in definition.metrics.values():
        if metric.type not in _WORDS or metric.shared or metric.key in definition.recorded:
            continue
        does, do = _WORDS[metric.type]
        silent = _alerts_on(definition, metric)
        never = f", and {' and '.join(silent)} never {'fire' if len(silent) > 1 else 'fires'}" if silent else ""
        problem = f"no event {does} {metric.key!r}, so it is never exposed{never}"
        cure = f"add `{do}: {metric.key}` to an event, or remove the metric"
        yield META.finding(_place(file, definition, metric), f"metrics.{metric.key}", problem, cure)


def _alerts_on(definition: Definition, metric: Metric) -> list[str]:
    """The alerts that look at a metric, and at nothing that is ever exposed."""
    silent = set()
    for key, signal in definition.signals.items():
        read = {*metric_keys(signal.expression, definition.metrics)}
        if metric.key in read and not read & definition.recorded:
            silent.add(key)
    alerts = definition.alerts.values()
    return [each.name for each in alerts if each.signal in silent and not isinstance(each.condition, Absent)]


def _place(file: DefinitionFile, definition: Definition, metric: Metric) -> Place:
    """Where the metric stands; the definition as a whole where it is inherited."""
    root = parse(file.source.text, file.source.file)[0] if file.source else None
    section = root.child("metrics") if root else None
    if section is not None and metric.key in section.keys:
        return section.keys[metric.key]
    return Place(definition.source)
