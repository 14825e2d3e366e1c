"""What StatsD and DogStatsD sinks put on the wire, read from a real socket."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from stackgen.exporters.cache import CacheMetrics
from stackgen.runtime.sinks import DogStatsD, Feed, Sink, StatsD
from tests.unit.runtime.exporters import value
from tests.unit.runtime.sinks.receivers import udp, unix

TAGS = "cache:sessions,backend:redis"


def flush(metrics: CacheMetrics, sink: Sink) -> Feed:
    """Send once."""
    feed = Feed(metrics, sink)
    feed.flush()
    feed.close()
    return feed


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def metrics(registry: CollectorRegistry) -> CacheMetrics:
    return CacheMetrics("sessions", "redis", registry=registry)


def test_statsd(metrics: CacheMetrics) -> None:
    metrics.record_hit(0.003)
    metrics.record_eviction(7)
    metrics.set_size(1e20)
    metrics.set_fragmentation(1.5)
    with udp() as receiver:
        flush(metrics, StatsD(port=receiver.port, prefix="shop."))
        assert sorted(receiver.packet().split("\n")) == [
            "shop.cache.evictions.sessions.redis:7|c",
            "shop.cache.fragmentation.sessions.redis:1.5|g",
            "shop.cache.operation_duration.sessions.redis.get.hit:3|ms",
            "shop.cache.operations.sessions.redis.get.hit:1|c",
            "shop.cache.size.sessions.redis:100000000000000000000|g",
        ]


def test_statsd_with_graphite_tags(metrics: CacheMetrics) -> None:
    metrics.record_retry()
    with udp() as receiver:
        flush(metrics, StatsD(port=receiver.port, tags="graphite"))
        assert receiver.packet() == "cache.retries;cache=sessions;backend=redis:1|c"


def test_dogstatsd(metrics: CacheMetrics) -> None:
    for _ in range(4):
        metrics.record_hit(0.003)
    metrics.record_hit(0.7)
    metrics.set_entries(-3)
    with udp() as receiver:
        flush(metrics, DogStatsD(port=receiver.port, tags={"env": "prod"}))
        labels = f"env:prod,{TAGS}"
        [count, fast, slow, gauge] = receiver.packet().split("\n")
        assert count == f"cache.operations:5|c|#{labels},operation:get,result:hit"
        assert fast.endswith(f"|d|@0.25|#{labels},operation:get,result:hit")
        assert slow.endswith(f"|d|#{labels},operation:get,result:hit")
        assert 2.5 <= float(fast.split(":")[1].split("|")[0]) <= 5, "milliseconds, in their bucket"
        assert 500 <= float(slow.split(":")[1].split("|")[0]) <= 1000
        assert gauge == f"cache.entries:-3|g|#{labels}", "DogStatsD knows no gauges that move"


@pytest.mark.parametrize("kind", ["h", "ms"])
def test_dogstatsd_with_another_type_for_histograms(kind: Any, metrics: CacheMetrics) -> None:
    metrics.record_load(0.2)
    with udp() as receiver:
        flush(metrics, DogStatsD(port=receiver.port, histograms=kind))
        assert receiver.packet() == f"cache.load_duration:200|{kind}|#{TAGS},result:ok"


def test_dogstatsd_over_a_unix_socket(metrics: CacheMetrics, tmp_path: Path) -> None:
    metrics.record_retry()
    with unix(tmp_path / "dsd.socket") as receiver:
        flush(metrics, DogStatsD(socket=tmp_path / "dsd.socket"))
        assert receiver.packet() == f"cache.retries:1|c|#{TAGS}"


def test_statsd_sets_a_gauge_below_zero_in_two_lines_of_one_packet(metrics: CacheMetrics) -> None:
    metrics.set_entries(-3)
    with udp() as receiver:
        flush(metrics, StatsD(port=receiver.port, max_packet_bytes=70))
        name = "cache.entries.sessions.redis"
        assert receiver.packet() == f"{name}:0|g\n{name}:-3|g"


def test_counters_go_out_in_whole_numbers_and_the_rest_with_the_next(metrics: CacheMetrics) -> None:
    with udp() as receiver, closing(Feed(metrics, StatsD(port=receiver.port))) as feed:
        sent = []
        for _ in range(5):
            metrics.record_eviction(0.7)
            metrics.record_retry()  # so that there is a packet each time
            feed.flush()
            sent += [line.split(":")[1] for line in receiver.packet().split("\n") if "evictions" in line]
        assert sent == ["1|c", "1|c", "1|c"]  # 3.5 so far


def test_no_packet_is_larger_than_it_may_be(metrics: CacheMetrics) -> None:
    for operation in ("get", "set", "delete", "other"):
        for kind in ("connection", "timeout", "other"):
            metrics.record_error(0.1, operation, kind)
    with udp() as receiver:
        flush(metrics, StatsD(port=receiver.port, max_packet_bytes=200))
        packets = receiver.packets()
    assert len(packets) > 5
    assert all(100 < len(packet) <= 200 for packet in packets[:-1])
    lines = [line for packet in packets for line in packet.split("\n")]
    assert len(lines) == len(set(lines)) + 12 - 4, "12 counts of errors, 4 of operations, 12 equal timings"


def test_what_no_receiver_would_take_is_counted_and_the_rest_goes_out(
    metrics: CacheMetrics, registry: CollectorRegistry
) -> None:
    CacheMetrics("x" * 300, "redis", registry=registry).record_retry()
    metrics.set_size(float("nan"))
    metrics.record_retry()
    with udp() as receiver:
        sink = StatsD(port=receiver.port, max_packet_bytes=100)
        feed = flush(metrics, sink)
        assert receiver.packet() == "cache.retries.sessions.redis:1|c"
    assert feed.lost == {(sink.name, "too_long"): 1, (sink.name, "not_finite"): 1}
    lost = {"definition": "cache", "sink": sink.name, "reason": "too_long"}
    assert value(registry, "stackgen_sink_samples_lost_total", **lost) == 1
    assert b"stackgen_sink_samples_lost_total" in generate_latest(registry)


@pytest.mark.parametrize(
    ("sink", "options", "says"),
    [
        (StatsD, {"tags": "datadog"}, "graphite"),
        (StatsD, {"timings": 0}, "timings must be at least 1"),
        (StatsD, {"max_packet_bytes": 0}, "max_packet_bytes"),
        (DogStatsD, {"histograms": "s"}, '"d", "h" or "ms"'),
    ],
)
def test_options_that_cannot_be_meant(sink: Any, options: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        sink(**options)
