"""Open labels: as arguments, fixed once with `labels()`, and never more values than their budget."""

from __future__ import annotations

import tracemalloc
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from stackgen.exporters.cache import CacheMetrics
from tests.unit.runtime.exporters import JOB_QUEUE, exporter_class, samples, value

DONE = "job_queue_run_duration_seconds_count"


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def metrics(registry: CollectorRegistry) -> Any:
    return exporter_class(JOB_QUEUE)("eu", registry=registry)


def queues(registry: CollectorRegistry) -> set[str]:
    return {dict(labels)["queue"] for (_, labels), _ in samples(registry).items() if "queue" in dict(labels)}


def test_a_bound_child_records_to_the_same_series(metrics: Any, registry: CollectorRegistry) -> None:
    metrics.labels(queue="mail").record_done(1.0)
    metrics.record_done(1.0, "mail")
    metrics.record_done(1.0, queue="mail")
    assert value(registry, DONE, queue="mail", outcome="done") == 3


def test_the_same_values_give_the_same_child(metrics: Any) -> None:
    assert metrics.labels("mail") is metrics.labels(queue="mail")
    assert metrics.labels("mail") is not metrics.labels("push")


def test_fixing_them_lays_their_series_out_at_zero(metrics: Any, registry: CollectorRegistry) -> None:
    metrics.labels(queue="mail")
    assert value(registry, "job_queue_retries_total", queue="mail") == 0
    assert value(registry, "job_queue_run_duration_seconds_count", queue="mail", outcome="failed") == 0
    assert value(registry, "job_queue_depth", queue="mail") is None, "a gauge has no value before it is given one"


def test_amounts_follow_the_labels(metrics: Any, registry: CollectorRegistry) -> None:
    metrics.record_started(0.5, "mail", 100)
    metrics.labels("mail").record_started(0.5, size=50)
    assert value(registry, "job_queue_payload_bytes_total", queue="mail") == 150


def test_an_event_sets_gauges(metrics: Any, registry: CollectorRegistry) -> None:
    metrics.record_measured("mail", waiting=3, room=10)
    assert value(registry, "job_queue_depth", queue="mail") == 3
    assert value(registry, "job_queue_capacity", queue="mail") == 10


def test_past_its_budget_a_label_is_other(metrics: Any, registry: CollectorRegistry) -> None:
    for index in range(100):
        metrics.record_done(0.1, f"queue-{index}")
    assert queues(registry) - {"other"} == {f"queue-{index}" for index in range(20)}
    assert value(registry, DONE, queue="other") == 80
    assert value(registry, DONE) == 100
    assert value(registry, "stackgen_label_values_dropped_total", definition="job_queue", label="queue") == 80


def test_children_past_the_budget_are_one(metrics: Any, registry: CollectorRegistry) -> None:
    children = {id(metrics.labels(f"queue-{index}")) for index in range(100)}
    assert len(children) == 21


def test_values_past_the_budget_take_no_memory(metrics: Any) -> None:
    for index in range(1000):
        metrics.record_done(0.1, f"queue-{index}")
    tracemalloc.start()
    try:
        metrics.record_done(0.1, "first")
        before, _ = tracemalloc.get_traced_memory()
        for index in range(20_000):
            metrics.record_done(0.1, f"user-{index}")
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 100_000, "far less than a table with 20,000 entries takes"


def test_a_bound_label_has_its_budget_too(registry: CollectorRegistry) -> None:
    for index in range(60):
        CacheMetrics(f"cache-{index}", "local", registry=registry).record_hit(0.1)
    assert value(registry, "cache_operations_total", cache="other", result="hit") == 10


@pytest.mark.parametrize("text", ["", "a b", 'quo"te', "back\\slash", "new\nline", "ünï☃", "\x00", "%s", "\ud800"])
def test_any_text_may_be_a_label(text: str, metrics: Any, registry: CollectorRegistry) -> None:
    metrics.record_done(0.1, text)
    shown = text.encode("utf-8", "replace").decode()
    assert value(registry, DONE, queue=shown, outcome="done") == 1


def test_what_is_no_text_is_recorded_as_its_text(metrics: Any, registry: CollectorRegistry) -> None:
    for given in (7, True, None, ["unhashable"]):
        metrics.record_done(0.1, given)
    assert queues(registry) == {"7", "True", "None", "['unhashable']"}
