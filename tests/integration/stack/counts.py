"""Prometheus against what the workload counted itself."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import pytest

from stackgen.workload.counts import quantile_bucket
from tests.integration.pipeline import RunningStack, get_json
from tests.waiting import wait_for

#: Seconds over which they are compared.
WINDOW = 20

#: What happens now and then, and how far before the end of the comparison at the most: panels are asked about it, too.
RARE = (
    "cache_recalculations_total",
    'cache_operations_total{operation="get", result="stale"}',
    "cache_size_limit_rejections_total",
)
LATELY = "14s"

#: Seconds that a reading may come after a scrape: what happens in between is in one of the two alone.
CLOSE = 0.1


@dataclass(frozen=True, slots=True)
class Reading:
    """What the workload had counted when Prometheus scraped it."""

    scraped_at: float
    counts: dict[str, Any]


def read_at_a_scrape(stack: RunningStack) -> Reading:
    """Wait for a scrape, and read the workload's own counts right after it; the next one where the machine stalls."""
    for _ in range(9):
        reading = _read_at_the_next(stack)
        if reading.counts["time"] - reading.scraped_at < CLOSE:
            return reading
    return _read_at_the_next(stack)


def _read_at_the_next(stack: RunningStack) -> Reading:
    newest = 'timestamp(cache_operations_total{cache="sessions", operation="get", result="hit"})'
    seen = stack.value(newest)
    scraped_at = wait_for("a scrape", lambda: (now := stack.value(newest)) > seen and now, every=0.02)
    return Reading(float(scraped_at), get_json(stack.url("workload", "/counts")))


def counts_agree(stack: RunningStack) -> None:
    """Rates, hit ratio and quantiles over some seconds are those of the workload's own counts.

    Ends when what is rare has happened.
    """
    before = read_at_a_scrape(stack)
    time.sleep(WINDOW)  # what is measured is what happens in this time, not a condition that could be waited for
    after = read_at_a_scrape(stack)
    for cache in ("sessions", "products"):
        compare(stack, cache, before, after)
    wait_for("what is rare is counted", lambda: all(stack.value(_lately(each)) > 0 for each in RARE))


def _lately(series: str) -> str:
    return f"sum(increase({series}[{LATELY}])) or vector(0)"


def compare(stack: RunningStack, cache: str, before: Reading, after: Reading) -> None:
    first, last = before.counts["caches"][cache], after.counts["caches"][cache]
    seconds = after.counts["time"] - before.counts["time"]
    at = after.scraped_at
    lookups = {result: last["lookups"][result] - first["lookups"][result] for result in last["lookups"]}
    found = lookups["hit"] + lookups["stale"]

    def rate(matchers: str) -> float:
        # Between the two scrapes exactly: a window of that length may hold one sample less, and `rate` would guess it.
        series = f'cache_operations_total{{cache="{cache}", {matchers}}}'
        counted = stack.value(f"sum({series} @ {at}) - (sum({series} @ {before.scraped_at}) or vector(0))")
        return counted / (at - before.scraped_at)

    hit_ratio = rate('operation="get", result=~"hit|stale"') / rate('operation="get", result=~"hit|stale|miss"')
    assert hit_ratio == pytest.approx(found / (found + lookups["miss"]), abs=0.01)

    counted: dict[str, list[int]] = {}
    for operation, results in last["operations"].items():
        deltas = [since(durations, first["operations"].get(operation, {}).get(r)) for r, durations in results.items()]
        counted[operation] = [sum(bucket) for bucket in zip(*deltas, strict=True)]
    assert sum(counted["get"]) > 100, "there is too little to compare"
    for operation, buckets in counted.items():
        if sum(buckets) > 100:  # of fewer, what happens between a scrape and the reading is more than a percent
            assert rate(f'operation="{operation}"') == pytest.approx(sum(buckets) / seconds, rel=0.05), operation

    buckets = [sum(bucket) for bucket in zip(*counted.values(), strict=True)]
    bucket = f'cache_operation_duration_seconds_bucket{{cache="{cache}"}}'
    added = f"sum by (le) ({bucket} @ {at} - {bucket} @ {before.scraped_at})"
    edges = sorted(float(sample["metric"]["le"]) for sample in stack.query(added))
    total = stack.value(f"max({added})")
    # The reading follows the scrape by some milliseconds, so a few operations are in one of the two alone. The true
    # quantile is known but for as many places in the order.
    apart = abs(total - sum(buckets)) / sum(buckets) + 0.001
    for q in (0.5, 0.99):
        low, _ = quantile_bucket(after.counts["bounds"], buckets, q - apart)
        _, high = quantile_bucket(after.counts["bounds"], buckets, min(q + apart, 1))
        lower = max((edge for edge in edges if edge <= low), default=0.0)
        upper = min(edge for edge in edges if edge >= high)
        assert lower <= stack.value(f"histogram_quantile({q}, {added})") <= upper, (cache, q, low, high, apart)


def since(now: dict[str, Any], then: dict[str, Any] | None) -> list[int]:
    """How much was counted in each bucket between two readings of durations."""
    if then is None:
        return list(now["buckets"])
    return [later - earlier for later, earlier in zip(now["buckets"], then["buckets"], strict=True)]
