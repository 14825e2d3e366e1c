"""How a cache is judged, from the answer to a probe and what was recorded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from stackgen.exporters.cache import CacheMetrics
from stackgen.instrument.health import Limits, Report
from stackgen.instrument.health.report import Answer, judged
from tests.unit.runtime.exporters import exporter_class

FAST = Answer(0.0003)


@pytest.fixture
def metrics() -> CacheMetrics:
    return CacheMetrics("sessions", "redis", registry=CollectorRegistry())


def report(metrics: CacheMetrics, answer: Answer = FAST, **limits: Any) -> Report:
    return judged(answer, metrics.snapshot("1m"), Limits(**limits))


def test_a_cache_that_answers_and_of_which_nothing_else_is_known_is_healthy(metrics: CacheMetrics) -> None:
    found = report(metrics)
    assert (found.status, found.reasons, found.connected, found.error) == ("healthy", (), True, None)
    assert found.circuit_breaker is None


def test_one_that_does_not_answer_is_unhealthy(metrics: CacheMetrics) -> None:
    found = report(metrics, Answer(1.0, "timeout", "TimeoutError"))
    assert (found.status, found.connected, found.error) == ("unhealthy", False, "timeout")
    assert found.reasons == ("no answer after 1 s: timeout (TimeoutError)",)


def test_one_that_is_slow_is_degraded(metrics: CacheMetrics) -> None:
    assert report(metrics, Answer(0.1)).status == "healthy", "up to the limit"
    found = report(metrics, Answer(0.25))
    assert found.status == "degraded"
    assert found.reasons == ("slow: it took 250 ms to answer, more than 100 ms",)
    assert report(metrics, Answer(0.25), slow=None).status == "healthy"


@pytest.mark.parametrize(("in_use", "status"), [(8, "healthy"), (9, "degraded"), (10, "degraded")])
def test_one_whose_pool_is_nearly_full_is_degraded(in_use: int, status: str, metrics: CacheMetrics) -> None:
    metrics.set_pool_connections(in_use, "in_use")
    metrics.set_pool_limit(10)
    found = report(metrics)
    assert found.status == status
    assert found.pool is not None
    assert (found.pool.in_use, found.pool.limit, found.pool.share) == (in_use, 10, in_use / 10)
    assert report(metrics, pool_share=None).status == "healthy"


def test_a_pool_without_a_limit_is_never_full(metrics: CacheMetrics) -> None:
    metrics.set_pool_connections(1000, "in_use")
    metrics.set_pool_limit(0)
    found = report(metrics)
    assert found.status == "healthy"
    assert found.pool is not None
    assert found.pool.share is None


def record(metrics: CacheMetrics, hits: int, errors: int) -> None:
    for _ in range(hits):
        metrics.record_hit(0.001)
    for _ in range(errors):
        metrics.record_error(0.001, "get", "other")


@pytest.mark.parametrize(
    ("hits", "errors", "status"), [(95, 5, "healthy"), (94, 6, "degraded"), (0, 19, "healthy"), (0, 20, "degraded")]
)
def test_one_whose_operations_fail_is_degraded_once_there_are_enough_of_them(
    hits: int, errors: int, status: str, metrics: CacheMetrics
) -> None:
    record(metrics, hits, errors)
    found = report(metrics)
    assert found.status == status
    assert report(metrics, error_ratio=None).status == "healthy"
    assert all("failed" in reason for reason in found.reasons)


@pytest.mark.parametrize(
    ("state", "status", "name"), [(0, "healthy", "closed"), (1, "degraded", "half open"), (2, "unhealthy", "open")]
)
def test_a_circuit_breaker(state: int, status: str, name: str, metrics: CacheMetrics) -> None:
    metrics.set_circuit_breaker_state(state)
    found = report(metrics)
    assert (found.status, found.circuit_breaker, found.connected) == (status, name, True)


def test_all_reasons_are_told(metrics: CacheMetrics) -> None:
    metrics.set_circuit_breaker_state(2)
    record(metrics, 0, 50)
    found = report(metrics, Answer(0.01, "connection", "ConnectionError"))
    assert found.status == "unhealthy"
    assert len(found.reasons) == 3


def test_signals_are_those_of_the_snapshot_that_have_a_value(metrics: CacheMetrics) -> None:
    record(metrics, 3, 1)
    found = report(metrics)
    assert found.signals["hit_ratio"] == 1
    assert found.signals["error_ratio"] == 0.25
    assert found.signals["throughput"]["get"] > 0
    assert "size" not in found.signals
    assert found.covered is not None


def test_as_json(metrics: CacheMetrics) -> None:
    record(metrics, 3, 1)
    metrics.set_pool_connections(1, "in_use")
    found = report(metrics)
    assert found.basic().json() == {"status": "healthy", "reasons": [], "connected": True, "seconds": 0.0003}
    detailed = json.loads(json.dumps(found.json()))
    assert detailed["pool"] == {"in_use": 1, "limit": None, "share": None}
    assert detailed["signals"]["hit_ratio"] == 1
    assert detailed["circuit_breaker"] is None


def test_signals_may_be_split_otherwise_than_the_caches_are(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text("""
        stackgen: 1
        extends: cache
        name: own
        signals:
          throughput: {by: []}
          error_ratio: {by: [operation]}
          lookups: {by: [operation, result]}
    """)
    metrics: Any = exporter_class(path)("sessions", "redis", registry=CollectorRegistry())
    metrics.snapshot("1m")
    for _ in range(30):
        metrics.record_hit(0.001)
    metrics.record_error(0.001, "set", "timeout")
    assert report(metrics).status == "healthy", "one of one in a part says nothing"
    written = json.loads(json.dumps(report(metrics).json()))["signals"]
    assert written["throughput"] > 0
    assert written["error_ratio"]["set"] == 1
    assert set(written["lookups"]) == {"get,hit", "get,miss", "get,stale"}


def test_errors_are_told_where_operations_are_not_split(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text("""{stackgen: 1, extends: cache, name: own, signals: {throughput: {by: []}}}""")
    metrics: Any = exporter_class(path)("sessions", "redis", registry=CollectorRegistry())
    metrics.snapshot("1m")
    for _ in range(10):
        metrics.record_hit(0.001)
        metrics.record_error(0.001, "get", "timeout")
    assert report(metrics).reasons[0].startswith("50.0% of the operations")
