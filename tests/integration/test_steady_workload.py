"""One workload in normal operation, on a real Redis: both its countings tell the same, and its page answers."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from itertools import pairwise

import pytest

from stackgen.definition import load
from stackgen.definition.model import MetricType
from stackgen.workload.counts import quantile_bucket
from stackgen.workload.scenarios import SCENARIOS
from stackgen.workload.settings import SESSIONS
from tests.integration.workload_process import (
    CACHES,
    DURATION,
    FEW,
    Reading,
    Scrape,
    Workload,
    difference,
    error_ratio,
)
from tests.waiting import wait_until

pytest_plugins = ["tests.integration.workload_fixtures"]

#: It is a real application: what it measures of itself, on a busy machine, is the machine.
pytestmark = pytest.mark.quiet


def bounds_around(cumulative: dict[float, float], q: float) -> tuple[float, float]:
    """The exporter's bucket that holds the quantile."""
    bounds = [0.0, *cumulative]
    total = max(cumulative.values())
    return next((low, high) for low, high in pairwise(bounds) if cumulative[high] >= q * total)


@dataclass(frozen=True)
class Bracketed:
    """A scrape, between two readings of the workload's own counts."""

    first: dict[str, Reading]
    scrape: Scrape
    last: dict[str, Reading]


def bracketed(workload: Workload) -> Bracketed:
    return Bracketed(workload.read(), workload.scrape(), workload.read())


def test_while_it_runs_both_tell_the_same(steady: Workload) -> None:
    steady.wait_for_operations(200)
    before = bracketed(steady)
    steady.wait_for_operations(1500)
    after = bracketed(steady)
    for cache in CACHES:
        for moment in (before, after):
            exported = moment.scrape.total("cache_operations_total", cache=cache)
            # The exporter is told first, so every caller may be between the two.
            assert moment.first[cache].operations() <= exported
            assert exported <= moment.last[cache].operations() + SESSIONS.callers
        counted, counted_before = after.first[cache], before.first[cache]

        def increase(cache: str = cache, **labels: str) -> float:
            return after.scrape.total("cache_operations_total", cache=cache, **labels) - before.scrape.total(
                "cache_operations_total", cache=cache, **labels
            )

        found = increase(operation="get", result="hit") + increase(operation="get", result="stale")
        exported_ratio = found / (found + increase(operation="get", result="miss"))
        own_ratio = (counted.found - counted_before.found) / (counted.answered - counted_before.answered)
        assert exported_ratio == pytest.approx(own_ratio, abs=0.01)

        fine = [now - then for then, now in zip(counted_before.buckets(), counted.buckets(), strict=True)]
        then = before.scrape.buckets(DURATION, cache=cache)
        coarse = {bound: now - then[bound] for bound, now in after.scrape.buckets(DURATION, cache=cache).items()}
        # The scrape follows the reading, so a few operations are in one alone: the quantile is known but for as many.
        apart = abs(max(coarse.values()) - sum(fine)) / sum(fine) + 0.001
        for q in (0.5, 0.99):
            low, _ = quantile_bucket(counted.bounds, fine, max(q - apart, 0.0))
            _, high = quantile_bucket(counted.bounds, fine, min(q + apart, 1.0))
            exported_low, exported_high = bounds_around(coarse, q)
            assert low <= exported_high, (cache, q)
            assert exported_low <= high, (cache, q)


def test_in_normal_operation_every_gauge_is_set_for_both_caches(steady: Workload) -> None:
    steady.wait_for_operations(500)
    wait_until(
        lambda: all(steady.scrape().total("cache_entries", cache=cache) > 0 for cache in CACHES), "entries are counted"
    )
    scrape = steady.scrape()
    for cache in CACHES:
        assert scrape.total("cache_entries", cache=cache) > 0
        assert 0 < scrape.total("cache_size_bytes", cache=cache) < scrape.total("cache_size_limit_bytes", cache=cache)
        assert scrape.total("cache_fragmentation_ratio", cache=cache) > 0
        assert scrape.total("cache_pool_limit", cache=cache) == 16
        assert 0 < scrape.total("cache_pool_connections", cache=cache) <= 16
        assert scrape.total("cache_circuit_breaker_state", cache=cache) == 0


def test_in_normal_operation_every_histogram_of_both_caches_gets_observations(steady: Workload) -> None:
    histograms = [m.exposed for m in load("cache").metrics.values() if m.type is MetricType.HISTOGRAM]
    # Callers wait for connections in crowds. One comes every thirty seconds, and on a busy machine it may trickle in.
    wait_until(
        lambda: all(steady.scrape().total(f"{name}_count", cache=cache) > 0 for name in histograms for cache in CACHES),
        f"observations of {', '.join(histograms)}",
        within=150,
    )


def test_normal_is_mostly_hits_and_next_to_no_errors(steady: Workload) -> None:
    wait_until(lambda: all(reading.operations() > 2500 for reading in steady.read().values()), "both caches are warm")
    for cache in CACHES:
        before, after = difference(steady, cache, 1000)
        assert (after.found - before.found) / (after.answered - before.answered) > 0.7
        assert error_ratio(before, after) < FEW


def test_the_page_shows_every_scenario_and_its_button_switches(steady: Workload) -> None:
    status, kind, body = steady.ask("/")
    assert (status, kind) == (200, "text/html; charset=utf-8")
    for scenario in SCENARIOS:
        assert f'action="/scenario/{scenario}"' in body
    # As a browser does it: the button posts, the answer sends it back to the page.
    status, _, body = steady.ask("/scenario/slow", method="POST", accept="text/html,*/*")
    assert status == 200
    assert "Scenario now: <b>slow</b>" in body
    assert steady.json("/scenario")["scenario"] == "slow"


def test_a_scenario_can_be_named_in_the_query(steady: Workload) -> None:
    status, _, body = steady.ask("/scenario?name=cold", method="POST")
    assert (status, json.loads(body)["scenario"]) == (200, "cold")
    assert steady.json("/counts")["scenario"] == "cold"
    assert steady.json("/scenario")["since"] == pytest.approx(time.time(), abs=60)


def test_an_unknown_scenario_is_an_error_that_helps_and_changes_nothing(steady: Workload) -> None:
    status, kind, body = steady.ask("/scenario/colt", method="POST")
    assert (status, kind) == (404, "application/json")
    assert json.loads(body) == {"error": "no scenario 'colt'; did you mean 'cold'?"}
    assert steady.json("/scenario")["scenario"] == "normal"


@pytest.mark.parametrize(("method", "path"), [("GET", "/nothing"), ("POST", "/metrics")])
def test_what_is_not_there_is_told(steady: Workload, method: str, path: str) -> None:
    status, _, body = steady.ask(path, method=method)
    assert status == 404
    assert "error" in json.loads(body)


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("*/*", "text/plain"),
        ("application/openmetrics-text; version=1.0.0", "application/openmetrics-text"),
    ],
)
def test_metrics_come_in_the_format_that_is_asked_for(steady: Workload, accept: str, kind: str) -> None:
    status, got, body = steady.ask("/metrics", accept=accept)
    assert status == 200
    assert got.startswith(kind)
    assert "cache_operation_duration_seconds_bucket" in body
    assert "process_cpu_seconds_total" in body
