"""The workload's own counts are good enough to hold an exporter against: cumulative, and exact at its bucket bounds."""

from __future__ import annotations

import json
from itertools import pairwise
from random import Random

import pytest

from stackgen.definition import load
from stackgen.workload.counts import BOUNDS, Counts, Durations, added_buckets, quantile_bucket


def test_bounds_rise_and_hold_those_of_the_exporter() -> None:
    assert all(low < high for low, high in pairwise(BOUNDS))
    for metric in load("cache").metrics.values():
        assert set(metric.buckets) <= set(BOUNDS), metric.key


def test_buckets_are_fine() -> None:
    assert all(high / low < 1.07 for low, high in pairwise(bound for bound in BOUNDS if bound >= 0.00005))


def test_a_duration_on_a_bound_belongs_below_it() -> None:
    durations = Durations()
    durations.add(0.001)
    low, high = quantile_bucket(BOUNDS, durations.buckets, 0.5)
    assert low < 0.001 == high


@pytest.mark.parametrize("q", [0.01, 0.5, 0.9, 0.99, 1.0])
def test_a_quantile_lies_in_the_bucket_that_is_given(q: float) -> None:
    random = Random(1)
    values = sorted(random.lognormvariate(-7, 2) for _ in range(1000))
    durations = Durations()
    for value in values:
        durations.add(value)
    low, high = quantile_bucket(BOUNDS, durations.buckets, q)
    assert low < values[max(0, round(q * 1000) - 1)] <= high


def test_what_is_longer_than_all_bounds_has_no_upper_bound() -> None:
    durations = Durations()
    durations.add(1000.0)
    assert quantile_bucket(BOUNDS, durations.buckets, 0.5) == (BOUNDS[-1], float("inf"))


def test_nothing_has_no_quantile() -> None:
    with pytest.raises(ValueError, match="no durations were counted"):
        quantile_bucket(BOUNDS, Durations().buckets, 0.5)


def test_a_reading_holds_what_was_counted_and_is_json() -> None:
    counts = Counts()
    counts.operation("get", "hit", 0.001)
    counts.operation("get", "hit", 0.002)
    counts.operation("get", "error", 0.5)
    counts.operation("set", "ok", 0.001)
    counts.error("get", "timeout")
    counts.load("ok", 0.02)
    counts.probe("ok", 0.001)
    counts.level("entries", 5)
    counts.level("entries", 4)
    counts.event("eviction", 3)
    counts.event("eviction")
    reading = json.loads(json.dumps(counts.reading()))
    assert reading["lookups"] == {"hit": 2, "miss": 0, "stale": 0, "error": 1}
    assert reading["operations"]["get"]["hit"]["count"] == 2
    assert reading["operations"]["get"]["hit"]["seconds"] == pytest.approx(0.003)
    assert reading["operations"]["set"]["ok"]["count"] == 1
    assert reading["errors"] == {"get": {"timeout": 1}}
    assert reading["loads"]["ok"]["count"] == 1
    assert reading["probes"]["ok"]["count"] == 1
    assert reading["levels"] == {"entries": 4}
    assert reading["events"] == {"eviction": 4}


def test_readings_do_not_change_after_they_were_taken() -> None:
    counts = Counts()
    counts.operation("get", "hit", 0.001)
    before = counts.reading()
    counts.operation("get", "hit", 0.001)
    assert before["operations"]["get"]["hit"]["count"] == sum(before["operations"]["get"]["hit"]["buckets"]) == 1


def test_buckets_of_several_readings_add_up() -> None:
    one, other = Durations(), Durations()
    one.add(0.001)
    other.add(0.001)
    other.add(0.1)
    added = added_buckets([one.reading(), other.reading()])
    assert sum(added) == 3
    assert max(added) == 2
