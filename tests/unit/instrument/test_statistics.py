"""Caches that keep statistics of their own are observed from them."""

from __future__ import annotations

import functools
import gc
import os
import threading
from pathlib import Path
from typing import Any

import cachetools
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from stackgen.exporters.cache import CacheMetrics
from stackgen.instrument import instrument, uninstrument
from tests.integration.instrument.recorded import Recorded


def square(number: int) -> int:
    if number < 0:
        raise ValueError("negative")
    return number * number


def lru() -> Any:
    return functools.lru_cache(maxsize=3)(square)


def from_cachetools() -> Any:
    return cachetools.cached(cachetools.LRUCache(maxsize=3), info=True)(square)


every_kind = pytest.mark.parametrize("make", [lru, from_cachetools])


@every_kind
def test_hits_misses_and_entries(make: Any) -> None:
    recorded = Recorded("local")
    function = make()
    function(9)  # before it was observed
    assert instrument(function, recorded.metrics) is function
    for number in (1, 1, 2, 1, 9):
        function(number)
    assert recorded.operations == {("get", "hit"): 3, ("get", "miss"): 2}
    assert recorded.value("cache_entries") == 3
    function(1)
    assert recorded.metrics.snapshot().hit_ratio == pytest.approx(4 / 6)
    assert recorded.operations[("get", "hit")] == 4


@every_kind
@given(numbers=st.lists(st.integers(-2, 4)))
def test_counts_are_those_of_the_function_and_it_does_what_it_did(make: Any, numbers: list[int]) -> None:
    recorded = Recorded("local")
    plain, observed = make(), make()
    instrument(observed, recorded.metrics)
    for function in (plain, observed):
        for number in numbers:
            try:
                assert function(number) == number * number
            except ValueError:
                assert number < 0
    assert plain.cache_info() == observed.cache_info()
    counted = recorded.operations
    assert (counted.get(("get", "hit"), 0), counted.get(("get", "miss"), 0)) == observed.cache_info()[:2]


@every_kind
def test_a_cleared_cache_begins_again(make: Any) -> None:
    recorded = Recorded("local")
    function = instrument(make(), recorded.metrics)
    function(1)
    function(1)
    assert recorded.operations == {("get", "hit"): 1, ("get", "miss"): 1}
    function.cache_clear()
    function(1)
    assert recorded.operations == {("get", "hit"): 1, ("get", "miss"): 2}


@every_kind
def test_the_function_is_released(make: Any) -> None:
    recorded = Recorded("local")
    function = instrument(make(), recorded.metrics)
    function(1)
    assert uninstrument(function) is function
    function(1)
    assert recorded.operations == {("get", "miss"): 1}
    assert recorded.value("cache_entries") is None


def test_several_functions_add_up_under_the_same_metrics() -> None:
    recorded = Recorded("local")
    first, second = instrument(lru(), recorded.metrics), instrument(lru(), recorded.metrics)
    first(1)
    second(1)
    second(2)
    assert recorded.operations == {("get", "miss"): 3}
    assert recorded.value("cache_entries") == 3


def test_a_function_that_is_gone_is_not_held() -> None:
    recorded = Recorded("local")
    function = instrument(lru(), recorded.metrics)
    function(1)
    assert recorded.operations == {("get", "miss"): 1}
    del function
    gc.collect()
    assert recorded.operations == {("get", "miss"): 1}
    assert recorded.value("cache_entries") == 0


def test_scrapes_at_the_same_time_count_nothing_twice() -> None:
    recorded = Recorded("local")
    function = instrument(lru(), recorded.metrics)
    stop = threading.Event()

    def scrape() -> None:
        while not stop.is_set():
            recorded.registry.get_sample_value("cache_entries")

    threads = [threading.Thread(target=scrape) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(3000):
        function(1)
    stop.set()
    for thread in threads:
        thread.join()
    assert recorded.operations == {("get", "hit"): 2999, ("get", "miss"): 1}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_process_counts_what_it_does_itself() -> None:
    recorded = Recorded("local")
    function = instrument(lru(), recorded.metrics)
    function(1)
    child = os.fork()
    if child == 0:
        function(1)
        os._exit(0 if recorded.operations == {("get", "hit"): 1} else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert recorded.operations == {("get", "miss"): 1}


def test_sampled_metrics_count_exactly() -> None:
    registry = CollectorRegistry()
    metrics = CacheMetrics(cache="c", backend="local", sampling=0.1, registry=registry)
    function = instrument(lru(), metrics)
    for _ in range(101):
        function(1)
    labels = {"cache": "c", "backend": "local", "operation": "get", "result": "hit"}
    assert registry.get_sample_value("cache_operations_total", labels) == 100
    assert registry.get_sample_value("cache_operation_duration_seconds_count", labels) == 100


def test_metrics_that_processes_share(tmp_path: Path) -> None:
    registry = CollectorRegistry()
    metrics = CacheMetrics(cache="c", backend="local", shared=tmp_path, registry=registry)
    function = instrument(lru(), metrics)
    for _ in range(3):
        function(1)
    labels = {"cache": "c", "backend": "local", "operation": "get", "result": "hit"}
    assert registry.get_sample_value("cache_operations_total", labels) == 2
    assert registry.get_sample_value("cache_entries", {"cache": "c", "backend": "local"}) == 1


def test_reset_and_disabled_metrics() -> None:
    recorded = Recorded("local")
    function = instrument(lru(), recorded.metrics)
    function(1)
    recorded.metrics.reset()
    assert recorded.operations == {}
    function(1)
    assert recorded.operations == {("get", "hit"): 1}
    instrument(function, CacheMetrics(cache="c", backend="local", enabled=False))
    assert function(2) == 4


def test_a_function_without_statistics_is_refused() -> None:
    with pytest.raises(TypeError, match="observe"):
        instrument(square, Recorded().metrics)
