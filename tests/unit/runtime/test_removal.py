"""Series of gauges and infos that are taken away: by labels, by any thread, in processes that share a directory."""

from __future__ import annotations

import re
import sys
import threading
import types
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from stackgen.definition import load
from stackgen.generators.exporter import generate
from stackgen.runtime import generate_latest
from tests.unit.runtime.exporters import exporter_class, parsed, samples, value
from tests.unit.runtime.test_prefork import Child, exits_well

CONSUMER = """\
stackgen: 1
name: consumer
title: Consumer
labels:
  group: {bind: true, values: [orders, mails]}
  topic: {values: [eu, us, other]}
  state: {values: [up, down]}
  partition: {max_values: 3}
  version: {max_values: 5}
metrics:
  lag: {type: gauge, help: Messages behind., labels: [topic, partition], combine: COMBINE}
  workers: {type: gauge, help: Workers by state., labels: [state]}
  memory: {type: gauge, help: Memory.}
  build: {type: info, help: What runs., labels: [version]}
  messages: {type: counter, help: Messages., labels: [partition]}
events:
  message: {count: messages, arguments: [partition]}
  polled: {set: {lag: behind}, arguments: [topic, partition]}
"""
LAG = "consumer_lag"


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


def consumer(tmp_path: Path, combine: str = "sum") -> Any:
    """The exporter's class."""
    path = tmp_path / "consumer.yaml"
    path.write_text(CONSUMER.replace("COMBINE", combine))
    return exporter_class(path)


@pytest.fixture(params=["alone", "shared"])
def metrics(request: pytest.FixtureRequest, registry: CollectorRegistry, tmp_path: Path) -> Any:
    shared = tmp_path / "shared" if request.param == "shared" else None
    return consumer(tmp_path)("orders", registry=registry, shared=shared)


def test_a_removed_series_is_gone_until_it_is_set_again(metrics: Any, registry: CollectorRegistry) -> None:
    metrics.set_lag(100, "eu", "0")
    metrics.set_lag(7, "eu", "1")
    metrics.remove_lag("eu", "0")
    assert value(registry, LAG, partition="0") is None
    assert value(registry, LAG) == 7, "the others stay"
    metrics.record_polled("eu", "0", behind=3)
    assert value(registry, LAG, partition="0") == 3


def test_what_is_added_after_it_was_removed_starts_at_zero(metrics: Any, registry: CollectorRegistry) -> None:
    for first in (metrics.inc_lag, lambda *labels: metrics.set_lag(5, *labels)):
        first("eu", "0")
        metrics.inc_lag("eu", "0", 2)
        metrics.remove_lag("eu", "0")
        assert value(registry, LAG) is None
        metrics.inc_lag("eu", "0", 4)
        assert value(registry, LAG) == 4


def test_a_function_is_taken_off_too(metrics: Any, registry: CollectorRegistry) -> None:
    metrics.set_lag_function(lambda: 9, "eu", "0")
    assert value(registry, LAG) == 9
    metrics.remove_lag("eu", "0")
    assert value(registry, LAG) is None
    metrics.set_lag(1, "eu", "0")
    assert value(registry, LAG) == 1, "and does not come back with the next value"


def test_a_function_that_is_taken_off_while_it_is_asked_does_not_bring_the_series_back(
    metrics: Any, registry: CollectorRegistry
) -> None:
    asked, removed = threading.Event(), threading.Event()

    def lag() -> float:
        asked.set()
        assert removed.wait(30)
        return 9

    metrics.set_lag_function(lag, "eu", "0")
    with ThreadPoolExecutor(1) as pool:
        scrape = pool.submit(generate_latest, registry)
        assert asked.wait(30)
        metrics.remove_lag("eu", "0")
        removed.set()
        scrape.result()
    assert value(registry, LAG) is None


def test_what_was_never_set_is_removed_without_a_trace(metrics: Any, registry: CollectorRegistry) -> None:
    before = samples(registry)
    metrics.remove_lag("eu", "0")
    for number in range(20):
        metrics.remove_lag("eu", f"unknown-{number}")
    metrics.remove_workers("up")
    metrics.remove_memory()
    metrics.remove_build("1")
    assert samples(registry) == before
    for number in range(3):
        metrics.set_lag(1, "eu", str(number))
    assert value(registry, LAG, partition="other") is None, "it took nothing of the budget"


def test_values_beyond_the_budget_share_other_which_only_its_own_name_removes(
    metrics: Any, registry: CollectorRegistry
) -> None:
    for number in range(5):
        metrics.set_lag(number, "eu", str(number))
    metrics.remove_lag("eu", "3")
    metrics.remove_lag("asia", "4")
    assert value(registry, LAG, partition="other") == 4
    metrics.remove_lag("eu", "other")
    assert value(registry, LAG, partition="other") is None


def test_a_removed_value_keeps_its_place_in_the_budget(metrics: Any, registry: CollectorRegistry) -> None:
    held = metrics.labels(partition="0")
    for number in range(3):
        metrics.set_lag(1, "eu", str(number))
        metrics.remove_lag("eu", str(number))
    metrics.set_lag(1, "eu", "3")
    assert value(registry, LAG, partition="other") == 1
    held.set_lag(6, "eu")
    assert value(registry, LAG, partition="0") == 6, "who holds it can set it at any moment"
    held.remove_lag("eu")
    assert value(registry, LAG, partition="0") is None


def test_a_value_outside_a_closed_set_is_refused_as_anywhere(metrics: Any) -> None:
    with pytest.raises(ValueError, match="label 'state' cannot be 'sideways'; its values are up, down"):
        metrics.remove_workers("sideways")


def test_gauges_without_labels_of_their_own_and_infos(metrics: Any, registry: CollectorRegistry) -> None:
    metrics.set_memory(5)
    metrics.set_build("1.2")
    metrics.remove_build("1.1")
    assert value(registry, "consumer_build_info", version="1.2") == 1
    metrics.remove_memory()
    metrics.remove_build("1.2")
    assert value(registry, "consumer_memory") is None
    assert value(registry, "consumer_build_info") is None
    metrics.set_build("1.2")
    assert value(registry, "consumer_build_info", version="1.2") == 1


def test_another_exporter_of_the_definition_keeps_its_series(registry: CollectorRegistry, tmp_path: Path) -> None:
    kind = consumer(tmp_path)
    orders, mails = kind("orders", registry=registry), kind("mails", registry=registry)
    orders.set_lag(1, "eu", "0")
    mails.set_lag(2, "eu", "0")
    orders.remove_lag("eu", "0")
    assert value(registry, LAG) == 2


def test_a_disabled_exporter_has_the_method(tmp_path: Path) -> None:
    consumer(tmp_path)("orders", registry=CollectorRegistry(), enabled=False).remove_lag("eu", "0")


def test_a_module_that_an_earlier_stackgen_generated_works_as_it_did(
    registry: CollectorRegistry, tmp_path: Path
) -> None:
    path = tmp_path / "consumer.yaml"
    path.write_text(CONSUMER.replace("COMBINE", "sum"))
    (text,) = generate(load(str(path))).values()
    text = re.sub(r"\n    def remove_\w+\(.*?\n        \"\"\".*?\"\"\"\n", "\n", text, flags=re.DOTALL)
    assert "remove_" not in text
    module = types.ModuleType("generated_by_an_earlier_stackgen")
    sys.modules[module.__name__] = module
    exec(compile(text, "consumer.py", "exec"), vars(module))
    earlier: Any = module.ConsumerMetrics

    class Doubled(earlier):  # type: ignore[misc]
        def set_memory(self, value: float) -> None:
            super().set_memory(2 * value)

    Doubled("orders", registry=registry).set_memory(4)
    assert value(registry, "consumer_memory") == 8


def test_sinks_are_given_it_no_longer(metrics: Any) -> None:
    metrics.set_memory(5)
    metrics.set_lag(5, "eu", "0")
    metrics.remove_lag("eu", "0")
    held = {series.metric.key: values for series, values in metrics._exporter.store.held()}
    assert held["lag"] == {}
    assert list(held["memory"].values()) == [5]


def test_threads_set_move_and_remove_while_it_is_scraped(metrics: Any, registry: CollectorRegistry) -> None:
    """Each has its own series; whatever the others do, it ends as its thread has left it."""
    ready = threading.Barrier(4)

    def work(partition: int) -> None:
        ready.wait(30)
        for number in range(300):
            metrics.set_lag(number, "eu", str(partition))
            metrics.inc_lag("eu", str(partition))
            metrics.remove_lag("eu", str(partition))
        if partition:
            metrics.inc_lag("eu", str(partition), partition)

    with ThreadPoolExecutor(4) as pool:
        done = [pool.submit(work, partition) for partition in range(3)]
        ready.wait(30)
        while not all(each.done() for each in done):
            parsed(generate_latest(registry))
        for each in done:
            each.result()
    shown = [value(registry, LAG, partition=str(partition)) for partition in range(3)]
    assert shown == [None, 1, 2]


def test_after_a_fork_it_is_each_processs_own_affair(metrics: Any, registry: CollectorRegistry, tmp_path: Path) -> None:
    metrics.inc_lag("eu", "0", 5)
    metrics.remove_lag("eu", "0")
    metrics.set_lag(4, "eu", "1")

    def work() -> None:
        metrics.inc_lag("eu", "0", 2)
        assert value(registry, LAG, partition="0") == 2
        metrics.remove_lag("eu", "0")
        metrics.remove_lag("eu", "1")
        assert value(registry, LAG, partition="0") is None

    assert exits_well(work)
    assert value(registry, LAG, partition="1") == 4


# -- processes that share a directory ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("combine", "shown"), [("sum", 30), ("max", 30), ("min", 30), ("last", 30)])
def test_of_several_processes_one_withdraws_its_own_value(
    combine: str, shown: float, registry: CollectorRegistry, tmp_path: Path
) -> None:
    metrics = consumer(tmp_path, combine)("orders", registry=registry, shared=tmp_path / "shared")
    child = Child(lambda: metrics.set_lag(30, "eu", "0"))
    metrics.set_lag(10, "eu", "0")
    metrics.remove_lag("eu", "0")
    assert value(registry, LAG) == shown, "what the other has given counts alone"
    child.kill()


def test_a_value_that_a_process_has_withdrawn_is_gone_for_the_others(
    registry: CollectorRegistry, tmp_path: Path
) -> None:
    metrics = consumer(tmp_path)("orders", registry=registry, shared=tmp_path / "shared")

    def work() -> None:
        metrics.set_lag(30, "eu", "0")
        metrics.remove_lag("eu", "0")

    child = Child(work)
    assert value(registry, LAG) is None
    child.kill()
    assert value(registry, LAG) is None


@pytest.mark.parametrize("folded", [False, True])
def test_the_last_value_of_a_process_that_has_ended_can_be_removed(
    folded: bool, registry: CollectorRegistry, tmp_path: Path
) -> None:
    metrics = consumer(tmp_path, "last")("orders", registry=registry, shared=tmp_path / "shared")
    Child(lambda: metrics.set_lag(7, "eu", "0")).kill()
    if folded:
        assert value(registry, LAG) == 7
    metrics.remove_lag("eu", "0")
    assert value(registry, LAG) is None
    Child(lambda: metrics.set_lag(8, "eu", "0")).kill()
    assert value(registry, LAG) == 8, "a newer one counts again"


def test_it_stays_removed_when_who_removed_it_has_ended_too(registry: CollectorRegistry, tmp_path: Path) -> None:
    metrics = consumer(tmp_path, "last")("orders", registry=registry, shared=tmp_path / "shared")
    Child(lambda: metrics.set_lag(7, "eu", "0")).kill()
    assert value(registry, LAG) == 7
    earlier = Child(lambda: metrics.set_lag(9, "eu", "1"))

    def work() -> None:
        metrics.remove_lag("eu", "0")
        metrics.remove_lag("eu", "1")

    Child(work).kill()
    assert value(registry, LAG) == 9, "of one that lives it counts"
    earlier.kill()
    assert value(registry, LAG) is None


def test_a_reset_withdraws_nothing_of_others(registry: CollectorRegistry, tmp_path: Path) -> None:
    metrics = consumer(tmp_path, "last")("orders", registry=registry, shared=tmp_path / "shared")
    Child(lambda: metrics.set_lag(7, "eu", "0")).kill()
    metrics.set_lag(8, "eu", "0")
    metrics.reset()
    assert value(registry, LAG) == 7
