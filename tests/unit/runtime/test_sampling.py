"""Sampling leaves counters exact and estimates of rates and quantiles unbiased."""

from __future__ import annotations

import math
import random

import pytest
from prometheus_client import CollectorRegistry

from stackgen.exporters.cache import CacheMetrics
from tests.unit.runtime.exporters import value

HIT = {"operation": "get", "result": "hit"}
NUMBER = 50_000


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def metrics(registry: CollectorRegistry) -> CacheMetrics:
    return CacheMetrics("sessions", "redis", registry=registry, sampling=0.1)


@pytest.fixture(autouse=True)
def _same_dice() -> None:
    random.seed(1)


def within(share: float, found: float | None, expected: float) -> bool:
    return found is not None and math.isclose(found, expected, rel_tol=share)


def test_counters_are_exact_and_the_rest_is_scaled(metrics: CacheMetrics, registry: CollectorRegistry) -> None:
    for index in range(NUMBER):
        metrics.record_hit(0.0002 if index % 2 else 0.02)
    assert value(registry, "cache_operations_total", **HIT) == NUMBER
    name = "cache_operation_duration_seconds"
    assert value(registry, f"{name}_count", **HIT) != NUMBER, "it is an estimate"
    assert within(0.05, value(registry, f"{name}_count", **HIT), NUMBER)
    assert within(0.05, value(registry, f"{name}_sum", **HIT), NUMBER * 0.0101)
    assert within(0.05, value(registry, f"{name}_bucket", le="0.001", **HIT), NUMBER / 2)
    assert within(0.05, metrics.snapshot().latency_mean, 0.0101)


def test_counters_beside_a_histogram_are_exact(metrics: CacheMetrics, registry: CollectorRegistry) -> None:
    for _ in range(1000):
        metrics.record_error(0.1, "get", "timeout")
    assert value(registry, "cache_errors_total", kind="timeout") == 1000
    assert value(registry, "cache_operations_total", result="error") == 1000


def test_timers_count_all_and_time_some(metrics: CacheMetrics, registry: CollectorRegistry) -> None:
    for _ in range(10_000):
        with metrics.time_get() as op:
            op.hit()
    for _ in range(100):
        with metrics.time_set():
            pass
        with pytest.raises(KeyError), metrics.time_get():
            raise KeyError
    assert value(registry, "cache_operations_total", **HIT) == 10_000
    assert value(registry, "cache_operations_total", operation="set") == 100
    assert value(registry, "cache_errors_total", kind="other") == 100
    assert within(0.15, value(registry, "cache_operation_duration_seconds_count", **HIT), 10_000)


@pytest.mark.parametrize("share", [0, -1, 1.1, math.nan])
def test_a_share_is_above_0_and_at_most_1(share: float) -> None:
    with pytest.raises(ValueError, match="sampling must be above 0 and at most 1"):
        CacheMetrics("sessions", "redis", registry=CollectorRegistry(), sampling=share)
