"""The variables of a dashboard, and the matchers by which they narrow every query.

`datasource`, then `job` and `instance`, then the definition's bound labels, each offering only what the ones before
it leave over.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from stackgen.definition.model import TARGET_LABELS, UP, Definition, Metric, MetricType
from stackgen.generators.grafana import adapter
from stackgen.generators.grafana.adapter import Json
from stackgen.generators.grafana.narrowing import labels_in, matchers, narrowing_labels, variable_of

_DESCRIPTIONS = {
    "job": "Scrape job, as Prometheus names it.",
    "instance": "Target that was scraped.",
}
#: Which types tell most surely, and from the first scrape on, that a target is there.
_EXPOSED_FIRST = (MetricType.COUNTER, MetricType.HISTOGRAM, MetricType.INFO, MetricType.GAUGE)


def offered_labels(definition: Definition, expressions: Iterable[str]) -> tuple[str, ...]:
    """The labels that a dashboard with these queries has a variable for: those that narrow any of them."""
    labels = narrowing_labels(definition) if _always_exposed(definition) != UP else TARGET_LABELS
    return labels_in(labels, expressions)


def variables(definition: Definition, labels: tuple[str, ...]) -> list[Json]:
    """The data source's variable and one for each of these labels, in the order in which each narrows the next."""
    metric = _always_exposed(definition)
    result = [adapter.datasource_variable()]
    for position, label in enumerate(labels):
        narrowed = ", ".join(matchers(labels[:position]))
        series = f"{metric}{{{narrowed}}}" if narrowed else metric
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


def _always_exposed(definition: Definition) -> str:
    """The name of a series that every target has from its first scrape on, one with as few others as can be.

    A counter whose labels are all closed is laid out at 0 before anything happened; an open label has no series until
    its first value was seen.
    """

    def cost(metric: Metric) -> tuple[bool, bool, int, int]:
        labels = [definition.labels[name] for name in metric.labels if name in definition.labels]
        series = math.prod(label.budget for label in labels)
        return (metric.shared, not all(label.closed for label in labels), _EXPOSED_FIRST.index(metric.type), series)

    metrics = sorted(definition.metrics.values(), key=cost)
    if not metrics:
        return UP
    suffix = "_count" if metrics[0].type is MetricType.HISTOGRAM else ""
    return f"{metrics[0].exposed}{suffix}"
