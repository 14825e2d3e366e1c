"""What a sink is told: everything that was recorded, once."""

from __future__ import annotations

import threading
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from stackgen.exporters.cache import CacheMetrics
from stackgen.runtime.sinks import Callback, Changes, Feed, Null


class Told:
    """A feed of an exporter of its own, and what its sink was told."""

    def __init__(self, *, sampling: float = 1.0, shared: Path | None = None) -> None:
        self.registry = CollectorRegistry()
        self.metrics = CacheMetrics("sessions", "redis", registry=self.registry, sampling=sampling, shared=shared)
        self.changes: list[Changes] = []
        self.feed = Feed(self.metrics, Callback(self.changes.append))

    def next(self) -> Changes:
        self.feed.flush()
        return self.changes[-1]


@pytest.fixture
def told() -> Told:
    return Told()


def counted(changes: Changes) -> dict[tuple[str, ...], float]:
    return {(each.metric.key, *list(each.labels.values())[2:]): each.amount for each in changes.counted}


def held(changes: Changes) -> dict[str, float]:
    return {each.metric.key: each.value for each in changes.held}


def test_what_happened_is_told_once(told: Told) -> None:
    told.metrics.record_hit(0.003)
    told.metrics.record_hit(0.004)
    told.metrics.record_error(0.2, "set", "timeout")
    told.metrics.record_eviction(12)
    changes = told.next()
    assert changes.definition == "cache"
    assert changes.seconds > 0
    assert counted(changes) == {
        ("operations", "get", "hit"): 2,
        ("operations", "set", "error"): 1,
        ("errors", "set", "timeout"): 1,
        ("evictions",): 12,
    }
    hits = changes.observed[0]
    assert hits.labels == {"cache": "sessions", "backend": "redis", "operation": "get", "result": "hit"}
    assert hits.number == 2
    assert hits.sum == pytest.approx(0.007)
    assert hits.buckets[hits.metric.buckets.index(0.005)] == 2
    again = told.next()
    assert (again.counted, again.observed, again.held) == ((), (), ())


def test_all_exporters_of_a_definition_in_a_registry_are_told_of(told: Told) -> None:
    CacheMetrics("pages", "local", registry=told.registry).record_recalculation()
    assert told.next().counted[0].labels == {"cache": "pages", "backend": "local"}


def test_gauges_are_told_each_time_for_as_long_as_they_have_a_value(told: Told) -> None:
    assert held(told.next()) == {}
    told.metrics.set_size(100)
    told.metrics.set_entries_function(lambda: 7)
    assert held(told.next()) == held(told.next()) == {"size": 100, "entries": 7}
    told.metrics.set_entries_function(lambda: 1 // 0)
    assert held(told.next()) == {"size": 100}, "a function that raises is left out"


def test_after_a_reset_what_is_there_is_new(told: Told) -> None:
    for _ in range(5):
        told.metrics.record_hit(0.001)
    told.next()
    told.metrics.reset()
    told.metrics.record_hit(0.001)
    assert counted(told.next()) == {("operations", "get", "hit"): 1}


@given(st.lists(st.one_of(st.floats(0, 6), st.none()), max_size=60))
def test_whenever_one_looks_nothing_is_lost_and_nothing_told_twice(steps: list[float | None]) -> None:
    """A number is an observation, None a look."""
    told = Told()
    for step in steps:
        if step is None:
            told.next()
        else:
            told.metrics.record_load(step)
    told.next()
    seen = [each for changes in told.changes for each in changes.observed]
    values = [step for step in steps if step is not None]
    assert sum(each.number for each in seen) == sum(sum(each.buckets) for each in seen) == len(values)
    assert sum(each.sum for each in seen) == pytest.approx(sum(values))
    assert all(changes.seconds >= 0 for changes in told.changes)


def test_counts_of_an_exporter_that_samples_are_exact_and_wait_for_a_bucket_to_stand_in() -> None:
    told = Told(sampling=0.02)
    looks = Random(4)
    for _ in range(2000):
        told.metrics.record_hit(0.003)
        if looks.random() < 0.3:
            told.next()
    for _ in range(2000):  # until the last of them has something to stand in
        told.metrics.record_hit(0.003)
    told.next()
    assert sum(each.amount for changes in told.changes for each in changes.counted) == 4000
    seen = [each for changes in told.changes for each in changes.observed]
    assert sum(each.number for each in seen) == 4000
    assert 10 < len(seen) < 500
    assert all(any(each.buckets) for each in seen)


def test_what_other_threads_record_meanwhile_is_told_once(told: Told) -> None:
    def work() -> None:
        for _ in range(20_000):
            told.metrics.record_hit(0.003)

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    while any(worker.is_alive() for worker in workers):
        told.next()
    told.next()
    assert sum(each.amount for changes in told.changes for each in changes.counted) == 60_000
    seen = [each for changes in told.changes for each in changes.observed]
    assert sum(each.number for each in seen) == 60_000
    assert sum(each.sum for each in seen) == pytest.approx(180)


def test_a_process_of_many_tells_its_own_counts_and_everybodys_gauges(tmp_path: Path) -> None:
    mine, other = Told(shared=tmp_path), Told(shared=tmp_path)
    mine.metrics.record_hit(0.1)
    mine.metrics.set_pool_limit(10)
    other.metrics.record_hit(0.1)
    other.metrics.set_pool_limit(5)
    for each in (mine, other):
        changes = each.next()
        assert counted(changes) == {("operations", "get", "hit"): 1}
        assert held(changes) == {"pool_limit": 15}


def test_stretches_of_time_follow_each_other(told: Told) -> None:
    for _ in range(3):
        told.next()
    assert all(one.seconds >= 0 and other.seconds < 5 for one, other in pairwise(told.changes))


def test_a_disabled_exporter_tells_nothing() -> None:
    changes: list[Changes] = []
    feed = Feed(CacheMetrics("a", "redis", enabled=False), Callback(changes.append), Null()).start()
    feed.flush()
    feed.close()
    assert (changes, feed.lost) == ([], {})
