"""The variables of a dashboard, and the matchers by which they narrow every query.

`datasource`, then `job` and `instance`, then the definition's bound labels, then those that a dashboard asks for; each
offers only what the ones before it leave over.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from stackgen.definition.model import TARGET_LABELS, UP, Dashboard, Definition, Metric, MetricType
from stackgen.generators.grafana import adapter
from stackgen.generators.grafana.adapter import Json
from stackgen.generators.grafana.narrowing import labels_in, matchers, narrowing_labels, variable_of

_DESCRIPTIONS = {
    "job": "Scrape job, as Prometheus names it.",
    "instance": "Target that was scraped.",
}
#: Which types tell most surely, and from the first scrape on, that a target is there.
_EXPOSED_FIRST = (MetricType.COUNTER, MetricType.HISTOGRAM, MetricType.INFO, MetricType.GAUGE)


def offered_labels(definition: Definition, dashboard: Dashboard, expressions: Iterable[str]) -> tuple[str, ...]:
    """The labels that a dashboard with these queries has a variable for: those that narrow any of them."""
    labels = narrowing_labels(definition) if definition.metrics else TARGET_LABELS
    return labels_in((*labels, *dashboard.variables), expressions)


def variables(definition: Definition, labels: tuple[str, ...]) -> list[Json]:
    """The data source's variable and one for each of these labels, in the order in which each narrows the next."""
    everywhere = narrowing_labels(definition)
    result = [adapter.datasource_variable()]
    for position, label in enumerate(labels):
        name, having = _always_exposed(definition, None if label in everywhere else label)
        narrowed = ", ".join(matchers(tuple(each for each in labels[:position] if each in having)))
        series = f"{name}{{{narrowed}}}" if narrowed else name
        declared = definition.labels.get(label)
        result.append(
            adapter.label_variable(
                name=variable_of(label),
                label=label.replace("_", " ").capitalize(),
                description=(declared.description if declared else "") or _DESCRIPTIONS.get(label, ""),
                query=f"label_values({series}, {label})",
            )
        )
    return result


def _always_exposed(definition: Definition, label: str | None = None) -> tuple[str, tuple[str, ...]]:
    """The name of a series that every target has from its first scrape on, and its labels; few have the same name.

    `label`: of those that have it.

    A counter whose labels are all closed is laid out at 0 before anything happened; an open label has no series until
    its first value was seen. What no event records may have no series at all.
    """
    recorded = definition.recorded

    def cost(metric: Metric) -> tuple[bool, bool, bool, int, int]:
        labels = [definition.labels[name] for name in metric.labels if name in definition.labels]
        series = math.prod(label.budget for label in labels)
        laid_out = all(label.closed for label in labels)
        by_type = _EXPOSED_FIRST.index(metric.type)
        return (metric.shared, metric.key not in recorded, not laid_out, by_type, series)

    metrics = [each for each in definition.metrics.values() if label is None or label in definition.labels_of(each.key)]
    if not metrics:
        return UP, TARGET_LABELS
    chosen = min(metrics, key=cost)
    suffix = "_count" if chosen.type is MetricType.HISTOGRAM else ""
    return f"{chosen.exposed}{suffix}", (*TARGET_LABELS, *definition.labels_of(chosen.key))
