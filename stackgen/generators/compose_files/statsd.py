"""What statsd_exporter makes of packets that the exporter's StatsD and DogStatsD sinks send: the same metrics again."""

from __future__ import annotations

from collections.abc import Iterator

from stackgen.definition.model import Definition, Metric, MetricType
from stackgen.generators.document import Inline, Quoted, heading, to_yaml


def mapping(definition: Definition) -> str:
    """`mapping.yml`: names, labels and buckets of the definition, for sinks without a prefix."""
    metrics = [metric for metric in definition.metrics.values() if metric.type is not MetricType.INFO]
    settings = {"mappings": [entry for metric in metrics for entry in _entries(definition, metric)]}
    return heading(definition, "What StatsD packets become.") + "\n" + to_yaml(settings)


def relabelling(definition: Definition) -> list[dict[str, object]]:
    """Gives the application's metrics the job that dashboards and rules ask for; the exporter's own keep theirs."""
    names = "|".join(metric.exposed for metric in definition.metrics.values())
    return [
        {
            "source_labels": Inline(["__name__"]),
            "regex": Quoted(f"({names})(_bucket|_sum|_count)?"),
            "target_label": "job",
            "replacement": Quoted(definition.stack.jobs[0]),
        }
    ]


def _entries(definition: Definition, metric: Metric) -> Iterator[dict[str, object]]:
    """Once for plain StatsD, whose names end in the values of the labels; once for DogStatsD, whose tags are labels."""
    name = f"{definition.name}.{metric.key}"
    labels = definition.labels_of(metric.key)
    if labels:
        yield {
            "match": Quoted(".".join([name, *("*" for _ in labels)])),
            **_becomes(metric),
            "labels": {label: Quoted(f"${number}") for number, label in enumerate(labels, 1)},
        }
    yield {"match": Quoted(name), **_becomes(metric)}


def _becomes(metric: Metric) -> dict[str, object]:
    settings: dict[str, object] = {"name": metric.exposed}
    if metric.type is MetricType.HISTOGRAM:
        settings["observer_type"] = "histogram"
        settings["histogram_options"] = {"buckets": Inline(metric.buckets)}
        if metric.unit != "seconds":
            # Every timing is taken for milliseconds and divided; these never were any.
            settings["scale"] = 1000
    return settings
