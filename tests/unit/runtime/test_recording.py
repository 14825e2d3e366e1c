"""What an event records: buckets, sums, counts, amounts, and the series that are there from the start."""

from __future__ import annotations

import copy
import math
import pickle
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from stackgen.exporters.cache import CacheMetrics
from tests.unit.runtime.exporters import JOB_QUEUE, exporter_class, names, samples, value

HIT = {"operation": "get", "result": "hit"}


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def metrics(registry: CollectorRegistry) -> CacheMetrics:
    return CacheMetrics("sessions", "redis", registry=registry)


def test_an_observation_is_in_its_bucket_and_all_above(metrics: CacheMetrics, registry: CollectorRegistry) -> None:
    metrics.record_hit(0.0003)
    name = "cache_operation_duration_seconds"
    buckets = {le: value(registry, f"{name}_bucket", le=le, **HIT) for le in ("0.00025", "0.0005", "+Inf")}
    assert buckets == {"0.00025": 0, "0.0005": 1, "+Inf": 1}
    assert value(registry, f"{name}_sum", **HIT) == 0.0003
    assert value(registry, f"{name}_count", **HIT) == 1


def test_a_bound_belongs_to_its_bucket(metrics: CacheMetrics, registry: CollectorRegistry) -> None:
    metrics.record_hit(0.0005)
    assert value(registry, "cache_operation_duration_seconds_bucket", le="0.0005", **HIT) == 1


def test_a_counter_of_a_histogram_is_its_count(metrics: CacheMetrics, registry: CollectorRegistry) -> None:
    metrics.record_hit(0.1)
    metrics.record_hit(0.2)
    assert value(registry, "cache_operations_total", cache="sessions", backend="redis", **HIT) == 2


def test_one_event_changes_all_its_metrics(metrics: CacheMetrics, registry: CollectorRegistry) -> None:
    metrics.record_error(0.1, "get", "timeout")
    assert value(registry, "cache_errors_total", operation="get", kind="timeout") == 1
    assert value(registry, "cache_operations_total", operation="get", result="error") == 1


def test_arguments_may_be_named(metrics: CacheMetrics, registry: CollectorRegistry) -> None:
    metrics.record_error(seconds=0.1, operation="set", kind="connection")
    assert value(registry, "cache_errors_total", operation="set", kind="connection") == 1


def test_an_amount_is_one_unless_told(metrics: CacheMetrics, registry: CollectorRegistry) -> None:
    metrics.record_eviction()
    metrics.record_eviction(5)
    metrics.record_eviction(entries=0)
    assert value(registry, "cache_evictions_total") == 6


@pytest.mark.parametrize("amount", [-1, math.nan])
def test_a_counter_never_goes_down(amount: float, metrics: CacheMetrics, registry: CollectorRegistry) -> None:
    with pytest.raises(ValueError, match=r"entries must be at least 0.*counters only go up"):
        metrics.record_eviction(amount)
    assert value(registry, "cache_evictions_total") == 0


@pytest.mark.parametrize("seconds", ["0.1", None, 1j, Decimal("0.1"), object()])
def test_what_is_no_number_leaves_nothing_behind(
    seconds: Any, metrics: CacheMetrics, registry: CollectorRegistry
) -> None:
    with pytest.raises(TypeError):
        metrics.record_error(seconds, "get", "timeout")
    assert value(registry, "cache_operations_total") == 0
    assert value(registry, "cache_errors_total") == 0
    assert value(registry, "cache_operation_duration_seconds_sum") == 0


def test_not_a_number_is_above_all_bounds_as_prometheus_has_it(
    metrics: CacheMetrics, registry: CollectorRegistry
) -> None:
    metrics.record_hit(math.nan)
    assert value(registry, "cache_operation_duration_seconds_bucket", le="5.0", **HIT) == 0
    assert value(registry, "cache_operation_duration_seconds_bucket", le="+Inf", **HIT) == 1


def test_every_series_that_an_event_can_reach_is_there_at_zero(
    metrics: CacheMetrics, registry: CollectorRegistry
) -> None:
    found = {
        (dict(labels)["operation"], dict(labels)["result"]): count
        for (name, labels), count in samples(registry).items()
        if name == "cache_operations_total"
    }
    assert set(found.values()) == {0}
    assert ("get", "hit") in found
    assert ("set", "error") in found
    assert ("set", "hit") not in found, "no event ends a set as a hit"


def test_a_value_outside_a_closed_set_is_other_where_there_is_one(
    metrics: CacheMetrics, registry: CollectorRegistry
) -> None:
    metrics.record_error(0.1, "get", "martian")  # type: ignore[arg-type]
    assert value(registry, "cache_errors_total", kind="other") == 1
    assert value(registry, "stackgen_label_values_dropped_total", definition="cache", label="kind") == 1


def test_a_value_outside_a_closed_set_without_other_is_an_error() -> None:
    with pytest.raises(ValueError, match="job_queue: label 'region' cannot be 'mars'; its values are eu, us"):
        exporter_class(JOB_QUEUE)("mars", registry=CollectorRegistry())


def test_built_twice_it_is_the_same_series(metrics: CacheMetrics, registry: CollectorRegistry) -> None:
    again = CacheMetrics("sessions", "redis", registry=registry)
    other = CacheMetrics("products", "redis", registry=registry)
    metrics.record_hit(0.1)
    again.record_hit(0.1)
    other.record_hit(0.1)
    assert value(registry, "cache_operations_total", cache="sessions", **HIT) == 2
    assert value(registry, "cache_operations_total", cache="products", **HIT) == 1


def test_another_version_of_the_definition_is_refused(registry: CollectorRegistry, tmp_path: Any) -> None:
    texts = JOB_QUEUE.read_text(), JOB_QUEUE.read_text().replace("max_values: 20", "max_values: 21")
    classes = []
    for index, text in enumerate(texts):
        path = tmp_path / f"{index}.yaml"
        path.write_text(text)
        classes.append(exporter_class(path))
    classes[0]("eu", registry=registry)
    with pytest.raises(ValueError, match="another version of 'job_queue'"):
        classes[1]("eu", registry=registry)


def emptied(registry: CollectorRegistry) -> None:
    """Everything unregistered, as fixtures of tests do."""
    for collector in list(registry._collector_to_names):
        registry.unregister(collector)


def test_built_again_after_all_was_unregistered_it_is_exposed_again(
    metrics: CacheMetrics, registry: CollectorRegistry
) -> None:
    metrics.record_hit(0.1)
    emptied(registry)
    assert not samples(registry)
    again = CacheMetrics("sessions", "redis", registry=registry)
    again.record_hit(0.1)
    metrics.record_hit(0.1)
    assert value(registry, "cache_operations_total", **HIT) == 3
    assert value(registry, "stackgen_series", definition="cache") is not None
    again.reset()
    assert value(registry, "cache_operations_total", **HIT) == 0


def test_after_all_was_unregistered_options_and_version_may_be_others(
    metrics: CacheMetrics, registry: CollectorRegistry
) -> None:
    metrics.record_hit(0.1)
    emptied(registry)
    CacheMetrics("sessions", "redis", registry=registry, sampling=0.5).record_hit(0.1)
    assert value(registry, "cache_operations_total", **HIT) == 1
    with pytest.raises(ValueError, match=r"first built with sampling=0\.5"):
        CacheMetrics("sessions", "redis", registry=registry)


def test_disabled_it_records_and_exposes_nothing(registry: CollectorRegistry) -> None:
    metrics = CacheMetrics("sessions", "redis", registry=registry, enabled=False)
    metrics.record_hit(0.1)
    metrics.set_size(1)
    with metrics.time_get() as op:
        op.error("timeout")
    assert not names(samples(registry))
    assert metrics.snapshot().hit_ratio is None


def test_reset_forgets_what_was_recorded(metrics: CacheMetrics, registry: CollectorRegistry) -> None:
    metrics.record_hit(0.1)
    metrics.set_size(1)
    metrics.reset()
    assert value(registry, "cache_operations_total") == 0
    assert value(registry, "cache_size_bytes") is None
    metrics.record_hit(0.1)
    assert value(registry, "cache_operations_total", **HIT) == 1


BUILDS = """\
stackgen: 1
name: shop
title: Shop
labels: {version: {max_values: 3}, commit: {max_values: 3}, from: {values: [a, b]}}
metrics:
  build: {type: info, help: What runs., labels: [version, commit]}
  moves: {type: counter, help: Moves., labels: [from]}
events:
  move: {description: A move., count: moves, arguments: [from]}
"""


@pytest.fixture
def shop_class(tmp_path: Path) -> Any:
    path = tmp_path / "shop.yaml"
    path.write_text(BUILDS)
    return exporter_class(path)


def test_an_info_is_set_with_all_its_labels_by_place_or_by_name(shop_class: Any, registry: CollectorRegistry) -> None:
    shop = shop_class(registry=registry)
    for values, named in [(("1",), {}), ((), {"version": "1"}), (("1", "2", "3"), {}), (("1", "2"), {"version": "3"})]:
        with pytest.raises(TypeError, match=r"ShopMetrics\.set_build\(\)"):
            shop.set_build(*values, **named)
    shop.set_build("1", commit="a")
    shop.set_build(commit="b", version="2")
    assert value(registry, "shop_build_info", version="2", commit="b") == 1
    assert value(registry, "shop_build_info") == 1


def test_what_a_subclass_overrides_is_called_and_finds_the_rest(shop_class: Any, registry: CollectorRegistry) -> None:
    class Watched(shop_class):  # type: ignore[misc]
        def __init__(self) -> None:
            self.moved: list[str] = []
            super().__init__(registry=registry)

        def record_move(self, from_: str) -> None:
            self.moved.append(from_)
            super().record_move(from_)

    shop = Watched()
    shop.record_move("a")
    shop.set_build("1", "2")
    assert shop.moved == ["a"]
    assert value(registry, "shop_moves_total", **{"from": "a"}) == 1
    assert value(registry, "shop_build_info") == 1
    assert isinstance(shop, Watched)
    assert type(shop).__name__ == "Watched"


def test_methods_are_called_and_told_of_as_in_the_module(metrics: CacheMetrics) -> None:
    for name in ("record_hit", "record_error", "time_get", "set_pool_connections"):
        method, published = getattr(metrics, name), getattr(CacheMetrics, name)
        assert method.__doc__ == published.__doc__
        assert method.__qualname__ == published.__qualname__ == f"CacheMetrics.{name}"
        assert method.__module__ == published.__module__


def test_it_is_not_pickled_and_says_what_to_do(metrics: CacheMetrics) -> None:
    with pytest.raises(
        TypeError, match=r"CacheMetrics cannot be pickled.*build CacheMetrics again with the same labels"
    ):
        pickle.dumps(metrics)
    assert copy.copy(metrics) is metrics
