"""What StatsD packets become: held against the packets that the project's own sinks write."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from stackgen.definition import load
from stackgen.generators.compose import generate
from stackgen.runtime.sinks import lines
from tests.unit.compose.definitions import definition

CACHE = load("cache")
FILES = generate(CACHE)
MAPPINGS: list[dict[str, Any]] = yaml.safe_load(FILES["statsd/mapping.yml"])["mappings"]
LABELS = {"cache": "my.sessions", "backend": "redis", "operation": "get", "result": "hit"}


def mapped(name: str) -> tuple[dict[str, Any], dict[str, str]]:
    """What statsd_exporter's globs make of a name: the mapping, and the labels that it fills in."""
    for mapping in MAPPINGS:
        pattern = re.escape(mapping["match"]).replace(r"\*", "([^.]*)")
        if found := re.fullmatch(pattern, name):
            labels = mapping.get("labels", {})
            return mapping, {key: found[int(value.removeprefix("$"))] for key, value in labels.items()}
    raise AssertionError(f"nothing maps {name}")


def test_plain_statsd_gets_its_labels_back_from_the_levels_of_the_name() -> None:
    name = lines.with_values("cache.operations", LABELS)
    mapping, labels = mapped(name)
    assert mapping["name"] == "cache_operations_total"
    assert labels == LABELS | {"cache": "my_sessions"}


def test_dogstatsd_needs_the_name_alone() -> None:
    mapping, labels = mapped("cache.operation_duration")
    assert labels == {}, "tags are labels already"
    assert mapping["name"] == "cache_operation_duration_seconds"
    assert mapping["observer_type"] == "histogram"
    assert mapping["histogram_options"]["buckets"] == list(CACHE.metrics["operation_duration"].buckets)
    assert "scale" not in mapping, "timings are milliseconds, which become seconds"


@pytest.mark.parametrize("metric", CACHE.metrics.values(), ids=list(CACHE.metrics))
def test_every_metric_of_the_definition_arrives_under_its_name(metric: Any) -> None:
    labels = dict.fromkeys(CACHE.labels_of(metric.key), "x")
    mapping, found = mapped(lines.with_values(f"cache.{metric.key}", labels))
    assert mapping["name"] == metric.exposed
    assert found == labels


def test_they_have_the_applications_job_and_the_exporters_own_have_not() -> None:
    jobs = yaml.safe_load(FILES["prometheus/prometheus.yml"])["scrape_configs"]
    (rule,) = next(job for job in jobs if job["job_name"] == "statsd-exporter")["metric_relabel_configs"]
    assert (rule["source_labels"], rule["target_label"], rule["replacement"]) == (["__name__"], "job", "cache")
    taken = re.compile(rule["regex"])
    assert taken.fullmatch("cache_operations_total")
    assert taken.fullmatch("cache_operation_duration_seconds_bucket")
    assert not taken.fullmatch("statsd_exporter_lines_total")


def test_a_stack_without_the_service_has_no_mapping() -> None:
    assert "statsd/mapping.yml" not in generate(definition())
