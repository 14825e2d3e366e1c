"""Gauges: set, moved, or asked for at the scrape."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from math import inf, nan
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from stackgen.exporters.cache import CacheMetrics
from tests.unit.runtime.exporters import JOB_QUEUE, exporter_class, samples, value


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


@pytest.fixture(params=["alone", "shared"])
def either(request: pytest.FixtureRequest, registry: CollectorRegistry, tmp_path: Path) -> CacheMetrics:
    """An exporter whose gauges are this process's alone, and one that shares them."""
    shared = tmp_path if request.param == "shared" else None
    return CacheMetrics("sessions", "redis", registry=registry, shared=shared)


@pytest.mark.parametrize("added", [inf, -inf, nan, 1e308])
def test_what_is_set_wins_over_an_infinity_that_was_added(
    added: float, either: CacheMetrics, registry: CollectorRegistry
) -> None:
    either.inc_size(added)
    either.inc_size(added)
    either.set_size(5)
    either.inc_size(2)
    assert value(registry, "cache_size_bytes") == 7


def test_infinities_of_both_signs_do_not_fail_the_scrape(either: CacheMetrics, registry: CollectorRegistry) -> None:
    either.inc_size(inf)
    with ThreadPoolExecutor(1) as pool:
        pool.submit(either.dec_size, inf).result()
    assert str(value(registry, "cache_size_bytes")) == "nan"


@pytest.mark.parametrize("bad", ["5", b"5", 1j, None, object()])
def test_what_is_no_real_number_is_refused_and_the_gauge_stays_as_it_is(
    bad: Any, either: CacheMetrics, registry: CollectorRegistry
) -> None:
    either.set_size(5)
    methods: list[Callable[[Any], None]] = [either.set_size, either.inc_size, either.dec_size]
    for method in methods:
        with pytest.raises(TypeError):
            method(bad)
    assert value(registry, "cache_size_bytes") == 5


def test_any_real_number_may_be_set_and_added(either: CacheMetrics, registry: CollectorRegistry) -> None:
    either.set_size(Decimal("0.5"))  # type: ignore[arg-type]
    either.inc_size(Decimal(2))  # type: ignore[arg-type]
    either.inc_size(True)
    assert value(registry, "cache_size_bytes") == 3.5


@pytest.mark.parametrize("bad", ["5", None, 1j, object()])
@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("sampling", [1, 0.5])
def test_of_an_event_that_sets_a_gauge_to_what_is_no_number_nothing_is_recorded(
    bad: Any, shared: bool, sampling: float, tmp_path: Path, registry: CollectorRegistry
) -> None:
    path = tmp_path / "queue.yaml"
    text = JOB_QUEUE.read_text().replace("count: {payload: size}", "count: {payload: size}\n    set: {depth: waiting}")
    path.write_text(text)
    shared_directory = tmp_path / "shared" if shared else None
    metrics = exporter_class(path)("eu", registry=registry, shared=shared_directory, sampling=sampling)
    metrics.record_started(0.1, "mail", waiting=3, size=10)
    before = samples(registry)
    for wrong in ({"waiting": bad, "size": 1}, {"waiting": 1, "size": bad}, {"waiting": 1, "size": Decimal(1)}):
        with pytest.raises(TypeError):
            metrics.record_started(0.1, "mail", **wrong)
    assert samples(registry) == before
