"""Buckets as single timings: counts, quantiles and the mean of what was observed."""

from __future__ import annotations

from bisect import bisect_left
from math import ceil, inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stackgen.runtime.sinks.changes import Observed
from stackgen.runtime.sinks.timings import Timing, by_bucket, by_rank
from stackgen.runtime.spec import Metric

BOUNDS = (0.001, 0.005, 0.01, 0.1, 1.0)
VALUES = st.lists(st.floats(0, 3), min_size=1, max_size=300)
METRIC = Metric("duration", "histogram", "x_duration_seconds", "", buckets=BOUNDS, unit="seconds")


def bucket(value: float) -> int:
    return bisect_left(BOUNDS, value)


def observed(values: list[float]) -> Observed:
    buckets = [0.0] * (len(BOUNDS) + 1)
    for value in values:
        buckets[bucket(value)] += 1
    return Observed(METRIC, {}, len(values), tuple(buckets), sum(values))


def mean(timings: list[Timing]) -> float:
    return sum(value * weight for value, weight in timings) / sum(weight for _, weight in timings)


@given(VALUES)
def test_a_bucket_is_one_timing_that_lies_in_it_and_weighs_its_count(values: list[float]) -> None:
    seen = observed(values)
    assert len(by_bucket(seen)) == sum(map(bool, seen.buckets))
    for value, weight in by_bucket(seen):
        # What lies above the highest bound may be said to lie on it.
        assert weight == seen.buckets[bucket(value)] or value == BOUNDS[-1]


@given(VALUES)
def test_the_mean_is_that_of_the_observations(values: list[float]) -> None:
    assert mean(by_bucket(observed(values))) == pytest.approx(sum(values) / len(values), rel=1e-9, abs=1e-12)


@given(VALUES, st.integers(1, 400))
def test_weights_of_timings_add_up_and_differ_by_one_at_most(values: list[float], most: int) -> None:
    weights = [weight for _, weight in by_rank(observed(values), most)]
    assert sum(weights) == len(values)
    assert len(weights) == min(most, len(values))
    assert max(weights) - min(weights) <= 1


@given(VALUES, st.sampled_from([0.0, 0.5, 0.9, 0.99, 1.0]))
def test_quantiles_of_few_observations_lie_in_the_observations_own_bucket(values: list[float], q: float) -> None:
    timings = sorted(value for value, _ in by_rank(observed(values), 300))
    rank = max(1, ceil(q * len(values))) - 1
    assert bucket(timings[rank]) == bucket(sorted(values)[rank]) or timings[rank] == BOUNDS[-1]


@given(VALUES, st.sampled_from([0.5, 0.9, 0.99]), st.integers(5, 50))
def test_quantiles_of_many_lie_in_a_bucket_of_a_rank_half_a_run_away(values: list[float], q: float, most: int) -> None:
    timings = sorted(value for value, _ in by_rank(observed(values), most))
    share = 1 / len(timings) + 1 / len(values)
    told = bucket(timings[max(1, ceil(q * len(timings))) - 1])
    ordered = sorted(values)
    low = ordered[max(0, ceil((q - share) * len(values)) - 1)]
    high = ordered[min(len(values) - 1, ceil((q + share) * len(values)))]
    assert bucket(low) <= told <= bucket(high) or max(values) > BOUNDS[-1]


def test_timings_of_a_bucket_are_as_far_up_in_it_as_the_observations_were() -> None:
    [timing] = by_bucket(observed([0.09, 0.08, 0.1]))
    assert timing.value == pytest.approx(0.09)
    assert timing.weight == 3


def test_what_lies_above_the_highest_bound_takes_the_rest_of_the_sum() -> None:
    assert by_bucket(observed([20.0, 40.0])) == [Timing(30.0, 2)]


@pytest.mark.parametrize("total", [nan, inf])
def test_where_there_is_no_sum_timings_stand_in_the_middle_of_their_buckets(total: float) -> None:
    seen = observed([0.007, 5.0])._replace(sum=total)
    assert [value for value, _ in by_bucket(seen)] == [pytest.approx(0.0075), 1.0]


def test_counts_of_an_exporter_that_samples_are_the_exact_ones() -> None:
    seen = Observed(METRIC, {}, 17, (0.0, 10.0, 20.0, 0.0, 0.0, 0.0), 0.2)
    assert [weight for _, weight in by_bucket(seen)] == [6, 11]
    assert sum(weight for _, weight in by_rank(seen, 5)) == 17
