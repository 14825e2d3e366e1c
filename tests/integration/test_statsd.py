"""What a real StatsD daemon makes of what a feed sends."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random

import pytest
from prometheus_client import CollectorRegistry

from stackgen.exporters import cache
from stackgen.exporters.cache import CacheMetrics
from stackgen.runtime.sinks import DogStatsD, Feed, Sink, StatsD
from tests.integration.statsd_daemon import Daemon, statsd
from tests.waiting import wait_until

# Writes what the daemon has worked out on each interval to a file, a line each.
BACKEND = """
const fs = require('fs');
exports.init = (started, config, events) => {
  events.on('flush', (time, metrics) => fs.appendFileSync(%s, JSON.stringify(metrics) + '\\n'));
  return true;
};
"""

HIT = "shop.cache.operation_duration.sessions.redis.get.hit"


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    with statsd(tmp_path) as found:
        yield found


@pytest.fixture
def metrics() -> CacheMetrics:
    return CacheMetrics("sessions", "redis", registry=CollectorRegistry())


def bucket(value: float) -> int:
    [bounds] = [each.buckets for each in cache._SPEC.metrics if each.key == "operation_duration"]
    return bisect_left(bounds, value)


def flush(metrics: CacheMetrics, sink: Sink) -> None:
    with closing(Feed(metrics, sink)) as feed:
        feed.flush()
        assert feed.lost == {}


def test_counters_gauges_and_timers_arrive_as_they_were_recorded(daemon: Daemon, metrics: CacheMetrics) -> None:
    for _ in range(42):
        metrics.record_hit(0.003)
    metrics.record_error(0.2, "set", "timeout")
    metrics.record_eviction(1000)
    metrics.set_size(52_000_000)
    metrics.set_entries(-4)
    metrics.set_fragmentation(1.25)
    flush(metrics, StatsD(port=daemon.port, prefix="shop"))
    wait_until(
        lambda: (len(daemon.counters()), len(daemon.gauges()), sum(map(len, daemon.timers().values()))) == (4, 3, 43),
        "all packets were read",
    )
    assert daemon.counters() == {
        "shop.cache.operations.sessions.redis.get.hit": 42,
        "shop.cache.operations.sessions.redis.set.error": 1,
        "shop.cache.errors.sessions.redis.set.timeout": 1,
        "shop.cache.evictions.sessions.redis": 1000,
    }
    assert daemon.gauges() == {
        "shop.cache.size.sessions.redis": 52_000_000,
        "shop.cache.entries.sessions.redis": -4,
        "shop.cache.fragmentation.sessions.redis": 1.25,
    }
    assert daemon.timers() == {
        HIT: [pytest.approx(3)] * 42,
        "shop.cache.operation_duration.sessions.redis.set.error": [pytest.approx(200)],
    }
    # A negative gauge is set, not moved, however often it is sent.
    flush(metrics, StatsD(port=daemon.port, prefix="shop"))
    metrics.set_entries(-9)
    flush(metrics, StatsD(port=daemon.port, prefix="shop"))
    wait_until(lambda: daemon.gauges()["shop.cache.entries.sessions.redis"] == -9, "the gauge is -9")
    assert daemon.bad_lines() == 0


@pytest.mark.parametrize("sink", [StatsD, DogStatsD])
def test_names_and_tags_of_any_text_are_well_formed(
    sink: type[StatsD | DogStatsD], daemon: Daemon, metrics: CacheMetrics
) -> None:
    registry = CollectorRegistry()
    for name in ("a:b|c", "x,y#z", "sp ace\nline", "dots.and/slashes", "ünïcode", "@0.1", ""):
        CacheMetrics(name, "redis", registry=registry).record_retry()
    flush(CacheMetrics("last", "redis", registry=registry), sink(port=daemon.port, prefix="shop"))
    wait_until(lambda: sum(daemon.counters().values()) == 7, "seven retries")
    assert all(name.startswith("shop.cache.retries") for name in daemon.counters())
    assert daemon.bad_lines() == 0


def test_tags_of_both_dialects_become_the_same_tags_of_graphite(daemon: Daemon, metrics: CacheMetrics) -> None:
    metrics.record_retry()
    flush(metrics, StatsD(port=daemon.port, tags="graphite"))
    flush(metrics, DogStatsD(port=daemon.port))
    wait_until(lambda: daemon.counters() == {"cache.retries;cache=sessions;backend=redis": 2}, "two retries")


def test_the_daemons_rates_and_quantiles_are_those_that_were_recorded(tmp_path: Path, metrics: CacheMetrics) -> None:
    """A hundred thousand observations as a hundred timings, which the daemon evaluates."""
    worked_out = tmp_path / "flushed"
    backend = tmp_path / "backend.js"
    backend.write_text(BACKEND % json.dumps(str(worked_out)))
    random = Random(1)
    values = sorted(random.lognormvariate(-6, 1.5) for _ in range(100_000))
    for value in values:
        metrics.record_hit(value)
    with statsd(tmp_path, flush_interval=3, backend=str(backend)) as daemon:

        def ended() -> list[dict[str, dict[str, float]]]:
            """The timers of each interval that has ended."""
            written = worked_out.read_text() if worked_out.exists() else ""
            return [json.loads(line)["timer_data"] for line in written.splitlines(keepends=True) if line[-1] == "\n"]

        def found() -> list[dict[str, float]]:
            return [timers[HIT] for timers in ended() if HIT in timers]

        # From the start of an interval on: what comes in within it is worked out together.
        wait_until(ended, "the daemon's first interval ends")
        flush(metrics, StatsD(port=daemon.port, prefix="shop"))
        wait_until(found, "the daemon's interval ends")
    [data] = found()
    assert data["count"] == len(values)
    # Its sum is that of the timings, each of which stands for a thousand.
    assert data["sum"] == pytest.approx(sum(values), rel=1e-6)
    for percent in (50, 90, 99):
        low, high = (values[round(len(values) * (percent / 100 + off)) - 1] for off in (-0.01, 0.01))
        told = data[f"upper_{percent}"] / 1000
        assert bucket(low) <= bucket(told) <= bucket(high)
