"""Gauges: set, moved, or asked for at the scrape."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor

import pytest
from prometheus_client import CollectorRegistry

from stackgen.exporters.cache import CacheMetrics
from tests.unit.runtime.exporters import value


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def metrics(registry: CollectorRegistry) -> CacheMetrics:
    return CacheMetrics("sessions", "redis", registry=registry)


def test_a_gauge_that_nobody_set_is_not_there(metrics: CacheMetrics, registry: CollectorRegistry) -> None:
    assert value(registry, "cache_size_limit_bytes") is None, "0 would say that there is no limit"


def test_set_replaces_what_was_added(metrics: CacheMetrics, registry: CollectorRegistry) -> None:
    metrics.inc_size(7)
    metrics.set_size(0.1)
    assert value(registry, "cache_size_bytes") == 0.1
    metrics.inc_size(2)
    metrics.dec_size()
    assert value(registry, "cache_size_bytes") == 1.1


def test_moved_only_it_starts_at_zero(metrics: CacheMetrics, registry: CollectorRegistry) -> None:
    metrics.inc_pool_connections("in_use", 3)
    metrics.dec_pool_connections("in_use")
    assert value(registry, "cache_pool_connections", state="in_use") == 2
    assert value(registry, "cache_pool_connections", state="idle") is None


def test_moves_of_many_threads_add_up(metrics: CacheMetrics, registry: CollectorRegistry) -> None:
    def work() -> None:
        for _ in range(1000):
            metrics.inc_entries(3)
            metrics.dec_entries(2)

    with ThreadPoolExecutor(8) as pool:
        for _ in range(8):
            pool.submit(work)
    assert value(registry, "cache_entries") == 8000


def test_a_function_is_asked_at_each_scrape(metrics: CacheMetrics, registry: CollectorRegistry) -> None:
    entries = ["a"]
    metrics.set_entries_function(lambda: len(entries))
    assert value(registry, "cache_entries") == 1
    entries.append("b")
    assert value(registry, "cache_entries") == 2
    metrics.set_entries_function(None)
    assert value(registry, "cache_entries") is None


def test_a_function_that_raises_does_not_fail_the_scrape(
    metrics: CacheMetrics, registry: CollectorRegistry, caplog: pytest.LogCaptureFixture
) -> None:
    metrics.set_entries_function(lambda: 1 // 0)
    metrics.set_size(5)
    with caplog.at_level(logging.ERROR, "stackgen"):
        assert value(registry, "cache_size_bytes") == 5
        assert value(registry, "cache_entries") is None
    assert len(caplog.records) == 1, "it is reported once"
    failed = value(registry, "stackgen_gauge_function_errors_total", definition="cache", metric="entries")
    assert failed == 3
