"""A histogram's buckets as single timings, for receivers that know no histograms.

What is sent stands for what was observed in this way:

- **Counts are exact.** Each timing stands for a whole number of observations, its weight, and the weights add up to how
  many there were.
- **Quantiles stay in their bucket.** A timing's value lies between its bucket's bounds.
- **The mean is exact** as far as that allows: how far up in their buckets the values lie is chosen so that they add up
  to what was observed. What lies above the highest bound takes the rest of the sum.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from stackgen.runtime.sinks.changes import Observed

_HALF = 0.5


class Timing(NamedTuple):
    """A value in the metric's unit, and how many observations it stands for."""

    value: float
    weight: int


def by_bucket(observed: Observed) -> list[Timing]:
    """One timing for each bucket that has observations, with their number as its weight.

    For receivers that take weights into account where they work out quantiles (DogStatsD does).
    """
    counts = _whole(observed)
    values = _values(observed, counts)
    return [Timing(value, count) for value, count in zip(values, counts, strict=True) if count]


def by_rank(observed: Observed, most: int) -> list[Timing]:
    """At most so many timings of (nearly) equal weights, for receivers that do not (StatsD).

    With no more observations than `most` there is one for each, and quantiles are those of the buckets. Of more, the
    observations are taken in order of size, in runs of equal length, each run standing in the bucket of its middle: a
    quantile is then that of a rank which is off by half a run, 1 / (2 * most) of all, at most.
    """
    counts = _whole(observed)
    total = sum(counts)
    runs = min(most, total)
    upto = list(accumulate(counts))
    weights: list[list[int]] = [[] for _ in counts]
    bucket = 0
    for run in range(runs):
        first, end = run * total // runs, (run + 1) * total // runs
        middle = (first + end - 1) // 2
        while upto[bucket] <= middle:
            bucket += 1
        weights[bucket].append(end - first)
    values = _values(observed, [sum(each) for each in weights])
    return [Timing(value, weight) for value, each in zip(values, weights, strict=True) for weight in each]


def _whole(observed: Observed) -> list[int]:
    """The buckets' counts as whole numbers that add up to the exact count; of a sampled histogram they do not yet.

    Each gets its share rounded down, and those that lost most by it one more (the method of largest remainders).
    """
    mass = sum(observed.buckets)
    shares = [bucket * observed.number / mass for bucket in observed.buckets]
    counts = [int(share) for share in shares]
    order = sorted(range(len(shares)), key=lambda index: counts[index] - shares[index])
    for index in order[: observed.number - sum(counts)]:
        counts[index] += 1
    return counts


def _values(observed: Observed, counts: Sequence[int]) -> list[float]:
    """A value in each bucket, so that with these counts they add up to what was observed, if they can."""
    bounds = observed.metric.buckets
    lower, upper = _edges(bounds)
    # What was observed of a sampled histogram is an estimate for another count.
    total = observed.sum / sum(observed.buckets) * observed.number
    if not math.isfinite(total):
        return [*_at(_HALF, lower, upper), lower[-1]]
    beyond, within = counts[-1], counts[:-1]
    if beyond:
        rest = total - _dot(within, _at(_HALF, lower, upper))
        if rest / beyond >= lower[-1]:
            return [*_at(_HALF, lower, upper), rest / beyond]
        total -= beyond * lower[-1]
    least, widest = _dot(within, lower), _dot(within, [high - low for low, high in zip(lower, upper, strict=False)])
    share = min(1.0, max(0.0, (total - least) / widest)) if widest > 0 else _HALF
    return [*_at(share, lower, upper), lower[-1]]


def _edges(bounds: Sequence[float]) -> tuple[list[float], list[float]]:
    """The buckets' lower bounds (the last is that of +Inf), and the upper ones of all but the last.

    The first begins at 0, as in PromQL, or where it ends if that is not above 0.
    """
    if not bounds:
        return [0.0], []
    return [min(0.0, bounds[0]), *bounds], list(bounds)


def _at(share: float, lower: Sequence[float], upper: Sequence[float]) -> list[float]:
    # Rounding may not take a value out of its bucket.
    return [min(high, low + share * (high - low)) for low, high in zip(lower, upper, strict=False)]


def _dot(counts: Sequence[int], values: Sequence[float]) -> float:
    return math.fsum(count * value for count, value in zip(counts, values, strict=False) if count)
