"""Bounds of what panels may show: narrow enough that what is wrong is outside, and right where Prometheus is odd."""

from __future__ import annotations

import json
from typing import Any

import pytest

from stackgen.workload.counts import BOUNDS, Counts
from tests.integration.stack.ledger import Reading
from tests.integration.stack.window import Scrapes, Span, Window, number

#: One scrape every two seconds; those from 1000.5 on are in the window that ends at 1008.
TIMES = (1000.5, 1002.5, 1004.5, 1006.5)
AT, LENGTH = 1008.0, 8.0


def reading(at: float, *, since: float = 900.0, every: float = 0.1) -> Reading:
    """Of a workload that since then every 0.1 s looked something up: three in four hit in 2 ms, one misses in 20 ms."""
    counts = Counts()
    for lookup in range(max(0, round((at - since) / every))):
        counts.operation("get", *(("miss", 0.02) if lookup % 4 == 3 else ("hit", 0.002)))
    counts.level("entries", 10 * at)
    caches: dict[str, Any] = {"sessions": {"backend": "redis", **counts.reading()}}
    body = {"scenario": "normal", "bounds": list(BOUNDS), "caches": caches}
    return Reading(at, at + 0.01, json.dumps(body).encode())


def window(apart: float = 0.2, *, since: float = 900.0) -> Window:
    """The window, of scrapes with a reading on both sides that are so far apart (seconds)."""
    first, last = (
        (reading(at - apart / 2, since=since), reading(at + apart / 2, since=since)) for at in (TIMES[0], TIMES[-1])
    )
    return Window(AT, LENGTH, [Scrapes(TIMES, first, last)])


def test_a_rate_is_known_within_what_happens_between_two_readings() -> None:
    known = window()
    lookups = known.select("operation_duration", operation=["get"])
    span = known.rate(lookups, number).span
    assert span.holds(10)
    assert not span.holds(9.5)
    assert not span.holds(10.5)


def test_a_share_is_known_better_than_its_parts() -> None:
    known = window()
    hits, misses = (
        known.rate(known.select("operation_duration", result=[each]), number) for each in ("hit", "miss")
    )  # fmt: skip
    share = known.share(hits, misses)
    assert share is not None
    assert share.holds(0.75)
    assert not share.holds(0.72)
    assert not share.holds(0.78)


@pytest.mark.parametrize(("q", "low", "high"), [(0.5, 0.001, 0.0025), (0.7, 0.001, 0.0025), (0.8, 0.01, 0.025)])
def test_a_quantile_is_in_its_bucket(q: float, low: float, high: float) -> None:
    known = window()
    edges = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05)
    assert known.quantile(q, known.select("operation_duration"), edges) == Span(low, high)


def test_a_mean_is_of_the_window_alone() -> None:
    known = window()
    mean = known.mean(known.select("operation_duration"))
    assert mean is not None
    assert mean.holds((3 * 0.002 + 0.02) / 4)
    assert not mean.holds(0.0075)


def test_a_counter_that_just_began_may_look_slower() -> None:
    known = window(since=1000.0)  # its first five lookups were before the first scrape, so it began 0.5 s before it
    span = known.rate(known.select("operation_duration"), number).span
    # Prometheus goes back as far as the counter may have been 0, and no further; these bounds leave that open.
    assert span.holds(10 * (6 + 0.5 + 1.5) / 8)
    assert span.holds(10 * (6 + 0.2 + 1.5) / 8)
    assert not span.holds(10 * 6 / 8 - 0.5)


def test_nothing_has_no_share_no_quantile_and_no_mean() -> None:
    known = window(since=2000.0)
    nothing = known.rate([], number)
    assert nothing.span == Span(0, 0)
    assert known.share(nothing, nothing) is None
    assert known.quantile(0.5, [], (0.1, 1)) is None
    assert known.mean([]) is None


def test_a_gauge_is_what_was_read_around_its_last_scrape_or_unknown() -> None:
    known = window()
    (entries,) = known.select("entries")
    assert known.level(entries) == Span(10 * 1006.4, 10 * 1006.6)
    assert window(apart=1.5).level(entries) is None
